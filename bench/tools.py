"""What is measured: the tools, and on what each is run."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from data import SHAPES

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "bench"
FLOOR = BUILD / "cargo" / "release" / "floor"
THREADS = (1, 2)
# The python of an environment of requirements-1.13.txt, if there is one.
NEWER = os.environ.get("BENCH_NEWER_PYTHON", "")


@dataclass(frozen=True)
class Tool:
    """`data`: what it is run on, all but those by hand where empty;
    `variants`: options of run.R and run.py, several with spaces between. A
    `study` compares wilcoxide with itself. `of`: for one that is run versus a
    reference, the tool that it is."""

    name: str
    runner: str
    title: str
    program: str
    threads: tuple = THREADS
    data: tuple = ()
    variants: tuple = ("",)
    study: bool = False
    of: str = ""


def options(name, *values):
    return tuple(f"{name}={value}" for value in values)


# The first group is the reference.
REFERENCE = options("reference", "g000")
SCREENS = ("quick", "perturb", "screen", "screen-large")

TOOLS = {
    tool.name: tool
    for tool in (
        Tool("wilcoxide", "R", "wilcoxide", "wilcoxide"),
        Tool("floor", "floor", "bare transpose", "floor", study=True),
        Tool("layout", "R", "wilcoxide, stored by gene", "wilcoxide",
             variants=options("layout", "gene"), study=True),
        Tool("groups", "R", "wilcoxide, fewer groups", "wilcoxide", (1,),
             ("perturb",), options("groups", 10, 50, 250), study=True),
        Tool("cells", "R", "wilcoxide, fewer cells", "wilcoxide", (1,),
             ("medium",), options("cells", 18_750, 37_500, 75_000),
             study=True),
        Tool("statistics", "R", "wilcoxide, every statistic", "wilcoxide",
             data=("quick", "small", "perturb"),
             variants=options("statistics", "all"), study=True),
        Tool("pairs", "R", "wilcoxide, pairs of groups", "wilcoxide",
             data=("quick", "small", "tall"),
             variants=options("pairwise", "TRUE"), study=True),
        Tool("autozyme", "Python", "AutoZyme", "autozyme"),
        Tool("illico", "Python", "illico", "illico"),
        Tool("BPCells", "R", "BPCells", "BPCells", (1,)),
        Tool("presto", "R", "presto", "presto", (1,)),
        Tool("scanpy", "Python", "Scanpy", "scanpy",
             data=("quick", "small", "tall", "perturb")),
        Tool("scanpy-illico", "newer Python",
             "Scanpy 1.13's wilcoxon_illico", "scanpy",
             data=("quick", "small", "tall", "perturb")),
        Tool("pdex", "Python", "pdex", "pdex", data=(*SCREENS, "small")),
        Tool("scran", "R", "scran", "scran", (1,), ("quick", "small")),
        Tool("Seurat", "R", "Seurat", "Seurat", (1,), ("quick", "small")),
        Tool("reference", "R", "wilcoxide", "wilcoxide", data=SCREENS,
             variants=REFERENCE, of="wilcoxide"),
        Tool("reference-file", "R", "wilcoxide, into a file", "wilcoxide",
             data=SCREENS, variants=(REFERENCE[0] + " output=.parquet",),
             of="wilcoxide"),
        Tool("illico-reference", "Python", "illico", "illico", data=SCREENS,
             variants=REFERENCE, of="illico"),
        Tool("pdex-reference", "Python", "pdex", "pdex", data=SCREENS,
             variants=REFERENCE, of="pdex"),
        Tool("pdex-groups", "Python", "pdex", "pdex", data=("screen",),
             variants=tuple(f"{REFERENCE[0]} first={number}"
                            for number in (51, 151)),
             study=True, of="pdex"),
    )
}
# These need minutes: one thread has to do.
TOO_SLOW = {("scanpy", "perturb", number) for number in range(2, 1025)}
# Too large for what does not name them, and for most machines.
BY_HAND = ("screen-large",)


@dataclass(frozen=True)
class Job:
    """One thing to measure."""

    data: str
    tool: str
    variant: str
    threads: int

    def command(self, folder):
        tool = TOOLS[self.tool]
        arguments = [str(folder), str(self.threads)]
        if tool.runner == "floor":
            return [str(FLOOR), *arguments]
        if tool.runner.endswith("Python"):
            python = sys.executable if tool.runner == "Python" else NEWER
            program = tool.of or tool.name
            run = [python, str(HERE / "run.py"), program, *arguments]
            return run + self.variant.split()
        run = ["Rscript", str(HERE / "run.R"), tool.program, *arguments]
        return run + self.variant.split()


def jobs(data, names, threads=THREADS):
    """What to measure; tools that have threads run on each number of them."""
    return [
        Job(data, tool.name, variant, number)
        for tool in map(TOOLS.get, names)
        if data in (tool.data or set(SHAPES) - set(BY_HAND))
        for variant in tool.variants
        for number in (threads if tool.threads == THREADS else tool.threads)
        if (tool.name, data, number) not in TOO_SLOW
    ]


def versions(names):
    """Of each tool, None where it is not installed; and of R, and what tells
    one build of wilcoxide from another."""
    asked = subprocess.run(
        ["Rscript", str(HERE / "run.R"), "--versions"], check=True,
        stdout=subprocess.PIPE, text=True,
    )
    in_r = json.loads(asked.stdout.splitlines()[-1])
    found = {"R": in_r["R"], "build": in_r["build"]}
    for name in names:
        tool = TOOLS[name]
        if tool.runner == "R":
            found[name] = in_r[tool.program]
        elif tool.runner == "Python":
            found[name] = version_in_python(tool.program)
        elif tool.runner == "newer Python":
            found[name] = version_in_newer_python(tool.program)
        else:
            found[name] = "" if FLOOR.exists() else None
    return found


def version_in_python(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def version_in_newer_python(package):
    if not NEWER:
        return None
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([NEWER, "-c", code], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def make_floor():
    """Compile the bare transpose; without it, it counts as missing."""
    manifest = HERE / "kernel" / "Cargo.toml"
    subprocess.run(
        ["cargo", "build", "--release", "--locked", "--quiet", "--bin",
         "floor", "--manifest-path", str(manifest), "--target-dir",
         str(BUILD / "cargo")],
        check=True, env={**os.environ, "CARGO_TERM_COLOR": "never"},
    )
