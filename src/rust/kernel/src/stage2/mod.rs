//! Stage 2: from the statistics of the genes to the tables of each group.

mod adjust;
mod batch;
mod fold_changes;
mod fractions;
mod order;
mod p_values;
mod pairs;
mod rank;
mod tables;
mod together;

pub use adjust::{Correction, OneByOne};
pub use batch::{Batch, Block};
pub use fractions::Fractions;
pub use p_values::PValues;
pub use rank::{rank_statistics, work_of_ranking, GroupRows, RankingSettings};
pub use tables::Table;
pub use together::adjust_together;
#[cfg(feature = "stages")]
pub(crate) use {adjust::adjust_sorted, order::Order};
