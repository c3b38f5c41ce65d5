"""The calls of `rank_genes_groups` that are made on each data set."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Way:
    """How R is given the cells: "file", or a matrix with them in "columns" or
    in "rows"."""

    source: str
    threads: int


@dataclasses.dataclass(frozen=True)
class Case:
    """Arguments by Scanpy's names; `groupby` only where it is a wrong one.

    Without `ways`, R is called in several. `tags` say what a table of the
    comparison counts the case under.
    """

    name: str
    args: dict
    ways: tuple = ()
    tags: dict = dataclasses.field(default_factory=dict)

    @property
    def needs_file(self):
        """Whether it is about what a bare matrix has not: the names of columns
        and parts, or the precision that linear values are computed in."""
        about = {"groupby", "mean_in_log_space"}
        if not self.ways:
            about |= {"use_raw", "layer"}
        return bool(about & self.args.keys())

    @property
    def part(self):
        """Which matrix of the data is ranked."""
        if "layer" in self.args:
            return self.args["layer"]
        return "X" if self.args.get("use_raw") is False else "default"

    def ways_of(self, number):
        """A file is opened anew at each call, which takes its time: threads
        alternate from case to case."""
        if self.needs_file:
            threads = {way.threads for way in self.ways} or {1 + number % 2}
            return [Way("file", count) for count in threads]
        return self.ways or [
            Way("file", 1 + number % 2),
            *(Way(cells, threads)
              for cells in ("columns", "rows") for threads in (1, 2)),
        ]


def of(kind, categories):
    """Cases of one kind for groups of these names."""
    table = {
        "full": full, "few": few, "pairs": pairs, "ties": ties,
        "sources": sources, "refused": refused, "real": real,
        "shipped": shipped,
    }[kind](*pick(categories))
    return [Case(name, args) for name, args in table.items()]


def pick(categories):
    """Three names; with two groups the third is the first again."""
    return categories[0], categories[1], categories[2 % len(categories)]


def full(a, b, c):
    subset = list(dict.fromkeys([c, a]))
    return {
        "all": dict(pts=True),
        "tie_correct": dict(tie_correct=True, pts=True),
        "groups": dict(groups=subset, pts=True),
        "reference": dict(reference=b, pts=True),
        "reference+tie_correct": dict(reference=b, tie_correct=True),
        "groups+reference": dict(groups=subset, reference=b, pts=True),
        "groups+reference inside": dict(groups=[c, b, a], reference=b,
                                        pts=True),
        "rankby_abs": dict(rankby_abs=True),
        "rankby_abs+reference": dict(rankby_abs=True, reference=c),
        "n_genes": dict(n_genes=20, pts=True),
        "n_genes+rankby_abs": dict(n_genes=20, rankby_abs=True),
        "n_genes=1": dict(n_genes=1),
        "n_genes too many": dict(n_genes=10**6),
        "bonferroni": dict(corr_method="bonferroni"),
        "mask_var": dict(mask_var="chosen", pts=True),
        "mask_var+bonferroni": dict(mask_var="chosen", n_genes=30,
                                    corr_method="bonferroni"),
        **everything(a, b, c),
    }


def everything(a, b, c):
    subset = list(dict.fromkeys([c, a]))
    shared = dict(tie_correct=True, rankby_abs=True, n_genes=35,
                  mask_var="chosen", pts=True)
    return {
        "everything": dict(groups=subset, corr_method="bonferroni", **shared),
        "everything+reference": dict(groups=subset, reference=b, **shared),
    }


def few(a, b, c):
    chosen = full(a, b, c)
    if a == c:
        del chosen["groups+reference inside"]
    return {
        name: chosen[name]
        for name in (
            "all", "tie_correct", "groups", "reference",
            "reference+tie_correct", "n_genes+rankby_abs", "bonferroni",
            "mask_var", "everything", "everything+reference",
        )
    }


def real(a, b, c):
    masked = {name for name, args in full(a, b, c).items()
              if "mask_var" in args}
    return {
        **{name: args for name, args in full(a, b, c).items()
           if name not in masked},
        "X": dict(use_raw=False, pts=True),
        "X+tie_correct": dict(use_raw=False, tie_correct=True),
    }


def shipped(a, b, c):
    """Few and short, for fixtures must be small."""
    return {
        "all": dict(n_genes=200, pts=True),
        "tie_correct": dict(tie_correct=True, n_genes=50),
        "groups": dict(groups=[c, a], n_genes=100, pts=True),
        "reference": dict(reference=b, n_genes=50, rankby_abs=True),
        "bonferroni": dict(n_genes=50, corr_method="bonferroni"),
    }


def ties(a, b, c):
    return {
        "all": dict(pts=True),
        "tie_correct": dict(tie_correct=True, pts=True),
        "reference+tie_correct": dict(reference=b, tie_correct=True),
    }


def pairs(a, b, c):
    """c0 to c2 have two cells, c3 has one, c4 the others, `empty` none."""
    return {
        "pairs": dict(groups=["c0", "c1", "c2"], pts=True),
        "pairs+tie_correct": dict(groups=["c2", "c1"], tie_correct=True),
        "crowd": dict(groups=["c4"], pts=True),
        "pair by pair": dict(groups=["c0"], reference="c1", pts=True),
        "pair by pair+tie_correct": dict(groups=["c0", "c2"], reference="c1",
                                         tie_correct=True),
        "crowd by pair": dict(groups=["c4"], reference="c0"),
        "all, some too small": dict(),
        "single cell": dict(groups=["c0", "c3"]),
        "single cell as reference": dict(groups=["c0"], reference="c3"),
        "empty group": dict(groups=["empty", "c0"]),
    }


def sources(a, b, c):
    return {
        "raw by default": dict(pts=True),
        "raw": dict(use_raw=True, tie_correct=True),
        "X": dict(use_raw=False, pts=True),
        "X+mask_var": dict(use_raw=False, mask_var="chosen"),
        "layer": dict(use_raw=False, layer="halved", pts=True),
        "layer+reference": dict(use_raw=False, layer="halved", reference=b),
        "layer of counts": dict(use_raw=False, layer="counts"),
        "layer and raw by default": dict(layer="halved"),
        "layer and raw": dict(use_raw=True, layer="halved"),
        "no such layer": dict(use_raw=False, layer="nope"),
        "mask_var as wide as X, not as raw": dict(mask_var="chosen"),
    }


def refused(a, b, c):
    """What Scanpy raises an error for."""
    return {
        "no such group": dict(groups=[a, "nope"]),
        "no groups": dict(groups=[]),
        "no such reference": dict(reference="nope"),
        "no such method": dict(method="nope"),
        "no such correction": dict(corr_method="nope"),
        "no such column": dict(groupby="nope"),
        "no such mask": dict(mask_var="nope", use_raw=False),
        "no raw": dict(use_raw=True),
        "half a gene": dict(n_genes=2.5),
    }
