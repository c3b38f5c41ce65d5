//! The tie correction of the variance of a rank sum.

use crate::rank::Sorted;
use crate::sort::{key, payload};
use crate::Groups;

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
const EXACT_CELLS: u64 = 208_063;

/// The tie factor of all cells, the same for every group and its rest.
pub(crate) fn tie_factor_of_rest(sorted: &Sorted, groups: &Groups) -> f64 {
    let n = groups.n_cells() as u64;
    let zeros = n - sorted.entries.len() as u64;
    let mut sum = 0.0;
    // In ascending order of the values: the sum rounds once runs are long.
    for_each_run(sorted, |run| match run {
        Run::Stored(entries) => sum += term(entries.len() as u64),
        Run::Zeros => sum += term(zeros),
    });
    tie_factor(sum, n)
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

    let exact = |slot: usize| groups.size(slot) + groups.opposite_size(slot) <= EXACT_CELLS;
    let mut sums = vec![0.0; k];
    add_exact_terms(sorted, groups, &mut sums);
    for slot in 0..k {
        let n = groups.size(slot) + groups.opposite_size(slot);
        let zero_run = reference_zeros + zeros[slot];
        let sum = if exact(slot) {
            sums[slot] + term(zero_run)
        } else {
            sum_in_order(sorted, slot as u32, groups.other(), zero_run)
        };
        factors[slot] = tie_factor(sum, n);
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

/// The sum for one group in ascending order of the values.
fn sum_in_order(sorted: &Sorted, slot: u32, reference: u32, zero_run: u64) -> f64 {
    let mut sum = 0.0;
    for_each_run(sorted, |run| match run {
        Run::Stored(entries) => {
            let counts = |entry: &&u64| [slot, reference].contains(&payload(**entry));
            sum += term(entries.iter().filter(counts).count() as u64);
        }
        Run::Zeros => sum += term(zero_run),
    });
    sum
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
