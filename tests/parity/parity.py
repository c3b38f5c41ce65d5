"""Ranks the same cells with the real Scanpy and with wilcoxide, and compares.

Every data set is ranked in every case by Scanpy, and by wilcoxide in several
ways: from the .h5ad file, with one thread or two in turn, and from the matrix
with cells in columns and in rows, with one thread and with two. Exits with 1
when a single bit differs anywhere.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path

# Scanpy's means of float64 data depend on its number of threads.
os.environ["NUMBA_NUM_THREADS"] = "1"

import anndata as ad  # noqa: E402
import scanpy as sc  # noqa: E402

import cases  # noqa: E402
import datasets  # noqa: E402
import tasks  # noqa: E402
from compare import FIELDS, Verdict, compare, read_outcome  # noqa: E402
from reference import ask  # noqa: E402

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parents[1] / "inst/extdata/pbmc68k_reduced.h5ad"
BUNDLED = Path(sc.datasets.__file__).parent / "10x_pbmc68k_reduced.h5ad"
VERSIONS = ("scanpy", "anndata", "numpy", "scipy", "statsmodels", "numba")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", default="",
                        help="library of R packages with the build to test")
    parser.add_argument("--only", default="",
                        help="only data sets whose name holds this")
    return parser.parse_args()


def real_cells():
    return [
        datasets.Dataset("pbmc68k bulk_labels", SHIPPED, "real",
                         "bulk_labels"),
        datasets.Dataset("pbmc68k louvain", BUNDLED, "real", "louvain"),
    ]


def cases_of(dataset, adata):
    labels = adata.obs[dataset.groupby].astype("category").cat
    names = [str(level) for level in labels.categories]
    chosen = cases.of(dataset.cases, names)
    if dataset.name == "float32-csr":
        chosen += cases.of("refused", names)
    return chosen


def file_of(dataset, folder):
    if isinstance(dataset.adata, Path):
        return dataset.adata
    path = folder / f"{dataset.name}.h5ad"
    tasks.write_h5ad(dataset, path)
    return path


def prepare(dataset, folder):
    """Write what R needs; return the task and Scanpy's answers."""
    path = file_of(dataset, folder)
    adata = ad.read_h5ad(path)
    chosen = cases_of(dataset, adata)
    answers = [ask(adata, dataset.groupby, case.args) for case in chosen]
    return tasks.write_task(dataset, adata, chosen, path, folder), answers


def run_r(prepared, folder, library):
    listing = folder / "tasks.R"
    listing.write_text(tasks.r_literal([task for task, _ in prepared]))
    out = folder / "out"
    out.mkdir()
    subprocess.run(
        ["Rscript", str(HERE / "run.R"), str(listing), str(out), library],
        check=True,
    )
    return out


def judge(task, answers, out):
    """The verdict over all cases and ways, and the calls passed and failed."""
    total = Verdict()
    passed = failed = 0
    for number, (case, expected) in enumerate(zip(task["cases"], answers)):
        told = {}
        paths = sorted(out.glob(f"{task['name']}.{number}.*"))
        for path in paths:
            verdict = compare(read_outcome(path), expected)
            total.add(verdict)
            passed += verdict.passed
            failed += not verdict.passed
            if not verdict.passed:
                way = path.name.split(".", 2)[2]
                told.setdefault(verdict.explanation(), []).append(way)
        for explanation, ways in told.items():
            whole = "every way" if len(ways) == len(paths) else ", ".join(ways)
            total.failures.append(f"{case['name']} ({whole}): {explanation}")
    return total, passed, failed


def row(name, cells):
    return f"{name:20s}" + "".join(f"{cell:>{10}}" for cell in cells)


def report(judged):
    print("\nValues whose bits differ from Scanpy's, by field:\n")
    titles = ["scores", "lfc", "pvals", "adjusted", "pts", "pts_rest",
              "names", "order"]
    print(row("data set", ["calls", "compared", *titles, "faults"]))
    whole, calls = Verdict(), 0
    for name, (verdict, passed, failed) in judged.items():
        print(line(name, verdict, passed + failed))
        whole.add(verdict)
        calls += passed + failed
    print(line("total", whole, calls))
    for name, (verdict, _, _) in judged.items():
        for failure in verdict.failures:
            print(f"{name}, {failure}")


def line(name, verdict, calls):
    counts = [verdict.differing[field] for field in FIELDS]
    return row(name, [calls, verdict.compared, *counts, verdict.faults])


def main():
    options = arguments()
    warnings.simplefilter("ignore")
    start = time.time()
    print("Comparing with", ", ".join(f"{p} {version(p)}" for p in VERSIONS))
    chosen = [
        dataset for dataset in [*datasets.synthetic(), *real_cells()]
        if options.only in dataset.name
    ]
    with tempfile.TemporaryDirectory(prefix="wilcoxide-parity-") as folder:
        folder = Path(folder)
        prepared = [prepare(dataset, folder) for dataset in chosen]
        print(f"Scanpy answered in {time.time() - start:.0f} s", flush=True)
        out = run_r(prepared, folder, options.library)
        judged = {
            task["name"]: judge(task, answers, out)
            for task, answers in prepared
        }
    report(judged)
    passed = sum(passed for _, passed, _ in judged.values())
    failed = sum(failed for _, _, failed in judged.values())
    print(f"\nparity: {passed} calls passed, {failed} failed "
          f"({time.time() - start:.0f} s)")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
