"""Compares the kernel's p-values with SciPy's, bit by bit.

Scores from 0 to 40, a third of them close to where the computation changes
its ways or its results theirs. Exits with 1 when one p-value differs.
"""

import argparse
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.stats import norm

MANIFEST = Path(__file__).resolve().parents[2] / "src/rust/Cargo.toml"
KERNEL = ["cargo", "run", "--quiet", "--locked", "--release",
          "--manifest-path", str(MANIFEST), "-p", "wilcoxide-kernel",
          "--example", "p_values"]
# Another polynomial from sqrt(2) on, and from 8 sqrt(2) on; the first
# subnormal p-value, the last that is not 0, and Cephes' own end.
BORDERS = (0.0, np.sqrt(2), 8 * np.sqrt(2), 37.52, 37.677,
           np.sqrt(2 * 7.09782712893383996843e2))


def scores(count, seed):
    rng = np.random.default_rng(seed)
    share = count // 3
    near = np.repeat(BORDERS, share // len(BORDERS))
    near = np.abs(near + rng.choice([-1, 1], near.size)
                  * 10.0 ** rng.uniform(-17, -1, near.size))
    steps = np.arange(-20000, 20001)
    next_to = np.concatenate([
        (np.array([border]).view("i8") + steps).view("f8")
        for border in BORDERS[1:]
    ])
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, 40, 1e308])
    rest = count - near.size - next_to.size - special.size - share
    return np.concatenate([
        special, near, next_to, rng.uniform(0, 40, share),
        rng.uniform(0, 12, rest),
    ])


def kernel_p(z):
    done = subprocess.run(KERNEL, input=z.astype("<f8").tobytes(),
                          stdout=subprocess.PIPE, check=True)
    return np.frombuffer(done.stdout, "<f8")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10**7)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.time()
    z = scores(options.count, options.seed)
    ours, theirs = kernel_p(z), 2 * norm.sf(np.abs(z))
    differs = ours.view("u8") != theirs.view("u8")
    differs &= ~(np.isnan(ours) & np.isnan(theirs))
    print(f"p-values of {z.size} scores, SciPy {version('scipy')}: "
          f"{differs.sum()} differ ({time.time() - start:.0f} s)")
    for at in np.flatnonzero(differs)[:10]:
        print(f"z = {z[at]!r}: {ours[at]!r}, SciPy {theirs[at]!r}")
    sys.exit(1 if differs.any() or ours.size != options.count else 0)


if __name__ == "__main__":
    main()
