"""Makes data like a data set of single cells, the same for the same shape.

A cell has a depth and a group; each of its molecules is of a gene drawn from
the group's own mix of genes. Values are log1p of counts per ten thousand, as
float32. Every cell has its own stream of random numbers.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from numba import njit, prange, uint64


@dataclass(frozen=True)
class Shape:
    """`detected` is the mean number of genes seen in a cell."""

    name: str
    cells: int
    genes: int
    groups: int
    detected: int
    seed: int


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("quick", 8_000, 6_000, 8, 400, 1),
        Shape("pbmc68k-like", 68_579, 17_000, 10, 535, 2),
        Shape("deep", 20_000, 20_000, 20, 3_500, 3),
        Shape("perturbations", 50_000, 10_000, 500, 2_500, 4),
    )
}


@njit(inline="always")
def mixed(state):
    """SplitMix64's output for one state."""
    z = state
    z = (z ^ (z >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> uint64(27))) * uint64(0x94D049BB133111EB)
    return z ^ (z >> uint64(31))


@njit(parallel=True)
def draw_molecules(depth, group, table, seed, first, out):
    """Count the molecules of cells `first`, `first` + 1, ... into `out`."""
    step = uint64(0x9E3779B97F4A7C15)
    slots = uint64(table.shape[1])
    for row in prange(out.shape[0]):
        cell = first + row
        state = mixed(uint64(seed) * step + uint64(cell))
        for _ in range(depth[cell]):
            state += step
            slot = (mixed(state) >> uint64(11)) % slots
            out[row, table[group[cell], slot]] += 1


def group_sizes(rng, shape):
    weights = rng.lognormal(0, 0.6, shape.groups)
    sizes = np.maximum(20, weights / weights.sum() * shape.cells).astype(int)
    sizes[np.argmax(sizes)] += shape.cells - sizes.sum()
    return sizes


def gene_table(share, slots=1 << 18):
    """Genes as often as their share, so that a uniform draw finds them."""
    edges = np.round(np.cumsum(share) / share.sum() * slots).astype(int)
    return np.repeat(np.arange(share.size, dtype="i4"),
                     np.diff(edges, prepend=0))


def typical_depth(share, detected):
    """Molecules a cell needs for this many genes to be seen in it."""
    share = share / share.sum()
    low, high = 1.0, 1e7
    for _ in range(60):
        depth = np.sqrt(low * high)
        seen = (1 - np.exp(-depth * share)).sum()
        low, high = (depth, high) if seen < detected else (low, depth)
    return depth


def make(shape):
    rng = np.random.default_rng(shape.seed)
    sizes = group_sizes(rng, shape)
    group = rng.permutation(np.repeat(np.arange(shape.groups), sizes))
    level = rng.lognormal(0, 1.7, shape.genes)
    table = np.empty((shape.groups, 1 << 18), "i4")
    for number in range(shape.groups):
        fold = np.ones(shape.genes)
        marked = rng.choice(shape.genes, shape.genes // 33, replace=False)
        fold[marked] = 2.0 ** rng.normal(0.5, 1.2, marked.size)
        table[number] = gene_table(level * fold)
    depth = typical_depth(level, shape.detected)
    depth = np.maximum(1, depth * rng.lognormal(0, 0.4, shape.cells))
    depth = depth.astype("i8")
    matrix = normalised(shape, depth, group, table)
    names = [f"g{number:03d}" for number in range(shape.groups)]
    return ad.AnnData(
        matrix,
        obs=pd.DataFrame(
            {"group": pd.Categorical.from_codes(group, names)},
            index=[f"cell{i}" for i in range(shape.cells)],
        ),
        var=pd.DataFrame(index=[f"gene{i}" for i in range(shape.genes)]),
    )


def normalised(shape, depth, group, table):
    rows_at_once = max(1, 40_000_000 // shape.genes)
    blocks = []
    for first in range(0, shape.cells, rows_at_once):
        rows = min(rows_at_once, shape.cells - first)
        counts = np.zeros((rows, shape.genes), "i4")
        draw_molecules(depth, group, table, shape.seed, first, counts)
        block = sp.csr_matrix(counts)
        scale = np.repeat(1e4 / depth[first:first + rows],
                          np.diff(block.indptr))
        block.data = np.log1p(block.data * scale).astype("f4")
        blocks.append(block)
    return sp.vstack(blocks, format="csr")


def cached(name, folder):
    """The path of the data set, made first if it is not there."""
    shape = SHAPES[name]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version_of_source():08x}.h5ad"
    if not path.exists():
        print(f"Making {shape.cells:,} cells x {shape.genes:,} genes, "
              f"{shape.groups} groups: {path}", flush=True)
        half_made = path.with_suffix(".part")
        make(shape).write_h5ad(half_made)
        half_made.rename(path)
    return path


def version_of_source():
    """Changes with this file, so that no old data are taken for new."""
    return zlib.crc32(Path(__file__).read_bytes())
