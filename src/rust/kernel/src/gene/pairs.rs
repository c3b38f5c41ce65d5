//! Each group against every other single group: Mann and Whitney's `U` of all
//! pairs of groups, from one pass over the sorted values of a gene.
//!
//! `2 U(g, h)` adds up, over the cells of group `g`, twice the cells of group `h`
//! below it plus those equal to it. `2 U(h, g)` is what is left of `2 n(g) n(h)`,
//! so that each pair is kept once, with `g` the lower slot.
//!
//! In ascending order of the values, each group has two running counters: its
//! cells below the run of equal values at hand, and those in it. Only the groups
//! that are in a run add something: the work of a gene is its stored values times
//! half of the groups at most, and the pairs once, for the zeros.
//!
//! Nothing overflows: twice the fewer than 2^31 cells of a matrix fit 32 bits,
//! and `2 n(g) n(h)` is at most `N^2 / 2`.

use super::ranks::Sorted;
use super::sort::{key, payload};
use crate::input::Groups;

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

/// The running counters of each slot, with memory that is used again.
#[derive(Default)]
pub(crate) struct PairCounters {
    /// Twice the cells below the run at hand.
    doubled_below: Vec<u32>,
    /// Cells in the run at hand; 0 between two runs.
    in_run: Vec<u32>,
    /// The slots that have some.
    present: Vec<usize>,
}

impl PairCounters {
    /// Add `2 U` of each pair of selected groups to `doubled_us`.
    ///
    /// Cells of the last slot, which is no selected group, are in no pair.
    pub fn add_up(&mut self, sorted: &Sorted, groups: &Groups, doubled_us: &mut [u64]) {
        let k = groups.len();
        self.doubled_below.clear();
        self.doubled_below.resize(k, 0);
        self.in_run.clear();
        self.in_run.resize(k, 0);

        let (negative, positive) = sorted.entries.split_at(sorted.negatives);
        self.pass(negative, doubled_us);
        self.pass_zeros(sorted.entries, groups, doubled_us);
        self.pass(positive, doubled_us);
    }

    fn pass(&mut self, entries: &[u64], doubled_us: &mut [u64]) {
        for run in entries.chunk_by(|&a, &b| key(a) == key(b)) {
            match *run {
                [entry] => self.pass_one(payload(entry) as usize, doubled_us),
                _ => {
                    for &entry in run {
                        self.count(payload(entry) as usize, 1);
                    }
                    self.end_run(doubled_us);
                }
            }
        }
    }

    /// A run of one cell: it equals no other.
    #[inline(always)]
    fn pass_one(&mut self, slot: usize, doubled_us: &mut [u64]) {
        let Some(higher) = self.doubled_below.get(slot + 1..) else {
            return;
        };
        for (u, &below) in row_of(doubled_us, higher.len(), slot)
            .iter_mut()
            .zip(higher)
        {
            *u += u64::from(below);
        }
        self.doubled_below[slot] += 2;
    }

    /// The run of all zeros: the cells of each group that are not among the
    /// entries.
    fn pass_zeros(&mut self, entries: &[u64], groups: &Groups, doubled_us: &mut [u64]) {
        for &entry in entries {
            if let Some(stored) = self.in_run.get_mut(payload(entry) as usize) {
                *stored += 1;
            }
        }
        self.present.clear();
        for (slot, count) in self.in_run.iter_mut().enumerate() {
            *count = groups.size(slot) as u32 - *count;
            if *count > 0 {
                self.present.push(slot);
            }
        }
        self.end_run(doubled_us);
    }

    #[inline(always)]
    fn count(&mut self, slot: usize, n: u32) {
        if let Some(count) = self.in_run.get_mut(slot) {
            if *count == 0 {
                self.present.push(slot);
            }
            *count += n;
        }
    }

    /// Add what the cells of the run are worth, and move on to the next.
    fn end_run(&mut self, doubled_us: &mut [u64]) {
        for &slot in &self.present {
            let n = u64::from(self.in_run[slot]);
            let below = &self.doubled_below[slot + 1..];
            let equal = &self.in_run[slot + 1..];
            let row = row_of(doubled_us, below.len(), slot);
            for ((u, &below), &equal) in row.iter_mut().zip(below).zip(equal) {
                *u += n * u64::from(below + equal);
            }
        }
        for slot in self.present.drain(..) {
            let n = std::mem::take(&mut self.in_run[slot]);
            self.doubled_below[slot] += 2 * n;
        }
    }
}

/// The pairs of a slot with the `n_higher` slots above it.
#[inline(always)]
fn row_of(doubled_us: &mut [u64], n_higher: usize, slot: usize) -> &mut [u64] {
    let n_groups = slot + 1 + n_higher;
    let start = slot * (2 * n_groups - slot - 1) / 2;
    &mut doubled_us[start..start + n_higher]
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

    #[test]
    fn the_largest_groups_do_not_overflow() {
        let half = 1u32 << 30;
        let mut counters = PairCounters {
            doubled_below: vec![0, 2 * (half - 2)],
            in_run: vec![half - 1, 1],
            present: vec![0, 1],
        };
        let mut doubled_us = [0];
        counters.end_run(&mut doubled_us);
        let exact = u128::from(half - 1) * u128::from(2 * (half - 2) + 1);
        assert_eq!(u128::from(doubled_us[0]), exact);
        assert_eq!(counters.doubled_below, [2 * (half - 1), 2 * (half - 1)]);
    }
}
