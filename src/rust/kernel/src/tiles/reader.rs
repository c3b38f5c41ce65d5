//! The values of genes, one gene after another.
//!
//! Gene-major storage is read in place. Cell-major storage is gathered
//! for a tile of neighbouring genes at a time: each cell keeps a cursor that
//! moves on from tile to tile, so that every stored value is read once and
//! no more than a tile is ever copied.

use super::{Cursors, Job, Shared};
use crate::gene::sort::{entry, key, key_of_single, payload, single_of_key};
use crate::input::{Error, Groups};
use std::ops::Range;

/// The values of one gene that are not zero, cells ascending.
///
/// Where cells are in strata, slots are their [`Groups::places`].
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

/// Cells gathered between two looks at whether to stop.
const CELLS_A_CHECK: usize = 4096;
/// Values of a cell that are asked for ahead. Here it is the writing that takes
/// time: more would be in its way.
const VALUES_AHEAD: usize = 72;

/// Reads genes one by one; its memory is used again and again.
#[derive(Default)]
pub(crate) struct Reader {
    entries: Vec<u64>,
    values: Vec<f64>,
    slots: Vec<u32>,
    /// Whether the genes gathered last are in `entries`, else in the other two.
    single: bool,
    /// Where the next value of each gene of the tile goes; in the end, where
    /// its values end.
    ends: Vec<usize>,
    starts: Vec<usize>,
}

/// How packing or gathering ended.
#[derive(PartialEq, Eq)]
enum Outcome {
    Done,
    /// A value came up that is not a float32, or not a number.
    Unfit,
}

impl Reader {
    /// One gene of gene-major storage.
    pub fn borrow(&mut self, job: &Job, shared: &Shared, gene: usize) -> Result<Column<'_>, Error> {
        let expression = job.layout.expression;
        let stored = expression.slice(gene);
        let cells = &expression.indices()[stored.clone()];
        let values = &expression.values()[stored];
        let slot_of = job.groups.places();
        if !shared.has_doubles() {
            grow(&mut self.entries, cells.len());
            match pack(cells, values, slot_of, &mut self.entries) {
                (Outcome::Done, n) => return Ok(Column::Single(&mut self.entries[..n])),
                (Outcome::Unfit, _) => shared.note_doubles(),
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
                return Err(job.not_a_number());
            }
            self.values.push(value);
            self.slots.push(slot);
        }
        Ok(Column::Double {
            values: &self.values,
            slots: &self.slots,
        })
    }

    /// Gather the genes of `tile` that are in `mask` from cell-major storage,
    /// for [`Reader::column`]; all of them where `mask` is `None`.
    pub fn gather(
        &mut self,
        job: &Job,
        shared: &Shared,
        tile: Range<usize>,
        mask: Option<&[bool]>,
        cursors: &mut Cursors,
    ) -> Result<(), Error> {
        let n = self.place_genes(&job.layout.sizes, tile.clone(), mask);
        let walk = Walk {
            job,
            shared,
            tile: tile.clone(),
            mask,
        };
        self.single = !shared.has_doubles();
        if self.single {
            grow(&mut self.entries, n);
            let entries = &mut self.entries;
            let put = |place: usize, value: f64, slot| {
                let single = value as f32;
                entries[place] = entry(key_of_single(single), slot);
                f64::from(single) == value
            };
            if walk.each(&mut self.ends, cursors, put)? == Outcome::Done {
                return Ok(());
            }
            shared.note_doubles();
            self.single = false;
            cursors.place(&job.layout, tile.start);
            self.ends.copy_from_slice(&self.starts);
        }
        grow(&mut self.values, n);
        grow(&mut self.slots, n);
        let (values, slots) = (&mut self.values, &mut self.slots);
        let put = |place: usize, value: f64, slot| {
            values[place] = value;
            slots[place] = slot;
            !value.is_nan()
        };
        match walk.each(&mut self.ends, cursors, put)? {
            Outcome::Done => Ok(()),
            Outcome::Unfit => Err(job.not_a_number()),
        }
    }

    /// Set where the values of each gene of the tile start; returns how
    /// many there is room for.
    fn place_genes(&mut self, sizes: &[u32], tile: Range<usize>, mask: Option<&[bool]>) -> usize {
        let mut place = 0;
        self.starts.clear();
        for gene in tile {
            self.starts.push(place);
            if mask.is_none_or(|mask| mask[gene]) {
                place += sizes[gene] as usize;
            }
        }
        self.ends.clone_from(&self.starts);
        place
    }

    /// A gathered gene, counted from the start of the tile.
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
fn pack(cells: &[i32], values: &[f64], slot_of: &[u32], entries: &mut [u64]) -> (Outcome, usize) {
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
    match exact {
        true => (Outcome::Done, n),
        false => (Outcome::Unfit, n),
    }
}

pub(super) fn grow<T: Clone + Default>(room: &mut Vec<T>, n: usize) {
    if room.len() < n {
        room.resize(n, T::default());
    }
}

/// A walk over all cells through the genes of a tile.
struct Walk<'a> {
    job: &'a Job<'a>,
    shared: &'a Shared<'a>,
    tile: Range<usize>,
    mask: Option<&'a [bool]>,
}

impl Walk<'_> {
    /// `put` each value that is not zero at the next place of its gene. Stops
    /// at the end of the first cell in which `put` returned false.
    fn each(
        &self,
        places: &mut [usize],
        cursors: &mut Cursors,
        put: impl FnMut(usize, f64, u32) -> bool,
    ) -> Result<Outcome, Error> {
        match self.mask {
            Some(mask) => self.each_in(|gene| mask[gene], places, cursors, put),
            None => self.each_in(|_| true, places, cursors, put),
        }
    }

    #[inline(always)]
    fn each_in(
        &self,
        is_in_mask: impl Fn(usize) -> bool,
        places: &mut [usize],
        cursors: &mut Cursors,
        mut put: impl FnMut(usize, f64, u32) -> bool,
    ) -> Result<Outcome, Error> {
        let layout = &self.job.layout;
        let (idx, x) = (layout.expression.indices(), layout.expression.values());
        let (start, end) = (self.tile.start, self.tile.end);
        for (cell, &slot) in self.job.groups.places().iter().enumerate() {
            let stored = cursors.rest_of::<VALUES_AHEAD>(layout, cell, cell);
            if cell % CELLS_A_CHECK == 0 {
                self.shared.checkpoint(0)?;
            }
            if slot == Groups::NO_SLOT {
                continue;
            }
            let mut taken = 0;
            let mut all_fit = true;
            for (&gene, &value) in idx[stored.clone()].iter().zip(&x[stored.clone()]) {
                let gene = gene as usize;
                if gene >= end {
                    break;
                }
                taken += 1;
                if value == 0.0 || !is_in_mask(gene) {
                    continue;
                }
                let place = &mut places[gene - start];
                all_fit &= put(*place, value, slot);
                *place += 1;
            }
            cursors.set(cell, stored.start + taken);
            if !all_fit {
                return Ok(Outcome::Unfit);
            }
        }
        Ok(Outcome::Done)
    }
}
