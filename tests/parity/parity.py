"""Ranks the same cells with the real Scanpy and with wilcoxide, and compares.

First, data sets that hold what has made rankings differ are ranked in many
cases, by wilcoxide in several ways: from the .h5ad file, and from the matrix
with cells in columns and in rows, with one thread and with two. Then a grid:
every kind of data in every storage, with calls dealt from the product of all
options. Exits with 1 when a single bit differs that must not.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

# Scanpy's means of float64 data depend on its number of threads: 1, where a
# data set does not say another.
os.environ["NUMBA_NUM_THREADS"] = "4"

import anndata as ad  # noqa: E402
import scanpy as sc  # noqa: E402

import cases  # noqa: E402
import datasets  # noqa: E402
import grid  # noqa: E402
import tasks  # noqa: E402
from compare import Verdict, compare, read_outcome  # noqa: E402
from reference import ask  # noqa: E402
from report import report  # noqa: E402

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parents[1] / "inst/extdata/pbmc68k_reduced.h5ad"
BUNDLED = Path(sc.datasets.__file__).parent / "10x_pbmc68k_reduced.h5ad"
VERSIONS = ("scanpy", "anndata", "numpy", "scipy", "statsmodels", "numba")
# Data sets that one process of R ranks.
BATCH = 24


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", default="",
                        help="library of R packages with the build to test")
    parser.add_argument("--only", default="",
                        help="only data sets whose name holds this")
    parser.add_argument("--calls", type=int, default=20, metavar="N",
                        help="calls a node of the grid (default %(default)s)")
    parser.add_argument("--seeds", type=int, default=1, metavar="N",
                        help="grids of other data and calls (default 1)")
    parser.add_argument("--grid-only", action="store_true",
                        help="leave out the data sets that are no grid")
    return parser.parse_args()


def real_cells():
    return [
        datasets.Dataset("pbmc68k bulk_labels", SHIPPED, "real",
                         "bulk_labels"),
        datasets.Dataset("pbmc68k louvain", BUNDLED, "real", "louvain"),
    ]


@dataclass(frozen=True)
class Made:
    """A data set that is no part of the grid, by its place among them."""

    place: int

    def build(self):
        return [*datasets.synthetic(), *real_cells()][self.place]


@dataclass
class Judged:
    """What one case, ranked in one way or several, came to."""

    dataset: str
    tags: dict
    calls: int
    failed: int
    verdict: Verdict


def chosen_sources(options):
    made = [] if options.grid_only else [
        Made(place)
        for place, dataset in enumerate([*datasets.synthetic(), *real_cells()])
        if options.only in dataset.name
    ]
    nodes = [
        node for seed in range(1, options.seeds + 1)
        for node in grid.nodes(seed, options.calls)
        if options.only in node.name
    ]
    return made, nodes


def cases_of(dataset, adata):
    if not isinstance(dataset.cases, str):
        return dataset.cases
    labels = adata.obs[dataset.groupby].astype("category").cat
    names = [str(level) for level in labels.categories]
    chosen = cases.of(dataset.cases, names)
    if dataset.name == "float32-csr":
        chosen += cases.of("refused", names)
    return chosen


def file_of(dataset, stem):
    if isinstance(dataset.adata, Path):
        return dataset.adata
    path = Path(f"{stem}.h5ad")
    tasks.write_h5ad(dataset, path)
    return path


def prepare(dataset, stem):
    """Write what R needs; return the task, the cases and Scanpy's answers."""
    path = file_of(dataset, stem)
    adata = ad.read_h5ad(path)
    chosen = cases_of(dataset, adata)
    answers = [
        ask(adata, dataset.groupby, case.args, dataset.lanes)
        for case in chosen
    ]
    return tasks.write_task(dataset, adata, chosen, path, stem), chosen, answers


def run_r(prepared, folder, library):
    listing = folder / "tasks.R"
    listing.write_text(tasks.r_literal([task for task, _, _ in prepared]))
    subprocess.run(
        ["Rscript", str(HERE / "run.R"), str(listing), library], check=True,
    )


def judge(dataset, number, case, task, expected):
    verdict = Verdict()
    told = {}
    paths = [Path(path) for path in task["cases"][number]["out"]]
    for path in paths:
        one = compare(read_outcome(path), expected)
        verdict.add(one)
        if not one.passed:
            way = path.name.split(".", 2)[2]
            told.setdefault(one.explanation(), []).append(way)
    for explanation, ways in told.items():
        whole = "every way" if len(ways) == len(paths) else ", ".join(ways)
        verdict.failures.append(f"{case.name} ({whole}): {explanation}")
    return Judged(
        dataset.name, {**dataset.tags, **case.tags}, len(paths),
        sum(map(len, told.values())), verdict,
    )


def run_batch(sources, library):
    """Rank a few data sets with both; one process does it from end to end."""
    warnings.simplefilter("ignore")
    made = [source.build() for source in sources]
    with tempfile.TemporaryDirectory(prefix="wilcoxide-parity-") as folder:
        folder = Path(folder)
        prepared = [
            prepare(dataset, folder / str(number))
            for number, dataset in enumerate(made)
        ]
        run_r(prepared, folder, library)
        return [
            judge(dataset, number, case, task, expected)
            for dataset, (task, chosen, answers) in zip(made, prepared)
            for number, (case, expected) in enumerate(zip(chosen, answers))
        ]


def main():
    options = arguments()
    start = time.time()
    print("Comparing with", ", ".join(f"{p} {version(p)}" for p in VERSIONS),
          flush=True)
    made, nodes = chosen_sources(options)
    sources = [*made, *nodes]
    batches = [sources[i:i + BATCH] for i in range(0, len(sources), BATCH)]
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        done = pool.map(run_batch, batches, [options.library] * len(batches))
        judged = []
        for number, batch in enumerate(done, 1):
            judged += batch
            print(f"{number} of {len(batches)} batches, "
                  f"{time.time() - start:.0f} s", flush=True)
    report(judged)
    calls = sum(one.calls for one in judged)
    failed = sum(one.failed for one in judged)
    print(f"\nparity: {calls - failed} calls passed, {failed} failed "
          f"({time.time() - start:.0f} s)")
    sys.exit(1 if failed or not calls else 0)


if __name__ == "__main__":
    main()
