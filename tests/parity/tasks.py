"""Hands data sets and cases to R: files, raw numbers and a list to `dget`."""

from dataclasses import asdict

import anndata as ad
import h5py
import numpy as np
import scipy.sparse as sp


def r_literal(value):
    """Python's value as R source, in ASCII whatever the strings hold."""
    if value is None:
        return "NULL"
    if isinstance(value, (bool, np.bool_)):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return '"' + "".join(map(r_character, value)) + '"'
    if isinstance(value, dict):
        items = (f"{r_literal(k)} = {r_literal(v)}" for k, v in value.items())
        return f"list({', '.join(items)})"
    if all(isinstance(item, dict) for item in value) and len(value) > 0:
        return f"list({', '.join(map(r_literal, value))})"
    return f"c({', '.join(map(r_literal, value))})" if value else "character()"


def r_character(character):
    if character in '"\\':
        return "\\" + character
    if " " <= character <= "~":
        return character
    return f"\\U{ord(character):08x}"


def write_h5ad(dataset, path):
    dataset.adata.write_h5ad(path)
    if dataset.as_strings:
        labels = dataset.adata.obs["g"].to_numpy(dtype=object)
        with h5py.File(path, "r+") as file:
            del file["obs/g"]
            ad.io.write_elem(file["obs"], "g", labels)


def write_matrix(values, stem):
    """The matrix as raw numbers; returns what R needs to read them."""
    if sp.issparse(values):
        values = values.copy()
        values.sort_indices()
        np.asarray(values.indptr, "<i4").tofile(f"{stem}.indptr")
        np.asarray(values.indices, "<i4").tofile(f"{stem}.indices")
        np.asarray(values.data, "<f8").tofile(f"{stem}.data")
        return {"stem": stem, "layout": values.format,
                "n_stored": int(values.nnz)}
    np.asarray(values, "<f8").tofile(f"{stem}.data")
    return {"stem": stem, "layout": "dense", "n_stored": int(values.size)}


def write_task(dataset, stem):
    """Everything that R needs to know of one data set in a file."""
    adata = ad.read_h5ad(dataset.adata)
    source = adata if adata.raw is None else adata.raw
    labels = adata.obs[dataset.groupby].astype("category").cat
    labels.codes.to_numpy("<i4").tofile(f"{stem}.codes")
    parts = {"default": source.X, "X": adata.X, **adata.layers}
    return {
        "path": str(dataset.adata),
        "codes": f"{stem}.codes",
        "groupby": dataset.groupby,
        "as_strings": dataset.as_strings,
        "levels": [str(level) for level in labels.categories],
        "n_cells": adata.n_obs,
        "genes": list(source.var_names),
        "log_base": log_base(adata),
        "mask": mask(adata),
        "cases": [
            write_case(number, case, stem)
            for number, case in enumerate(dataset.cases)
        ],
        "parts": {
            part: write_matrix(parts[part], f"{stem}.{part}")
            for part in {
                case.part for case in dataset.cases if not case.needs_file
            }
        },
    }


def write_case(number, case, stem):
    ways = case.ways_of(number)
    return {
        "args": r_arguments(case.args),
        "part": case.part,
        "ways": [asdict(way) for way in ways],
        "out": [
            f"{stem}.{number}.{way.source}.{way.threads}" for way in ways
        ],
    }


def r_arguments(args):
    """Scanpy takes labels that are numbers as numbers, R as strings."""
    if "reference" in args:
        return {**args, "reference": str(args["reference"])}
    return args


def log_base(adata):
    base = adata.uns.get("log1p", {}).get("base")
    return None if base is None else float(base)


def mask(adata):
    if "chosen" not in adata.var:
        return None
    return [bool(chosen) for chosen in adata.var["chosen"]]
