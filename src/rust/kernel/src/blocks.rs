//! The matrix gene by gene, whichever way it is stored.
//!
//! Gene-major storage is read where it lies. Cell-major storage is gathered
//! for a block of neighbouring genes at a time: each cell keeps a cursor that
//! moves on from block to block, so that every stored value is read once and
//! no more than a block is ever copied.

use crate::prefetch::prefetch;
use crate::sort::{entry, key_of_single};
use crate::{Control, Error, Expression, Groups, Major};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// The values of one gene that are not zero, cells ascending.
pub(crate) enum Column<'a> {
    /// Values that are all float32: entries of key and slot.
    Single(&'a mut [u64]),
    /// Any others.
    Double { values: &'a [f64], slots: &'a [u32] },
}

/// What all readers of one matrix share.
pub(crate) struct Source<'a> {
    pub expression: &'a Expression<'a>,
    pub groups: &'a Groups,
    pub control: &'a Control,
    /// Stored values of each gene, 0 for genes that are not wanted.
    pub sizes: Vec<u32>,
    /// Which genes are wanted; `None` for all.
    pub wanted: Option<Vec<bool>>,
    /// Stored values that a block may hold, unless one gene has more.
    pub block_size: usize,
    /// Set once a value was seen that is no float32.
    doubles: AtomicBool,
}

/// Genes that a block holds at most: their places fit the fastest cache.
const WIDEST_BLOCK: usize = 4096;
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
        block_size: usize,
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
            block_size,
            doubles: AtomicBool::new(false),
        }
    }

    pub fn is_wanted(&self, gene: usize) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted[gene])
    }

    /// Cut the genes into `n` spans of neighbours with about equal numbers
    /// of stored values.
    pub fn spans(&self, n: usize) -> Vec<Range<usize>> {
        let total: u64 = self.sizes.iter().map(|&size| u64::from(size)).sum();
        // Genes count for something too: empty ones are not for free.
        let share = (total + self.sizes.len() as u64).div_ceil(n as u64).max(1);
        split_by_weight(&self.sizes, 0..self.sizes.len(), share, usize::MAX)
    }
}

/// Cut a range of genes into pieces of at most `limit` stored values (a gene
/// counting one more) and `widest` genes, or of one gene.
fn split_by_weight(
    sizes: &[u32],
    range: Range<usize>,
    limit: u64,
    widest: usize,
) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = range.start;
    let mut weight = 0;
    for gene in range.clone() {
        let more = u64::from(sizes[gene]) + 1;
        if gene > start && (weight + more > limit || gene - start >= widest) {
            pieces.push(start..gene);
            start = gene;
            weight = 0;
        }
        weight += more;
    }
    if start < range.end {
        pieces.push(start..range.end);
    }
    pieces
}

/// Reads spans of genes; its memory is used again from block to block.
#[derive(Default)]
pub(crate) struct Reader {
    entries: Vec<u64>,
    values: Vec<f64>,
    slots: Vec<u32>,
    /// For each gene of the block where its values start, then where they end.
    places: Vec<usize>,
    /// For each cell the first stored value that is not yet gathered.
    cursors: Vec<u32>,
}

/// A value came up that is no float32, or no number.
struct NotSingle;

impl Reader {
    /// Hand every wanted gene of `span` to `visit`, in order.
    pub fn read(
        &mut self,
        source: &Source,
        span: Range<usize>,
        mut visit: impl FnMut(usize, Column) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match source.expression.major() {
            Major::Gene => {
                for gene in span.filter(|&gene| source.is_wanted(gene)) {
                    let column = self.borrow(source, gene)?;
                    visit(gene, column)?;
                    source.control.checkpoint(source.sizes[gene].into())?;
                }
            }
            Major::Cell => {
                self.place_cursors(source, span.start);
                let limit = source.block_size as u64;
                for block in split_by_weight(&source.sizes, span, limit, WIDEST_BLOCK) {
                    self.gather(source, block.clone())?;
                    for gene in block.clone().filter(|&gene| source.is_wanted(gene)) {
                        visit(gene, self.column(gene - block.start))?;
                        source.control.checkpoint(source.sizes[gene].into())?;
                    }
                }
            }
        }
        Ok(())
    }

