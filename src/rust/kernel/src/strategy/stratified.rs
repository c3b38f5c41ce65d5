//! Ranking within strata: the values of a gene are dealt out by stratum once,
//! and those of each stratum are sorted and ranked by themselves.

use super::sorted::rank_among;
use super::Gene;
use crate::gene::pairs::{no_pairs, PairCounters};
use crate::gene::sort::{
    entry, key, payload, single_of_key, sort_positions, SortScratch, FIRST_POSITIVE_KEY,
};
use crate::gene::strata::{add_stratum, clear};
use crate::gene::{fold_change::is_exact, ranks::Sorted};
use crate::input::Strata;
use crate::tiles::{value_and_slot, Asked, Column, Shared};

/// Memory for dealing out, used again from gene to gene.
#[derive(Default)]
pub(super) struct ByStratum {
    /// Where the values of each stratum end.
    ends: Vec<usize>,
    entries: Vec<u64>,
    values: Vec<f64>,
    slots: Vec<u32>,
    positions: Vec<u64>,
    below: Vec<u32>,
    pairs: PairCounters,
    /// What a stratum gives.
    sums: Vec<u64>,
    tie_factors: Vec<f64>,
}

impl ByStratum {
    /// Rank one gene; its column has places for slots.
    pub fn rank(
        &mut self,
        asked: &Asked,
        strata: &Strata,
        shared: &Shared,
        column: &Column,
        sort: &mut SortScratch,
        gene: &mut Gene,
    ) {
        let (n, exact) = match column {
            Column::Single(entries) => (entries.len(), never_rounds(entries)),
            Column::Double { values, .. } => (values.len(), false),
        };
        shared.note_fractions(column.values().map(|(value, _)| value));
        match column {
            Column::Single(entries) => {
                let values = || entries.iter().map(|&e| value_and_slot(e));
                let values = || values().map(|(value, place)| (value, strata.split(place).1));
                gene.add_up(asked, values, n, exact);
            }
            Column::Double { values, slots } => {
                let values = || values.iter().copied().zip(slots.iter());
                let values = || values().map(|(value, &place)| (value, strata.split(place).1));
                gene.add_up(asked, values, n, exact);
            }
        }
        self.deal_out(strata, column);
        clear(&mut gene.row);
        if asked.settings.pairwise {
            no_pairs(asked.groups, &mut gene.row.doubled_us);
        }
        let n_slots = asked.groups.len() + 1;
        self.sums.resize(n_slots, 0);
        self.tie_factors.resize(n_slots, 0.0);
        let mut first = 0;
        for stratum in 0..strata.len() {
            let end = self.ends[stratum];
            let sorted = match column {
                Column::Single(_) => sort_singles(&mut self.entries[first..end], sort),
                Column::Double { .. } => {
                    let slots = &self.slots[first..end];
                    sort_doubles(&self.values[first..end], slots, &mut self.positions, sort)
                }
            };
            first = end;
            let within = &strata.members()[stratum];
            if asked.settings.pairwise {
                let us = &mut gene.row.doubled_us;
                self.pairs.add_up(&sorted, within, us);
            }
            rank_among(
                within,
                asked.settings,
                &sorted,
                &mut self.below,
                &mut self.sums,
                &mut self.tie_factors,
            );
            let tie_factors = asked.settings.tie_correct.then_some(&*self.tie_factors);
            add_stratum(strata, stratum, &self.sums, tie_factors, &mut gene.row);
        }
    }

    /// Put the values of each stratum side by side, in the order of cells.
    fn deal_out(&mut self, strata: &Strata, column: &Column) {
        self.ends.clear();
        self.ends.resize(strata.len(), 0);
        let count = |ends: &mut [usize], place| ends[strata.split(place).0] += 1;
        match column {
            Column::Single(entries) => {
                for &e in entries.iter() {
                    count(&mut self.ends, payload(e));
                }
            }
            Column::Double { slots, .. } => {
                for &place in slots.iter() {
                    count(&mut self.ends, place);
                }
            }
        }
        let mut start = 0;
        for end in &mut self.ends {
            start += std::mem::replace(end, start);
        }
        // Each moves from where its stratum starts to where it ends.
        let mut next = |place: u32| {
            let (stratum, slot) = strata.split(place);
            let at = self.ends[stratum];
            self.ends[stratum] += 1;
            (at, slot)
        };
        match column {
            Column::Single(entries) => {
                self.entries.resize(entries.len(), 0);
                for &e in entries.iter() {
                    let (at, slot) = next(payload(e));
                    self.entries[at] = entry(key(e), slot);
                }
            }
            Column::Double { values, slots } => {
                self.values.resize(values.len(), 0.0);
                self.slots.resize(values.len(), 0);
                for (&value, &place) in values.iter().zip(slots.iter()) {
                    let (at, slot) = next(place);
                    self.values[at] = value;
                    self.slots[at] = slot;
                }
            }
        }
    }
}

/// The lowest and the highest key.
fn extremes(entries: &[u64]) -> (u32, u32) {
    entries.iter().fold((u32::MAX, 0), |(low, high), &e| {
        (low.min(key(e)), high.max(key(e)))
    })
}

/// Whether no order of adding the values rounds.
fn never_rounds(entries: &[u64]) -> bool {
    let (lowest, highest) = extremes(entries);
    lowest >= FIRST_POSITIVE_KEY
        && is_exact(
            entries.len() as f64 * f64::from(single_of_key(highest)),
            single_of_key(lowest),
        )
}

fn sort_singles<'a>(entries: &'a mut [u64], sort: &mut SortScratch) -> Sorted<'a> {
    if !entries.is_empty() {
        let (lowest, highest) = extremes(entries);
        sort.sort(entries, lowest, highest);
    }
    let negatives = entries.partition_point(|&e| key(e) < FIRST_POSITIVE_KEY);
    Sorted { entries, negatives }
}

fn sort_doubles<'a>(
    values: &[f64],
    slots: &[u32],
    positions: &'a mut Vec<u64>,
    sort: &mut SortScratch,
) -> Sorted<'a> {
    let entries = sort_positions(values, positions, sort);
    let negatives = entries.partition_point(|&e| values[payload(e) as usize] < 0.0);
    for e in entries.iter_mut() {
        *e = entry(key(*e), slots[payload(*e) as usize]);
    }
    Sorted { entries, negatives }
}
