"""Sends rankings from R to the real Scanpy through files, and back.

From R: wilcoxide ranks and writes into an .h5ad file; here Scanpy reads,
lists, plots and filters the ranking as one of its own and writes the file
again. To R: Scanpy ranks and writes, wilcoxide reads. Both ways every number
must have the bits that wilcoxide computed. Exits with 1 when one has not, or
when Scanpy raises an error.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import processor

if __name__ == "__main__":
    processor.start_again_without_wide_code()

# Scanpy's means of float64 data depend on its number of threads.
os.environ["NUMBA_NUM_THREADS"] = "1"

import matplotlib  # noqa: E402

matplotlib.use("Agg")

import anndata as ad  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scanpy as sc  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402

import datasets  # noqa: E402
from compare import Reader  # noqa: E402
from tasks import r_literal  # noqa: E402

HERE = Path(__file__).resolve().parent
BUNDLED = Path(sc.datasets.__file__).parent / "10x_pbmc68k_reduced.h5ad"
TYPES = {"names": "O", "scores": "f4", "logfoldchanges": "f4",
         "pvals": "f8", "pvals_adj": "f8"}
FRACTIONS = ("pts", "pts_rest")
KEY = "ranked"
PLOTS = (
    sc.pl.rank_genes_groups, sc.pl.rank_genes_groups_dotplot,
    sc.pl.rank_genes_groups_heatmap, sc.pl.rank_genes_groups_matrixplot,
)
# These take minutes for many groups.
SLOW_PLOTS = (
    sc.pl.rank_genes_groups_violin, sc.pl.rank_genes_groups_tracksplot,
    sc.pl.rank_genes_groups_stacked_violin,
)


@dataclass
class Trip:
    """One ranking: the cells and the arguments, by Scanpy's names, and those
    that Scanpy does not have. These ask for tables that it ignores."""

    name: str
    adata: ad.AnnData
    args: dict
    more: dict = field(default_factory=dict)


@dataclass
class Ranking:
    """A ranking as R has it."""

    params: dict
    tables: dict
    genes: dict


class Checks:
    """Counts what held and tells what did not."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, what, holds):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED: {what}", flush=True)

    def runs(self, what, call):
        """Returns what the call returns, `None` if it raises an error."""
        try:
            value = call()
        except Exception as error:  # any error of Scanpy's is a failure
            self.that(f"{what}: {type(error).__name__}: {error}", False)
            return None
        self.that(what, True)
        return value


def real_cells(names):
    """The cells that come with Scanpy, with raw, in groups of these names."""
    adata = ad.read_h5ad(BUNDLED)
    adata.uns.clear()
    codes = adata.obs["louvain"].cat.codes.to_numpy() % len(names)
    adata.obs["cell group"] = pd.Categorical(
        np.array(names, object)[codes], categories=names
    )
    return adata


def made_up_cells(groups=5, **arguments):
    adata = datasets.plain(31, cells=40 * groups, genes=90, groups=groups,
                           **arguments)
    adata.var_names = [f"gène {i}, 100%" for i in range(adata.n_vars)]
    adata.obs["cell group"] = adata.obs["g"].cat.rename_categories(
        [f"group {i} %s" for i in range(groups)]
    )
    return adata


def trips():
    odd = ["T cell/é", "a b", "1"]
    layered = made_up_cells()
    layered.layers["halved"] = layered.X / 2
    return [
        Trip("real", real_cells(odd), {"pts": True}),
        Trip("reference", real_cells(odd), {"reference": "a b", "pts": True}),
        Trip("few genes", real_cells(odd), {
            "n_genes": 20, "groups": ["1", "T cell/é"], "tie_correct": True,
            "corr_method": "bonferroni",
        }),
        Trip("one gene", real_cells(odd),
             {"n_genes": 1, "groups": ["a b"], "pts": True}),
        Trip("X", real_cells(odd), {"use_raw": False, "pts": True}),
        Trip("layer", layered, {"layer": "halved", "pts": True}),
        Trip("float64", made_up_cells(dtype="float64"), {"pts": True}),
        Trip("30 groups", made_up_cells(30), {"pts": True}),
        Trip("more tables", real_cells(odd), {"pts": True},
             {"statistics": ["zscores", "log10_pvals", "log10_pvals_adj", "auc",
                             "means", "means_rest"],
              "pairwise": True}),
    ]


