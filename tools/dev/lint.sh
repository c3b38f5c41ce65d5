#!/usr/bin/env bash
# lint.sh: formatting and style of the R, Rust and shell sources.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/dev/common.sh
. tools/dev/common.sh

say 'cargo fmt'
cargo fmt --all --manifest-path src/rust/Cargo.toml -- --check
cargo fmt --manifest-path src/rust/kernel/fuzz/Cargo.toml -- --check
cargo fmt --manifest-path src/rust/disk/fuzz/Cargo.toml -- --check
cargo fmt --manifest-path bench/kernel/Cargo.toml -- --check
say 'cargo clippy'
cargo clippy --locked --workspace --all-targets \
  --manifest-path src/rust/Cargo.toml -- -D warnings
cargo clippy --locked --all-targets --target-dir src/rust/target \
  --manifest-path bench/kernel/Cargo.toml -- -D warnings
say 'LICENSE.note and inst/AUTHORS'
python3 tools/release/license_note.py --check
say 'lintr'
Rscript tools/dev/lint.R
if has shellcheck; then
  say 'shellcheck'
  shellcheck --external-sources --severity=warning tools/*/*.sh tests/large/run.sh .ci/run
fi
