"""make.py FILE CELLS GENES VALUES: writes a large .h5ad file in little time.

The same 10,000 cells come again and again, so that each chunk is compressed
once; the groups of cells do not follow that period. Prints the number of
stored values.
"""

import sys
import zlib

import h5py
import numpy as np

BLOCK = 10_000
LABELS = ["a", "b", "c", "d", "e"]


def main():
    path, (n_cells, n_genes, per_cell) = sys.argv[1], map(int, sys.argv[2:])
    rng = np.random.default_rng(1)
    n_blocks, chunk = n_cells // BLOCK, BLOCK * per_cell // 10
    # One gene of each stretch of genes, so that they ascend.
    first = np.arange(per_cell) * n_genes // per_cell
    width = np.append(first[1:], n_genes) - first
    indices = first + rng.integers(0, width, (BLOCK, per_cell))
    # Few values, which compress well, and ascend with the gene's number.
    values = np.log1p(rng.integers(1, 6, (BLOCK, per_cell)) + indices % 7)
    codes = rng.integers(0, len(LABELS), n_cells).astype("int8")

    with h5py.File(path, "w") as file:
        x = file.create_group("X")
        x.attrs["encoding-type"] = "csr_matrix"
        x.attrs["encoding-version"] = "0.1.0"
        x.attrs["shape"] = np.array([n_cells, n_genes])
        starts = np.arange(n_cells + 1, dtype="int64") * per_cell
        x["indptr"] = starts
        write(x, "indices", indices.astype("int32"), n_blocks, chunk)
        write(x, "data", values.astype("float32"), n_blocks, chunk)
        for frame, n in [("obs", n_cells), ("var", n_genes)]:
            group = file.create_group(frame)
            group.attrs["encoding-type"] = "dataframe"
            group.attrs["encoding-version"] = "0.2.0"
            group.attrs["_index"] = "_index"
            columns = ["group"] if frame == "obs" else []
            group.attrs["column-order"] = np.array(columns, dtype="S")
            group["_index"] = [str(i) for i in range(n)]
        group = file.create_group("obs/group")
        group.attrs["encoding-type"] = "categorical"
        group.attrs["encoding-version"] = "0.2.0"
        group["categories"] = LABELS
        group["codes"] = codes
    print(int(starts[-1]))


def write(group, name, block, n_blocks, chunk):
    block = block.ravel()
    dataset = group.create_dataset(
        name, (block.size * n_blocks,), block.dtype, chunks=(chunk,),
        compression="gzip",
    )
    for start in range(0, block.size, chunk):
        packed = zlib.compress(block[start:start + chunk].tobytes(), 1)
        for i in range(n_blocks):
            dataset.id.write_direct_chunk((i * block.size + start,), packed)


main()
