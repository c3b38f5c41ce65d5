#!/usr/bin/env bash
# run.sh PYTHON: ranks files larger than memory is given and checks some genes:
# a million cells, and more values than 2^31. Takes up to 25 GB of disk for a
# while, in $TMPDIR.
set -euo pipefail
cd "$(dirname "$0")"

python=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# run MEMORY CELLS GENES VALUES
run() {
  "$python" make.py "$folder/cells.h5ad" "$2" "$3" "$4"
  Rscript check.R "$folder/cells.h5ad" "$1" "$folder"
}

run 512e6 1000000 2000 100
run 4e9 1000000 5000 2200
