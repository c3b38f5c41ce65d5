//! Where each cell of cell-major storage is read on.

use super::prefetch::{prefetch, prefetch_many};
use super::Layout;
use std::ops::Range;

/// How many cells ahead of the gather their storage is asked for.
const AHEAD: usize = 8;

/// How far each cell of cell-major storage is read.
///
/// Cells are counted from the first of those that were placed.
#[derive(Default)]
pub(crate) struct Cursors {
    /// For each cell, its first stored value that is still to be read.
    next: Vec<u32>,
}

impl Cursors {
    /// Point every cell at its first stored value from `gene` on.
    ///
    /// Cells have about the same share of their values before a gene: the
    /// search starts there, where the storage was asked for in good time.
    pub fn place(&mut self, layout: &Layout, gene: usize) {
        let expression = layout.expression;
        let idx = expression.indices();
        let n_cells = expression.n_cells();
        let sum = |sizes: &[u32]| sizes.iter().map(|&size| f64::from(size)).sum::<f64>();
        let share = sum(&layout.sizes[..gene]) / sum(&layout.sizes).max(1.0);
        let guess = |slice: &Range<usize>| (slice.len() as f64 * share) as usize;
        self.next.clear();
        for cell in 0..n_cells {
            if cell + AHEAD < n_cells {
                let ahead = expression.slice(cell + AHEAD);
                prefetch(idx, ahead.start + guess(&ahead));
            }
            let slice = expression.slice(cell);
            let before = count_below(&idx[slice.clone()], gene, guess(&slice));
            self.next.push((slice.start + before) as u32);
        }
    }

    /// Point some cells at their first stored value.
    pub fn start(&mut self, layout: &Layout, cells: &[u32]) {
        let first = |&cell: &u32| layout.expression.slice(cell as usize).start as u32;
        self.next.clear();
        self.next.extend(cells.iter().map(first));
    }

    /// What is still to be read of a cell, the one `at` this place; asks for the first `VALUES` of a
    /// cell further on.
    #[inline(always)]
    pub fn rest_of<const VALUES: usize>(
        &self,
        layout: &Layout,
        at: usize,
        cell: usize,
    ) -> Range<usize> {
        if let Some(&ahead) = self.next.get(at + AHEAD) {
            prefetch_many(layout.expression.indices(), ahead as usize, VALUES);
            prefetch_many(layout.expression.values(), ahead as usize, VALUES);
        }
        self.next[at] as usize..layout.expression.slice(cell).end
    }

    #[inline(always)]
    pub fn set(&mut self, at: usize, next: usize) {
        self.next[at] = next as u32;
    }
}

/// How many of the ascending `indices` are below `gene`, searched for from
/// `guess` on, in growing steps.
fn count_below(indices: &[i32], gene: usize, guess: usize) -> usize {
    let is_below = |at: usize| (indices[at] as usize) < gene;
    let (mut low, mut high) = (guess.min(indices.len()), guess.min(indices.len()));
    let mut step = 8;
    while high < indices.len() && is_below(high) {
        low = high;
        high = (high + step).min(indices.len());
        step *= 2;
    }
    while low > 0 && !is_below(low - 1) {
        high = low;
        low = low.saturating_sub(step);
        step *= 2;
    }
    low + indices[low..high].partition_point(|&index| (index as usize) < gene)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_changes_only_the_way_to_the_answer() {
        let indices: Vec<i32> = (0..100).map(|i| 3 * i).collect();
        for gene in [0, 1, 3, 150, 151, 297, 298, 1000] {
            let expected = indices.iter().filter(|&&i| (i as usize) < gene).count();
            for guess in [0, 1, 49, 50, 51, 99, 100, 500] {
                assert_eq!(count_below(&indices, gene, guess), expected);
            }
        }
        assert_eq!(count_below(&[], 5, 3), 0);
    }
}
