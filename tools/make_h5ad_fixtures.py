"""Write the small .h5ad files that tests/testthat/test-h5ad.R reads.

    python tools/make_h5ad_fixtures.py [directory]

needs anndata, h5py and hdf5plugin; versions used are printed. What current
anndata writes is written by it, the encodings of older versions by hand; all
files are then read by anndata and compared with what they should hold. The
matrix follows from a formula, which the tests repeat:

    k = (3 i + 2 j + i j) mod 7,  value = 0 if k < 3 else k - 4.5

for cell i and gene j, from 0, and value[0, 0] = float32(0.1).
"""

import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import anndata as ad
import h5py
import hdf5plugin
import numpy as np
import pandas as pd
from scipy import sparse

N_CELLS, N_GENES = 12, 6
GENES = [f"gène{j}" for j in range(N_GENES)]
CELLS = [f"cell{i}" for i in range(N_CELLS)]
CODES = np.array([0, 1, 2, 0, 1, 2, 0, 1, -1, 0, 1, 2], dtype="int8")
FILTERS = ["blosc", "zstd"]
LABELS = ["β cells", "T/NK", "Monocytes"]

I, J = np.meshgrid(np.arange(N_CELLS), np.arange(N_GENES), indexing="ij")
K = (3 * I + 2 * J + I * J) % 7
REAL = np.where(K < 3, 0, K - 4.5)
REAL[0, 0] = np.float32(0.1)
COUNTS = np.where(K < 3, 0, K)


def categorical(categories, ordered=False):
    return pd.Categorical.from_codes(CODES, categories, ordered=ordered)


def obs():
    sizes = np.arange(N_CELLS)
    missing = sizes == 3
    return pd.DataFrame(
        {
            "group": categorical(LABELS),
            "ordered": categorical(LABELS, ordered=True),
            "integer_categories": categorical([10, 2, 2**40]),
            "float_categories": categorical([0.5, 1.0, 1e-05]),
            "bool_categories": pd.Categorical.from_codes(
                sizes % 2, [False, True]
            ),
            "string_categories": categorical(
                pd.array(LABELS, dtype="string")
            ),
            "string": [LABELS[i % 2] for i in sizes],
            "integer": sizes % 3,
            "small_integer": (sizes - 5).astype("int8"),
            "large_integer": sizes + 2**40,
            "float": np.where(missing, np.nan, sizes / 4),
            "bool": sizes % 2 == 0,
            "nullable_integer": pd.array(
                np.where(missing, None, sizes), dtype="Int64"
            ),
            "nullable_bool": pd.array(
                np.where(missing, None, sizes % 2 == 0), dtype="boolean"
            ),
            "nullable_string": pd.array(
                np.where(missing, None, [LABELS[i % 3] for i in sizes]),
                dtype="string",
            ),
        },
        index=pd.Index(CELLS, name="cell"),
    )


def unsorted(matrix):
    """The same matrix with the indices of each row descending."""
    matrix = matrix.copy()
    for start, end in zip(matrix.indptr[:-1], matrix.indptr[1:]):
        matrix.indices[start:end] = matrix.indices[start:end][::-1].copy()
        matrix.data[start:end] = matrix.data[start:end][::-1].copy()
    matrix.has_sorted_indices = False
    return matrix


def explicit_zeros(dense):
    rows, columns = (a.ravel() for a in (I, J))
    keep = (dense.ravel() != 0) | (columns % 2 == 0)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows[keep]))])
    return sparse.csr_matrix(
        (dense.ravel()[keep], columns[keep], indptr), dense.shape
    )


def write_storage(path):
    """All ways to store a matrix, as layers, and all kinds of columns."""
    csr = sparse.csr_matrix(REAL)
    layers = {
        "csr_float32": csr.astype("float32"),
        "csr_float64": csr,
        "csc_float32": sparse.csc_matrix(REAL).astype("float32"),
        "csc_float64": sparse.csc_matrix(REAL),
        "dense_float32": REAL.astype("float32"),
        "dense_float64": REAL,
        "dense_fortran": np.asfortranarray(REAL),
        "unsorted": unsorted(csr),
        "explicit_zeros": explicit_zeros(REAL),
        "int64_indices": csr,
        "lzf": csr,
        "csr_int64": sparse.csr_matrix(COUNTS),
        "csc_int32": sparse.csc_matrix(COUNTS.astype("int32")),
        "dense_uint8": COUNTS.astype("uint8"),
        "csr_bool": sparse.csr_matrix(COUNTS > 0),
    }
    adata = ad.AnnData(
        csr.astype("float32"),
        obs=obs(),
        var=pd.DataFrame(
            {"highly_variable": np.arange(N_GENES) != 2}, index=GENES
        ),
        layers=layers,
        uns={"log1p": {"base": None}},
    )
    adata.write_h5ad(path, convert_strings_to_categoricals=False)
    with h5py.File(path, "r+") as f:
        group = f["layers/int64_indices"]
        for name in ("indices", "indptr"):
            values = group[name][()].astype("int64")
            del group[name]
            group[name] = values
        group = f["layers/lzf"]
        values = group["data"][()]
        del group["data"]
        group.create_dataset("data", data=values, compression="lzf")


