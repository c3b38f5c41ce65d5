//! The matrix gene by gene, whichever way it is stored.
//!
//! Gene-major storage is read where it lies. Cell-major storage is gathered
//! for a block of neighbouring genes at a time: each cell keeps a cursor that
//! moves on from block to block, so that every stored value is read once and
//! no more than a block is ever copied.

use crate::prefetch::prefetch;
use crate::sort::{entry, key, key_of_single, payload, single_of_key};
use crate::{Control, Error, Expression, Groups};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// The values of one gene that are not zero, cells ascending.
pub(crate) enum Column<'a> {
    /// Values that are all float32: entries of key and slot.
    Single(&'a mut [u64]),
    /// Any others.
    Double { values: &'a [f64], slots: &'a [u32] },
}

/// What an entry of [`Column::Single`] stands for.
#[inline(always)]
pub(crate) fn value_and_slot(entry: u64) -> (f64, u32) {
    (f64::from(single_of_key(key(entry))), payload(entry))
}

impl Column<'_> {
    /// Values with their slots, cells ascending.
    pub fn values(&self) -> impl Iterator<Item = (f64, u32)> + '_ {
        let (entries, values, slots) = match self {
            Column::Single(entries) => (&**entries, &[][..], &[][..]),
            Column::Double { values, slots } => (&[][..], *values, *slots),
        };
        let singles = entries.iter().map(|&e| value_and_slot(e));
        singles.chain(values.iter().copied().zip(slots.iter().copied()))
    }
}

/// What all readers of one matrix share.
pub(crate) struct Source<'a> {
    pub expression: &'a Expression<'a>,
    pub groups: &'a Groups,
    control: &'a Control,
    /// Stored values of each gene, 0 for genes that are not wanted.
    pub sizes: Vec<u32>,
    /// Which genes are wanted; `None` for all.
    pub wanted: Option<Vec<bool>>,
    /// Whether expressing cells are counted.
    pub counts: bool,
    /// Set once a value was seen that is no float32.
    doubles: AtomicBool,
    /// Set once any thread failed: the others need not go on.
    failed: AtomicBool,
}

/// How many cells ahead of the gather their storage is asked for.
const AHEAD: usize = 8;
/// Cells gathered between two looks at whether to stop.
const CELLS_A_CHECK: usize = 4096;

impl<'a> Source<'a> {
    pub fn new(
        expression: &'a Expression<'a>,
        groups: &'a Groups,
        control: &'a Control,
        wanted: Option<Vec<bool>>,
        counts: bool,
    ) -> Self {
        let mut sizes = expression.gene_sizes();
        if let Some(wanted) = &wanted {
            for (size, &wanted) in sizes.iter_mut().zip(wanted) {
                *size *= u32::from(wanted);
            }
        }
        Self {
            expression,
            groups,
            control,
            sizes,
            wanted,
            counts,
            doubles: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        }
    }

