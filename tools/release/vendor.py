"""vendor.py SOURCES: puts all crates into src/rust/vendor.tar.xz of that copy of
the sources, so that it can be compiled without a network.

cargo wants to see every crate in Cargo.lock. Of those that only tests need, it
is content with the manifest.
"""

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from crates import MANIFEST, linked_crates


def reduce_to_manifest(crate):
    checksums = json.loads((crate / ".cargo-checksum.json").read_text())
    manifest = (crate / "Cargo.toml").read_bytes()
    shutil.rmtree(crate)
    (crate / "src").mkdir(parents=True)
    (crate / "src/lib.rs").touch()
    (crate / "Cargo.toml").write_bytes(manifest)
    (crate / ".cargo-checksum.json").write_text(
        json.dumps({"files": {}, "package": checksums["package"]})
    )


# Cargo does not need them, and R CMD check takes them for the package's own.
UNWANTED = ("Makefile", "CITATION.cff")


def remove_unwanted(crate):
    listed = crate / ".cargo-checksum.json"
    checksums = json.loads(listed.read_text())
    for name in UNWANTED:
        (crate / name).unlink(missing_ok=True)
        checksums["files"].pop(name, None)
    listed.write_text(json.dumps(checksums))


# The same bytes whoever makes the archive, and whenever.
def anonymous(entry):
    entry.mtime = entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


def main():
    archive = Path(sys.argv[1]) / "src/rust/vendor.tar.xz"
    linked = {(crate["name"], crate["version"]) for crate in linked_crates()}
    with tempfile.TemporaryDirectory() as scratch:
        vendor = Path(scratch) / "vendor"
        subprocess.run(
            ["cargo", "vendor", "--quiet", "--locked", "--versioned-dirs",
             "--manifest-path", str(MANIFEST), str(vendor)],
            check=True, stdout=subprocess.DEVNULL,
        )
        names = {f"{name}-{version}" for name, version in linked}
        for crate in vendor.iterdir():
            if crate.name in names:
                remove_unwanted(crate)
            else:
                reduce_to_manifest(crate)
        with tarfile.open(archive, "w:xz", preset=9) as tar:
            for path in sorted(vendor.rglob("*")):
                tar.add(path, path.relative_to(scratch), recursive=False,
                        filter=anonymous)
    print(f"{archive}: {len(names)} crates,"
          f" {archive.stat().st_size / 2**20:.1f} MB")


main()
