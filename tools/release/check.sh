#!/usr/bin/env bash
# check.sh [OPTION...]: has R check the package in build/release, as CRAN does
# and with these options. Errors and warnings fail, and so do notes that
# cran-comments.md does not explain.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/dev/common.sh
. tools/dev/common.sh

# What cannot be had or asked here is no fault of the package, and neither is
# it that this system may be slower than CRAN's.
export _R_CHECK_FORCE_SUGGESTS_=false
export _R_CHECK_CRAN_INCOMING_REMOTE_=false
export _R_CHECK_SYSTEM_CLOCK_=false
export _R_CHECK_RD_MATH_RENDERING_=false
export _R_CHECK_EXAMPLE_TIMING_THRESHOLD_=60

rm -rf build/check
mkdir -p build/check
say 'R CMD check --as-cran'
R CMD check --as-cran --no-manual --output=build/check "$@" \
  build/release/wilcoxide_*.tar.gz || true

log=build/check/wilcoxide.Rcheck/00check.log
status=$(grep '^Status:' "$log") || die 'R CMD check did not finish.'
case $status in
  *ERROR* | *WARNING*) die "R CMD check found faults: $status" ;;
esac
sed -n 's/^\* \(checking .*\) \.\.\..* NOTE$/\1/p' "$log" |
  while IFS= read -r note; do
    grep -qF "$note" cran-comments.md ||
      die "cran-comments.md does not explain the note on $note"
  done
say "R CMD check: $status"
