//! Each group against every other single group: Mann and Whitney's `U` of all
//! pairs of groups, from one pass over the sorted values of a gene.
//!
//! `2 U(g, h)` adds up, over the cells of group `g`, twice the cells of group `h`
//! below it plus those equal to it. `2 U(h, g)` is what is left of `2 n(g) n(h)`,
//! so that each pair is kept once, with `g` the lower slot.
//!
//! In ascending order of the values, each group has two running counters: its
//! cells below the run of equal values at hand, and those in it. The counters of
//! some groups are the *lanes* of one vector: a value is worth one addition of
//! it, to the row of the value's own group. More groups than a vector has lanes
//! take several passes. What the zeros are worth follows from how many there
//! are.
//!
//! Nothing overflows: twice the fewer than 2^31 cells of a matrix fit 32 bits,
//! as do rows that are moved to 64 bits in time, and `2 n(g) n(h)` is at most
//! `N^2 / 2`.

use super::ranks::Sorted;
use super::sort::{key, payload};
use crate::input::Groups;
use std::ops::Range;

/// How many pairs so many groups make.
pub(crate) fn n_pairs(n_groups: usize) -> usize {
    n_groups * n_groups.saturating_sub(1) / 2
}

/// The place of a pair of slots, the lower one first. Those of one lower slot
/// follow each other.
pub(crate) fn place_of_pair(n_groups: usize, lower: usize, higher: usize) -> usize {
    lower * (2 * n_groups - lower - 1) / 2 + higher - lower - 1
}

/// The most that `2 U` of a pair can be: twice its pairs of cells, of one stratum
/// each.
pub(crate) fn doubled_pairs(groups: &Groups, slot: usize, other: usize) -> u64 {
    let of = |groups: &Groups| 2 * groups.size(slot) * groups.size(other);
    match groups.strata() {
        None => of(groups),
        Some(strata) => strata.members().iter().map(of).sum(),
    }
}

/// Make room for all pairs, with nothing added yet.
pub(crate) fn no_pairs(groups: &Groups, doubled_us: &mut Vec<u64>) {
    doubled_us.clear();
    doubled_us.resize(n_pairs(groups.len()), 0);
}

/// Lanes of a vector, at most: as many as processors have registers for.
const MOST_LANES: usize = 24;

/// The stored values of each slot, with memory that is used again.
#[derive(Default)]
pub(crate) struct PairCounters {
    negative: Vec<u32>,
    positive: Vec<u32>,
}

impl PairCounters {
    /// Add `2 U` of each pair of selected groups to `doubled_us`.
    ///
    /// Cells of the last slot, which is no selected group, are in no pair.
    pub fn add_up(&mut self, sorted: &Sorted, groups: &Groups, doubled_us: &mut [u64]) {
        let k = groups.len();
        if k < 2 {
            return;
        }
        let (negative, positive) = sorted.entries.split_at(sorted.negatives);
        self.negative.clear();
        self.positive.clear();
        let width = k.div_ceil(k.div_ceil(MOST_LANES));
        for first in (0..k).step_by(width) {
            let lanes = first..(first + width).min(k);
            let pass = match width {
                0..=4 => pass::<4>,
                5..=8 => pass::<8>,
                9..=12 => pass::<12>,
                13..=16 => pass::<16>,
                17..=20 => pass::<20>,
                _ => pass::<MOST_LANES>,
            };
            pass(negative, lanes.clone(), k, doubled_us, &mut self.negative);
            pass(positive, lanes, k, doubled_us, &mut self.positive);
        }
        self.add_zeros(groups, doubled_us);
    }

