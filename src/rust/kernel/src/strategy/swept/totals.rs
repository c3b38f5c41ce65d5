//! Sums of summands in the order of all cells of a slot.

use super::bands::Dealt;
use super::parts::Part;
use super::reset;
use crate::gene::fold_change::FoldChange;
use crate::tiles::Job;
use rayon::prelude::*;

/// For each slot, sums in the order of its cells, one column per gene; none where
/// the sums that parts of the cells have may be added in any order, or there is
/// one part.
#[derive(Default)]
pub(super) struct Totals {
    rows: Vec<Vec<f64>>,
}

impl Totals {
    /// A row for each slot, empty where it is not needed.
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// Add the summands of the tile at hand up; none for no fold change. `exact`
    /// says that no sum of values rounds.
    pub fn make(&mut self, job: &Job, parts: &[Part], change: Option<FoldChange>, exact: bool) {
        self.rows.resize(job.groups.len() + 1, Vec::new());
        self.rows.iter_mut().for_each(Vec::clear);
        let Some(change) = change else { return };
        let is_linear = change.is_of_linear_means();
        if !is_linear && (exact || parts.len() == 1) {
            return;
        }
        let n_genes = parts.iter().map(|part| part.level_sets.n_genes).max();
        let n_genes = n_genes.unwrap_or(0);
        self.rows.iter_mut().for_each(|row| reset(row, n_genes));
        match parts {
            [only] => self.add_cells(only, change),
            _ => self.add_slots(parts, change),
        }
    }

    /// Go through all cells in their order.
    fn add_cells(&mut self, part: &Part, change: FoldChange) {
        let collected = &part.level_sets;
        for (set, &value) in collected.values.iter().enumerate() {
            let sums = &mut self.rows[collected.sets[set].slot as usize];
            add(sums, collected.genes_of(set), change.summand(value));
        }
    }

    /// Go through the cells of each slot in their order.
    fn add_slots(&mut self, parts: &[Part], change: FoldChange) {
        let n_slots = self.rows.len();
        let by_slot: Vec<Dealt> = parts
            .par_iter()
            .with_max_len(1)
            .map(|part| Dealt::by_slot(&part.level_sets, n_slots))
            .collect();
        let rows = self.rows.par_iter_mut().with_max_len(1);
        rows.enumerate().for_each(|(slot, sums)| {
            for (Part { level_sets, .. }, dealt) in parts.iter().zip(&by_slot) {
                for set in dealt.of_band(slot).iter().map(|&set| set as usize) {
                    let summand = change.summand(level_sets.values[set]);
                    add(sums, level_sets.genes_of(set), summand);
                }
            }
        });
    }
}

/// Add the summand of a cell to each of these genes; a gene has at most one
/// value per cell.
#[inline(always)]
fn add(sums: &mut [f64], genes: &[u16], summand: f64) {
    for &gene in genes {
        sums[gene as usize] += summand;
    }
}
