#!/usr/bin/env bash
# fuzz.sh [RUNS]: has libFuzzer try the kernel, a million times per target unless
# told otherwise, and AddressSanitizer look on. What it tried is kept in
# build/fuzz and tried first the next time.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/dev/common.sh
. tools/dev/common.sh

runs=${1:-1000000}
# Sanitizers are options of a nightly compiler that this one has, too.
export RUSTC_BOOTSTRAP=1

cargo fuzz --version >/dev/null 2>&1 ||
  retry cargo install --locked --quiet cargo-fuzz ||
  die 'cargo-fuzz could not be installed; the messages are above.'

work=$PWD/build/fuzz
cd src/rust/kernel
for target in $(cargo fuzz list); do
  say "Fuzzing $target, $runs runs"
  mkdir -p "$work/$target/corpus" "$work/$target/found"
  cargo fuzz run --target-dir "$work/target" "$target" \
    "$work/$target/corpus" -- -runs="$runs" -timeout=20 -max_len=1024 \
    -artifact_prefix="$work/$target/found/" -print_final_stats=1 ||
    die "What it found is in build/fuzz/$target/found."
done
