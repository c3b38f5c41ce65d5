//! From the statistics of a gene to scores and p-values.

mod normal;
mod van_elteren;
mod wilcoxon;

pub use normal::two_sided_p;
pub(crate) use van_elteren::VanElteren;
pub(crate) use wilcoxon::{Area, Sides};