    /// One gene of gene-major storage.
    fn borrow(&mut self, source: &Source, gene: usize) -> Result<Column<'_>, Error> {
        let stored = source.expression.slice(gene);
        let cells = &source.expression.indices()[stored.clone()];
        let x = &source.expression.values()[stored];
        let slot_of = source.groups.slots();
        let taking_part = cells
            .iter()
            .zip(x)
            .map(|(&cell, &value)| (value, slot_of[cell as usize]))
            .filter(|&(value, slot)| value != 0.0 && slot != Groups::NO_SLOT);
        if !source.doubles.load(Ordering::Relaxed) {
            self.entries.clear();
            let mut exact = true;
            for (value, slot) in taking_part.clone() {
                let single = value as f32;
                exact &= f64::from(single) == value;
                self.entries.push(entry(key_of_single(single), slot));
            }
            if exact {
                return Ok(Column::Single(&mut self.entries));
            }
            source.doubles.store(true, Ordering::Relaxed);
        }
        self.values.clear();
        self.slots.clear();
        for (value, slot) in taking_part {
            self.values.push(value);
            self.slots.push(slot);
        }
        if x.iter().any(|value| value.is_nan()) {
            return Err(nan_error(source));
        }
        Ok(Column::Double {
            values: &self.values,
            slots: &self.slots,
        })
    }

    /// Point each cell's cursor at its first stored value from `gene` on.
    fn place_cursors(&mut self, source: &Source, gene: usize) {
        let starts = source.expression.starts();
        self.cursors.clear();
        self.cursors.extend(starts.windows(2).map(|pair| {
            if gene == 0 {
                return pair[0] as u32;
            }
            let stored = &source.expression.indices()[pair[0] as usize..pair[1] as usize];
            pair[0] as u32 + stored.partition_point(|&idx| (idx as usize) < gene) as u32
        }));
    }

    /// Gather the genes of `block` from cell-major storage.
    fn gather(&mut self, source: &Source, block: Range<usize>) -> Result<(), Error> {
        if !source.doubles.load(Ordering::Relaxed) {
            let n = self.place_genes(source, block.clone());
            grow(&mut self.entries, n);
            let entries = &mut self.entries;
            let put = |place: usize, value: f64, slot| {
                let single = value as f32;
                entries[place] = entry(key_of_single(single), slot);
                f64::from(single) == value
            };
            match gather_any(
                source,
                block.clone(),
                &mut self.places,
                &mut self.cursors,
                put,
            )? {
                Ok(()) => {
                    self.values.clear();
                    return Ok(());
                }
                Err(NotSingle) => {
                    source.doubles.store(true, Ordering::Relaxed);
                    self.place_cursors(source, block.start);
                }
            }
        }
        let n = self.place_genes(source, block.clone());
        grow(&mut self.values, n.max(1));
        grow(&mut self.slots, n);
        let (values, slots) = (&mut self.values, &mut self.slots);
        let put = |place: usize, value: f64, slot| {
            values[place] = value;
            slots[place] = slot;
            !value.is_nan()
        };
        gather_any(source, block, &mut self.places, &mut self.cursors, put)?
            .map_err(|NotSingle| nan_error(source))
    }

    /// Set where the values of each gene of the block start; returns how
    /// many there are room for.
    fn place_genes(&mut self, source: &Source, block: Range<usize>) -> usize {
        self.places.clear();
        let mut place = 0;
        for &size in &source.sizes[block] {
            self.places.push(place);
            place += size as usize;
        }
        // A second copy: the first moves on while the block is gathered.
        self.places.extend_from_within(..);
        place
    }

    /// A gathered gene, counted from the start of the block.
    fn column(&mut self, gene: usize) -> Column<'_> {
        let start = self.places[self.places.len() / 2 + gene];
        let gathered = start..self.places[gene];
        if self.values.is_empty() {
            Column::Single(&mut self.entries[gathered])
        } else {
            Column::Double {
                values: &self.values[gathered.clone()],
                slots: &self.slots[gathered],
            }
        }
    }
}

fn nan_error(source: &Source) -> Error {
    let genes: Vec<u32> = (0..source.sizes.len())
        .filter(|&gene| source.is_wanted(gene))
        .map(|gene| gene as u32)
        .collect();
    source.expression.not_a_number(&genes)
}

fn grow<T: Clone + Default>(room: &mut Vec<T>, n: usize) {
    if room.len() < n {
        room.resize(n, T::default());
    }
}

/// Walk all cells from their cursors to the end of the block and `put` each
/// value that is not zero at the next place of its gene. Stops at the end of
/// the first cell in which `put` returned false.
fn gather_any(
    source: &Source,
    block: Range<usize>,
    places: &mut [usize],
    cursors: &mut [u32],
    put: impl FnMut(usize, f64, u32) -> bool,
) -> Result<Result<(), NotSingle>, Error> {
    if source.wanted.is_some() {
        gather_with::<true>(source, block, places, cursors, put)
    } else {
        gather_with::<false>(source, block, places, cursors, put)
    }
}

#[inline(never)]
fn gather_with<const MASKED: bool>(
    source: &Source,
    block: Range<usize>,
    places: &mut [usize],
    cursors: &mut [u32],
    mut put: impl FnMut(usize, f64, u32) -> bool,
) -> Result<Result<(), NotSingle>, Error> {
    let idx = source.expression.indices();
    let x = source.expression.values();
    let ends = &source.expression.starts()[1..];
    let slots = source.groups.slots();
    let places = &mut places[..block.len()];
    for (cell, &slot) in slots.iter().enumerate() {
        if let Some(&ahead) = cursors.get(cell + AHEAD) {
            let ahead = ahead as usize;
            prefetch(idx, ahead);
            prefetch(idx, ahead + 16);
            for line in 0..4 {
                prefetch(x, ahead + 8 * line);
            }
        }
        if slot == Groups::NO_SLOT {
            continue;
        }
        if cell % CELLS_A_CHECK == 0 {
            source.control.checkpoint(0)?;
        }
        let start = cursors[cell] as usize;
        let stored = start..ends[cell] as usize;
        let mut taken = 0;
        let mut all_well = true;
        for (&gene, &value) in idx[stored.clone()].iter().zip(&x[stored]) {
            let gene = gene as usize;
            if gene >= block.end {
                break;
            }
            taken += 1;
            if value == 0.0 || (MASKED && !source.is_wanted(gene)) {
                continue;
            }
            let place = &mut places[gene - block.start];
            all_well &= put(*place, value, slot);
            *place += 1;
        }
        cursors[cell] = (start + taken) as u32;
        if !all_well {
            return Ok(Err(NotSingle));
        }
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_range_within_their_limits() {
        let sizes = [3, 0, 9, 1, 1, 1, 0, 0];
        let pieces = split_by_weight(&sizes, 0..8, 6, 3);
        assert_eq!(pieces, [0..2, 2..3, 3..6, 6..8]);
        assert_eq!(split_by_weight(&sizes, 2..2, 6, 3), []);
        assert_eq!(split_by_weight(&sizes, 2..3, 1, 3), [2..3]);
    }
}
