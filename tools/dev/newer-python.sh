#!/usr/bin/env bash
# newer-python.sh REQUIREMENTS: as python-env.sh, with Python 3.13 or later;
# prints nothing where there is none, or where the environment cannot be made.
set -euo pipefail
cd "$(dirname "$0")/../.."

is_new() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 13))' >/dev/null 2>&1
}

for candidate in "${NEWER_PYTHON:-}" python3.13 python3.14 python3 \
  "$HOME"/.pyenv/versions/3.13.*/bin/python3; do
  if is_new "$candidate"; then
    PYTHON=$candidate tools/dev/python-env.sh "$1" || true
    exit 0
  fi
done
echo '==> There is no Python 3.13: Scanpy 1.13 is not measured' >&2
