//! From the statistics of a gene to scores and p-values.

mod alternative;
mod exact;
mod log_normal;
mod normal;
mod van_elteren;
mod wilcoxon;

pub use alternative::Alternative;
pub(crate) use exact::ExactDistribution;
pub use exact::MOST_CELLS as MOST_EXACT_CELLS;
pub use normal::two_sided_p;
pub(crate) use van_elteren::VanElteren;
pub(crate) use wilcoxon::{Area, Sides};
