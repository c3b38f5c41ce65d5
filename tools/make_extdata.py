"""Write inst/extdata/pbmc68k_reduced.h5ad, the cells of the examples.

    python tools/make_extdata.py [file]

needs scanpy, whose copy of the data is read from the installed package; the
versions used are printed. The file keeps `raw` (log-normalised, float32, CSR),
the labels `bulk_labels` and `louvain`, and which genes vary highly. `X`, the
same genes scaled, is left out for its size. Before it ends, the script
makes sure that Scanpy ranks the genes of the file as those of the original.
"""

import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scanpy as sc


def reduced(original):
    raw = ad.AnnData(
        original.raw.X,
        obs=original.obs[["bulk_labels", "louvain"]],
        var=pd.DataFrame(index=original.raw.var_names),
    )
    result = raw.copy()
    result.raw = raw
    result.X = None
    result.var["highly_variable"] = original.var["highly_variable"]
    # Without the key, as here, Scanpy takes logarithms to be natural.
    assert "log1p" not in original.uns
    return result


def ranked(adata):
    adata = adata.copy()
    sc.tl.rank_genes_groups(adata, "bulk_labels", method="wilcoxon", pts=True)
    return adata.uns["rank_genes_groups"]


def check(path, original):
    ours, theirs = ranked(ad.read_h5ad(path)), ranked(original)
    for name in ("names", "scores", "pvals", "pvals_adj", "logfoldchanges"):
        for group in theirs[name].dtype.names:
            assert np.array_equal(ours[name][group], theirs[name][group])
    for name in ("pts", "pts_rest"):
        assert ours[name].equals(theirs[name])


def main():
    here = Path(__file__).parent.parent
    default = here / "inst/extdata/pbmc68k_reduced.h5ad"
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    path.parent.mkdir(parents=True, exist_ok=True)
    warnings.simplefilter("ignore")
    original = sc.datasets.pbmc68k_reduced()
    reduced(original).write_h5ad(path, compression="gzip", compression_opts=9)
    check(path, original)
    print(path, path.stat().st_size, "bytes")
    for package in ("scanpy", "anndata", "h5py", "numpy"):
        print(package, version(package))
    print("HDF5", h5py.version.hdf5_version)


if __name__ == "__main__":
    main()
