//! Matrices of cells and genes in HDF5 files: read whole by several threads,
//! or in blocks of genes when they are larger than the memory given.
//!
//! Nothing here needs HDF5. What this crate does not know of a file is
//! [`Error::Unsupported`], for HDF5 to read.
//!
//! A matrix that is stored by cell and does not fit into memory goes through
//! [`Partitions`]: one pass over the file sorts the values by gene, in a
//! compact form, into memory and then into a temporary file. Each range of
//! genes is then a matrix of its own.
//!
//! `hdf5` reads files and `partition` keeps values; neither knows the other.
//! `sparse` and `dense` lead from the one to the other.

mod dense;
mod error;
mod hdf5;
mod io_at;
mod partition;
mod slices;
mod sparse;
mod zstd;

pub use dense::Dense;
pub use error::Error;
pub use hdf5::{
    stamp, About, ByteOrder, Dataspace, Datatype, File, Member, Node, Number, Padding, Text, Values,
};
pub use partition::{GeneSlices, Partitions, Shelf, SortedRuns};
pub use slices::{are_ordered, order_in_parallel, Rounding};
pub use sparse::{Slices, Sparse};

/// Pieces that are looked at to tell how many values genes have.
const SAMPLED: usize = 64;

/// Up to `some` of the numbers below `all`, evenly spread.
fn evenly(all: usize, some: usize) -> Vec<usize> {
    let n = some.min(all);
    (0..n).map(|i| i * all / n).collect()
}