    /// Add what the zeros of each group are worth, which are above the negative
    /// values, and what the positive values are worth for being above both.
    fn add_zeros(&self, groups: &Groups, doubled_us: &mut [u64]) {
        let of_slot = |slot: usize| {
            let negative = u64::from(self.negative[slot]);
            let positive = u64::from(self.positive[slot]);
            (negative, groups.size(slot) - negative - positive, positive)
        };
        let mut us = doubled_us.iter_mut();
        for lower in 0..groups.len() {
            let (_, zeros, positive) = of_slot(lower);
            // As many pairs as there are higher slots: the shorter one ends.
            for (higher, u) in (lower + 1..groups.len()).zip(&mut us) {
                let (negative, equal, _) = of_slot(higher);
                *u += zeros * (2 * negative + equal) + positive * 2 * (negative + equal);
            }
        }
    }
}

/// Go through sorted values, none of which is 0: add `2 U` of each slot with the
/// higher ones among `lanes`, and to `counts` how many values these have.
fn pass<const N: usize>(
    entries: &[u64],
    lanes: Range<usize>,
    k: usize,
    doubled_us: &mut [u64],
    counts: &mut Vec<u32>,
) {
    let mut rows = Rows::<N>::new(entries.len(), lanes.clone(), k, doubled_us);
    let mut doubled_below = [0; N];
    for run in entries.chunk_by(|&a, &b| key(a) == key(b)) {
        if let [entry] = *run {
            let own = rows.add(entry, doubled_below);
            doubled_below = plus(plus(doubled_below, own), own);
            continue;
        }
        let mut in_run = [0; N];
        for &entry in run {
            in_run = plus(in_run, rows.own(entry));
        }
        doubled_below = plus(doubled_below, in_run);
        for &entry in run {
            rows.add(entry, doubled_below);
        }
        doubled_below = plus(doubled_below, in_run);
    }
    rows.move_all();
    counts.extend(doubled_below[..lanes.len()].iter().map(|&n| n / 2));
}

/// By value: the compiler keeps these in registers.
#[inline(always)]
fn plus<const N: usize>(mut one: [u32; N], other: [u32; N]) -> [u32; N] {
    for (sum, more) in one.iter_mut().zip(other) {
        *sum = sum.wrapping_add(more);
    }
    one
}

/// One row per slot, with a lane for each of some slots.
struct Rows<'a, const N: usize> {
    rows: Vec<Row<N>>,
    lanes: Range<usize>,
    /// How many more additions the sums have room for, and how many at most.
    room: usize,
    most: usize,
    /// Where the sums of all pairs go.
    all: &'a mut [u64],
}

#[derive(Clone)]
struct Row<const N: usize> {
    /// 1 in the slot's own lane.
    own: [u32; N],
    sums: [u32; N],
}

impl<'a, const N: usize> Rows<'a, N> {
    fn new(n_entries: usize, lanes: Range<usize>, k: usize, all: &'a mut [u64]) -> Self {
        let empty = Row {
            own: [0; N],
            sums: [0; N],
        };
        let mut rows = vec![empty; k + 1];
        for (lane, slot) in lanes.clone().enumerate() {
            rows[slot].own[lane] = 1;
        }
        let most = u32::MAX as usize / (2 * n_entries).max(1);
        Self {
            rows,
            lanes,
            room: most,
            most,
            all,
        }
    }

    #[inline(always)]
    fn own(&self, entry: u64) -> [u32; N] {
        self.rows[payload(entry) as usize].own
    }

    /// Add to the row of an entry's slot; returns its own lane.
    #[inline(always)]
    fn add(&mut self, entry: u64, counters: [u32; N]) -> [u32; N] {
        if self.room == 0 {
            self.move_all();
        }
        self.room -= 1;
        let row = &mut self.rows[payload(entry) as usize];
        row.sums = plus(row.sums, counters);
        row.own
    }

