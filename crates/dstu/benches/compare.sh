#!/bin/sh
# Measures this crate, Bouncy Castle, jkurwa with gost89, dstu-core and gost94 one
# after another and prints one table. About a minute and a half. Ours is measured at
# both ends of the run and the better figure taken, as for every batch.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../../target}
"$here/../tests/peers/install.sh"
CARGO_TARGET_DIR=$target/dstu-compare
export CARGO_TARGET_DIR
(cd "$here/compare" && cargo build --release --quiet)

results=$(mktemp)
trap 'rm -f "$results"' EXIT
ours=$CARGO_TARGET_DIR/release/dstu-compare
"$ours" >"$results"
jar=${DSTU_BC_JAR:-/usr/share/java/bcprov.jar}
for cold in "" 257 431; do
    # Nothing, or one argument.
    # shellcheck disable=SC2086
    java -cp "$jar" "$here/compare/Bench.java" $cold >>"$results"
done
NODE_PATH=$target/dstu-peers/node_modules node "$here/compare/bench.js" >>"$results"
"$ours" >>"$results"

awk -F'\t' '
    function shown(who, what,  ns) {
        ns = best[who, what]
        if (!ns) return "–"
        if (what == "hash" || what ~ /CFB/) return sprintf("%.1f MB/s", 262144 * 1000 / ns)
        if (ns >= 1e6) return sprintf("%.2f ms", ns / 1e6)
        return sprintf("%.1f µs", ns / 1e3)
    }
    function times(who, what) {
        if (!best[who, what]) return ""
        return sprintf(" (×%.1f)", best[who, what] / best["dstu", what])
    }
    !($2 in known) { known[$2]; order[++count] = $2 }
    !(($1, $2) in best) || $3 < best[$1, $2] { best[$1, $2] = $3 }
    END {
        print "| | dstu | dstu, no CLMUL | Bouncy Castle | … its first 100 | jkurwa | Rust crates |"
        print "|---|---|---|---|---|---|---|"
        for (i = 1; i <= count; i++) {
            what = order[i]
            line = "| " what " | " shown("dstu", what) " | " shown("dstu, no CLMUL", what)
            rust = what == "hash" ? "gost94" : "dstu-core"
            split("Bouncy Castle;Bouncy Castle, first 100;jkurwa;" rust, peers, ";")
            for (j = 1; j <= 4; j++)
                line = line " | " shown(peers[j], what) times(peers[j], what)
            print line " |"
        }
    }' "$results"
