//! From the statistics of a gene to scores and p-values.

mod normal;
mod wilcoxon;

pub use normal::two_sided_p;
pub(crate) use wilcoxon::Sides;
