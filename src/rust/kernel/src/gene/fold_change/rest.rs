//! Sums over the rest of a group, to the bits of adding cell after cell.
//!
//! Scanpy adds the values of all cells outside a group one after another, so
//! its sum holds the roundings of that very order. Where no order rounds at
//! all, the total less the group's sum is that sum. Elsewhere the difference
//! only bounds it: most fold changes are the same float32 anywhere within the
//! bound, and the few others are added up as Scanpy does, a batch of groups in
//! each pass over the gene.

use super::{FoldChange, ROUNDING};
use crate::input::Groups;

/// Groups whose rest is added up in one pass.
const BATCH: usize = 16;

/// Whether adding float32 values rounds in no order, when their magnitudes
/// sum to at most `magnitude` and the smallest is `smallest`.
///
/// All are multiples of the unit in the last place of the smallest; while the
/// magnitudes sum to less than 2^53 such units, a double holds every partial
/// sum exactly. The bound is half of that, as `magnitude` may be rounded.
pub(crate) fn is_exact(magnitude: f64, smallest: f32) -> bool {
    let binade = f32::from_bits(smallest.to_bits() & 0x7F80_0000);
    let unit = (f64::from(binade) / (1u64 << 23) as f64).max(f64::from(f32::from_bits(1)));
    magnitude < unit * (1u64 << 52) as f64
}

/// Fold changes of every group against its rest, in the order of slots, where
/// no sum rounds.
pub(super) fn compare_exact_sums(
    groups: &Groups,
    change: FoldChange,
    by_slot: &[f64],
    out: &mut [f32],
) {
    let total: f64 = by_slot.iter().sum();
    for (slot, out) in out.iter_mut().enumerate() {
        let mean = by_slot[slot] / groups.size(slot) as f64;
        let rest_mean = (total - by_slot[slot]) / groups.opposite_size(slot) as f64;
        *out = change.of(mean, rest_mean);
    }
}

/// Fold changes of every group against its rest, in the order of slots, as far
/// as the sums decide them; returns the slots that are left.
///
/// `n` is how many values were added up, `magnitude` the sum of their
/// magnitudes.
pub(super) fn decide(
    groups: &Groups,
    change: FoldChange,
    by_slot: &[f64],
    n: usize,
    magnitude: f64,
    out: &mut [f32],
) -> Vec<usize> {
    let total: f64 = by_slot.iter().sum();
    let rest_mean = |slot, sum| sum / groups.opposite_size(slot) as f64;
    let mut undecided = Vec::new();
    // Adding n values rounds by at most n half units of their magnitudes.
    // Scanpy's sum has up to n of them; ours, put together from the sums of
    // the slots, as many as the largest slot, and one more per slot.
    let k = groups.len();
    let largest = (0..=k).map(|slot| groups.size(slot)).max().unwrap_or(0);
    let additions = n as u64 + largest.min(n as u64) + k as u64 + 8;
    let error = 1.001 * additions as f64 * ROUNDING * magnitude;
    for (slot, out) in out.iter_mut().enumerate() {
        let mean = by_slot[slot] / groups.size(slot) as f64;
        let opposite = rest_mean(slot, total - by_slot[slot]);
        let error = rest_mean(slot, error) + opposite.abs() * 2.0 * ROUNDING;
        match change.of_uncertain(mean, opposite, error) {
            Some(value) => *out = value,
            None => undecided.push(slot),
        }
    }
    undecided
}

/// Fold changes of every group against its rest, of means of linear values, in
/// the order of slots.
///
/// Scanpy 1.13 weighs the means of the groups and takes the group's own part
/// from the total: so do we, with its roundings.
pub(super) fn compare_weighted_means(
    groups: &Groups,
    change: FoldChange,
    by_slot: &[f64],
    out: &mut [f32],
) {
    let size = |slot: usize| groups.size(slot) as f64;
    // No cells, no mean: the cells of no group may be none.
    let mean = |slot: usize| by_slot[slot] / size(slot).max(1.0);
    let weighted = |slot: usize| size(slot) * mean(slot);
    let total: f64 = (0..by_slot.len()).map(weighted).sum();
    for (slot, out) in out.iter_mut().enumerate() {
        let rest = (total - weighted(slot)) / groups.opposite_size(slot) as f64;
        *out = change.of(mean(slot), rest);
    }
}