def rank(trip):
    """Scanpy's own ranking of a copy."""
    adata = trip.adata.copy()
    sc.tl.rank_genes_groups(adata, "cell group", method="wilcoxon",
                            key_added=KEY, **trip.args)
    return adata


def run_r(way, paths, folder, library):
    calls = [
        {"name": trip.name, "path": str(path), "key": KEY,
         "args": {"groupby": "cell group", **trip.args,
                  **(trip.more if way == "write" else {})}}
        for trip, path in paths
    ]
    (folder / "calls.R").write_text(r_literal(calls))
    subprocess.run(
        ["Rscript", str(HERE / "roundtrip.R"), way, str(folder), library],
        check=True,
    )


def read_ranking(path):
    reader = Reader(Path(path))
    params = dict(line.split("=", 1) for line in lines(reader))
    tables, genes = {}, {}
    for name in lines(reader):
        groups = lines(reader)
        rows, _ = reader.numbers(2, "<i4")
        tables[name] = {
            group: lines(reader) if name == "names"
            else reader.numbers(rows, "<f8")
            for group in groups
        }
        if name in FRACTIONS:
            genes[name] = lines(reader)
    return Ranking(params, tables, genes)


def lines(reader):
    return reader.text().split("\n")


def same_bits(x, y):
    x = np.ascontiguousarray(x, "<f8")
    y = np.ascontiguousarray(y, "<f8")
    return x.shape == y.shape and bool(
        ((x.view("u8") == y.view("u8")) | (np.isnan(x) & np.isnan(y))).all()
    )


def as_text(params):
    """As R prints them; entries that are None are not stored."""
    text = {True: "TRUE", False: "FALSE"}
    return {
        name: text.get(value, str(value))
        for name, value in params.items() if value is not None
    }


def check_same(checks, what, stored, ranking):
    """What is in `uns` has the types of Scanpy's and the bits of R's."""
    checks.that(f"{what}: params", as_text(stored["params"]) == ranking.params)
    elements = set(stored) - {"settings"}
    checks.that(f"{what}: elements", elements == {"params", *ranking.tables})
    others = set(ranking.tables) - {*TYPES, *FRACTIONS}
    for name, dtype in {**TYPES, **dict.fromkeys(others, "f8")}.items():
        table = stored[name]
        groups = list(ranking.tables[name])
        checks.that(
            f"{what}: type of {name}",
            isinstance(table, np.ndarray)
            and table.dtype == [(group, dtype) for group in groups],
        )
        for group in groups:
            ours = ranking.tables[name][group]
            checks.that(
                f"{what}: {name} of {group}",
                list(table[group]) == ours if name == "names"
                else same_bits(table[group], ours),
            )
    for name in ranking.genes:
        check_fractions(checks, f"{what}: {name}", stored[name],
                        ranking.tables[name], ranking.genes[name])


def check_settings(checks, what, trip, stored):
    """What Scanpy does not have, and leaves where it is."""
    genes = trip.adata
    if genes.raw is not None and trip.args.get("use_raw", True):
        genes = genes.raw
    cells = trip.adata.obs["cell group"].value_counts()
    sizes = [cells[group] for group in stored["names"].dtype.names]
    others = cells.get(trip.args.get("reference"))
    opposite = [
        len(trip.adata) - size if others is None else others for size in sizes
    ]
    settings = stored["settings"]
    checks.that(f"{what}: genes ranked", settings["n_ranked"] == genes.n_vars)
    checks.that(f"{what}: sizes", list(settings["group_sizes"]) == sizes)
    checks.that(f"{what}: opposite sizes",
                list(settings["opposite_sizes"]) == opposite)
    checks.that(f"{what}: ties", bool(settings["tie_correct"])
                == trip.args.get("tie_correct", False))


def check_fractions(checks, what, frame, ours, genes):
    checks.that(f"{what}, genes", list(frame.index) == genes)
    checks.that(f"{what}, groups", list(frame.columns) == list(ours))
    for group, values in ours.items():
        checks.that(f"{what} of {group}", same_bits(frame[group], values))


def check_lists(checks, what, adata, ranking):
    groups = list(ranking.tables["names"])
    for group in [None, *groups]:
        table = checks.runs(
            f"{what}: get of {group or 'all groups'}",
            lambda: sc.get.rank_genes_groups_df(adata, group, key=KEY),
        )
        if table is None:
            continue
        chosen = groups if group is None else [group]
        for name in TYPES:
            column = np.concatenate(
                [ranking.tables[name][group] for group in chosen]
            )
            checks.that(
                f"{what}: {name} got of {group or 'all groups'}",
                list(table[name]) == list(column) if name == "names"
                else same_bits(table[name], column),
            )


