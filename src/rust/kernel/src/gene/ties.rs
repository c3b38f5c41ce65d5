//! The tie correction of the variance of a rank sum.

use super::ranks::Sorted;
use super::sort::{key, payload};
use crate::input::Groups;

/// `1 - sum(c^3 - c) / (n^3 - n)` over the runs of `c` equal values among `n`
/// cells, from that sum.
pub(crate) fn tie_factor(sum: f64, n: u64) -> f64 {
    if n < 2 {
        return 1.0;
    }
    let n = n as f64;
    1.0 - sum / ((n * n) * n - n)
}

/// `c^3 - c`, with the roundings of SciPy's `tiecorrect`.
pub(crate) fn term(c: u64) -> f64 {
    let c = c as f64;
    (c * c) * c - c
}

/// While `n^3` is below 2^53 every sum of terms is exact, in any order.
pub(crate) const EXACT_CELLS: u64 = 208_063;

/// The tie factor of all cells, the same for every group and its rest.
///
/// Unless `all`, without the run of the largest stored value.
pub(crate) fn tie_factor_of_rest(sorted: &Sorted, groups: &Groups, all: bool) -> f64 {
    let n = groups.n_compared();
    let zeros = n - sorted.entries.len() as u64;
    let (mut sum, mut largest) = (0.0, 0.0);
    // In ascending order of the values: the sum rounds once runs are long.
    for_each_run(sorted, |run| match run {
        Run::Stored(entries) => {
            largest = term(entries.len() as u64);
            sum += largest;
        }
        Run::Zeros => sum += term(zeros),
    });
    tie_factor(if all { sum } else { sum - largest }, n)
}

/// The tie factors of each group joined with the reference.
pub(crate) fn tie_factors_of_reference(sorted: &Sorted, groups: &Groups, factors: &mut [f64]) {
    let k = groups.len();
    let stored = |slot: u32| {
        let of_slot = |entry: &&u64| payload(**entry) == slot;
        sorted.entries.iter().filter(of_slot).count() as u64
    };
    let reference_zeros = groups.opposite_size(0) - stored(groups.other());
    let mut zeros: Vec<u64> = (0..k).map(|slot| groups.size(slot)).collect();
    for &entry in sorted.entries {
        if let Some(zeros) = zeros.get_mut(payload(entry) as usize) {
            *zeros -= 1;
        }
    }

    let n = |slot: usize| groups.size(slot) + groups.opposite_size(slot);
    let zero_runs: Vec<u64> = zeros.iter().map(|zeros| reference_zeros + zeros).collect();
    let mut sums = vec![0.0; k];
    if (0..k).all(|slot| n(slot) <= EXACT_CELLS) {
        add_exact_terms(sorted, groups, &mut sums);
        for (sum, &zeros) in sums.iter_mut().zip(&zero_runs) {
            *sum += term(zeros);
        }
    } else {
        add_terms_in_order(sorted, groups, &zero_runs, &mut sums);
    }
    for (slot, factor) in factors[..k].iter_mut().enumerate() {
        *factor = tie_factor(sums[slot], n(slot));
    }
}

/// Sums of the terms of the stored values, for all groups in one pass.
///
/// A run counts for every group by the reference's cells in it; where a group
/// has cells there too, the difference is added.
fn add_exact_terms(sorted: &Sorted, groups: &Groups, sums: &mut [f64]) {
    let mut of_reference = 0.0;
    let mut counts = vec![0u64; groups.len() + 1];
    for_each_run(sorted, |run| {
        let Run::Stored(entries) = run else { return };
        for &entry in entries {
            counts[payload(entry) as usize] += 1;
        }
        let reference = std::mem::take(&mut counts[groups.len()]);
        of_reference += term(reference);
        for &entry in entries {
            let slot = payload(entry) as usize;
            // Taken: the next entry of the same group finds 0.
            let count = std::mem::take(&mut counts[slot]);
            if count > 0 {
                sums[slot] += term(reference + count) - term(reference);
            }
        }
    });
    for sum in sums {
        *sum += of_reference;
    }
}

