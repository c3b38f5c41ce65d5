#!/usr/bin/env bash
# wrappers.sh [--check]: writes R/extendr-wrappers.R from the Rust sources, or
# fails when the one there differs from what would be written.
set -euo pipefail
cd "$(dirname "$0")/../.."
LD_LIBRARY_PATH="$(R RHOME)/lib:${LD_LIBRARY_PATH:-}"
export LD_LIBRARY_PATH

wrappers=$(cargo run --locked --quiet --manifest-path src/rust/Cargo.toml \
  --example wrappers)
if [ "${1:-}" = --check ]; then
  diff -u R/extendr-wrappers.R <(printf '%s\n' "$wrappers") || {
    echo 'R/extendr-wrappers.R is out of date: run make wrappers.' >&2
    exit 1
  }
else
  printf '%s\n' "$wrappers" >R/extendr-wrappers.R
fi
