#!/usr/bin/env bash
# debian13.sh [COMMAND...]: builds the package and runs its tests on Debian 13,
# with that release's R, Rust and packages of R, and has that R check the package
# that tools/release/release.sh has built, if it has. A chroot is made for it under
# the user's cache (about 4 GB) and kept; later runs bring it up to date. With a
# COMMAND, that is run on the chroot's copy of the sources instead. Where making
# a chroot is not permitted, says so and succeeds.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/dev/common.sh
. tools/dev/common.sh
PATH="$PATH:/usr/sbin:/sbin"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/wilcoxide
root=$cache/debian13
log=$cache/debian13.log
# Inside the chroot:
complete=/complete
home=/srv
sources=$home/wilcoxide
certificates=/etc/ssl/certs/wilcoxide.crt

tools=(ca-certificates rsync make r-base-dev cargo rustc python3-venv
  libpython3.13 devscripts qpdf tidy)
mapfile -t packages < <(packages_of Imports Suggests)

skip() {
  say "Debian 13: skipped, because $1"
  exit 0
}

# Mounts made behind this are gone when the command ends, however it ends.
isolated() {
  if as_root unshare --mount true 2>/dev/null; then
    as_root unshare --mount "$@"
  else
    as_root "$@"
  fi
}

# NAME=VALUE of what this system needs to reach a network.
network_settings() {
  env | grep -E -e '^[A-Za-z]+_(proxy|PROXY)=' -e '^CARGO_(HTTP|NET|SOURCE)_' \
    -e '^CARGO_REGISTRIES_[A-Z0-9_]+_(INDEX|PROTOCOL)=' \
    -e '^PIP_(INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|DEFAULT_TIMEOUT)=' || true
}

certificate_settings() {
  if [ -e "$root$certificates" ]; then
    printf '%s\n' "SSL_CERT_FILE=$certificates" \
      "CURL_CA_BUNDLE=$certificates" "CARGO_HTTP_CAINFO=$certificates" \
      "PIP_CERT=$certificates"
  fi
}

# in_chroot COMMAND...: goes without /proc where that cannot be mounted.
in_chroot() {
  local settings
  mapfile -t settings < <(network_settings && certificate_settings)
  # shellcheck disable=SC2016
  isolated sh -c '
    mount -t proc proc "$1/proc" 2>/dev/null || true
    exec chroot "$@"' sh "$root" /usr/bin/env -i HOME="$home" LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    DEBIAN_FRONTEND=noninteractive CARGO_PROFILE_DEV_DEBUG=0 \
    "${settings[@]}" "$@"
}

in_sources() { in_chroot env --chdir="$sources" "$@"; }

# write FILE: standard input becomes a file of the chroot's.
write() {
  as_root mkdir -p "$(dirname "$root$1")"
  as_root tee "$root$1" >/dev/null
}

# copy FILE TO: a file of this system's, if there is one, goes into the chroot.
copy() {
  local from=$1 to=$2
  if [ -r "$from" ]; then write "$to" <"$from"; fi
}

# logged COMMAND...: shows the end of its output if it fails.
logged() {
  "$@" >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    return 1
  }
}

can_make_devices() {
  local device=$cache/null.$$ works=no
  as_root mknod "$device" c 1 3 2>/dev/null || return 1
  if as_root tee "$device" </dev/null >/dev/null 2>&1; then works=yes; fi
  as_root rm -f "$device"
  [ "$works" = yes ]
}

check_powers() {
  [ "$(uname -s)" = Linux ] || skip 'it takes Linux'
  as_root true 2>/dev/null || skip 'making a chroot takes root or sudo'
  as_root chroot / true 2>/dev/null || skip 'chroot is not permitted here'
  can_make_devices || skip "device files cannot be made in $cache"
}

need_debootstrap() {
  has debootstrap && return 0
  has apt-get || skip 'there is no debootstrap, and no apt-get to install it'
  say 'Installing debootstrap'
  retry logged as_root apt-get update -q || skip 'apt-get update failed'
  retry logged as_root apt-get install -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 debootstrap ||
    skip 'there is no debootstrap, and apt-get could not install it'
}

# Where this system has its own packages of Debian from. None named:
# debootstrap knows the usual place.
mirror() {
  has apt-get || return 0
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
    'Origin: Debian' 2>/dev/null | grep -v security | head -n 1 || true
}

# The chroot need not survive a power cut, and nobody reads manuals in it.
write_dpkg_settings() {
  write /etc/dpkg/dpkg.cfg.d/wilcoxide <<'END'
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
END
}

