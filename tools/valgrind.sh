#!/usr/bin/env bash
# valgrind.sh [FILTER]: runs tests of the installed package under valgrind and
# fails where it sees a fault. Without a filter, those of what reaches the
# kernel or HDF5.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

has valgrind || die 'valgrind is missing.' 'Please run: apt-get install valgrind'
filter=${1:-'^(border|groups|h5ad|input-matrix|matrix|parity|properties)$'}
mkdir -p build
log=$PWD/build/valgrind.log

say "Testing under valgrind; its log is $log"
R --vanilla --no-echo \
  -d "valgrind --error-exitcode=99 --log-file=$log --leak-check=no --suppressions=$PWD/tools/valgrind.supp" \
  --args "$filter" <tools/testthat.R ||
  { grep -A 30 '==.*\(Invalid\|uninitialised\|Process terminating\)' "$log" >&2 || true
    die 'A test failed, or valgrind saw a fault.'; }
tail -n 3 "$log" >&2
