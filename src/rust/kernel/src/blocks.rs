//! The matrix gene by gene, whichever way it is stored.
//!
//! Gene-major storage is read where it lies. Cell-major storage is gathered
//! for a block of neighbouring genes at a time: each cell keeps a cursor that
//! moves on from block to block, so that every stored value is read once and
//! no more than a block is ever copied.

use crate::cursors::Cursors;
use crate::cut::cut_evenly;
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

/// Cells gathered between two looks at whether to stop.
const CELLS_A_CHECK: usize = 4096;
/// Values of a cell that are asked for ahead. Here it is the writing that takes
/// time: more would be in its way.
const VALUES_AHEAD: usize = 72;

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
/// to predict. Not inlined, where there are too few registers for it.
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
            let stored = cursors.rest_of::<VALUES_AHEAD>(self.source, cell);
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