write_apt_settings() {
  {
    cat <<'END'
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
END
    if has apt-config; then
      apt-config dump | grep -iE '^Acquire::https?::.*(proxy|cainfo)' || true
    fi
  } | write /etc/apt/apt.conf.d/wilcoxide
}

# No package may start a service.
write_service_policy() {
  printf '#!/bin/sh\nexit 101\n' | write /usr/sbin/policy-rc.d
  as_root chmod 755 "$root/usr/sbin/policy-rc.d"
}

# 'sid' names the recipe, which older debootstraps have for every release.
make_base() {
  local settings
  mapfile -t settings < <(network_settings)
  as_root rm -rf --one-file-system "$root"
  write_dpkg_settings
  logged isolated env "${settings[@]}" debootstrap --variant=minbase \
    --force-check-gpg trixie "$root" "$(mirror)" sid
}

need_base() {
  [ ! -e "$root$complete" ] || return 0
  say "Making a chroot of Debian 13 in $root"
  retry make_base || die 'debootstrap failed three times; see above.'
  write_apt_settings
  write_service_policy
  echo base | write "$complete"
}

install_packages() {
  local names
  logged in_chroot sh -c 'dpkg --configure -a && apt-get update -q' &&
    mapfile -t names < <(in_chroot bash -c \
      "$(declare -f debian_names)"'; debian_names "$@"' bash "${packages[@]}") &&
    logged in_chroot apt-get install -q -y --fix-broken "${tools[@]}" \
      "${names[@]}" &&
    logged in_chroot apt-get clean
}

need_packages() {
  local wanted
  wanted=$(printf '%s\n' "${tools[@]}" "${packages[@]}" | sha256sum)
  [ "$(cat "$root$complete")" != "$wanted" ] || return 0
  say 'Installing R, Rust and packages of R in it (some minutes)'
  retry install_packages || die 'apt-get failed three times; see above.'
  echo "$wanted" | write "$complete"
}

copy_settings() {
  copy /etc/resolv.conf /etc/resolv.conf
  copy /etc/hosts /etc/hosts
  copy "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$certificates"
  copy "${CARGO_HOME:-$HOME/.cargo}/config.toml" "$home/.cargo/config.toml"
  copy /etc/pip.conf /etc/pip.conf
  copy "$HOME/.config/pip/pip.conf" "$home/.config/pip/pip.conf"
}

# Only files whose contents differ are touched, with the time of now: cargo
# then compiles again just what differs, whichever clone it comes from.
copy_sources() {
  local incoming=$root$sources.incoming
  as_root rm -rf "$incoming"
  as_root mkdir -p "$incoming" "$root$sources"
  source_files | tar --create --null --files-from=- |
    as_root tar --extract --no-same-owner --directory "$incoming"
  in_chroot rsync --recursive --links --perms --checksum --delete \
    --exclude=/src/rust/target --exclude=/build \
    "$sources.incoming/" "$sources/"
  as_root rm -rf "$incoming"
}

# Its tests are those that have just been run.
check_release() {
  local package
  for package in build/release/wilcoxide_*.tar.gz; do
    [ -e "$package" ] || return 0
    as_root rm -rf "$root$sources/build/release"
    copy "$package" "$sources/$package"
    in_sources tools/release/check.sh --no-tests
  done
}

show_versions() {
  in_chroot cargo --version
  in_chroot Rscript -e '
    writeLines(R.version.string)
    for (package in commandArgs(TRUE)) {
      cat(package, format(utils::packageVersion(package)), "\n")
    }' Matrix testthat hdf5r Seurat SeuratObject SingleCellExperiment
}

run_tests() {
  say 'Building the package and running its tests on Debian 13'
  show_versions
  in_sources make install cargo-test testthat parity-newer ||
    die 'The tests did not pass on Debian 13; see above.'
  check_release || die 'R CMD check found faults on Debian 13; see above.'
  say "Debian 13: all passed, $SECONDS seconds in all;" \
    "$(as_root du -shx "$root" | cut -f 1) in $root"
}

mkdir -p "$cache"
check_powers
exec 9>"$root.lock"
flock --nonblock 9 || {
  say 'Waiting for another run that uses the chroot'
  flock 9
}
need_debootstrap
need_base
copy_settings
need_packages
copy_sources
if [ $# -gt 0 ]; then in_sources "$@"; else run_tests; fi
