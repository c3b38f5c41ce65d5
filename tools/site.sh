#!/usr/bin/env bash
# site.sh: builds the site of the package in build/site. Asks nothing of the
# network when all is there; without Scanpy the page about it has no output of
# Python.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/common.sh
. tools/common.sh

if [ -z "${RETICULATE_PYTHON:-}" ]; then
  RETICULATE_PYTHON=$(tools/python-env.sh tests/parity/requirements.txt) ||
    say 'Going on without Scanpy'
  export RETICULATE_PYTHON
fi
say 'Building the site in build/site'
Rscript tools/site.R