/// Sums of all terms, each in ascending order of the values, for all groups in
/// one pass.
fn add_terms_in_order(sorted: &Sorted, groups: &Groups, zero_runs: &[u64], sums: &mut [f64]) {
    let mut counts = vec![0u64; groups.len() + 1];
    for_each_run(sorted, |run| match run {
        Run::Stored(entries) => {
            for &entry in entries {
                counts[payload(entry) as usize] += 1;
            }
            let reference = std::mem::take(&mut counts[groups.len()]);
            if reference > 1 {
                for (sum, count) in sums.iter_mut().zip(&mut counts) {
                    *sum += term(reference + std::mem::take(count));
                }
                return;
            }
            // Groups without a cell in the run add 0.
            for &entry in entries {
                let slot = payload(entry) as usize;
                let count = std::mem::take(&mut counts[slot]);
                if count > 0 {
                    sums[slot] += term(reference + count);
                }
            }
        }
        Run::Zeros => {
            for (sum, &zeros) in sums.iter_mut().zip(zero_runs) {
                *sum += term(zeros);
            }
        }
    });
}

enum Run<'a> {
    Stored(&'a [u64]),
    Zeros,
}

/// Visit the runs of equal values in ascending order, the zeros in their
/// place.
fn for_each_run(sorted: &Sorted, mut visit: impl FnMut(Run)) {
    let (negative, positive) = sorted.entries.split_at(sorted.negatives);
    for run in negative.chunk_by(|&a, &b| key(a) == key(b)) {
        visit(Run::Stored(run));
    }
    visit(Run::Zeros);
    for run in positive.chunk_by(|&a, &b| key(a) == key(b)) {
        visit(Run::Stored(run));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gene::sort::{entry, key_of_single};
    use crate::input::Comparison;

    /// The factor of one group and the reference, run after run.
    fn define(values: &[f32], codes: &[i32], group: i32, reference: i32) -> f64 {
        let taking_part = codes.iter().zip(values);
        let mut cells: Vec<f32> = taking_part
            .filter(|(&code, _)| code == group || code == reference)
            .map(|(_, &value)| value)
            .collect();
        cells.sort_by(f32::total_cmp);
        let runs = cells.chunk_by(|a, b| a == b);
        let sum = runs.fold(0.0, |sum, run| sum + term(run.len() as u64));
        tie_factor(sum, cells.len() as u64)
    }

    fn check(n_cells: usize, values: &[f32]) {
        let n_levels = 7;
        let codes: Vec<i32> = (0..n_cells)
            .map(|cell| (cell % 13 % n_levels) as i32)
            .collect();
        let value_of = |cell: usize| values[cell / 3 * 7919 % values.len()];
        let values: Vec<f32> = (0..n_cells).map(value_of).collect();
        let selected: Vec<u32> = (1..n_levels as u32).collect();
        let groups = Groups::new(&codes, n_levels, &selected, Comparison::Reference(0)).unwrap();
        let mut entries: Vec<u64> = (0..n_cells)
            .filter(|&cell| values[cell] != 0.0)
            .map(|cell| entry(key_of_single(values[cell]), groups.slots()[cell]))
            .collect();
        entries.sort_unstable();
        let negatives = values.iter().filter(|&&value| value < 0.0).count();
        let sorted = Sorted {
            entries: &entries,
            negatives,
        };
        let mut factors = vec![0.0; n_levels];
        tie_factors_of_reference(&sorted, &groups, &mut factors);
        for (slot, &group) in selected.iter().enumerate() {
            let expected = define(&values, &codes, group as i32, 0);
            assert_eq!(factors[slot], expected, "group {group}");
        }
    }

    #[test]
    fn few_and_many_cells_with_a_reference_sum_as_defined() {
        let mixed: Vec<f32> = (0..997)
            .map(|i| ((i * i % 31) as f32 - 4.0).max(-2.0))
            .collect();
        let rare: Vec<f32> = (0..49_999).map(|i| i as f32 * 0.25).collect();
        // So many zeros that adding to their term rounds.
        let mostly_zero: Vec<f32> = (0..997)
            .map(|i| if i % 9 == 0 { (i % 83) as f32 } else { 0.0 })
            .collect();
        for values in [mixed, rare, mostly_zero] {
            check(1_000, &values);
            check(2_000_000, &values);
        }
    }
}
