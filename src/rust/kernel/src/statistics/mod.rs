//! What stage 1 finds out about each gene: the list of statistics, and what
//! follows from it.
//!
//! A statistic is one entry in the list below. Room for all genes, the parts of
//! it that tasks fill, the gene at hand, and the bytes that go from one process
//! to another are all made of this list.

mod list;
mod pack;
mod settings;

pub use list::Values;
pub use pack::Packed;
pub(crate) use pack::{take_columns, Statistic};
pub use settings::{Definition, Means, Settings};

use crate::input::Groups;

list::statistics! {
    /// Twice the sum of the ranks of each group's cells; with strata, of the
    /// ranks within them.
    doubled_rank_sums: u64, rows::one_per_group;
    /// Scanpy's log2 fold changes.
    fold_changes: f32, rows::of_scanpy;
    /// Log2 fold changes as they are if all values are stored in single
    /// precision, where that is to be seen from the values: see
    /// [`GeneStatistics::fold_changes`].
    fold_changes_of_singles: f32, rows::one_per_group_of_unknown_precision;
    /// What corrects the variance for ties: one row for all groups against their
    /// rest, or one row per group against a reference.
    tie_factors: f64, rows::tie_factors;
    /// With strata, the distance of each group's weighted rank sums from their
    /// expectation.
    distances: f64, rows::one_per_group_of_strata;
    /// With strata, the variance of these, corrected for ties.
    variances: f64, rows::one_per_group_of_tied_strata;
    /// Cells that express the gene: one row per group and a last one for the
    /// cells of no selected group, or for the reference.
    expressing: u32, rows::expressing;
    /// Sums of what the fold changes are made of, added in the order of cells: one
    /// row per group and a last one as above.
    sums: f64, rows::sums;
    /// Sums of the values as they are stored, likewise.
    value_sums: f64, rows::value_sums;
    /// Twice Mann and Whitney's `U` of each pair of selected groups, of the group
    /// with the lower slot: the pairs of slot 0 with 1, 2 and so on, then those of
    /// slot 1 with 2, 3 and so on.
    doubled_us: u64, rows::pairs;
}

/// How many rows a statistic has.
mod rows {
    use super::{Groups, Means, Settings};

    pub fn one_per_group(groups: &Groups, _: &Settings) -> usize {
        groups.len()
    }

    pub fn of_scanpy(groups: &Groups, settings: &Settings) -> usize {
        match settings.definition.is_scanpys() {
            true => groups.len(),
            false => 0,
        }
    }

    pub fn one_per_group_of_unknown_precision(groups: &Groups, settings: &Settings) -> usize {
        match settings.means {
            Means::OfLinear { single: None } => of_scanpy(groups, settings),
            _ => 0,
        }
    }

    pub fn tie_factors(groups: &Groups, settings: &Settings) -> usize {
        match (settings.tie_correct, groups.has_reference()) {
            (false, _) => 0,
            _ if groups.strata().is_some() => 0,
            (true, false) => 1,
            (true, true) => groups.len(),
        }
    }

    pub fn one_per_group_of_strata(groups: &Groups, _: &Settings) -> usize {
        groups.strata().map_or(0, |_| groups.len())
    }

    pub fn one_per_group_of_tied_strata(groups: &Groups, settings: &Settings) -> usize {
        match settings.tie_correct {
            true => one_per_group_of_strata(groups, settings),
            false => 0,
        }
    }

    pub fn expressing(groups: &Groups, settings: &Settings) -> usize {
        rows_of_slots(groups, settings.pts)
    }

    pub fn sums(groups: &Groups, settings: &Settings) -> usize {
        rows_of_slots(groups, settings.sums || !settings.definition.is_scanpys())
    }

    pub fn value_sums(groups: &Groups, settings: &Settings) -> usize {
        rows_of_slots(groups, settings.value_sums)
    }

    fn rows_of_slots(groups: &Groups, kept: bool) -> usize {
        match kept {
            true => groups.len() + 1,
            false => 0,
        }
    }

    pub fn pairs(groups: &Groups, settings: &Settings) -> usize {
        match settings.pairwise {
            true => groups.len() * groups.len().saturating_sub(1) / 2,
            false => 0,
        }
    }
}
