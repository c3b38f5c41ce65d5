//! What is computed of one gene: its sorted values, ranks, ties, pairs of groups,
//! fold changes.

pub(crate) mod fold_change;
pub(crate) mod pairs;
pub(crate) mod ranks;
pub(crate) mod sort;
pub(crate) mod strata;
pub(crate) mod ties;
