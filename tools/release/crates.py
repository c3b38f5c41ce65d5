"""What Cargo.lock says about the crates beside the package's own."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / "src/rust/Cargo.toml"


def linked_crates():
    """The crates that are compiled into the package, on any platform: all but
    those that only tests need. Sorted by name."""
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
    return sorted(
        (crate for crate in metadata["packages"]
         if crate["id"] in linked and crate["source"] is not None),
        key=lambda crate: (crate["name"], crate["version"]),
    )
