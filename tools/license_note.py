"""Writes LICENSE.note: whose code and data the package holds besides its own.

The crates are those that are linked into the package, on any platform, with
the versions in Cargo.lock.
"""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MANIFEST = ROOT / "src/rust/Cargo.toml"

INTRODUCTION = """\
The package is released under the MIT licence, see the file LICENSE.

inst/extdata/pbmc68k_reduced.h5ad holds cells of 10x Genomics' dataset "Fresh
68k PBMCs (Donor A)" as distributed with the Python package scanpy (BSD
3-Clause); inst/extdata/README.md has the details and the text.

The compiled code holds these Rust crates, each under its own licence:
"""


def main():
    metadata = json.loads(subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked",
         "--manifest-path", str(MANIFEST)],
        check=True, stdout=subprocess.PIPE,
    ).stdout)
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    linked, waiting = set(), [metadata["resolve"]["root"]]
    while waiting:
        crate = waiting.pop()
        if crate in linked:
            continue
        linked.add(crate)
        waiting += [
            dependency["pkg"] for dependency in nodes[crate]["deps"]
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"])
        ]
    lines = [INTRODUCTION]
    for crate in sorted(metadata["packages"], key=lambda it: it["name"]):
        if crate["id"] not in linked or crate["source"] is None:
            continue
        authors = ", ".join(
            author.split(" <")[0] for author in crate["authors"]
        ) or f"the {crate['name']} authors"
        licence = crate["license"].replace("/", " OR ")
        lines.append(f"{crate['name']} {crate['version']}: {authors}; "
                     f"{licence}\n    {crate['repository']}")
    (ROOT / "LICENSE.note").write_text("\n".join(lines) + "\n")


main()
