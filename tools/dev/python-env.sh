#!/usr/bin/env bash
# python-env.sh REQUIREMENTS: makes a private Python environment with just what
# the file pins, under the user's cache, and prints the path of its python. One
# that is complete is used again; one that is half made is made anew.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/dev/common.sh
. tools/dev/common.sh

requirements=${1:?usage: tools/dev/python-env.sh REQUIREMENTS}

new_enough() {
  has "$1" && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
    >/dev/null 2>&1
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 \
    /usr/bin/python3; do
    new_enough "$candidate" && echo "$candidate" && return 0
  done
  die 'Python 3.11 or newer is needed and none was found.' \
    'Name one with: make test PYTHON=/path/to/python3'
}

# A requirements file may include another one.
fingerprint() {
  { "$1" --version && cat tests/parity/requirements.txt "$requirements"; } |
    sha256sum | cut -c 1-12
}

main() {
  local base env
  base=$(find_python)
  env=${XDG_CACHE_HOME:-$HOME/.cache}/wilcoxide/python-$(fingerprint "$base")
  if [ ! -e "$env/complete" ] || ! "$env/bin/python" -c ''; then
    rm -rf "$env"
    mkdir -p "$(dirname "$env")"
    say "Making a Python environment for $requirements in $env"
    "$base" -m venv "$env" >&2
    retry "$env/bin/python" -m pip install --quiet --progress-bar off \
      --disable-pip-version-check --requirement "$requirements" >&2 ||
      die 'pip failed three times; its messages are above.'
    touch "$env/complete"
  fi
  echo "$env/bin/python"
}

main
