"""Writes tests/testthat/fixtures/natural-order.txt: labels as anndata sorts them.

Run by `make fixtures`. A label a line, made at random of what makes orders
differ: numbers, accents in one character and in two, digits of other scripts.
"""

import random
from pathlib import Path

from natsort import natsorted

FIXTURE = (Path(__file__).resolve().parents[1]
           / "tests/testthat/fixtures/natural-order.txt")
PIECES = [
    *"abzABZeEoO_-+., 0129", "10", "00", "100", "\u00e9", "e\u0301", "\u00f6",
    "\u00c5", "\u212b", "A\u030a", "\u1ec7", "e\u0323\u0302", "\u00df", "\u00f8",
    "\u03b1", "\u03ac", "\u7d30", "\uac00", "\u1100\u1161", "\u0663", "\u0969",
    "\uff15", "\u00b2", "\u00b9", "\u2461", "\u277c", "\u00bd", "\u2166",
    "\u207a", "\U0001d7d9", "\U0001f9ec", "\u0301", "\u0323",
]


def main():
    draw = random.Random(1)
    labels = {
        "".join(draw.choices(PIECES, k=draw.randint(1, 6)))
        for _ in range(2500)
    }
    # As anndata does: sorted by code points, then naturally.
    lines = natsorted(sorted(labels))
    FIXTURE.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    print(f"{FIXTURE.name}: {len(lines)} labels")


if __name__ == "__main__":
    main()
