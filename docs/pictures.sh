#!/usr/bin/env bash
# Makes the pictures in docs/ anew: runs the demo, opens its summary in headless Chromium, and takes
# the page, its phone view, and single cards out of it. Fails when the demo has no such card.
# Needs Chromium: apt-get install --no-install-recommends chromium fonts-dejavu-core
#
#   docs/pictures.sh            # builds certpost, or takes the program that CERTPOST names
set -euo pipefail
cd "$(dirname "$0")/.."
docs=$PWD/docs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -z "${CERTPOST:-}" ]; then
  cargo build --quiet --release
  CERTPOST=target/release/certpost
fi
"$CERTPOST" demo --dir "$work/demo" --language uk >"$work/demo.txt" || [ $? -eq 6 ] || {
  cat "$work/demo.txt" >&2
  exit 1
}

chromium() {
  command chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync \
    --hide-scrollbars --user-data-dir="$work/profile" "$@" 2>"$work/chromium.txt"
}

# take NAME WIDTH HEIGHT PICK: a picture of what PICK leaves of the page, at most HEIGHT high.
# PICK is JavaScript that gives elements; the page forbids scripts, so the copy lifts that.
take() {
  local name=$1 width=$2 most=$3 pick=$4 height
  sed -e '/Content-Security-Policy/d' -e '/<\/body>/d' -e '/<\/html>/d' \
    "$work/demo/summary/summary.html" >"$work/$name.html"
  cat >>"$work/$name.html" <<PAGE
<style>main{padding-top:1rem;padding-bottom:1rem}</style>
<script>
const all = selector => [...document.querySelectorAll(selector)];
const card = badge => all("article").filter(one =>
  one.querySelector(".tag").textContent.includes(badge)).slice(0, 1);
const section = title => all("section").filter(one =>
  one.querySelector("h2").textContent.trim() === title);
const picked = $pick;
if (picked.length) document.querySelector("main").replaceChildren(...picked);
document.title = picked.length ? document.documentElement.scrollHeight : "nothing";
</script>
</body>
</html>
PAGE
  # A low window, so that the height is the page's own.
  height=$(chromium --dump-dom --window-size="$width,100" "file://$work/$name.html" |
    sed -n 's/.*<title>\([a-z0-9]*\)<\/title>.*/\1/p')
  case $height in
  '' | nothing)
    echo "pictures: the demo's summary has nothing for $name.png" >&2
    cat "$work/chromium.txt" >&2
    exit 1
    ;;
  esac
  [ "$height" -le "$most" ] || height=$most
  chromium --screenshot="$docs/$name.png" --window-size="$width,$height" "file://$work/$name.html"
  echo "docs/$name.png ${width}×$height"
}

take summary 1000 1400 'all("main > *")'
take summary-phone 420 1400 'all("main > *")'
take accountant-refusal 760 1000 'card("Відмова")'
take accountant-certificates 760 1000 'section("Сертифікати")'
take accountant-costs 760 1200 'section("Вартість")'
