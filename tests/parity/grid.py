"""The grid: every kind of data in every storage, each with many calls.

The calls of all data sets together are dealt from the product of all options,
shuffled, so that every value of an option meets every kind of data and every
storage, and nearly every combination of options is called.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

import datasets
from cases import Case, Way
from datasets import Dataset
from reference import SCANPY

OPTIONS = {
    "groups": ("all", "subset", "backwards", "one"),
    "reference": ("rest", "first", "second", "last"),
    "mask_var": (None, "chosen"),
    "n_genes": (None, 1, 7, 10**6),
    "rankby_abs": (False, True),
    "pts": (False, True),
    "corr_method": ("benjamini-hochberg", "bonferroni"),
    "tie_correct": (False, True),
    "source": ("default", "X", "layer"),
}
DEFAULTS = {
    "groups": "all", "reference": "rest", "mask_var": None, "n_genes": None,
    "rankby_abs": False, "pts": False, "corr_method": "benjamini-hochberg",
    "tie_correct": False,
}
if SCANPY >= (1, 13):
    OPTIONS["mean_in_log_space"] = (True, False)
    DEFAULTS["mean_in_log_space"] = True
BASES = (None, None, 2, 10)


@dataclass(frozen=True)
class Storage:
    """With several lanes, Scanpy adds up in as many threads."""

    dtype: str
    layout: str
    lanes: int = 1

    def __str__(self):
        threads = f", {self.lanes} threads" if self.lanes > 1 else ""
        return f"{self.dtype} {self.layout}{threads}"

    def holds(self, kind):
        return kind not in FRACTIONAL or np.dtype(self.dtype).kind == "f"


STORAGES = (
    *(Storage(dtype, layout)
      for dtype in ("float32", "float64", "int32", "int64")
      for layout in ("csr", "csc", "dense")),
    Storage("int8", "csr"), Storage("uint8", "csc"),
    Storage("uint16", "dense"),
    Storage("float32", "csr", lanes=4), Storage("float64", "csr", lanes=4),
)


@dataclass
class Cells:
    """Values of cells x genes, and the label of each cell."""

    values: np.ndarray
    labels: pd.Categorical | np.ndarray


def random_codes(rng, cells, groups):
    """Groups of at least two cells, in no order."""
    codes = np.concatenate([
        np.arange(groups), np.arange(groups),
        rng.integers(0, groups, cells - 2 * groups),
    ])
    rng.shuffle(codes)
    return codes


def labelled(rng, names, cells=100, genes=36):
    codes = random_codes(rng, cells, len(names))
    values = datasets.expression(rng, cells, genes, codes)
    return Cells(values, np.array(names, object)[codes])


def plain(rng):
    return labelled(rng, ["a", "b", "c", "d"], cells=110, genes=44)


def heavy_ties(rng):
    cells = plain(rng)
    cells.values = rng.integers(0, 3, cells.values.shape) / 2
    cells.values[:, 30:36] = cells.values[:, 24:30]
    return cells


def constant_genes(rng):
    cells = plain(rng)
    cells.values[:, :12] = 0
    cells.values[:, 12:24] = rng.choice([0.5, 1, 2.25], 12)
    cells.values[0, 24] = 0
    return cells


def negatives(rng):
    cells = plain(rng)
    seen = cells.values != 0
    middle = cells.values[seen].mean()
    cells.values[seen] = np.round(cells.values[seen] - middle, 3)
    return cells


def centred(rng):
    """Means are a hair from zero."""
    cells = plain(rng)
    cells.values -= cells.values.mean(axis=0)
    return cells


def infinities(rng):
    cells = plain(rng)
    where = rng.random(cells.values.shape)
    cells.values[where < 0.01] = np.inf
    cells.values[where > 0.995] = -np.inf
    return cells


def wide_range(rng):
    """Sums that round at nearly every step, and some that overflow expm1."""
    cells = plain(rng)
    scale = 10.0 ** rng.integers(-30, 4, cells.values.shape[1])
    cells.values *= rng.lognormal(0, 3, cells.values.shape) * scale
    return cells


def missing_labels(rng):
    cells = plain(rng)
    cells.labels[rng.random(cells.labels.size) < 0.15] = np.nan
    return cells


def pairs_of_cells(rng):
    return sized(rng, {"p0": 2, "p1": 40, "p2": 14, "p3": 2, "p4": 2})


def too_small_groups(rng):
    """One cell and none: only some of the groups can be ranked."""
    return sized(rng, {"s0": 3, "s1": 60, "s2": 1, "empty": 0, "s3": 20})


def sized(rng, sizes):
    codes = np.repeat(np.arange(len(sizes)), [*sizes.values()])
    rng.shuffle(codes)
    values = datasets.expression(rng, codes.size, 36, codes)
    return Cells(values, pd.Categorical.from_codes(codes, [*sizes]))


def one_huge_many_tiny(rng):
    codes = np.concatenate([np.repeat(np.arange(1, 15), 2), np.zeros(150, int)])
    rng.shuffle(codes)
    values = datasets.expression(rng, codes.size, 24, codes)
    return Cells(values, datasets.named(codes))


def numbers(rng):
    cells = labelled(rng, [10, 9, 2, 100])
    return Cells(cells.values, pd.Categorical(cells.labels.astype("i8")))


def fractions(rng):
    cells = labelled(rng, [0.5, 1.0, 10.0, 1e-7])
    return Cells(cells.values, pd.Categorical(cells.labels.astype("f8")))


def natural_labels(rng):
    return labelled(rng, ["10", "9", "2", "T 1b", "T 1a", "T 10"])


def foreign_labels(rng):
    return labelled(rng, ["z", "\u00e9", "e", "e\u0301a", "\u7d30\u80de",
                          "CD4\u207a %s", "m\u00b2", "m10"])


def one_gene(rng):
    cells = plain(rng)
    cells.values = cells.values[:, [np.argmax(cells.values.sum(axis=0))]]
    return cells


KINDS = {
    "log-normal": plain,
    "heavy ties": heavy_ties,
    "constant genes": constant_genes,
    "negatives": negatives,
    "centred": centred,
    "infinities": infinities,
    "wide range": wide_range,
    "explicit zeros": plain,
    "missing labels": missing_labels,
    "pairs of cells": pairs_of_cells,
    "too small groups": too_small_groups,
    "one huge, many tiny": one_huge_many_tiny,
    "numbers as labels": numbers,
    "fractions as labels": fractions,
    "natural order": natural_labels,
    "foreign labels": foreign_labels,
    "one gene": one_gene,
}
AS_STRINGS = ("natural order", "foreign labels")
NUMERIC = ("numbers as labels", "fractions as labels")
FRACTIONAL = ("infinities", "centred", "wide range")


def stored(values, storage, zeros=None):
    """The values in a type of numbers and a layout; whole numbers are those
    near to four times a value."""
    kind = np.dtype(storage.dtype)
    if kind.kind in "iu":
        limits = np.iinfo(kind)
        values = np.clip(np.rint(values * 4), limits.min, limits.max)
    with np.errstate(over="ignore"):
        matrix = datasets.stored(values.astype(kind), storage.layout)
    if zeros is not None:
        store_zeros(matrix, zeros)
    return matrix


def store_zeros(matrix, rng):
    data = matrix.data if sp.issparse(matrix) else matrix.reshape(-1)
    data[rng.random(data.size) < 0.08] = 0
    if data.dtype.kind == "f":
        data[rng.random(data.size) < 0.04] = -0.0


def data_of(kind, storage, rng):
    """Cells of a kind, with another matrix as a layer and, often, as raw."""
    cells = KINDS[kind](rng)
    adata = datasets.annotated(
        cells.values, cells.labels, base=rng.choice(np.array(BASES, object)),
    )
    zeros = rng if kind == "explicit zeros" else None
    adata.X = stored(cells.values, storage, zeros)
    adata.layers["halved"] = stored(cells.values / 2, storage)
    if rng.random() < 0.4:
        raw = adata.copy()
        raw.X = stored(cells.values * 1.5, storage)
        adata.raw = raw
    chosen = rng.random(adata.n_vars) < 0.6
    chosen[0] = True
    adata.var["chosen"] = chosen
    return adata


def deal(seed):
    """All combinations of options, shuffled, again and again."""
    rng = np.random.default_rng([seed, 1])
    product = list(itertools.product(*OPTIONS.values()))
    while True:
        for place in rng.permutation(len(product)):
            yield dict(zip(OPTIONS, product[place]))


def arguments(options, categories, has_raw, numeric):
    """By Scanpy's names; those at their defaults left out. Groups whose labels
    are numbers can only be ranked all."""
    a, b, *others = categories
    z = others[-1] if others else a
    args = dict(options)
    source = args.pop("source")
    args["groups"] = {
        "all": "all", "subset": [z, a], "backwards": [*categories][::-1],
        "one": [b],
    }["all" if numeric else options["groups"]]
    args["reference"] = {
        "rest": "rest", "first": a, "second": b, "last": z,
    }[options["reference"]]
    if source == "X" and has_raw:
        args["use_raw"] = False
    elif source == "layer":
        args |= {"use_raw": False, "layer": "halved"}
    return {
        name: value for name, value in args.items()
        if name not in DEFAULTS or value != DEFAULTS[name]
    }


@dataclass(frozen=True)
class Node:
    """One kind of data in one storage, and the calls that are made on it."""

    kind: str
    storage: Storage
    seed: int
    calls: tuple

    @property
    def name(self):
        return f"{self.seed} {self.kind}, {self.storage}"

    def build(self):
        rng = np.random.default_rng([
            self.seed, list(KINDS).index(self.kind),
            STORAGES.index(self.storage),
        ])
        adata = data_of(self.kind, self.storage, rng)
        labels = pd.Series(adata.obs["g"]).astype("category").cat
        return Dataset(
            name=self.name,
            adata=adata,
            cases=tuple(self.cases(adata, labels.categories.tolist())),
            as_strings=self.kind in AS_STRINGS,
            lanes=self.storage.lanes,
            tags={"data": self.kind, "stored as": str(self.storage)},
        )

    def cases(self, adata, categories):
        for options, way in self.calls:
            args = arguments(options, categories, adata.raw is not None,
                             self.kind in NUMERIC)
            # Scanpy fails at what numpy makes of 8-bit integers: halves.
            if self.storage.dtype in ("int8", "uint8"):
                args.pop("mean_in_log_space", None)
            yield Case(str(args), args, (way,), options)


def nodes(seed, calls):
    """All of the grid, with so many calls per node."""
    dealt = deal(seed)
    rng = np.random.default_rng([seed, 2])

    def draw():
        source = str(rng.choice(["file", "columns", "rows"], p=[.2, .4, .4]))
        return next(dealt), Way(source, int(rng.integers(1, 3)))

    return [
        Node(kind, storage, seed, tuple(draw() for _ in range(calls)))
        # Scanpy compiles its loops anew for each storage.
        for storage, kind in itertools.product(STORAGES, KINDS)
        if storage.holds(kind)
    ]
