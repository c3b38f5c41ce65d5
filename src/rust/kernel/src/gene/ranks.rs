//! Rank sums and tie terms of one gene, from its sorted entries.
//!
//! The rank of a cell among all cells is 1 plus those below it plus half of
//! the others equal to it. Doubled, and without the 1: the cells *below* it
//! plus those *up to* its value. Cells that are not stored are zeros, a run of
//! ties between the negative values and the positive ones.
//!
//! With a reference only its cells count: what one group's cells rank among
//! themselves always sums to n (n + 1) / 2.
//!
//! Nothing overflows. A matrix has N < 2^31 cells, so that a cell's doubled
//! rank, at most 2 N, fits 32 bits, and a sum of them, at most N (N + 1), is
//! below 2^62. Doubles hold such sums up to 2^53 only, which 95 million cells
//! reach: they stay integers until the expected sum is taken off, and what is
//! left, at most N^2 / 4, is rounded once (`wilcoxon.rs`).

use super::sort::{key, payload};
use crate::input::Groups;

/// One gene, sorted: the key of each entry tells which are equal, the payload
/// is the slot.
pub(crate) struct Sorted<'a> {
    pub entries: &'a [u64],
    /// How many entries, the first ones, are negative.
    pub negatives: usize,
}

/// Add to `sums`, for every slot, the doubled rank of each of its entries less
/// the doubled rank of a zero; return the latter.
///
/// Sums wrap around below 0; they come right once the zeros are added.
pub(crate) fn add_doubled_ranks(
    sorted: &Sorted,
    groups: &Groups,
    below: &mut Vec<u32>,
    sums: &mut [u64],
) -> u64 {
    if groups.has_reference() {
        let reference = groups.other();
        let zeros = groups.opposite_size(0);
        add_weighted(sorted, zeros, below, sums, |entry| {
            u32::from(payload(entry) == reference)
        })
    } else {
        add_weighted(sorted, groups.n_compared(), below, sums, |_| 1)
    }
}

/// What a group's sum lacks that holds the ranks of its stored values, each less
/// that of a zero: the zeros, and 1 for each cell itself.
///
/// With a reference, what the group's cells rank among themselves.
#[inline(always)]
pub(crate) fn missing_doubled_ranks(groups: &Groups, slot: usize, rank_of_zero: u64) -> u64 {
    let n = groups.size(slot);
    let among_themselves = if groups.has_reference() {
        n * (n + 1)
    } else {
        n
    };
    n * rank_of_zero + among_themselves
}

/// `n` is the weight of all cells, stored or not.
#[inline(always)]
fn add_weighted(
    sorted: &Sorted,
    n: u64,
    below: &mut Vec<u32>,
    sums: &mut [u64],
    weight: impl Fn(u64) -> u32,
) -> u64 {
    let entries = sorted.entries;
    let (negative, positive) = entries.split_at(sorted.negatives);
    let total: u64 = sum_of(entries, &weight);
    let below_zero: u64 = sum_of(negative, &weight);
    let zeros = n - total;
    let rank_of_zero = 2 * below_zero + zeros;

    // Forward: for each entry, what lies below its run of equal keys.
    below.clear();
    let mut passed = 0;
    let mut below_run = 0;
    let mut last = None;
    below.extend(entries.iter().map(|&entry| {
        below_run = if last == Some(key(entry)) {
            below_run
        } else {
            passed
        };
        last = Some(key(entry));
        passed += weight(entry);
        below_run
    }));

    // Backward: what lies up to the end of its run.
    let mut left = passed;
    let mut up_to_run = passed;
    let mut last = None;
    let mut add = |part: &[u64], below: &[u32], shift: u64| {
        for (&entry, &below) in part.iter().zip(below).rev() {
            up_to_run = if last == Some(key(entry)) {
                up_to_run
            } else {
                left
            };
            last = Some(key(entry));
            left -= weight(entry);
            let rank = u64::from(below) + u64::from(up_to_run);
            let sum = &mut sums[payload(entry) as usize];
            *sum = sum.wrapping_add(rank.wrapping_add(shift));
        }
    };
    let (below_negative, below_positive) = below.split_at(sorted.negatives);
    add(
        positive,
        below_positive,
        (2 * zeros).wrapping_sub(rank_of_zero),
    );
    add(negative, below_negative, 0u64.wrapping_sub(rank_of_zero));
    rank_of_zero
}

#[inline(always)]
fn sum_of(entries: &[u64], weight: &impl Fn(u64) -> u32) -> u64 {
    entries.iter().map(|&entry| u64::from(weight(entry))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gene::sort::entry;

    #[test]
    fn ranks_among_the_most_cells_there_are_do_not_overflow() {
        let n = i32::MAX as u64;
        // Two negative values and three positive ones; all else is zeros.
        let keys = [(1, 0), (1, 1), (9, 0), (9, 1), (10, 0)];
        let entries = keys.map(|(key, slot)| entry(key, slot));
        let sorted = Sorted {
            entries: &entries,
            negatives: 2,
        };
        let mut sums = [0; 2];
        let zero = add_weighted(&sorted, n, &mut Vec::new(), &mut sums, |_| 1);
        assert_eq!(zero, 4 + n - 5);
        // Cells below plus cells up to the value, less those of a zero.
        let doubled = |below: u64, up_to: u64| (below + up_to).wrapping_sub(zero);
        let pair = doubled(0, 2).wrapping_add(doubled(n - 3, n - 1));
        assert_eq!(sums[1], pair);
        assert_eq!(sums[0], pair.wrapping_add(doubled(n - 1, n)));

        // Half of all cells in the slot of the zeros and of these.
        let half = n / 2;
        let sum = sums[0].wrapping_add(half * zero).wrapping_add(half);
        let exact = u128::from(half - 3) * u128::from(zero)
            + u128::from(2 + (2 * n - 4) + (2 * n - 1) + half);
        assert_eq!(u128::from(sum), exact);
        assert!(sum > 1 << 60);
    }
}