    pub fn is_wanted(&self, gene: usize) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted[gene])
    }

    /// How many genes of a range are wanted.
    pub fn n_wanted(&self, genes: Range<usize>) -> usize {
        genes.filter(|&gene| self.is_wanted(gene)).count()
    }

    /// Count `work` as done and stop here if it is of no use any more.
    pub fn checkpoint(&self, work: u64) -> Result<(), Error> {
        self.control.checkpoint(work)?;
        if self.failed.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        Ok(())
    }

    /// Pass the outcome of a thread on and stop the others if it failed.
    pub fn stop_all_unless_ok(&self, outcome: Result<(), Error>) -> Result<(), Error> {
        if outcome.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        outcome
    }

    /// Cut the genes into `n` spans of neighbours with about equal numbers
    /// of stored values.
    pub fn spans(&self, n: usize) -> Vec<Range<usize>> {
        cut_evenly(&self.sizes, 0..self.sizes.len(), n as u64, usize::MAX)
    }

    /// The error that tells how many values are not numbers.
    fn not_a_number(&self) -> Error {
        self.expression.not_a_number(
            |gene| self.is_wanted(gene),
            |cell| self.groups.slots()[cell] != Groups::NO_SLOT,
        )
    }
}

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
fn cut_evenly(sizes: &[u32], range: Range<usize>, n: u64, widest: usize) -> Vec<Range<usize>> {
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

/// How far each cell of cell-major storage is read.
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
    pub fn place(&mut self, source: &Source, gene: usize) {
        let idx = source.expression.indices();
        let starts = source.expression.starts();
        let sum = |sizes: &[u32]| sizes.iter().map(|&size| f64::from(size)).sum::<f64>();
        let share = sum(&source.sizes[..gene]) / sum(&source.sizes).max(1.0);
        let guess = |pair: &[i32]| (f64::from(pair[1] - pair[0]) * share) as usize;
        self.next.clear();
        for (cell, pair) in starts.windows(2).enumerate() {
            if let Some(ahead) = starts.get(cell + AHEAD..cell + AHEAD + 2) {
                prefetch(idx, ahead[0] as usize + guess(ahead));
            }
            let stored = &idx[pair[0] as usize..pair[1] as usize];
            let before = count_below(stored, gene, guess(pair));
            self.next.push(pair[0] as u32 + before as u32);
        }
    }

    /// What is still to be read of a cell; asks for cells further on.
    #[inline(always)]
    pub fn rest_of(&self, source: &Source, cell: usize) -> Range<usize> {
        if let Some(&ahead) = self.next.get(cell + AHEAD) {
            let ahead = ahead as usize;
            prefetch(source.expression.indices(), ahead);
            prefetch(source.expression.indices(), ahead + 16);
            for line in 0..4 {
                prefetch(source.expression.values(), ahead + 8 * line);
            }
        }
        self.next[cell] as usize..source.expression.starts()[cell + 1] as usize
    }

    #[inline(always)]
    pub fn set(&mut self, cell: usize, next: usize) {
        self.next[cell] = next as u32;
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

/// Reads genes one by one; its memory is used again and again.
#[derive(Default)]
pub(crate) struct Reader {
    entries: Vec<u64>,
    values: Vec<f64>,
    slots: Vec<u32>,
    /// Whether the last genes read are in `entries`, else in the other two.
    single: bool,
    /// Where the next value of each gene of the block goes; in the end, where
    /// its values end.
    ends: Vec<usize>,
    starts: Vec<usize>,
}

/// A value came up that is no float32, or no number.
struct NotSingle;

impl Reader {
    /// One gene of gene-major storage.
    pub fn borrow(&mut self, source: &Source, gene: usize) -> Result<Column<'_>, Error> {
        let stored = source.expression.slice(gene);
        let cells = &source.expression.indices()[stored.clone()];
        let values = &source.expression.values()[stored];
        let slot_of = source.groups.slots();
        if !source.doubles.load(Ordering::Relaxed) {
            grow(&mut self.entries, cells.len());
            match pack(cells, values, slot_of, &mut self.entries) {
                Ok(n) => return Ok(Column::Single(&mut self.entries[..n])),
                Err(NotSingle) => source.doubles.store(true, Ordering::Relaxed),
            }
        }
        self.values.clear();
        self.slots.clear();
        for (&cell, &value) in cells.iter().zip(values) {
            let slot = slot_of[cell as usize];
            if value == 0.0 || slot == Groups::NO_SLOT {
                continue;
            }
            if value.is_nan() {
                return Err(source.not_a_number());
            }
            self.values.push(value);
            self.slots.push(slot);
        }
        Ok(Column::Double {
            values: &self.values,
            slots: &self.slots,
        })
    }

    /// Gather the `wanted` genes of `block` from cell-major storage, for
    /// [`Reader::column`]; all of them where `wanted` is `None`.
    pub fn gather(
        &mut self,
        source: &Source,
        block: Range<usize>,
        wanted: Option<&[bool]>,
        cursors: &mut Cursors,
    ) -> Result<(), Error> {
        let n = self.place_genes(source, block.clone(), wanted);
        self.single = !source.doubles.load(Ordering::Relaxed);
        if self.single {
            grow(&mut self.entries, n);
            let entries = &mut self.entries;
            let put = |place: usize, value: f64, slot| {
                let single = value as f32;
                entries[place] = entry(key_of_single(single), slot);
                f64::from(single) == value
            };
            let walk = Walk {
                source,
                block: block.clone(),
                wanted,
            };
            match walk.each(&mut self.ends, cursors, put)? {
                Ok(()) => return Ok(()),
                Err(NotSingle) => {
                    source.doubles.store(true, Ordering::Relaxed);
                    self.single = false;
                    cursors.place(source, block.start);
                    self.ends.copy_from_slice(&self.starts);
                }
            }
        }
        grow(&mut self.values, n);
        grow(&mut self.slots, n);
        let (values, slots) = (&mut self.values, &mut self.slots);
        let put = |place: usize, value: f64, slot| {
            values[place] = value;
            slots[place] = slot;
            !value.is_nan()
        };
        let walk = Walk {
            source,
            block,
            wanted,
        };
        walk.each(&mut self.ends, cursors, put)?
            .map_err(|NotSingle| source.not_a_number())
    }

    /// Set where the values of each gene of the block start; returns how
    /// many there is room for.
    fn place_genes(
        &mut self,
        source: &Source,
        block: Range<usize>,
        wanted: Option<&[bool]>,
    ) -> usize {
        let mut place = 0;
        self.starts.clear();
        for gene in block {
            self.starts.push(place);
            if wanted.is_none_or(|wanted| wanted[gene]) {
                place += source.sizes[gene] as usize;
            }
        }
        self.ends.clone_from(&self.starts);
        place
    }

    /// A gathered gene, counted from the start of the block.
    pub fn column(&mut self, gene: usize) -> Column<'_> {
        let gathered = self.starts[gene]..self.ends[gene];
        if self.single {
            Column::Single(&mut self.entries[gathered])
        } else {
            Column::Double {
                values: &self.values[gathered.clone()],
                slots: &self.slots[gathered],
            }
        }
    }
}