def check_plots(checks, what, adata):
    many = adata.obs["cell group"].nunique() > 10
    for plot in PLOTS if many else PLOTS + SLOW_PLOTS:
        checks.runs(f"{what}: {plot.__name__}",
                    lambda: plot(adata, key=KEY, n_genes=3, show=False))
        plt.close("all")


def kept(adata):
    names = adata.uns["filtered"]["names"]
    return {
        group: {name for name in names[group] if isinstance(name, str)}
        for group in names.dtype.names
    }


def check_filter(checks, what, adata, scanpys):
    def filtered(of):
        sc.tl.filter_rank_genes_groups(of, key=KEY, key_added="filtered")
        return kept(of)

    ours = checks.runs(f"{what}: filter", lambda: filtered(adata))
    # Where the lists end among ties, they may hold other genes.
    whole = len(adata.uns[KEY]["names"]) > 20
    if whole and ours is not None:
        checks.that(f"{what}: kept by the filter", ours == filtered(scanpys))


def from_r(checks, trip, path, ranking):
    what = f"from R, {trip.name}"
    adata = checks.runs(f"{what}: read", lambda: ad.read_h5ad(path))
    if adata is None:
        return
    if trip.more:
        checks.that(f"{what}: more tables",
                    {"auc", "auc_min", "rank_min"} <= set(ranking.tables))
    check_same(checks, what, adata.uns[KEY], ranking)
    check_settings(checks, what, trip, adata.uns[KEY])
    check_lists(checks, what, adata, ranking)

    again = path.with_suffix(".again.h5ad")
    checks.runs(f"{what}: write again", lambda: adata.write_h5ad(again))
    read_again = ad.read_h5ad(again).uns[KEY]
    check_same(checks, f"{what}, written again", read_again, ranking)
    check_settings(checks, f"{what}, written again", trip, read_again)

    check_filter(checks, what, adata, rank(trip))
    check_plots(checks, what, adata)


def to_r(checks, trip, path, ours, theirs):
    what = f"to R, {trip.name}"
    check_same(checks, what, ad.read_h5ad(path).uns[KEY], theirs)
    checks.that(f"{what}: params are ours", theirs.params == ours.params)
    checks.that(f"{what}: elements are ours",
                set(theirs.tables) == set(ours.tables))
    for name, table in ours.tables.items():
        for group in table:
            checks.that(f"{what}: {name} of {group} are ours",
                        agree(name, group, ours, theirs))


def agree(name, group, ours, theirs):
    """By gene: Scanpy's order among ties is its processor's."""
    if name in FRACTIONS:
        return (ours.genes[name] == theirs.genes[name] and
                same_bits(ours.tables[name][group],
                          theirs.tables[name][group]))
    listed = [x.tables["names"][group] for x in (ours, theirs)]
    if name == "names":
        return len(listed[0]) == len(listed[1]) and (
            len(listed[0]) <= 20 or set(listed[0]) == set(listed[1])
        )
    columns = [
        pd.Series(x.tables[name][group], index=genes)
        for x, genes in zip((ours, theirs), listed)
    ]
    common = columns[0].index.intersection(columns[1].index)
    return same_bits(columns[0][common], columns[1][common])


def file_of(folder, number):
    return folder / f"{number}.h5ad"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", default="",
                        help="library of R packages with the build to test")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    sc.settings.verbosity = 0
    start = time.time()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        paths = [
            (trip, file_of(folder, number))
            for number, trip in enumerate(trips())
        ]
        for trip, path in paths:
            trip.adata.write_h5ad(path)
        run_r("write", paths, folder, options.library)
        for trip, path in paths:
            from_r(checks, trip, path, read_ranking(f"{path}.ours"))

        for trip, path in paths:
            rank(trip).write_h5ad(path)
        run_r("read", paths, folder, options.library)
        for trip, path in paths:
            to_r(checks, trip, path, read_ranking(f"{path}.ours"),
                 read_ranking(f"{path}.theirs"))
    print(f"\nparity: {checks.passed} checks passed, "
          f"{checks.failed} failed (round trips, {time.time() - start:.0f} s)")
    sys.exit(1 if checks.failed or not checks.passed else 0)


if __name__ == "__main__":
    main()
