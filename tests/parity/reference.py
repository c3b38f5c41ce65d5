"""What the real Scanpy answers, with the scores it sorted by."""

import contextlib
import io
import warnings
from importlib.metadata import version

import numba
import numpy as np
import scanpy as sc
import scipy.sparse as sp
from scanpy.tools._rank_genes_groups import _RankGenes

from answers import TABLES, Answer, Refusal

SCANPY = tuple(int(part) for part in version("scanpy").split(".")[:2])


@contextlib.contextmanager
def unrounded_scores(into):
    """Keep the float64 scores, which Scanpy rounds once it has sorted them."""
    original = _RankGenes.wilcoxon

    def wilcoxon(self, *, tie_correct):
        for index, scores, pvals in original(self, tie_correct=tie_correct):
            into[str(self.groups_order[index])] = scores.copy(), pvals.copy()
            yield index, scores, pvals

    _RankGenes.wilcoxon = wilcoxon
    try:
        yield
    finally:
        _RankGenes.wilcoxon = original


@contextlib.contextmanager
def scanpy_log():
    log = io.StringIO()
    sc.settings.verbosity = 3
    sc.settings.logfile = log
    yield log


def ask(adata, groupby, args, lanes=1):
    """Call Scanpy on a copy, for it removes zeros from what it is given.

    It adds up float64 values with as many threads as `lanes`, each a part.
    """
    numba.set_num_threads(lanes)
    adata = adata.copy()
    call = {"method": "wilcoxon", "groupby": groupby, **args}
    seen = {}
    warnings.simplefilter("ignore")
    with unrounded_scores(seen), scanpy_log() as log:
        try:
            sc.tl.rank_genes_groups(adata, **call)
        except Exception as error:  # any error of Scanpy's is a refusal
            return Refusal(f"{type(error).__name__}: {error}")
    return answer(adata, call, seen, log.getvalue(), lanes)


def answer(adata, call, seen, log, lanes):
    result = adata.uns["rank_genes_groups"]
    source = adata
    if call.get("use_raw") is not False and adata.raw is not None:
        source = adata.raw
    widest = adata if adata.raw is None else adata.raw
    number = {name: i for i, name in enumerate(widest.var_names)}
    genes = np.array([number[name] for name in source.var_names])
    tested = genes
    if "mask_var" in call:
        tested = genes[adata.var[call["mask_var"]].to_numpy()]
    groups = list(result["names"].dtype.names)
    values = adata.layers[call["layer"]] if call.get("layer") else source.X
    return Answer(
        groups=groups,
        genes={
            group: np.array([number[name] for name in result["names"][group]])
            for group in groups
        },
        tables={
            field: {
                group: np.ascontiguousarray(result[field][group])
                for group in groups
            }
            for field in TABLES
        },
        tested=tested,
        z={group: seen[group][0] for group in groups},
        p={group: seen[group][1] for group in groups},
        fractions={
            field: result[field]
            for field in ("pts", "pts_rest") if field in result
        },
        warned="raw count data" in log,
        hinted="Few observations in a group" in log,
        rankby_abs=bool(call.get("rankby_abs")),
        loose=genes[loose(values, call, lanes)],
    )


def loose(values, call, lanes):
    """Genes whose fold changes hold roundings of Scanpy's own making."""
    # numpy's expm1 of each value is that of the processor's vectors.
    if not call.get("mean_in_log_space", True):
        return np.ones(values.shape[1], bool)
    # Several threads add up a part each. From 1.12.3 on, the sum over a rest is
    # the sum over all cells less the group's.
    to_rest = call.get("reference", "rest") == "rest"
    if lanes > 1 or (SCANPY >= (1, 12) and to_rest):
        return rounding(values)
    return np.zeros(values.shape[1], bool)


def rounding(values):
    """Whether adding a gene's values may round: they are multiples of the last
    place of the smallest, and no sum of them may need more than a double's.
    Infinities less infinities are no number, either."""
    if not np.issubdtype(values.dtype, np.floating):
        return np.zeros(values.shape[1], bool)
    values = values.toarray() if sp.issparse(values) else values
    size = np.abs(values.astype("f8"))
    least = np.where(size > 0, size, np.inf).min(axis=0, initial=np.inf)
    digits = np.finfo(values.dtype).nmant
    with np.errstate(over="ignore"):
        unit = np.ldexp(1.0, np.frexp(least)[1] - 1 - digits)
        return ~(size.sum(axis=0) < unit * 2.0**52)
