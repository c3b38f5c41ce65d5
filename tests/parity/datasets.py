"""Small made-up data sets that hold what has made rankings differ."""

from dataclasses import dataclass, field
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp


@dataclass(frozen=True)
class Dataset:
    """Cells to rank, and which cases to rank them in.

    `adata` is the data or the path of a file that holds them. `cases` is the
    kind of them, or the cases themselves. With `as_strings` the file keeps the
    groups as plain strings. `lanes` is the number of threads that Scanpy adds
    up with, `tags` what tables count the data under.
    """

    name: str
    adata: ad.AnnData | Path
    cases: str | tuple = "full"
    groupby: str = "g"
    as_strings: bool = False
    lanes: int = 1
    tags: dict = field(default_factory=dict)


def expression(rng, cells, genes, labels, *, base=None, log=True):
    """Log-normalised counts with markers, ties and genes never seen."""
    n_groups = labels.max() + 1
    depth = rng.lognormal(0, 0.4, cells)
    level = rng.lognormal(-2, 1.6, genes)
    fold = np.ones((n_groups, genes))
    for group in range(n_groups):
        marked = rng.permutation(genes)[: genes // 20]
        fold[group, marked] = rng.lognormal(1, 0.5, marked.size)
    counts = rng.poisson(depth[:, None] * level * fold[labels]).astype("f8")
    counts[:, rng.permutation(genes)[: genes // 10]] = 0
    if not log:
        return counts
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    logged = np.log1p(counts / total * 1e4)
    return logged if base is None else logged / np.log(base)


def stored(values, layout):
    if layout == "dense":
        return np.ascontiguousarray(values)
    return {"csr": sp.csr_matrix, "csc": sp.csc_matrix}[layout](values)


def annotated(values, labels, *, base=None, layout="csr"):
    cells, genes = values.shape
    adata = ad.AnnData(
        stored(values, layout),
        obs=pd.DataFrame(
            {"g": pd.Categorical(labels)},
            index=[f"cell{i}" for i in range(cells)],
        ),
        var=pd.DataFrame(
            {"chosen": np.random.default_rng(0).random(genes) < 0.6},
            index=[f"gene{i:04d}" for i in range(genes)],
        ),
    )
    if base is not None:
        adata.uns["log1p"] = {"base": base}
    return adata


def named(codes, names="c{}"):
    return np.array([names.format(i) for i in codes], dtype=object)


def plain(seed, *, dtype="float32", layout="csr", cells=300, genes=400,
          groups=5, base=None, log=True):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, groups, cells)
    values = expression(rng, cells, genes, codes, base=base, log=log)
    return annotated(
        values.astype(dtype), named(codes), base=base, layout=layout
    )


def with_explicit_zeros(adata):
    rng = np.random.default_rng(11)
    data = adata.X.data
    data[rng.random(data.size) < 0.08] = 0.0
    data[rng.random(data.size) < 0.02] = -0.0
    return adata


def with_missing_labels(adata):
    rng = np.random.default_rng(15)
    labels = adata.obs["g"].to_numpy(dtype=object)
    labels[rng.random(labels.size) < 0.12] = np.nan
    adata.obs["g"] = pd.Categorical(labels)
    return adata


def unsorted_indices():
    adata = plain(12)
    matrix = adata.X
    for start, end in zip(matrix.indptr[:-1], matrix.indptr[1:]):
        matrix.indices[start:end] = matrix.indices[start:end][::-1].copy()
        matrix.data[start:end] = matrix.data[start:end][::-1].copy()
    matrix.has_sorted_indices = False
    return adata


def negatives(layout, cells=250, genes=200):
    rng = np.random.default_rng(13)
    codes = rng.integers(0, 4, cells)
    values = expression(rng, cells, genes, codes)
    seen = values != 0
    return annotated(
        np.where(seen, values - values[seen].mean(), 0.0),
        named(codes),
        layout=layout,
    )


def centred():
    """Dense data whose means are a hair from zero."""
    adata = plain(14, dtype="float64", layout="dense", cells=250, genes=200)
    adata.X -= adata.X.mean(axis=0)
    return adata


def ties_galore():
    rng = np.random.default_rng(16)
    codes = rng.integers(0, 5, 400)
    values = rng.integers(0, 3, (400, 200)).astype("f4") * np.float32(0.5)
    values[:, :20] = 0
    values[:, 20:40] = 1.5
    values[:, 40:80] = values[:, 80:120]
    return annotated(values, named(codes))


def pairs_and_crowds():
    """Groups of two cells, of one, of none, and one of nearly all."""
    rng = np.random.default_rng(17)
    codes = np.full(300, 4)
    codes[:6] = [0, 0, 1, 1, 2, 2]
    codes[6] = 3
    values = expression(rng, 300, 150, codes).astype("f4")
    adata = annotated(values, named(codes))
    adata.obs["g"] = adata.obs["g"].cat.add_categories(["empty"])
    return adata


def many_groups():
    rng = np.random.default_rng(18)
    codes = np.concatenate([np.arange(200), np.arange(200),
                            rng.integers(0, 200, 1200)])
    rng.shuffle(codes)
    values = expression(rng, codes.size, 120, codes)
    return annotated(values, named(codes))


def natural_labels():
    """Labels kept as strings, which Scanpy sorts by the numbers in them."""
    rng = np.random.default_rng(19)
    names = np.array(["10", "9", "2", "c10", "c9", "1b", "1a", "100"], object)
    codes = rng.integers(0, names.size, 300)
    values = expression(rng, 300, 120, codes).astype("f4")
    return annotated(values, names[codes])


def foreign_labels():
    rng = np.random.default_rng(20)
    names = np.array(["Größe", "細胞", "CD4+ %s", "a, b", "naïve \\ \"x\""],
                     object)
    codes = rng.integers(0, names.size, 300)
    values = expression(rng, 300, 120, codes).astype("f4")
    adata = annotated(values, names[codes])
    adata.var_names = [f"gène{i} 100%" for i in range(120)]
    return adata


def infinities():
    adata = plain(21, dtype="float64", cells=200, genes=100)
    rng = np.random.default_rng(21)
    data = adata.X.data
    data[rng.random(data.size) < 0.01] = np.inf
    data[rng.random(data.size) < 0.01] = -np.inf
    return adata


def long_and_thin():
    """So many zeros that the cube of their count is no exact double."""
    rng = np.random.default_rng(22)
    cells, genes = 300_000, 12
    codes = rng.integers(0, 3, cells)
    share = np.geomspace(0.0005, 0.4, genes)
    seen = rng.random((cells, genes)) < share
    values = np.where(seen, rng.integers(1, 9, (cells, genes)) / 4, 0)
    return annotated(values.astype("f4"), named(codes))


def far_tail():
    """Scores of any size up to 67: p-values that are subnormal, and 0."""
    rng = np.random.default_rng(26)
    codes = rng.integers(0, 2, 6000)
    shift = np.concatenate([
        np.linspace(0, 1, 40), np.linspace(1.08, 1.16, 60),
        np.linspace(1.2, 4, 20),
    ])
    values = rng.normal(0, 1, (6000, 120)) + codes[:, None] * shift
    return annotated(np.maximum(values, 0).astype("f4"), named(codes))


def wide_range():
    """Float64 values whose sums are rounded at nearly every step."""
    rng = np.random.default_rng(23)
    codes = rng.integers(0, 4, 500)
    values = np.where(
        rng.random((500, 150)) < 0.4, rng.lognormal(0, 3, (500, 150)), 0
    )
    return annotated(np.log1p(values), named(codes), layout="csc")


def with_raw_and_layers():
    full = plain(24, genes=300)
    adata = full[:, 40:240].copy()
    adata.raw = full
    adata.X = np.asarray(adata.X.todense(), dtype="f8") - 0.25
    values = full[:, 40:240].X.toarray()
    adata.layers["counts"] = sp.csr_matrix(np.round(values))
    adata.layers["halved"] = sp.csc_matrix(values / 2)
    return adata


def two_groups():
    return plain(25, groups=2, cells=60, genes=80)


def synthetic():
    """All made-up data sets."""
    return [
        Dataset("float32-csr", plain(1)),
        Dataset("float32-csc", plain(2, layout="csc")),
        Dataset("float32-dense", plain(3, layout="dense")),
        Dataset("float64-csr", plain(4, dtype="float64")),
        Dataset("float64-csc", plain(5, dtype="float64", layout="csc")),
        Dataset("float64-dense", plain(6, dtype="float64", layout="dense")),
        Dataset("counts-int64",
                plain(8, dtype="int64", log=False), cases="few"),
        Dataset("counts-float32", plain(9, log=False)),
        Dataset("base2", plain(10, dtype="float64", base=2), cases="few"),
        Dataset("base10-float32", plain(10, base=10), cases="few"),
        Dataset("explicit-zeros",
                with_explicit_zeros(plain(11, dtype="float64"))),
        Dataset("unsorted-indices", unsorted_indices(), cases="few"),
        Dataset("negatives-csr", negatives("csr")),
        Dataset("negatives-csc", negatives("csc"), cases="few"),
        Dataset("centred-dense", centred(), cases="few"),
        Dataset("missing-labels",
                with_missing_labels(plain(15, dtype="float64"))),
        Dataset("ties-galore", ties_galore()),
        Dataset("pairs-and-crowds", pairs_and_crowds(), cases="pairs"),
        Dataset("200-groups", many_groups(), cases="few"),
        Dataset("natural-labels", natural_labels(), cases="few",
                as_strings=True),
        Dataset("foreign-labels", foreign_labels(), cases="few"),
        Dataset("infinities", infinities(), cases="few"),
        Dataset("long-and-thin", long_and_thin(), cases="ties"),
        Dataset("far-tail", far_tail(), cases="ties"),
        Dataset("wide-range", wide_range()),
        Dataset("raw-and-layers", with_raw_and_layers(), cases="sources"),
        Dataset("two-groups", two_groups(), cases="few"),
    ]
