"""Compares what R wrote with Scanpy's answer: every value, bit by bit."""

from dataclasses import dataclass, field

import numpy as np

from reference import TABLES, Refusal

FIELDS = (*TABLES, "pts", "pts_rest", "names", "order")


@dataclass
class Outcome:
    """One result as R wrote it."""

    status: int
    warned: bool
    text: str
    genes: np.ndarray
    tables: dict
    fractions: dict


def read_outcome(path):
    head = np.fromfile(path, "<i4", 9)
    status, warned, n_bytes = head[:3]
    data = path.read_bytes()[9 * 4:]
    text, data = data[:n_bytes].decode(), data[n_bytes:]

    def take(rows, columns, dtype):
        nonlocal data
        size = rows * columns * np.dtype(dtype).itemsize
        values, data = np.frombuffer(data[:size], dtype), data[size:]
        return values.reshape(columns, rows).T

    genes = take(*head[3:5], "<i4")
    tables = {name: take(*head[3:5], "<f8") for name in TABLES}
    fractions = {
        "pts": take(*head[5:7], "<f8"), "pts_rest": take(*head[7:9], "<f8")
    }
    if data:
        raise ValueError(f"{path} is longer than its head says")
    return Outcome(status, bool(warned), text, genes, tables, fractions)


@dataclass
class Verdict:
    """How many values were compared, and how many differ in each field.

    `names` counts wrong names at ranks whose score is untied; `order` counts
    departures from the order the package promises, ties by gene included.
    """

    compared: int = 0
    differing: dict = field(default_factory=lambda: dict.fromkeys(FIELDS, 0))
    faults: list = field(default_factory=list)

    @property
    def passed(self):
        return not self.faults and not any(self.differing.values())

    def count(self, name, ours, theirs):
        """Equal bits, where any NaN equals any other."""
        self.compared += theirs.size
        wanted = np.ascontiguousarray(theirs, "f8")
        got = np.ascontiguousarray(ours, "f8")
        differs = wanted.view("u8") != got.view("u8")
        differs &= ~(np.isnan(wanted) & np.isnan(got))
        self.differing[name] += int(differs.sum())

    def count_order(self, name, ours, theirs):
        self.compared += theirs.size
        self.differing[name] += int((ours != theirs).sum())

    def add(self, other):
        self.compared += other.compared
        self.faults += other.faults
        for name in FIELDS:
            self.differing[name] += other.differing[name]


def compare(outcome, expected):
    verdict = Verdict()
    if outcome.status == 2:
        verdict.faults.append(f"failed: {outcome.text}")
    elif isinstance(expected, Refusal):
        verdict.compared += 1
        if outcome.status != 1:
            verdict.faults.append(f"answered, Scanpy: {expected.message}")
    elif outcome.status == 1:
        verdict.faults.append(f"refused: {outcome.text}")
    else:
        compare_answers(outcome, expected, verdict)
    return verdict


def compare_answers(outcome, expected, verdict):
    shape = len(expected.genes[expected.groups[0]]), len(expected.groups)
    if outcome.genes.shape != shape:
        verdict.faults.append(f"{outcome.genes.shape} names, Scanpy {shape}")
        return
    if outcome.text.split("\n") != expected.groups:
        verdict.faults.append(f"groups {outcome.text!r}: {expected.groups}")
    if outcome.warned != expected.warned:
        verdict.faults.append(f"warned of counts: {outcome.warned}")
    for column, group in enumerate(expected.groups):
        compare_group(outcome, expected, column, group, verdict)
    compare_fractions(outcome, expected, verdict)


def compare_group(outcome, expected, column, group, verdict):
    ours, theirs = outcome.genes[:, column], expected.genes[group]
    untied = expected.untied(group)
    verdict.count_order("names", ours[untied], theirs[untied])
    verdict.count_order("order", ours, expected.promised(group))

    # Where the cut falls among ties, Scanpy may list other genes of the same
    # score: those genes' fold changes are known to no one but us.
    rank = {gene: i for i, gene in enumerate(theirs)}
    row = np.array([rank.get(gene, -1) for gene in ours])
    listed = row >= 0
    for name in TABLES:
        table = expected.tables[name][group]
        verdict.count(name, outcome.tables[name][listed, column],
                      table[row[listed]])


def compare_fractions(outcome, expected, verdict):
    for name, ours in outcome.fractions.items():
        theirs = expected.fractions.get(name)
        theirs = np.empty((0, 0)) if theirs is None else theirs.to_numpy()
        if ours.shape != theirs.shape:
            verdict.faults.append(f"{name} is {ours.shape}: {theirs.shape}")
        else:
            verdict.count(name, ours, theirs)