/// Fold changes of the slots that [`FoldChange::compare`] left, from the gene's values that
/// are not zero with their slots, cells ascending.
pub(crate) fn settle<I: Iterator<Item = (f64, u32)>>(
    groups: &Groups,
    change: FoldChange,
    by_slot: &[f64],
    undecided: &[usize],
    values: impl Fn() -> I,
    out: &mut [f32],
) {
    for batch in undecided.chunks(BATCH) {
        let rest = add_up(values(), batch);
        for (&slot, sum) in batch.iter().zip(rest) {
            let mean = by_slot[slot] / groups.size(slot) as f64;
            out[slot] = change.of(mean, sum / groups.opposite_size(slot) as f64);
        }
    }
}

/// Add up, value after value, what lies outside of each slot of the batch.
fn add_up(values: impl Iterator<Item = (f64, u32)>, batch: &[usize]) -> [f64; BATCH] {
    let mut left_out = [u32::MAX; BATCH];
    for (left_out, &slot) in left_out.iter_mut().zip(batch) {
        *left_out = slot as u32;
    }
    let mut sums = [0.0; BATCH];
    for (value, slot) in values {
        // Adding 0 changes no bit of a sum that started from 0.
        for (sum, left_out) in sums.iter_mut().zip(left_out) {
            *sum += if slot == left_out { 0.0 } else { value };
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Comparison;
    use proptest::prelude::*;

    #[test]
    fn sums_of_logs_are_exact_and_wide_ranges_are_not() {
        assert!(is_exact(1e5 * 9.3, 0.3));
        assert!(!is_exact(1e5 * 9.3, 1e-6));
        assert!(is_exact(
            f64::from(f32::from_bits(1)) * 1e9,
            f32::from_bits(1)
        ));
        assert!(!is_exact(f64::INFINITY, 1.0));
    }

    fn check(codes: &[i32], data: &[f64], exact: bool) -> Result<(), TestCaseError> {
        let groups = Groups::new(codes, 20, &(0..20).collect::<Vec<_>>(), Comparison::Rest)
            .map_err(|e| TestCaseError::reject(e.to_string()))?;
        let values = || data.iter().copied().zip(groups.slots().iter().copied());
        let mut by_slot = vec![0.0; 21];
        for (value, slot) in values() {
            by_slot[slot as usize] += value;
        }
        let change = FoldChange::of_natural_logarithms();
        let mut out = vec![0.0; 20];
        let magnitude = || data.iter().map(|x| x.abs()).sum();
        let undecided = change.compare(&groups, &by_slot, data.len(), exact, magnitude, &mut out);
        settle(&groups, change, &by_slot, &undecided, values, &mut out);
        for (slot, &got) in out.iter().enumerate() {
            let rest: f64 = values()
                .filter(|&(_, s)| s as usize != slot)
                .fold(0.0, |sum, (value, _)| sum + value);
            let expected = change.of(
                by_slot[slot] / groups.size(slot) as f64,
                rest / groups.opposite_size(slot) as f64,
            );
            prop_assert_eq!(got.to_bits(), expected.to_bits());
        }
        Ok(())
    }

    fn codes() -> impl Strategy<Value = Vec<i32>> {
        prop::collection::vec(-1..20i32, 300)
    }

    proptest! {
        #[test]
        fn every_rest_is_added_cell_after_cell(
            codes in codes(),
            data in prop::collection::vec(-3.0..4.0f64, 300),
            scale in prop_oneof![Just(1.0), Just(1e-300), Just(1e300)],
        ) {
            let data: Vec<f64> = data.iter().map(|x| x * scale).collect();
            check(&codes, &data, false)?;
        }

        #[test]
        fn infinite_values_give_what_adding_gives(
            codes in codes(),
            data in prop::collection::vec(
                prop_oneof![9 => -3.0..4.0f64, 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY)],
                300,
            ),
        ) {
            check(&codes, &data, false)?;
        }

        #[test]
        fn exact_sums_need_no_second_look(
            codes in codes(),
            data in prop::collection::vec(0.1..9.0f32, 300),
        ) {
            prop_assert!(is_exact(300.0 * 9.0, 0.1));
            let data: Vec<f64> = data.iter().map(|&x| f64::from(x)).collect();
            check(&codes, &data, true)?;
        }
    }
}
