//! Matrices of cells and genes in HDF5 files: read whole by several threads,
//! or in blocks of genes when they are larger than the memory given.
//!
//! HDF5 itself opens the file, finds its parts and says what they are; this
//! crate reads the numbers, chunks in parallel. What it does not know is
//! [`Error::Unsupported`], for HDF5 to read.
//!
//! A matrix that is stored by cell and does not fit into memory goes through
//! [`Partitions`]: one pass over the file deals the values out by gene, in a
//! compact form, into memory and then into a temporary file. Each range of
//! genes is then a matrix of its own.

mod dataset;
mod error;
mod file;
mod filters;
mod index;
mod number;
mod partition;
mod read;
mod segment;
mod spill;

pub use dataset::About;
pub use error::Error;
pub use file::{stamp, File};
pub use number::Number;
pub use partition::Partitions;
pub use read::{deal_run, Dense, Sparse};