    /// Move what the rows have to where all pairs are.
    #[cold]
    fn move_all(&mut self) {
        let k = self.rows.len() - 1;
        for (lower, row) in self.rows.iter_mut().enumerate() {
            for (higher, sum) in self.lanes.clone().zip(&mut row.sums) {
                if higher > lower {
                    self.all[place_of_pair(k, lower, higher)] += u64::from(*sum);
                }
                *sum = 0;
            }
        }
        self.room = self.most;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gene::sort::entry;
    use crate::input::Comparison;

    #[test]
    fn every_pair_has_a_place_of_its_own() {
        for k in 0..9 {
            let pairs = (0..k).flat_map(|g| (g + 1..k).map(move |h| place_of_pair(k, g, h)));
            assert!(pairs.eq(0..n_pairs(k)));
        }
    }

    #[test]
    fn cells_without_a_group_are_in_no_pair() {
        // Groups 0 and 1 with two cells each, and two cells in none.
        let groups = Groups::new(&[0, 0, 1, 1, -1, -1], 2, &[0, 1], Comparison::Rest).unwrap();
        // A negative value of group 1; a tie of 0, 1 and none; one of none.
        let entries = [(1, 1), (9, 0), (9, 1), (9, 2), (10, 2)].map(|(k, slot)| entry(k, slot));
        let sorted = Sorted {
            entries: &entries,
            negatives: 1,
        };
        let mut counters = PairCounters::default();
        let mut doubled_us = Vec::new();
        // Twice, as memory is used again.
        for _ in 0..2 {
            no_pairs(&groups, &mut doubled_us);
            counters.add_up(&sorted, &groups, &mut doubled_us);
            // The zero is above one cell; the other is above one, equals one.
            assert_eq!(doubled_us, [2 + 3]);
        }
    }

    /// `2 U` of all pairs of two values each.
    fn direct(values: &[(u32, u32)], k: usize) -> Vec<u64> {
        let mut doubled_us = vec![0; n_pairs(k)];
        for &(value, slot) in values {
            for &(other, of) in values {
                if slot < of && of < k as u32 {
                    let twice = u64::from(value > other) + u64::from(value >= other);
                    doubled_us[place_of_pair(k, slot as usize, of as usize)] += twice;
                }
            }
        }
        doubled_us
    }

    #[test]
    fn any_number_of_groups_has_lanes() {
        for k in [2, 3, 4, 5, 8, 11, 16, 20, 24, 25, 49, 70] {
            // Every slot twice, one after the other, and the last in no group.
            let n = 2 * (k as u32 + 1);
            let codes: Vec<i32> = (0..n as i32).map(|cell| cell / 2).collect();
            let selected: Vec<u32> = (0..k as u32).collect();
            let groups = Groups::new(&codes, k + 1, &selected, Comparison::Rest).unwrap();
            // A third of the cells are zeros; others are alone or in runs.
            let value = |cell: u32| cell * 7919 % 31 / 3 * (cell % 3);
            let values: Vec<(u32, u32)> = (0..n).map(|cell| (value(cell), cell / 2)).collect();
            for zero in [0, 5] {
                let stored = values.iter().filter(|(value, _)| *value != zero);
                let mut entries: Vec<u64> =
                    stored.map(|&(value, slot)| entry(value, slot)).collect();
                entries.sort_unstable();
                let sorted = Sorted {
                    negatives: entries.partition_point(|&e| key(e) < zero),
                    entries: &entries,
                };
                let mut doubled_us = vec![0; n_pairs(k)];
                PairCounters::default().add_up(&sorted, &groups, &mut doubled_us);
                assert_eq!(doubled_us, direct(&values, k));
            }
        }
    }

    #[test]
    fn rows_are_moved_before_they_overflow() {
        let mut all = [0; 1];
        // Two additions fill a row.
        let mut rows = Rows::<4>::new(1 << 30, 0..2, 2, &mut all);
        let counters = [0, u32::MAX / 2, 0, 0];
        for _ in 0..5 {
            rows.add(entry(1, 0), counters);
        }
        rows.move_all();
        assert_eq!(all, [5 * u64::from(u32::MAX / 2)]);
    }
}
