"""Writes tests/testthat/fixtures/*.h5: data sets and Scanpy's answers to them.

Run by `make fixtures`. A file holds

    X/            indptr, indices and data (float32 or float64) of the cells x
                  genes matrix; its attributes say layout, shape and log_base;
                  absent for the cells that the package ships
    codes         group of each cell, from 0; -1 is none
    levels genes  names of the groups and of the genes
    cases/0 ...   one call each: its arguments as R source, then, one row per
                  group, Scanpy's genes (from 0) and their values by rank,
                  whether no other gene has the score at this rank (untied),
                  and the genes in the order wilcoxide promises (promised)

and the versions of all that made it. numpy's code for wide vectors is off, so
that the answers are those of any processor.
"""

import os
import platform
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

os.environ["NUMBA_NUM_THREADS"] = "1"
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/parity"))

import processor  # noqa: E402

if __name__ == "__main__":
    processor.start_again_without_wide_code()

import anndata as ad  # noqa: E402
import h5py  # noqa: E402
import numpy as np  # noqa: E402

import cases  # noqa: E402
import datasets  # noqa: E402
from answers import TABLES  # noqa: E402
from datasets import Dataset, plain  # noqa: E402
from reference import ask  # noqa: E402
from tasks import log_base, mask, r_literal  # noqa: E402

FIXTURES = ROOT / "tests/testthat/fixtures"
PACKAGES = ("scanpy", "anndata", "numpy", "scipy", "statsmodels", "pandas",
            "numba", "h5py")
SMALL = dict(cells=150, genes=100, groups=4)


def chosen_datasets():
    return [
        Dataset("float32", plain(31, **SMALL), "few"),
        Dataset("float64", plain(32, dtype="float64", layout="csc", **SMALL),
                "few"),
        Dataset(
            "missing-labels-explicit-zeros",
            datasets.with_explicit_zeros(datasets.with_missing_labels(
                plain(33, dtype="float64", **SMALL)
            )),
            "few",
        ),
        Dataset("negatives",
                datasets.negatives("csr", cells=150, genes=100), "few"),
        Dataset("base2", plain(34, dtype="float64", base=2, **SMALL), "few"),
        Dataset("counts", plain(35, log=False, **SMALL), "few"),
        Dataset("pbmc68k_reduced",
                ROOT / "inst/extdata/pbmc68k_reduced.h5ad", "shipped",
                "bulk_labels"),
    ]


def put(group, name, values):
    values = np.asarray(values)
    if values.dtype == object:
        values = values.astype(h5py.string_dtype())
    group.create_dataset(name, data=values, compression="gzip",
                         compression_opts=9, shuffle=True)


def put_matrix(file, adata):
    matrix = file.create_group("X")
    matrix.attrs["layout"] = adata.X.format
    matrix.attrs["shape"] = adata.shape
    matrix.attrs["log_base"] = log_base(adata) or np.nan
    put(matrix, "indptr", adata.X.indptr.astype("i4"))
    put(matrix, "indices", adata.X.indices.astype("i4"))
    put(matrix, "data", adata.X.data)
    put(file, "mask", np.array(mask(adata), "u1"))


def put_answer(group, case, answer):
    group.attrs["name"] = case.name
    group.attrs["arguments"] = r_literal(case.args)
    put(group, "groups", np.array(answer.groups, object))
    put(group, "names", rows(answer, answer.genes.get).astype("i4"))
    put(group, "promised", rows(answer, answer.promised).astype("i4"))
    put(group, "untied", rows(answer, answer.untied).astype("u1"))
    for name in TABLES:
        put(group, name, rows(answer, answer.tables[name].get))
    for name, table in answer.fractions.items():
        put(group, name, table.to_numpy().T)


def rows(answer, of_group):
    return np.stack([of_group(group) for group in answer.groups])


def write(dataset):
    shipped = isinstance(dataset.adata, Path)
    adata = ad.read_h5ad(dataset.adata) if shipped else dataset.adata
    labels = adata.obs[dataset.groupby].astype("category").cat
    levels = [str(level) for level in labels.categories]
    path = FIXTURES / f"{dataset.name}.h5"
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        for package in PACKAGES:
            file.attrs[package] = version(package)
        file.attrs["python"] = platform.python_version()
        file.attrs["machine"] = platform.machine()
        file.attrs["libc"] = " ".join(platform.libc_ver())
        if not shipped:
            put_matrix(file, adata)
        put(file, "codes", labels.codes.to_numpy("i4"))
        put(file, "levels", np.array(levels, object))
        source = adata if adata.raw is None else adata.raw
        put(file, "genes", np.array(source.var_names, object))
        for number, case in enumerate(cases.of(dataset.cases, levels)):
            answer = ask(adata, dataset.groupby, case.args)
            put_answer(file.create_group(f"cases/{number}"), case, answer)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1024:.0f} KB")


def main():
    warnings.simplefilter("ignore")
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for dataset in chosen_datasets():
        write(dataset)


if __name__ == "__main__":
    main()
