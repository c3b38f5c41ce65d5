# shellcheck shell=bash
# Shared by the scripts in this directory.

PATH="$PATH:$HOME/.cargo/bin"
export PATH

say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf 'error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '       %s\n' "$@" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# retry COMMAND...: up to three times, for commands that download.
retry() {
  local try
  for try in 1 2 3; do
    "$@" && return 0
    [ "$try" -lt 3 ] || break
    say "That failed; trying again in $((try * 5)) seconds ($try of 2)"
    sleep $((try * 5))
  done
  return 1
}

# at_least HAVE WANT: compares version numbers.
at_least() {
  [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# Asks for a password only where somebody can type one.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# packages_of FIELD...: packages of R that these fields of DESCRIPTION name.
packages_of() { Rscript --no-init-file tools/dev/packages.R "$@"; }

# debian_names PACKAGE...: what Debian calls these packages of R. Needs the lists
# of what Debian has, which tell those of Bioconductor from those of CRAN.
debian_names() {
  local package
  for package in "${@,,}"; do
    if apt-cache show "r-bioc-$package" >/dev/null 2>&1; then
      echo "r-bioc-$package"
    else
      echo "r-cran-$package"
    fi
  done
}

# The files of the project, kept and new, with a zero byte after each.
source_files() {
  git ls-files --cached --others --exclude-standard -z |
    while IFS= read -r -d '' file; do
      if [ -e "$file" ]; then printf '%s\0' "$file"; fi
    done
}