def write_raw(path):
    """A raw of more genes than X, with names that are pandas' own strings, as
    are those of X; logarithms to base 2."""
    raw = ad.AnnData(
        sparse.csr_matrix(REAL, dtype="float32"),
        obs=pd.DataFrame({"group": categorical(LABELS)}, index=CELLS),
        var=pd.DataFrame(index=pd.Index(GENES, dtype="string")),
        uns={"log1p": {"base": 2.0}},
    )
    adata = raw[:, :4].copy()
    adata.X = np.arange(N_CELLS * 4, dtype="float32").reshape(-1, 4) / 8
    adata.raw = raw
    adata.layers["scaled"] = adata.X
    adata.var["highly_variable"] = [True, False, True, True]
    adata.write_h5ad(path)


def write_filters(path):
    """Layers in compressions that HDF5 has from plugins."""
    adata = ad.AnnData(
        sparse.csr_matrix(REAL),
        obs=pd.DataFrame({"group": categorical(LABELS)}, index=CELLS),
        var=pd.DataFrame(index=GENES),
        layers={name: sparse.csr_matrix(REAL) for name in FILTERS},
    )
    adata.write_h5ad(path)
    with h5py.File(path, "r+") as f:
        for name in FILTERS:
            group = f["layers"][name]
            for part in ("data", "indices"):
                values = group[part][()]
                del group[part]
                dataset = group.create_dataset(
                    part,
                    data=values,
                    chunks=values.shape,
                    compression=hdf5plugin.FILTERS[name],
                )
                # What a filter cannot make smaller is stored without it.
                assert dataset.id.get_chunk_info(0).filter_mask == 0, name


def write_sparse_parts(group, matrix):
    for name in ("data", "indices", "indptr"):
        group[name] = getattr(matrix, name)


def write_dataframe_0_1(f, name, index, columns):
    """As anndata 0.7 did: categories by reference."""
    text = h5py.string_dtype()
    group = f.create_group(name)
    group.attrs["encoding-type"] = "dataframe"
    group.attrs["encoding-version"] = "0.1.0"
    group.attrs["_index"] = "_index"
    group.attrs["column-order"] = list(columns)
    group.create_dataset("_index", data=index, dtype=text)
    for key, values in columns.items():
        if not isinstance(values, pd.Categorical):
            kind = text if isinstance(values, list) else None
            group.create_dataset(key, data=values, dtype=kind)
            continue
        labels = values.categories.to_list()
        categories = group.create_dataset(
            f"__categories/{key}",
            data=labels,
            dtype=text if isinstance(labels[0], str) else None,
        )
        categories.attrs["ordered"] = values.ordered
        group[key] = values.codes
        group[key].attrs["categories"] = categories.ref


def write_anndata_0_7(path):
    with h5py.File(path, "w") as f:
        for name, matrix in {
            "X": sparse.csr_matrix(REAL[:, :4], dtype="float32"),
            "raw/X": sparse.csc_matrix(REAL, dtype="float32"),
        }.items():
            group = f.create_group(name)
            group.attrs["encoding-type"] = f"{matrix.format}_matrix"
            group.attrs["encoding-version"] = "0.1.0"
            group.attrs["shape"] = matrix.shape
            write_sparse_parts(group, matrix)
        columns = {
            "group": categorical(LABELS),
            "ordered": categorical(LABELS, ordered=True),
            "cluster": categorical([10, 2, 3]),
            "string": [LABELS[i % 2] for i in range(N_CELLS)],
            "integer": np.arange(N_CELLS) % 3,
        }
        write_dataframe_0_1(f, "obs", CELLS, columns)
        write_dataframe_0_1(
            f, "var", GENES[:4], {"highly_variable": np.arange(4) != 2}
        )
        write_dataframe_0_1(f, "raw/var", GENES, {})
        f.create_group("uns/log1p")


