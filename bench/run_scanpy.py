"""run_scanpy.py TOOL FILE THREADS: times a Python tool, prints a line of JSON.

TOOL is scanpy, autozyme (Scanpy with its Wilcoxon test replaced) or illico.
"""

import json
import os
import sys
import time
import warnings
from importlib.metadata import version

tool, path, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
for variable in ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS",
                 "OPENBLAS_NUM_THREADS", "ZYME_THREADS"):
    os.environ[variable] = str(threads)
os.environ["TQDM_DISABLE"] = "1"
warnings.simplefilter("ignore")

import anndata as ad  # noqa: E402
import scanpy as sc  # noqa: E402

sc.settings.n_jobs = threads
sc.settings.verbosity = 0


def caller():
    if tool == "illico":
        from illico import asymptotic_wilcoxon
        from loguru import logger

        logger.remove()
        return lambda adata: asymptotic_wilcoxon(
            adata, is_log1p=True, group_keys="group", reference=None,
            n_threads=threads, use_continuity=False, tie_correct=False,
            exp_post_agg=True, use_rust=True, return_as_scanpy=True,
        )
    if tool == "autozyme":
        import autozyme

        autozyme.set_threads(threads)
        autozyme.activate("scanpy")
    return lambda adata: sc.tl.rank_genes_groups(
        adata, "group", method="wilcoxon"
    )


def memory(what):
    """Megabytes, of the process."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith(what):
                return int(line.split()[1]) / 1024


def some_of(adata):
    """Enough cells to have everything compiled before the clock runs."""
    few = adata[:400, :50].copy()
    few.obs["group"] = [str(i % 2) for i in range(few.n_obs)]
    few.obs["group"] = few.obs["group"].astype("category")
    return few


def main():
    rank = caller()
    adata = ad.read_h5ad(path)
    rank(some_of(adata))
    loaded = memory("VmRSS")
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    cpu, wall = time.process_time(), time.perf_counter()
    rank(adata)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({
        "wall": wall, "cpu": cpu, "extra_mb": memory("VmHWM") - loaded,
        "version": version(tool),
    }))


main()
