"""Writes LICENSE.note and inst/AUTHORS: whose code and data the package holds
besides its own, with the versions in Cargo.lock. With --check, fails when the
files there differ from what would be written.
"""

import sys

from crates import ROOT, linked_crates

LICENSES = """\
The package is released under the MIT licence, see the file LICENSE.

inst/extdata/pbmc68k_reduced.h5ad holds cells of 10x Genomics' dataset "Fresh
68k PBMCs (Donor A)" as distributed with the Python package scanpy (BSD
3-Clause); inst/extdata/README.md has the details and the text.

The exponentials and logarithms in src/rust/kernel/src/math are after two
published libraries of functions. exp, ln and log2, and their tables, are those
of Arm's optimized routines (https://github.com/ARM-software/optimized-routines,
MIT):

    Copyright (c) 1999-2022, Arm Limited.

    Permission is hereby granted, free of charge, to any person obtaining a copy
    of this software and associated documentation files (the "Software"), to deal
    in the Software without restriction, including without limitation the rights
    to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
    copies of the Software, and to permit persons to whom the Software is
    furnished to do so, subject to the following conditions:

    The above copyright notice and this permission notice shall be included in all
    copies or substantial portions of the Software.

    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
    IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
    FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
    AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
    LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
    OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
    SOFTWARE.

exp_m1 is that of fdlibm (https://www.netlib.org/fdlibm):

    Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved.

    Developed at SunPro, a Sun Microsystems, Inc. business.
    Permission to use, copy, modify, and distribute this
    software is freely granted, provided that this notice
    is preserved.

The compiled code holds these Rust crates, each under its own licence:

"""

AUTHORS = """\
Arm Limited and Sun Microsystems, Inc. hold the copyright of the functions that
those in src/rust/kernel/src/math are after. LICENSE.note has their licences.

The authors and copyright holders of the Rust crates that the package is
compiled with, whose sources are in src/rust/vendor.tar.xz of released
packages. LICENSE.note has their licences.

"""


def authors(crate):
    names = [author.split(" <")[0] for author in crate["authors"]]
    return ", ".join(names) or f"the {crate['name']} authors"


def license_note(crate):
    licence = crate["license"].replace("/", " OR ")
    return (f"{crate['name']} {crate['version']}: {authors(crate)}; {licence}\n"
            f"    {crate['repository']}\n")


def main():
    crates = linked_crates()
    wanted = {
        "LICENSE.note": LICENSES + "".join(map(license_note, crates)),
        "inst/AUTHORS": AUTHORS + "".join(
            f"{crate['name']} {crate['version']}: {authors(crate)}\n"
            for crate in crates
        ),
    }
    for name, text in wanted.items():
        if "--check" not in sys.argv:
            (ROOT / name).write_text(text)
        elif (ROOT / name).read_text() != text:
            sys.exit(f"{name} is out of date: run make document.")


main()
