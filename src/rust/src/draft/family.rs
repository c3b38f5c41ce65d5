//! p-values of all groups of a file, adjusted as one family: sorted batch by
//! batch, merged, and looked up when the groups are written.

use super::level::Level;
use crate::status::Status;
use rayon::prelude::*;
use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::{self as disk, SortedRuns};
use wilcoxide_kernel::{Correction, OneByOne, RankingSettings, Table};

/// How often a merge looks whether it was cancelled.
const BETWEEN_LOOKS: usize = 1 << 16;

/// Of each table of adjusted p-values, or logarithms of them, the values of each
/// batch before and after.
pub(super) struct Family(Vec<Runs>);

struct Runs {
    table: Table,
    /// Ascending.
    values: SortedRuns,
    /// In the order of `values`, or in the opposite one.
    adjusted: SortedRuns,
    is_reversed: bool,
}

/// Those of one batch.
pub(super) struct Adjusted(Vec<Pairs>);

struct Pairs {
    table: Table,
    values: Vec<f64>,
    adjusted: Vec<f64>,
}

impl Family {
    /// Adjust the p-values of all groups of a level; so many bytes are kept in
    /// memory.
    pub fn new(
        level: &Level,
        correction: Correction,
        memory: u64,
        directory: &Path,
        control: &Control,
    ) -> Result<Self, Status> {
        let asked = &level.call.settings.ranking;
        let is_adjusted =
            |table: &&Table| matches!(table, Table::AdjustedPValues | Table::AdjustedLogPValues);
        // What is not adjusted by groups comes as it is, NaN where it is of no
        // family.
        let ranking = RankingSettings {
            tables: asked.tables.iter().filter(is_adjusted).copied().collect(),
            correction: Correction::None,
            ..asked.clone()
        };
        let batches = level.batches();
        let each = memory / 2 / ranking.tables.len().max(1) as u64;
        let runs = || SortedRuns::new(batches.len(), each, directory);
        let tables = ranking.tables.iter().map(|&table| Runs {
            table,
            values: runs(),
            adjusted: runs(),
            is_reversed: !correction.begins_with_smallest(),
        });
        let mut family = Self(tables.collect());
        for (number, slots) in batches.into_iter().enumerate() {
            let batch = level.batch(number, slots.clone())?;
            let slots = slots.start..slots.end.min(level.written.len());
            let n_genes = level.n_genes();
            let (_, tables) = level.tables(&batch, &slots, &ranking, n_genes, control)?;
            for (runs, mut values) in family.0.iter_mut().zip(tables) {
                values.retain(|value| !value.is_nan());
                values.par_sort_unstable_by(f64::total_cmp);
                for value in values {
                    runs.values.push(number, value)?;
                }
            }
        }
        for runs in &mut family.0 {
            runs.adjust(correction, control)?;
        }
        Ok(family)
    }

    pub fn of_batch(&self, number: usize) -> Result<Adjusted, Status> {
        let tables = self.0.iter().map(|runs| {
            let mut adjusted = runs.adjusted.read(number)?;
            if runs.is_reversed {
                adjusted.reverse();
            }
            Ok(Pairs {
                table: runs.table,
                values: runs.values.read(number)?,
                adjusted,
            })
        });
        let tables = tables.collect::<Result<_, disk::Error>>();
        Ok(Adjusted(tables?))
    }
}

impl Runs {
    fn adjust(&mut self, correction: Correction, control: &Control) -> Result<(), Status> {
        let are_logs = self.table == Table::AdjustedLogPValues;
        let one_by_one = OneByOne::new(correction, self.values.len(), are_logs);
        let mut one_by_one = one_by_one
            .ok_or_else(|| Status::Fault(format!("{correction:?} needs all p-values at once")))?;
        let adjusted = &mut self.adjusted;
        let mut n_done = 0;
        self.values.merge(!self.is_reversed, |run, value| {
            n_done += 1;
            if n_done % BETWEEN_LOOKS == 0 {
                control.checkpoint(0).map_err(|_| disk::Error::Cancelled)?;
            }
            adjusted.push(run, one_by_one.adjust(value))
        })?;
        Ok(())
    }
}

impl Adjusted {
    /// Put adjusted p-values in the place of those of a table, if it has some.
    pub fn put(&self, table: Table, column: &mut [f64]) {
        let Some(pairs) = self.0.iter().find(|pairs| pairs.table == table) else {
            return;
        };
        let mut at = 0;
        for value in column.iter_mut().filter(|value| !value.is_nan()) {
            at = place_from(&pairs.values, at, *value);
            *value = pairs.adjusted[at];
        }
    }
}

/// A place of a value in sorted ones, where it is known to be, sought from a place
/// that is near: neighbouring rows have similar p-values.
fn place_from(sorted: &[f64], near: usize, value: f64) -> usize {
    let (mut low, mut high, mut step) = (near, near, 1);
    while low > 0 && sorted[low] > value {
        low = low.saturating_sub(step);
        step *= 2;
    }
    step = 1;
    while high + 1 < sorted.len() && sorted[high] < value {
        high = (high + step).min(sorted.len() - 1);
        step *= 2;
    }
    low + sorted[low..=high].partition_point(|&one| one < value)
}

#[cfg(test)]
mod tests {
    use super::place_from;

    #[test]
    fn values_are_found_from_anywhere() {
        let sorted = [0.0, 0.1, 0.1, 0.2, 0.5, 0.5, 0.9, 1.0];
        for near in 0..sorted.len() {
            for value in sorted {
                assert_eq!(sorted[place_from(&sorted, near, value)], value);
            }
        }
    }
}
