#!/usr/bin/env bash
# Makes target/debian/certpost_VERSION_ARCH.deb. Needs cargo-deb: cargo install cargo-deb --locked.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked
target/release/certpost assets --out target/assets
cargo deb --no-build "$@"
