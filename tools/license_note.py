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

The compiled code holds these Rust crates, each under its own licence:

"""

AUTHORS = """\
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
