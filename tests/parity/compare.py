"""Compares what R wrote with Scanpy's answer: every value, bit by bit."""

from dataclasses import dataclass, field

import numpy as np

from answers import TABLES, Refusal

FRACTIONS = ("pts", "pts_rest")
FIELDS = (*TABLES, *FRACTIONS, "names", "order")


@dataclass
class Fractions:
    """A table of fractions: one row per gene, one column per group."""

    groups: list
    genes: np.ndarray
    values: np.ndarray


@dataclass
class Outcome:
    """One result as R wrote it. Columns of the tables are groups."""

    status: int
    warned: bool
    hinted: bool
    text: str
    genes: np.ndarray
    tables: dict
    fractions: dict


class Reader:
    """Takes what R wrote, piece by piece."""

    def __init__(self, path):
        self.data = path.read_bytes()
        self.place = 0

    def numbers(self, count, dtype):
        values = np.frombuffer(self.data, dtype, count, self.place)
        self.place += values.nbytes
        return values

    def text(self):
        return bytes(self.numbers(self.numbers(1, "<i4")[0], "u1")).decode()

    def table(self, shape, dtype):
        rows, columns = shape
        return self.numbers(rows * columns, dtype).reshape(columns, rows).T


def read_outcome(path):
    reader = Reader(path)
    status, warned, hinted = reader.numbers(3, "<i4")
    text = reader.text()
    shape = reader.numbers(2, "<i4")
    outcome = Outcome(
        status, bool(warned), bool(hinted), text, reader.table(shape, "<i4"),
        {name: reader.table(shape, "<f8") for name in TABLES},
        {name: read_fractions(reader) for name in FRACTIONS},
    )
    if reader.place != len(reader.data):
        raise ValueError(f"{path} is longer than what it says it holds")
    return outcome


def read_fractions(reader):
    groups = reader.text().split("\n")
    shape = reader.numbers(2, "<i4")
    return Fractions(
        groups, reader.numbers(shape[0], "<i4"), reader.table(shape, "<f8")
    )


@dataclass
class Verdict:
    """How many values were compared, and how many differ in each field.

    `names` counts wrong names at ranks whose score is untied; `order` counts
    departures from the order the package promises, ties by gene included;
    `faults` counts what cannot be compared: a call that failed, or an answer
    of another shape. `failures` tells of them. `apart` counts fold changes
    that differ as Scanpy's own do between threads and versions.

    All these are of Scanpy with numpy's wide vector code off. Of Scanpy as it
    comes, `processors` counts fold changes that differ where those of Scanpy's
    two runs do, and `as_it_comes` everything else that differs.
    """

    compared: int = 0
    apart: int = 0
    processors: int = 0
    as_it_comes: int = 0
    differing: dict = field(default_factory=lambda: dict.fromkeys(FIELDS, 0))
    faults: int = 0
    failures: list = field(default_factory=list)

    @property
    def passed(self):
        wrong = self.faults + self.as_it_comes + sum(self.differing.values())
        return wrong == 0

    def fault(self, message):
        self.faults += 1
        self.failures.append(message)

    def explanation(self):
        counts = (
            f"{count} {name}"
            for name, count in self.differing.items() if count
        )
        return ", ".join([*self.failures, *counts])

    def count(self, name, ours, theirs, loose=False, varying=False):
        """Equal bits, where any NaN equals any other; `loose` values that
        differ are counted apart, and so are those that vary by processor."""
        self.compared += theirs.size
        differs = bits_differ(ours, theirs)
        self.processors += int((differs & varying).sum())
        differs &= ~np.asarray(varying)
        self.apart += int((differs & loose).sum())
        self.differing[name] += int((differs & ~np.asarray(loose)).sum())

    def count_order(self, name, ours, theirs):
        self.compared += theirs.size
        self.differing[name] += int((ours != theirs).sum())

    def add(self, other):
        self.compared += other.compared
        self.apart += other.apart
        self.processors += other.processors
        self.as_it_comes += other.as_it_comes
        self.faults += other.faults
        for name in FIELDS:
            self.differing[name] += other.differing[name]

    def add_as_it_comes(self, other):
        """What comparing the same outcome with Scanpy's other run came to."""
        self.processors += other.processors
        self.as_it_comes += other.faults + sum(other.differing.values())
        if not other.passed:
            self.failures.append(f"Scanpy as it comes: {other.explanation()}")


