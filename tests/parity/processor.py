"""The processor, and what of numpy's results is its own.

For vectors of 512 bits numpy has code of its own for `expm1` and `log2`, which
rounds otherwise than the C library that it calls on other processors. What
Scanpy's fold changes are made of thus depends on the machine, unless that code
is switched off. numpy looks at the environment when it is imported, and never
again: another setting takes another process.
"""

import contextlib
import os
import platform
import sys
from pathlib import Path

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

VARIABLE = "NPY_DISABLE_CPU_FEATURES"
# numpy 2.4 calls X86_V4 what was AVX512_SKX before.
WIDE = ("AVX512", "X86_V4")


def wide_code():
    """The names under which numpy uses wide vector code in this process."""
    return [
        name for name in __cpu_dispatch__
        if name.startswith(WIDE) and __cpu_features__[name]
    ]


@contextlib.contextmanager
def wide_code_off():
    """In processes that are started meanwhile."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = " ".join([*(before or "").split(), *wide_code()])
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def check_wide_code_is_off():
    if wide_code():
        raise RuntimeError(f"numpy uses {', '.join(wide_code())} in spite of "
                           f"{VARIABLE}={os.environ.get(VARIABLE)}")


def start_again_without_wide_code():
    """Run this program from its start, unless it has no wide code to use."""
    if wide_code():
        with wide_code_off():
            os.execv(sys.executable, [sys.executable, *sys.argv])


def model():
    """What the processor calls itself, as far as the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
