//! Marker genes by the Wilcoxon rank-sum test, with the arithmetic of
//! Scanpy's `rank_genes_groups` to the last bit.
//!
//! Data goes one way. A sparse matrix of cells and genes is an
//! [`Expression`]; the [`Groups`] say which cells are compared. Stage 1,
//! [`gene_statistics`], ranks each gene once and keeps its [`GeneStatistics`]
//! for every group; stage 2, [`rank_groups`], makes of each group's
//! statistics its p-values, adjusted p-values and order. [`rank_genes_groups`] runs both.
//!
//! Every number is the same for any number of threads, either layout of the
//! matrix and any block size. Parallel work runs on the rayon pool that is
//! current where a function is called.

mod adjust;
mod blocks;
mod control;
mod cursors;
mod cut;
mod dictionary;
mod error;
mod fold_change;
mod groups;
mod normal;
mod order;
mod prefetch;
mod rank;
mod ranking;
mod rest_sum;
mod sort;
mod sparse;
#[cfg(feature = "stages")]
pub mod stages;
mod statistics;
mod sweep;
mod ties;
mod wilcoxon;
mod worker;

pub use adjust::Correction;
pub use control::Control;
pub use error::Error;
pub use fold_change::Means;
pub use groups::{Comparison, Groups};
pub use normal::two_sided_p;
pub use ranking::{rank_genes_groups, rank_groups, GroupRows, Ranking, Settings};
pub use sparse::{Expression, Major};
pub use statistics::{gene_statistics, GeneStatistics, StatisticsSettings};
