"""Checks that the comparison fails where it must, on planted differences.

Takes no Scanpy: answers of three genes are made up. Exits with 1 when a planted
difference is not counted as it must be.
"""

import dataclasses
import sys

import numpy as np
import pandas as pd

from answers import TABLES, Answer, Refusal
from compare import Fractions, Outcome, compare

GROUP = "a"
GENES = np.arange(3)
VALUES = {
    "scores": [3.0, 2.0, 1.0], "logfoldchanges": [1.5, 0.25, -0.5],
    "pvals": [0.01, 0.05, 0.3], "pvals_adj": [0.03, 0.075, 0.3],
}
LOOSE, VARYING, FIRM = GENES


def answer(**tables):
    """One of Scanpy's; the fold change of one gene is loose."""
    return Answer(
        groups=[GROUP], genes={GROUP: GENES},
        tables={
            name: {GROUP: np.array(tables.get(name, VALUES[name]))}
            for name in TABLES
        },
        tested=GENES, z={GROUP: np.array(VALUES["scores"])}, p={},
        fractions={"pts": pd.DataFrame({GROUP: [0.5, 0.25, 1.0]})},
        warned=False, hinted=False, rankby_abs=False, loose=GENES[:1],
    )


def outcome(**tables):
    """One of R's; equal to `answer()` but for what is given."""
    empty = Fractions([""], np.zeros(0, int), np.zeros((0, 0)))
    return Outcome(
        status=0, warned=False, hinted=False, text=GROUP,
        genes=GENES[:, np.newaxis],
        tables={
            name: np.array(tables.get(name, VALUES[name]))[:, np.newaxis]
            for name in TABLES
        },
        fractions={
            "pts": Fractions([GROUP], GENES, np.array([[0.5], [0.25], [1.0]])),
            "pts_rest": empty,
        },
    )


def with_next(name, gene):
    """The table with the next double in place of one gene's value."""
    values = np.array(VALUES[name])
    values[gene] = np.nextafter(values[gene], 9)
    return {name: values}


def counted(ours, reference, as_it_comes):
    verdict = compare(ours, reference, as_it_comes)
    differing = {name: n for name, n in verdict.differing.items() if n}
    return {
        "passed": verdict.passed, **differing, "faults": verdict.faults,
        "apart": verdict.apart, "as it comes": verdict.as_it_comes,
        "processors": verdict.processors,
    }


PASSED = {"passed": True, "faults": 0, "apart": 0, "as it comes": 0,
          "processors": 0}
FAILED = {**PASSED, "passed": False}


def checks():
    """What is planted, our outcome, Scanpy's two answers, what to count."""
    changed = with_next("logfoldchanges", VARYING)
    neither = with_next("logfoldchanges", VARYING)
    neither["logfoldchanges"][VARYING] += 1
    yield "nothing", outcome(), answer(), answer(), PASSED
    yield "nothing, one run", outcome(), answer(), None, PASSED
    for name in TABLES:
        yield (f"{name}, Scanpy's runs agree",
               outcome(**with_next(name, FIRM)), answer(), answer(),
               {**FAILED, name: 1, "as it comes": 1})
        yield (f"{name}, one run", outcome(**with_next(name, FIRM)), answer(),
               None, {**FAILED, name: 1})
    yield ("a loose fold change", outcome(**with_next("logfoldchanges", LOOSE)),
           answer(), None, {**PASSED, "apart": 1})
    yield ("runs differ, ours is the reference", outcome(), answer(),
           answer(**changed), {**PASSED, "processors": 1})
    yield ("runs differ, ours is as it comes", outcome(**changed), answer(),
           answer(**changed), {**FAILED, "logfoldchanges": 1})
    yield ("runs differ, ours is neither", outcome(**neither), answer(),
           answer(**changed),
           {**FAILED, "logfoldchanges": 1, "processors": 1})
    yield ("runs differ in another gene",
           outcome(**with_next("logfoldchanges", FIRM)), answer(),
           answer(**changed),
           {**FAILED, "logfoldchanges": 1, "as it comes": 1, "processors": 1})
    for name in TABLES:
        if name != "logfoldchanges":
            yield (f"runs differ in {name}", outcome(), answer(),
                   answer(**with_next(name, VARYING)),
                   {**FAILED, "as it comes": 1})
    other = dataclasses.replace(
        answer(), fractions={"pts": pd.DataFrame({GROUP: [0.5, 0.25, 0.75]})}
    )
    yield ("runs differ in pts", outcome(), answer(), other,
           {**FAILED, "as it comes": 1})
    yield ("one run refuses", outcome(), answer(), Refusal("no"),
           {**FAILED, "as it comes": 1})


def main():
    passed = failed = 0
    for planted, *given, wanted in checks():
        got = counted(*given)
        if got == wanted:
            passed += 1
        else:
            failed += 1
            print(f"FAILED: {planted}: {got}, not {wanted}")
    print(f"parity: {passed} checks passed, {failed} failed "
          "(planted differences)")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
