"""Ranks the same cells with the real Scanpy and with wilcoxide, and compares.

First, data sets that hold what has made rankings differ are ranked in many
cases, by wilcoxide in several ways: from the .h5ad file, and from the matrix
with cells in columns and in rows, with one thread and with two. Then a grid:
every kind of data in every storage, with calls dealt from the product of all
options. Exits with 1 when a single bit differs that must not.

Where numpy has code for wide vectors (AVX-512), Scanpy runs twice: with that
code off, which is the reference, and as it comes. Only fold changes may differ
from the latter, and only where Scanpy's own two runs differ.
"""

import argparse
import functools
import os
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

# Scanpy's means of float64 data depend on its number of threads: 1, where a
# data set does not say another.
os.environ["NUMBA_NUM_THREADS"] = "4"

import anndata as ad  # noqa: E402
import scanpy as sc  # noqa: E402

import cases  # noqa: E402
import datasets  # noqa: E402
import grid  # noqa: E402
import processor  # noqa: E402
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
                        help="calls per node of the grid (default %(default)s)")
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


@functools.cache
def all_made():
    """The data sets that are no part of the grid."""
    return [*datasets.synthetic(), *real_cells()]


@dataclass(frozen=True)
class Made:
    """One of them, by its place."""

    place: int

    def build(self):
        return all_made()[self.place]


@dataclass
class Asked:
    """One data set, in a file, with its cases and Scanpy's answers to them."""

    dataset: datasets.Dataset
    answers: list


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
        for place, dataset in enumerate(all_made())
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


def written(dataset, stem):
    """The data set in a file, its cases one by one."""
    path = file_of(dataset, stem)
    chosen = cases_of(dataset, ad.read_h5ad(path))
    return replace(dataset, adata=path, cases=tuple(chosen))


def answers_of(dataset):
    adata = ad.read_h5ad(dataset.adata)
    return [
        ask(adata, dataset.groupby, case.args, dataset.lanes)
        for case in dataset.cases
    ]


def ask_reference(sources, folder):
    """Make a few data sets and ask the reference. It makes the data, too, since
    their values hold logarithms that numpy takes."""
    warnings.simplefilter("ignore")
    folder.mkdir()
    made = [
        written(source.build(), folder / str(number))
        for number, source in enumerate(sources)
    ]
    return [Asked(dataset, answers_of(dataset)) for dataset in made]


def run_r(prepared, folder, library):
    listing = folder / "tasks.R"
    listing.write_text(tasks.r_literal(prepared))
    subprocess.run(
        ["Rscript", str(HERE / "run.R"), str(listing), library], check=True,
    )


def judge(dataset, number, case, task, *answers):
    verdict = Verdict()
    told = {}
    paths = [Path(path) for path in task["cases"][number]["out"]]
    for path in paths:
        one = compare(read_outcome(path), *answers)
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


def rank_and_compare(batch, twice, library):
    """Rank a few data sets from R, and with Scanpy as it comes if that is to
    run `twice`."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(prefix="wilcoxide-parity-") as folder:
        folder = Path(folder)
        prepared = [
            tasks.write_task(asked.dataset, folder / str(number))
            for number, asked in enumerate(batch)
        ]
        run_r(prepared, folder, library)
        return [
            one for asked, task in zip(batch, prepared)
            for one in judge_all(asked, task, twice)
        ]


def judge_all(asked, task, twice):
    runs = [asked.answers]
    if twice:
        runs.append(answers_of(asked.dataset))
    return [
        judge(asked.dataset, number, case, task, *answers)
        for number, (case, *answers) in enumerate(
            zip(asked.dataset.cases, *runs)
        )
    ]


def run_all(what, function, *arguments, check=None):
    """Call it for each batch, in new processes that see the environment of
    now; return what it gave, batch by batch."""
    start = time.time()
    done = []
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)),
                             get_context("spawn"), check) as pool:
        for batch in pool.map(function, *arguments):
            done.append(batch)
            print(f"{what}: {len(done)} of {len(arguments[0])} batches, "
                  f"{time.time() - start:.0f} s", flush=True)
    return done


def compare_all(sources, folder, library):
    wide = processor.wide_code()
    print("On", processor.model())
    if wide:
        print("Scanpy runs twice: with numpy's code for wide vectors "
              f"({', '.join(wide)}) off,\nwhich is the reference, and as it "
              "comes.", flush=True)
    else:
        print("Scanpy runs once: numpy uses no code for wide vectors here.",
              flush=True)
    batches = [sources[i:i + BATCH] for i in range(0, len(sources), BATCH)]
    folders = [folder / str(number) for number in range(len(batches))]
    with processor.wide_code_off():
        asked = run_all("reference", ask_reference, batches, folders,
                        check=processor.check_wide_code_is_off)
    return run_all("compared", rank_and_compare, asked,
                   [bool(wide)] * len(asked), [library] * len(asked))


def main():
    options = arguments()
    start = time.time()
    print("Comparing with", ", ".join(f"{p} {version(p)}" for p in VERSIONS))
    made, nodes = chosen_sources(options)
    with tempfile.TemporaryDirectory(prefix="wilcoxide-parity-") as folder:
        batches = compare_all([*made, *nodes], Path(folder), options.library)
    judged = [one for batch in batches for one in batch]
    report(judged)
    calls = sum(one.calls for one in judged)
    failed = sum(one.failed for one in judged)
    print(f"\nparity: {calls - failed} calls passed, {failed} failed "
          f"({time.time() - start:.0f} s)")
    sys.exit(1 if failed or not calls else 0)


if __name__ == "__main__":
    main()
