//! Marker genes by the Wilcoxon rank-sum test, with the arithmetic of
//! Scanpy's `rank_genes_groups` to the last bit.
//!
//! Data goes one way. A sparse matrix of cells and genes is an
//! [`Expression`]; the [`Groups`] say which cells are compared. Stage 1,
//! [`gene_statistics`], ranks each gene once and keeps its [`GeneStatistics`]
//! for every group; stage 2, [`rank_statistics`], makes of each group's
//! statistics its p-values, adjusted p-values and order. [`rank_matrix`] runs
//! both.
//!
//! Every number is the same for any number of threads, either layout of the
//! matrix and any tile size. Parallel work runs on the rayon pool that is
//! current where a function is called.
//!
//! Folders are layers, and each uses those before it only: `input` ←
//! `statistics` ← `gene` ← `tiles` ← `strategy` ← `stage1`, and `statistics` ←
//! `test` ← `stage2`. `math`, which `gene` and `test` use, stands beside them.

mod gene;
mod input;
pub mod math;
mod ranking;
mod stage1;
mod stage2;
#[cfg(feature = "stages")]
pub mod stages;
mod statistics;
mod strategy;
mod test;
mod tiles;

pub use input::{Comparison, Error, Expression, Groups, Level, Major, Weights};
pub use ranking::{rank_genes_groups, rank_matrix, Ranking, Settings};
pub use stage1::{gene_statistics, level_statistics};
pub use stage2::{
    adjust_together, rank_statistics, work_of_ranking, Batch, Block, Correction, Fractions,
    GroupRows, OneByOne, PValues, RankingSettings, Table,
};
pub use statistics::{
    Definition, GeneStatistics, Means, Packed, Settings as StatisticsSettings, Values,
};
pub use test::{two_sided_p, Alternative, MOST_EXACT_CELLS};
pub use tiles::Job;
pub use wilcoxide_control::Control;
