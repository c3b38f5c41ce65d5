//! What is partitioned at once.

use std::ops::Range;

/// Values of some neighbouring cells: cell-major compressed storage.
///
/// What it borrows is used as scratch.
pub struct Run<'a> {
    pub first_cell: usize,
    /// Where the values of each cell start, and where the last ones end.
    pub starts: &'a mut [usize],
    /// Genes, ascending within a cell.
    pub genes: &'a mut [i32],
    pub values: &'a mut [f64],
    /// The genes that the run may hold values of.
    pub range: Range<usize>,
}
