#!/bin/sh
# Installs what the tests of this crate compare it with: Java and Bouncy Castle,
# Node with jkurwa and gost89, valgrind. The npm packages go under target/.
# Does nothing that is done already.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../../../target}/dstu-peers

missing=
command -v java >/dev/null || missing="$missing default-jdk-headless"
[ -e /usr/share/java/bcprov.jar ] || missing="$missing libbcprov-java"
[ -e /usr/share/java/bcpkix.jar ] || missing="$missing libbcpkix-java"
command -v node >/dev/null || missing="$missing nodejs"
command -v npm >/dev/null || missing="$missing npm"
command -v valgrind >/dev/null || missing="$missing valgrind"
if [ -n "$missing" ]; then
    as_root=
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update
    # The words of $missing are packages.
    # shellcheck disable=SC2086
    $as_root apt-get install -y --no-install-recommends $missing
fi

mkdir -p "$target"
if ! cmp -s "$here/package.json" "$target/installed.json"; then
    cp "$here/package.json" "$target/package.json"
    (cd "$target" && npm install --no-package-lock --no-audit --no-fund --ignore-scripts)
    cp "$here/package.json" "$target/installed.json"
fi
