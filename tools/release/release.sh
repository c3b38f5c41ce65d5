#!/usr/bin/env bash
# release.sh: builds the source package that is released, with the crates that
# it is compiled with, in build/release; then installs it where no network is
# and no crate has been downloaded, ranks cells, and reports time and sizes.
# Does nothing if that was done with just these sources before.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/dev/common.sh
. tools/dev/common.sh

release=$PWD/build/release
stage=$release/wilcoxide
alone=$release/alone
stamp=$release/sources.sha256

# Version numbers that must agree, one per line: where, and which.
versions() {
  sed -n 's/^Version: /DESCRIPTION /p' DESCRIPTION
  sed -n 's/^version = "\(.*\)"/Cargo.toml \1/p' src/rust/Cargo.toml
  sed -n '1s/^# wilcoxide /NEWS.md /p' NEWS.md
  sed -n 's/^version: /CITATION.cff /p' CITATION.cff
}

check_versions() {
  [ "$(versions | cut -d ' ' -f 2 | sort -u | wc -l)" = 1 ] ||
    die 'The versions differ:' "$(versions | tr '\n' ',')"
}

stage_sources() {
  rm -rf "$release"
  mkdir -p "$stage"
  source_files | tar --create --null --files-from=- |
    tar --extract --directory "$stage"
  retry python3 tools/release/vendor.py "$stage" ||
    die 'The crates could not be downloaded; the messages are above.'
}

build_package() {
  (cd "$release" && R CMD build wilcoxide >build.log 2>&1) || {
    cat "$release/build.log" >&2
    die 'The package could not be built; the log is above.'
  }
  rm -rf "$stage"
}

# no_network COMMAND...: only where a network can be taken away.
can_unshare() { unshare "$@" true 2>/dev/null; }
if can_unshare --net; then
  no_network() { unshare --net "$@"; }
elif can_unshare --user --map-root-user --net; then
  no_network() { unshare --user --map-root-user --net "$@"; }
fi

# alone COMMAND...: without network, with an empty home and no cargo cache.
alone() {
  no_network env -i PATH="$PATH" LANG="${LANG:-C.UTF-8}" HOME="$alone/home" \
    CARGO_HOME="$alone/cargo" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" \
    R_LIBS="$alone/library:${R_LIBS:-}:$(
      Rscript --no-init-file -e 'cat(.libPaths(), sep = ":")'
    )" "$@"
}

prove() {
  mkdir -p "$alone"/{home,cargo,library}
  TIMEFORMAT='compiled and installed in %R seconds (%U of processor time)'
  time alone R CMD INSTALL --no-docs --library="$alone/library" \
    "$release"/wilcoxide_*.tar.gz >"$release/install.log" 2>&1 || {
    cat "$release/install.log" >&2
    die 'The package did not install without a network; the log is above.'
  }
  [ -z "$(find "$alone/home" "$alone/cargo" -mindepth 1)" ] ||
    die 'The installation left files in the home or in the cache of cargo.'
  alone Rscript tools/dev/demo.R >"$release/demo.log" ||
    die 'What was installed without a network does not work.'
}

megabytes() { du -sk "$@" | awk '{ printf "%.1f MB", $1 / 1024 }'; }

fingerprint() { source_files | xargs -0 sha256sum | sha256sum; }

if [ "$(cat "$stamp" 2>/dev/null)" = "$(fingerprint)" ]; then
  say "The package in $release is current"
  exit 0
fi
say 'Building the package with its crates'
check_versions
python3 tools/release/license_note.py --check
stage_sources
build_package
say "$(echo "$release"/wilcoxide_*.tar.gz): $(megabytes "$release"/*.tar.gz)"
if declare -F no_network >/dev/null; then
  say 'Installing it without a network'
  prove
  say "installed size: $(megabytes "$alone/library/wilcoxide")," \
    "its compiled code $(megabytes "$alone/library/wilcoxide/libs")"
else
  say 'Installing it without a network: skipped, because unshare --net is' \
    'not permitted here'
fi
fingerprint >"$stamp"