def write_anndata_0_6(path):
    """Tables of records, categories in uns, names with a dot for raw."""
    fixed = "S12"
    text = h5py.string_dtype()
    obs = np.zeros(
        N_CELLS,
        dtype=[
            ("index", fixed),
            ("group", "i1"),
            ("cluster", "i1"),
            ("phase", "i1"),
            ("integer", "i8"),
            ("fraction", "f4"),
            ("string", text),
            ("bool", "?"),
        ],
    )
    numbers = np.arange(N_CELLS)
    obs["index"] = [cell.encode() for cell in CELLS]
    for name in ("group", "cluster", "phase"):
        obs[name] = CODES
    obs["integer"] = numbers + 2**40
    obs["fraction"] = np.where(numbers == 3, np.nan, numbers / 4)
    obs["string"] = [LABELS[i % 2] for i in numbers]
    obs["bool"] = numbers % 2 == 0
    var = np.zeros(4, dtype=[("index", text), ("highly_variable", "?")])
    var["index"] = GENES[:4]
    var["highly_variable"] = np.arange(4) != 2
    raw_var = np.zeros(N_GENES, dtype=[("index", text)])
    raw_var["index"] = GENES
    with h5py.File(path, "w") as f:
        f["X"] = REAL[:, :4].astype("float32")
        f["obs"], f["var"], f["raw.var"] = obs, var, raw_var
        group = f.create_group("raw.X")
        group.attrs["h5sparse_format"] = "csr"
        group.attrs["h5sparse_shape"] = REAL.shape
        write_sparse_parts(group, sparse.csr_matrix(REAL, dtype="float32"))
        f.create_dataset("uns/group_categories", data=LABELS, dtype=text)
        f["uns/phase_categories"] = np.array([b"G1", b"S", b"G2M"])
        f["uns/cluster_categories"] = np.array([10, 2, 3])
        f["uns/log1p/base"] = np.array([10.0])


def dense(matrix):
    return matrix.toarray() if sparse.issparse(matrix) else matrix


def check(directory):
    """Anndata sees in the files what the tests expect."""
    storage = ad.read_h5ad(directory / "storage.h5ad")
    for name, layer in storage.layers.items():
        whole = any(kind in name for kind in ("int", "bool"))
        expected = COUNTS if whole and name != "int64_indices" else REAL
        expected = expected > 0 if "bool" in name else expected
        assert np.array_equal(dense(layer), expected), name
    assert not storage.layers["unsorted"].has_sorted_indices
    assert storage.layers["explicit_zeros"].nnz > (REAL != 0).sum()
    raw = ad.read_h5ad(directory / "raw.h5ad")
    assert raw.uns["log1p"]["base"] == 2 and raw.raw.shape == REAL.shape
    filters = ad.read_h5ad(directory / "filters.h5ad")
    for name in FILTERS:
        assert np.array_equal(dense(filters.layers[name]), REAL), name
    for name in ("anndata-0.7", "anndata-0.6"):
        old = ad.read_h5ad(directory / f"{name}.h5ad")
        assert np.array_equal(dense(old.X), REAL[:, :4]), name
        assert np.array_equal(dense(old.raw.X), REAL), name
        assert list(old.raw.var_names) == GENES, name
        assert list(old.obs_names) == CELLS, name
        assert old.obs["group"].equals(raw.obs["group"]), name
        assert list(old.obs["cluster"].cat.categories) == [10, 2, 3], name
        assert list(old.obs["string"][:2]) == LABELS[:2], name
        assert list(old.var["highly_variable"]) == [True, True, False, True]


def main():
    here = Path(__file__).parent.parent / "tests/testthat/fixtures"
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else here
    directory.mkdir(parents=True, exist_ok=True)
    ad.settings.allow_write_nullable_strings = True
    write_storage(directory / "storage.h5ad")
    write_raw(directory / "raw.h5ad")
    write_filters(directory / "filters.h5ad")
    write_anndata_0_7(directory / "anndata-0.7.h5ad")
    write_anndata_0_6(directory / "anndata-0.6.h5ad")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(directory)
    for package in ("anndata", "h5py", "hdf5plugin", "numpy", "pandas", "scipy"):
        print(package, version(package))
    print("HDF5", h5py.version.hdf5_version)


if __name__ == "__main__":
    main()
