"""An answer of Scanpy's, or its refusal to give one."""

from dataclasses import dataclass

import numpy as np

TABLES = ("scores", "logfoldchanges", "pvals", "pvals_adj")


@dataclass
class Answer:
    """One call's answer.

    `genes[group]` and each of `tables[field][group]` are by rank; genes are
    numbers in the order of the input. `z[group]` and `p[group]` are of all
    genes that were tested, whose numbers are `tested`. Genes of a layer or of
    `X` are numbered as in `raw`, if there is one. `loose` are the genes whose
    fold changes hold roundings that depend on Scanpy's threads or version.
    """

    groups: list
    genes: dict
    tables: dict
    tested: np.ndarray
    z: dict
    p: dict
    fractions: dict
    warned: bool
    hinted: bool
    rankby_abs: bool
    loose: np.ndarray

    def key(self, group):
        """What genes are sorted by, in the order of `tested`."""
        return np.abs(self.z[group]) if self.rankby_abs else self.z[group]

    def promised(self, group):
        """Genes in the order wilcoxide promises: ties by ascending gene."""
        order = np.argsort(-self.key(group), kind="stable")
        return self.tested[order][: self.genes[group].size]

    def untied(self, group):
        """Whether no other gene has the score at this rank of Scanpy's."""
        key = self.key(group)
        _, value, times = np.unique(
            key, return_inverse=True, return_counts=True
        )
        place = np.searchsorted(self.tested, self.genes[group])
        return times[value[place]] == 1


@dataclass
class Refusal:
    """The error that Scanpy raised."""

    message: str