/// Pack the values that are not zero and take part into `entries`, which has
/// room for all; returns how many they are.
///
/// Every value is written, and written over unless it counts: which do is hard
/// to predict.
#[inline(never)]
fn pack(
    cells: &[i32],
    values: &[f64],
    slot_of: &[u32],
    entries: &mut [u64],
) -> Result<usize, NotSingle> {
    let mut n = 0;
    let mut exact = true;
    for (&cell, &value) in cells.iter().zip(values) {
        let slot = slot_of[cell as usize];
        let single = value as f32;
        let counts = (value != 0.0) & (slot != Groups::NO_SLOT);
        exact &= (f64::from(single) == value) | !counts;
        entries[n] = entry(key_of_single(single), slot);
        n += usize::from(counts);
    }
    if exact {
        Ok(n)
    } else {
        Err(NotSingle)
    }
}

fn grow<T: Clone + Default>(room: &mut Vec<T>, n: usize) {
    if room.len() < n {
        room.resize(n, T::default());
    }
}

/// A walk over all cells through the genes of a block.
struct Walk<'a> {
    source: &'a Source<'a>,
    block: Range<usize>,
    wanted: Option<&'a [bool]>,
}

impl Walk<'_> {
    /// `put` each value that is not zero at the next place of its gene. Stops
    /// at the end of the first cell in which `put` returned false.
    fn each(
        self,
        places: &mut [usize],
        cursors: &mut Cursors,
        put: impl FnMut(usize, f64, u32) -> bool,
    ) -> Result<Result<(), NotSingle>, Error> {
        match self.wanted {
            Some(wanted) => {
                let is_wanted = |gene: usize| wanted[gene];
                self.each_wanted(is_wanted, places, cursors, put)
            }
            None => self.each_wanted(|_| true, places, cursors, put),
        }
    }

    #[inline(always)]
    fn each_wanted(
        self,
        is_wanted: impl Fn(usize) -> bool,
        places: &mut [usize],
        cursors: &mut Cursors,
        mut put: impl FnMut(usize, f64, u32) -> bool,
    ) -> Result<Result<(), NotSingle>, Error> {
        let expression = self.source.expression;
        let (idx, x) = (expression.indices(), expression.values());
        for (cell, &slot) in self.source.groups.slots().iter().enumerate() {
            let stored = cursors.rest_of(self.source, cell);
            if slot == Groups::NO_SLOT {
                continue;
            }
            if cell % CELLS_A_CHECK == 0 {
                self.source.checkpoint(0)?;
            }
            let mut taken = 0;
            let mut all_well = true;
            for (&gene, &value) in idx[stored.clone()].iter().zip(&x[stored.clone()]) {
                let gene = gene as usize;
                if gene >= self.block.end {
                    break;
                }
                taken += 1;
                if value == 0.0 || !is_wanted(gene) {
                    continue;
                }
                let place = &mut places[gene - self.block.start];
                all_well &= put(*place, value, slot);
                *place += 1;
            }
            cursors.set(cell, stored.start + taken);
            if !all_well {
                return Ok(Err(NotSingle));
            }
        }
        Ok(Ok(()))
    }
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
