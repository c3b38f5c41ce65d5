//! Values of a matrix that is stored by cell, sorted into partitions by gene.

mod partitions;
mod run;
mod segment;
mod spill;

pub use partitions::{GeneSlices, Partitions};
pub use run::Run;
