#!/usr/bin/env bash
# install-deps.sh demo|test|site: installs what is missing for `make demo`, `make
# test` or `make site`. Looks first, so that nothing is asked of the network when
# all is there. Packages of R count wherever they come from.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/dev/common.sh
. tools/dev/common.sh

rust_needed=1.85
apt_updated=no

# Fields of DESCRIPTION that name packages.
demo_fields=(Imports Config/Needs/demo)
test_fields=(Imports Suggests Config/Needs/dev)
site_fields=("${test_fields[@]}" Config/Needs/website)

apt_update() {
  [ "$apt_updated" = no ] || return 0
  say 'Reading the package lists (apt-get update)'
  retry as_root apt-get update -q >&2 || return 1
  apt_updated=yes
}

# apt_install WHY PACKAGE...
apt_install() {
  local why=$1
  shift
  has apt-get || die "$why, and this system has no apt-get." \
    "Please install by its own means what Debian calls: $*"
  if [ "$(id -u)" -ne 0 ] && ! has sudo; then
    die "$why, and installing it takes root or sudo." \
      "Please have this run: apt-get install $*"
  fi
  apt_update || die 'apt-get update failed three times.'
  say "$why: installing $*"
  retry as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
    --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >&2 ||
    die 'apt-get install failed three times; its messages are above.' \
      "To go on by hand: apt-get install $*"
}

need_tools() {
  if ! has R || ! has cc || ! has make; then
    apt_install 'R or a C compiler is missing' r-base-dev
  fi
}

apt_candidate() {
  apt-cache policy "$1" | awk '/Candidate:/ { print $2 }'
}

# The distribution's Rust is taken only where there is no other. Debian 12 has a
# new one under names of its own, beside the one that it came with.
need_rust() {
  local have suffix
  if has cargo && has rustc; then
    have=$(rustc --version | cut -d ' ' -f 2)
    at_least "$have" "$rust_needed" && return 0
    die "Rust $rust_needed or newer is needed; this is $have." \
      'Please run: rustup update   (or install it: https://rustup.rs)'
  fi
  if has apt-get; then
    apt_update || die 'apt-get update failed three times.'
    for suffix in '' -web; do
      have=$(apt_candidate "rustc$suffix")
      if at_least "${have:-0}" "$rust_needed"; then
        apt_install 'Rust is missing' "cargo$suffix" "rustc$suffix"
        return 0
      fi
    done
  fi
  die "Rust $rust_needed or newer is needed, and there is none on the PATH" \
    'nor in ~/.cargo/bin. Please install it: https://rustup.rs'
}

# R's own place for a user's packages is made when no library can be written.
need_library() {
  Rscript --no-init-file -e '
    user <- path.expand(strsplit(Sys.getenv("R_LIBS_USER"), ":")[[1]][1])
    if (all(file.access(.libPaths(), 2) != 0)) {
      message("==> Making a library for R packages: ", user)
      stopifnot(dir.create(user, recursive = TRUE))
    }'
}

missing_packages() {
  Rscript --no-init-file -e '
    for (package in commandArgs(TRUE)) {
      if (!nzchar(system.file(package = package))) writeLines(package)
    }' "$@"
}

# need_packages FIELD...
need_packages() {
  local wanted missing names
  mapfile -t wanted < <(packages_of "$@")
  [ "${#wanted[@]}" -gt 0 ] || die "DESCRIPTION names no packages in $*."
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  [ "${#missing[@]}" -gt 0 ] || return 0
  # Debian's packages are for Debian's R; any other R looks elsewhere.
  if has apt-get && [ "$(R RHOME)" = /usr/lib/R ]; then
    apt_update || die 'apt-get update failed three times.'
    mapfile -t names < <(debian_names "${missing[@]}")
    apt_install 'Packages of R are missing' "${names[@]}"
  else
    say "Packages of R are missing: installing ${missing[*]}"
    retry Rscript --no-init-file tools/dev/install-packages.R "${missing[@]}" ||
      die "R could not install ${missing[*]}; its messages are above."
  fi
}

# R runs Python in itself, by its shared library, which Debian has apart.
need_python() {
  local python=${PYTHON:-python3}
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    apt_install 'Python or its venv is missing' python3 python3-venv
  [[ $(command -v "$python") =~ ^(/usr)?/bin/ ]] || return 0
  "$python" -c 'import ctypes, sysconfig
ctypes.CDLL(sysconfig.get_config_var("INSTSONAME"))' 2>/dev/null ||
    apt_install "Python's shared library is missing" "lib$("$python" -c '
import sysconfig; print("python" + sysconfig.get_python_version())')"
}

need_test_tools() {
  has pandoc || apt_install 'pandoc is missing' pandoc
  has qpdf || apt_install 'qpdf is missing' qpdf
  has tidy || apt_install 'tidy is missing' tidy
  has checkbashisms || apt_install 'checkbashisms is missing' devscripts
  need_python
}

say "Looking for what 'make ${1:-demo}' needs"
need_rust
need_tools
need_library
case ${1:-demo} in
  demo) need_packages "${demo_fields[@]}" ;;
  test)
    need_packages "${test_fields[@]}"
    need_test_tools
    ;;
  site)
    need_packages "${site_fields[@]}"
    need_test_tools
    ;;
  *) die 'usage: tools/dev/install-deps.sh demo|test|site' ;;
esac
say 'All of it is there'
