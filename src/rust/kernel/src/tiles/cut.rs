//! Genes cut into pieces with about equal numbers of stored values.

use std::ops::Range;

/// Cut a range of genes into as few pieces of about equal numbers of stored
/// values as leave about `limit` of them to each, and at most `widest` genes.
pub(crate) fn cut_by_limit(
    sizes: &[u32],
    range: Range<usize>,
    limit: u64,
    widest: usize,
) -> Vec<Range<usize>> {
    let by_weight = weight(&sizes[range.clone()]).div_ceil(limit.max(1));
    let by_genes = range.len().div_ceil(widest) as u64;
    cut_evenly(sizes, range, by_weight.max(by_genes), widest)
}

/// Cut a range of genes into `n` pieces of about equal weight, or more where one
/// had more than `widest` genes: a small last piece would cost another walk over
/// all cells.
pub(crate) fn cut_evenly(
    sizes: &[u32],
    range: Range<usize>,
    n: u64,
    widest: usize,
) -> Vec<Range<usize>> {
    let total = u128::from(weight(&sizes[range.clone()]));
    let mut pieces = Vec::new();
    let mut start = range.start;
    let mut before = 0;
    for gene in range.clone() {
        let share_is_full =
            u128::from(before) * u128::from(n) >= total * (pieces.len() as u128 + 1);
        if gene > start && (share_is_full || gene - start >= widest) {
            pieces.push(start..gene);
            start = gene;
        }
        before += weight(&sizes[gene..=gene]);
    }
    if start < range.end {
        pieces.push(start..range.end);
    }
    pieces
}

/// What genes of these numbers of stored values weigh: empty ones are not for
/// free.
fn weight(sizes: &[u32]) -> u64 {
    sizes.iter().map(|&size| u64::from(size) + 1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_range_in_equal_shares() {
        let sizes = [3, 0, 9, 1, 1, 1, 0, 0];
        assert_eq!(cut_evenly(&sizes, 0..8, 2, 8), [0..3, 3..8]);
        assert_eq!(cut_evenly(&sizes, 0..8, 2, 3), [0..3, 3..6, 6..8]);
        assert_eq!(cut_evenly(&sizes, 2..2, 3, 8), []);
        assert_eq!(cut_by_limit(&sizes, 0..8, 23, 8).len(), 1);
        assert_eq!(cut_by_limit(&sizes, 0..8, 22, 8), [0..3, 3..8]);
        assert_eq!(cut_by_limit(&sizes, 2..3, 1, 3).len(), 1);
        // No small piece is left over.
        let alike = [9; 1000];
        for n in 1..40 {
            let pieces = cut_evenly(&alike, 0..1000, n, 1000);
            assert_eq!(pieces.len() as u64, n);
            let shortest = pieces.iter().map(|piece| piece.len()).min();
            assert!(shortest >= Some(1000 / n as usize - 1));
        }
    }
}
