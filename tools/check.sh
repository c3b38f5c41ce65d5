#!/usr/bin/env bash
# check.sh: builds the source package and has R check it. Errors and warnings
# fail; notes are shown.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

# A suggested package that cannot be had here is no fault of this package.
export _R_CHECK_FORCE_SUGGESTS_=false

rm -rf build/check
mkdir -p build/check
cd build/check
say 'R CMD build'
R CMD build ../..
say 'R CMD check'
R CMD check --no-manual wilcoxide_*.tar.gz || true

log=wilcoxide.Rcheck/00check.log
status=$(grep '^Status:' "$log") || die 'R CMD check did not finish.'
case $status in
  *ERROR* | *WARNING*) die "R CMD check found faults: $status" ;;
esac
say "R CMD check: $status"
