"""run.py TOOL FOLDER THREADS [reference=GROUP] [first=N]: times a tool of
Python on the data set in FOLDER, versus the rest or one group; or on the cells
of its first N groups only.

TOOL is scanpy, autozyme (Scanpy with its Wilcoxon test replaced), illico (with
its Rust kernel), scanpy-illico (Scanpy 1.13's method of that name) or pdex.
Prints one line of JSON.
"""

import json
import os
import sys
import time
import warnings
from pathlib import Path

tool, folder, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
options = dict(option.split("=") for option in sys.argv[4:])
reference = options.get("reference")
for variable in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS",
                 "OPENBLAS_NUM_THREADS", "ZYME_THREADS"):
    os.environ[variable] = str(threads)
os.environ["TQDM_DISABLE"] = "1"
warnings.simplefilter("ignore")

import anndata as ad  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scanpy as sc  # noqa: E402
import scipy.sparse as sp  # noqa: E402

sc.settings.n_jobs = threads
sc.settings.verbosity = 0


def read_cells():
    genes, cells = np.fromfile(folder / "dim", "i4")
    group = np.fromfile(folder / "g", "i4")
    matrix = sp.csr_matrix((
        np.fromfile(folder / "x", "f8").astype("f4"),
        np.fromfile(folder / "i", "i4"),
        np.fromfile(folder / "p", "i4"),
    ), shape=(cells, genes))
    names = [f"g{number:03d}" for number in range(group.max() + 1)]
    cells = ad.AnnData(
        matrix,
        obs=pd.DataFrame(
            {"group": pd.Categorical.from_codes(group, names)},
            index=[f"cell{number + 1}" for number in range(cells)],
        ),
        var=pd.DataFrame(index=[f"gene{n + 1}" for n in range(genes)]),
    )
    if "first" not in options:
        return cells
    few = cells[group < int(options["first"])].copy()
    few.obs["group"] = few.obs["group"].cat.remove_unused_categories()
    return few


def ranker():
    if tool == "illico":
        from illico import asymptotic_wilcoxon
        from loguru import logger

        logger.remove()
        return lambda cells: asymptotic_wilcoxon(
            cells, is_log1p=True, group_keys="group", reference=reference,
            n_threads=threads, use_continuity=False, tie_correct=False,
            exp_post_agg=True, use_rust=True, return_as_scanpy=True,
        )
    if tool == "pdex":
        from pdex import pdex

        how = {"mode": "ref", "reference": reference} if reference else {
            "mode": "all"}
        return lambda cells: pdex(
            cells, "group", threads=threads, is_log1p=True, **how
        )
    if tool == "autozyme":
        import autozyme

        autozyme.set_threads(threads)
        autozyme.activate("scanpy")
    method = "wilcoxon_illico" if tool == "scanpy-illico" else "wilcoxon"
    return lambda cells: sc.tl.rank_genes_groups(
        cells, "group", method=method, reference=reference or "rest"
    )


def some_of(cells):
    """Enough to have everything compiled before the clock runs."""
    few = cells[:400, :50].copy()
    few.obs["group"] = pd.Categorical([f"g00{i % 2}" for i in range(few.n_obs)])
    return few


def memory(what):
    """Megabytes, of the process."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(what):
                return int(line.split()[1]) / 1024


def main():
    rank = ranker()
    cells = read_cells()
    rank(some_of(cells))
    loaded = memory("VmRSS")
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    cpu, wall = time.process_time(), time.perf_counter()
    rank(cells)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({
        "wall": round(wall, 4), "cpu": round(cpu, 4),
        "extra_mb": round(memory("VmHWM") - loaded, 1),
    }))


main()
