#!/usr/bin/env bash
# valgrind.sh [FILTER]: runs tests of the installed package under valgrind and
# fails where it sees a fault of memory. Without a filter, those of what reaches
# the kernel or HDF5.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/dev/common.sh
. tools/dev/common.sh

has valgrind || die 'valgrind is missing.' \
  'Please run: apt-get install valgrind'
filter=${1:-'^(extendr-wrappers|h5ad-damaged|input-blocks|input-matrix|rank-to-file)$'}
mkdir -p build
log=$PWD/build/valgrind.log

say "Tests $filter under valgrind; its log is $log"
outcome=0
WILCOXIDE_TESTS=$filter R --vanilla --no-echo \
  -d "valgrind --error-exitcode=99 --leak-check=no --log-file=$log" \
  -f tools/dev/testthat.R || outcome=$?
tail -n 1 "$log" >&2
[ "$outcome" -ne 99 ] || die 'valgrind saw a fault of memory; its log says where.'
[ "$outcome" -eq 0 ] || die 'A test failed.'
