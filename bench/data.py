"""Makes data like those of single cells, the same for the same shape.

Counts are negative binomial around a gene's level, a cell's depth and its
group's own markers; values are log1p of counts per ten thousand, as float32.
Every cell has its own stream of random numbers.

A data set is a folder of plain arrays, which every language reads fast: `p`,
`i`, `x`, `dim` are the slots of a dgCMatrix of genes x cells, `g` is each
cell's group from 0; int32, but for `x`, which is float64.
"""

import math
import shutil
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numba import njit, prange, uint64

DISPERSION = 1.5
DEPTH_SIGMA = 0.4


@dataclass(frozen=True)
class Shape:
    """`detected` is about how many genes are seen in a cell, `marked` the
    share of genes that mark a group, by `fold` (standard deviation, log2);
    `spread` says how unequal the groups are. The first group has `controls`
    cells, if that is not 0."""

    cells: int
    genes: int
    detected: int
    groups: int
    marked: float
    fold: float
    spread: float
    seed: int
    controls: int = 0


SHAPES = {
    "quick": Shape(8_000, 6_000, 400, 8, 0.03, 1.2, 0.8, 12),
    "small": Shape(68_579, 17_000, 550, 10, 0.03, 1.2, 0.8, 1),
    "tall": Shape(20_000, 20_000, 3_500, 20, 0.03, 1.2, 0.8, 3),
    "perturb": Shape(50_000, 10_000, 2_500, 500, 0.005, 0.8, 0.4, 4),
    "medium": Shape(150_000, 25_000, 1_000, 25, 0.03, 1.2, 0.8, 2),
    "screen": Shape(60_000, 8_500, 2_480, 2_000, 0.005, 0.8, 0.2, 5, 6_000),
    # By hand only: 4 GB of data, and a result of 14 GB.
    "screen-large": Shape(
        200_000, 18_000, 1_600, 19_000, 0.002, 0.8, 0.0, 6, 10_000
    ),
}


@njit(inline="always")
def mixed(state):
    """SplitMix64's output for one state."""
    z = state
    z = (z ^ (z >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> uint64(27))) * uint64(0x94D049BB133111EB)
    return z ^ (z >> uint64(31))


@njit(inline="always")
def first_state(seed, cell):
    z = (uint64(seed) * uint64(0xD1342543DE82EF95)
         + uint64(cell) * uint64(0x2545F4914F6CDD1D)
         + uint64(0x123456789ABCDEF))
    z = (z ^ (z >> uint64(31))) * uint64(0x7FB5D329728EA185)
    return z ^ (z >> uint64(27))


@njit(parallel=True)
def draw_counts(first, depth, group, level, seed, counts):
    """Counts of the cells `first`, `first` + 1, ... by inversion."""
    for row in prange(counts.shape[0]):
        cell = first + row
        state = first_state(seed, cell)
        for gene in range(counts.shape[1]):
            mean = depth[cell] * level[group[cell], gene]
            state += uint64(0x9E3779B97F4A7C15)
            drawn = float(mixed(state) >> uint64(11)) / 9007199254740992.0
            ratio = mean / (mean + DISPERSION)
            mass = math.exp(-DISPERSION * math.log1p(mean / DISPERSION))
            reached = mass
            count = 0
            while drawn >= reached and count < 5000:
                mass *= (count + DISPERSION) / (count + 1.0) * ratio
                count += 1
                reached += mass
                if mass < 1e-18 and count > mean:
                    break
            counts[row, gene] = count


def group_sizes(rng, shape):
    if shape.controls:
        others = replace(shape, cells=shape.cells - shape.controls,
                         groups=shape.groups - 1, controls=0)
        return np.concatenate([[shape.controls], group_sizes(rng, others)])
    weights = np.exp(rng.normal(0, shape.spread, shape.groups))
    shares = np.floor(weights / weights.sum() * shape.cells).astype(int)
    sizes = np.maximum(min(20, shape.cells // shape.groups), shares)
    while sizes.sum() > shape.cells:
        sizes[np.argmax(sizes)] -= 1
    sizes[np.argmax(sizes)] += shape.cells - sizes.sum()
    return sizes


def group_levels(rng, shape, base):
    levels = np.tile(base, (shape.groups, 1))
    n_marked = max(1, int(shape.marked * shape.genes))
    for number in range(shape.groups):
        marked = rng.choice(shape.genes, n_marked, replace=False)
        levels[number, marked] *= 2.0 ** rng.normal(0.5, shape.fold, n_marked)
    return levels


def typical_depth(shape, depth, group, levels):
    """The factor on all levels that lets so many genes be seen in a cell."""
    low, high = 1e-7, 1e3
    for _ in range(60):
        factor = math.sqrt(low * high)
        seen = np.mean([
            (1 - (1 + factor * depth[cell] * levels[group[cell]]
                  / DISPERSION) ** -DISPERSION).sum()
            for cell in range(min(400, shape.cells))
        ])
        low, high = (factor, high) if seen < shape.detected else (low, factor)
    return math.sqrt(low * high)


def make(shape, folder):
    """Write the arrays of a data set, a block of cells at a time."""
    rng = np.random.default_rng(shape.seed)
    base = 10.0 ** np.clip(rng.normal(0, 0.75, shape.genes), -2, 2)
    sizes = group_sizes(rng, shape)
    group = rng.permutation(np.repeat(np.arange(shape.groups), sizes))
    depth = np.exp(rng.normal(0, DEPTH_SIGMA, shape.cells))
    levels = group_levels(rng, shape, base)
    levels *= typical_depth(shape, depth, group, levels)
    at_once = min(shape.cells, max(1, 40_000_000 // shape.genes))
    room = np.empty((at_once, shape.genes), "i4")
    detected = []
    with open(folder / "i", "wb") as indices, open(folder / "x", "wb") as data:
        for first in range(0, shape.cells, at_once):
            counts = room[:shape.cells - first]
            draw_counts(first, depth, group, levels, shape.seed, counts)
            rows, columns = np.nonzero(counts)
            scale = 1e4 / np.maximum(1, counts.sum(axis=1, dtype="i8"))
            values = np.log1p(counts[rows, columns] * scale[rows])
            columns.astype("i4").tofile(indices)
            values.astype("f4").astype("f8").tofile(data)
            detected.append(np.bincount(rows, minlength=len(counts)))
    starts = np.concatenate([[0], np.cumsum(np.concatenate(detected))])
    starts.astype("i4").tofile(folder / "p")
    group.astype("i4").tofile(folder / "g")
    np.array([shape.genes, shape.cells], "i4").tofile(folder / "dim")


def cached(name, cache):
    """The folder of the data set, made first if it is not there."""
    shape = SHAPES[name]
    folder = cache / f"{name}-{version_of_source():08x}"
    if not folder.exists():
        print(f"Making {shape.cells:,} cells x {shape.genes:,} genes, "
              f"{shape.groups} groups: {folder}", flush=True)
        half_made = cache / f"{name}.part"
        shutil.rmtree(half_made, ignore_errors=True)
        half_made.mkdir(parents=True)
        make(shape, half_made)
        half_made.rename(folder)
    return folder


def version_of_source():
    """Changes with this file, so that no old data are taken for new."""
    return zlib.crc32(Path(__file__).read_bytes())