def bits_differ(ours, theirs):
    wanted = np.ascontiguousarray(theirs, "f8")
    got = np.ascontiguousarray(ours, "f8")
    differs = wanted.view("u8") != got.view("u8")
    return differs & ~(np.isnan(wanted) & np.isnan(got))


def compare(outcome, reference, as_it_comes=None):
    """Compare with Scanpy's answer, numpy's wide vector code off, and with its
    answer as it comes, where that is another run."""
    verdict = compare_with(outcome, reference)
    if as_it_comes is not None:
        verdict.add_as_it_comes(compare_with(outcome, as_it_comes, reference))
    return verdict


def compare_with(outcome, expected, other=None):
    verdict = Verdict()
    if outcome.status == 2:
        verdict.fault(f"failed: {outcome.text}")
    elif isinstance(expected, Refusal):
        verdict.compared += 1
        if outcome.status != 1:
            verdict.fault(f"answered, Scanpy: {expected.message}")
    elif outcome.status == 1:
        verdict.fault(f"refused: {outcome.text}")
    else:
        compare_answers(outcome, expected, other, verdict)
    return verdict


def compare_answers(outcome, expected, other, verdict):
    shape = len(expected.genes[expected.groups[0]]), len(expected.groups)
    if outcome.genes.shape != shape:
        verdict.fault(f"{outcome.genes.shape} names, Scanpy {shape}")
        return
    if outcome.text.split("\n") != expected.groups:
        verdict.fault(f"groups {outcome.text!r}: {expected.groups}")
    if outcome.warned != expected.warned:
        verdict.fault(f"warned of counts: {outcome.warned}")
    if outcome.hinted != expected.hinted:
        verdict.fault(f"hinted at few cells: {outcome.hinted}")
    for column, group in enumerate(expected.groups):
        compare_group(outcome, expected, other, column, group, verdict)
    compare_fractions(outcome, expected, verdict)


def compare_group(outcome, expected, other, column, group, verdict):
    ours, theirs = outcome.genes[:, column], expected.genes[group]
    untied = expected.untied(group)
    verdict.count_order("names", ours[untied], theirs[untied])
    verdict.count_order("order", ours, expected.promised(group))

    # Where the cut falls among ties, Scanpy may list other genes of the same
    # score: those genes' fold changes are known to no one but us.
    row = ranks(ours, theirs)
    listed = row >= 0
    for name in TABLES:
        got = outcome.tables[name][listed, column]
        wanted = expected.tables[name][group][row[listed]]
        if name == "logfoldchanges":
            genes = ours[listed]
            verdict.count(name, got, wanted, np.isin(genes, expected.loose),
                          varying(group, genes, wanted, other))
        else:
            verdict.count(name, got, wanted)


def ranks(genes, among):
    """The place of each gene among others, -1 where it is none of them."""
    place = {gene: i for i, gene in enumerate(among)}
    return np.array([place.get(gene, -1) for gene in genes], int)


def varying(group, genes, values, other):
    """Whether Scanpy's other run gave these genes other fold changes."""
    if other is None or isinstance(other, Refusal):
        return np.zeros(genes.size, bool)
    row = ranks(genes, other.genes[group])
    return (row >= 0) & bits_differ(
        values, other.tables["logfoldchanges"][group][row]
    )


def compare_fractions(outcome, expected, verdict):
    for name, ours in outcome.fractions.items():
        theirs = expected.fractions.get(name)
        if theirs is None:
            if ours.values.size:
                verdict.fault(f"{name}, which Scanpy does not give")
        elif ours.groups != list(theirs.columns):
            verdict.fault(
                f"columns of {name} {ours.groups}: {list(theirs.columns)}"
            )
        elif not np.array_equal(ours.genes, expected.tested):
            verdict.fault(f"rows of {name} are not the genes")
        else:
            verdict.count(name, ours.values, theirs.to_numpy())
