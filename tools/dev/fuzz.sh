#!/usr/bin/env bash
# fuzz.sh [RUNS]: has libFuzzer try the kernel and the reader of files, a million
# times per target unless told otherwise; AddressSanitizer looks on where code is
# unsafe. What was tried is kept in build/fuzz and tried first the next time.
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
# fuzz_crate NAME LENGTH SANITIZER [SEED...]: every target of a crate on inputs
# of up to so many bytes, made from the files given.
fuzz_crate() {
  local crate=$1 length=$2 sanitizer=$3 target
  shift 3
  cd "$root/src/rust/$crate"
  for target in $(cargo fuzz list); do
    say "Fuzzing $target, $runs runs"
    mkdir -p "$work/$target/corpus" "$work/$target/found"
    if [ $# -gt 0 ]; then
      cp "$@" "$work/$target/corpus/"
    fi
    cargo fuzz run --sanitizer "$sanitizer" --target-dir "$work/target-$sanitizer" \
      "$target" "$work/$target/corpus" -- -runs="$runs" -timeout=20 \
      -max_len="$length" -artifact_prefix="$work/$target/found/" \
      -print_final_stats=1 ||
      die "What it found is in build/fuzz/$target/found."
  done
}

root=$PWD
fuzz_crate kernel 1024 address
# All of this one is safe Rust, and many more runs are made without a sanitizer.
fuzz_crate disk 12000 none "$root"/src/rust/disk/fuzz/seeds/*.h5
