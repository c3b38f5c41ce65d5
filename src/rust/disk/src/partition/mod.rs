//! Values of a matrix that is stored by cell, sorted into partitions by gene;
//! and statistics of blocks of genes, sorted into batches of groups.

mod partitions;
mod run;
mod segment;
mod shelf;
mod sorted_runs;
mod spill;

pub use partitions::{GeneSlices, Partitions};
pub use run::Run;
pub use shelf::Shelf;
pub use sorted_runs::SortedRuns;
