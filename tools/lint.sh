#!/usr/bin/env bash
# lint.sh: formatting and style of the R, Rust and shell sources.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

say 'cargo fmt'
cargo fmt --all --manifest-path src/rust/Cargo.toml -- --check
cargo fmt --manifest-path src/rust/kernel/fuzz/Cargo.toml -- --check
cargo fmt --manifest-path bench/kernel/Cargo.toml -- --check
say 'cargo clippy'
cargo clippy --locked --workspace --all-targets \
  --manifest-path src/rust/Cargo.toml -- -D warnings
cargo clippy --locked --all-targets --target-dir src/rust/target \
  --manifest-path bench/kernel/Cargo.toml -- -D warnings
say 'LICENSE.note and inst/AUTHORS'
python3 tools/license_note.py --check
say 'lintr'
Rscript tools/lint.R
if has shellcheck; then
  say 'shellcheck'
  shellcheck --external-sources --severity=warning tools/*.sh .ci/run
fi
