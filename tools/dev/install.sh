#!/usr/bin/env bash
# install.sh: builds the package and installs it into the first library that
# can be written to, unless just these sources were installed there before.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/dev/common.sh
. tools/dev/common.sh

sources() {
  find DESCRIPTION NAMESPACE LICENSE R man inst src configure* cleanup* \
    tools/configure.R -type f ! -path 'src/rust/target/*' ! -name '*.o' ! -name '*.so' \
    ! -name Makevars ! -name Makevars.win -print0 2>/dev/null |
    LC_ALL=C sort -z
}

fingerprint() {
  { R --version | head -n 1 && sources | xargs -0 sha256sum; } |
    sha256sum | cut -d ' ' -f 1
}

library=$(Rscript --no-init-file -e '
  cat(Find(function(path) file.access(path, 2) == 0, .libPaths()))')
[ -n "$library" ] || die 'No library of R packages can be written to.' \
  'Run tools/dev/install-deps.sh, which makes one.'
stamp=$library/wilcoxide/sources.sha256

if [ -e "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ]; then
  say "wilcoxide is installed in $library and current"
  exit 0
fi

say "Building wilcoxide and installing it in $library"
mkdir -p build
retry cargo fetch --locked --quiet --manifest-path src/rust/Cargo.toml ||
  die 'The crates could not be downloaded; the messages are above.'
R CMD INSTALL --no-multiarch --library="$library" . >build/install.log 2>&1 || {
  cat build/install.log >&2
  die 'The package did not install; the log is above.'
}
fingerprint >"$stamp"
say 'Installed'
