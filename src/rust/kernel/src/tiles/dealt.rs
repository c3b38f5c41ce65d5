//! The values of genes that are stored one after another, dealt out by the level
//! of their cells.

use super::reader::grow;
use super::{Asked, Column, Layout, Shared};
use crate::gene::sort::{entry, key_of_single};
use crate::input::{Error, Expression, Groups, Level};
use crate::statistics::Settings;
use std::ops::Range;

/// What there is to do within each level of a matrix that is stored by gene.
pub(crate) struct LevelJob<'a> {
    pub layout: Layout<'a>,
    /// What is asked of the cells of each level.
    pub levels: Vec<Asked<'a>>,
    /// Of every cell.
    seats: Vec<Seat>,
    /// Where each level's room for values starts, and where the last one ends.
    starts: Vec<usize>,
}

/// Where the values of a cell belong.
#[derive(Clone, Copy)]
struct Seat {
    /// The number of levels for cells of none.
    level: u32,
    /// As [`Groups::places`] of the level.
    place: u32,
}

impl<'a> LevelJob<'a> {
    /// `levels` have been looked at by [`Level::check_all`].
    ///
    /// # Errors
    /// [`Error::Genes`] when a gene to rank does not exist.
    pub fn new(
        expression: &'a Expression<'a>,
        levels: &[Level<'a>],
        settings: &'a Settings,
    ) -> Result<Self, Error> {
        let nowhere = Seat {
            level: levels.len() as u32,
            place: Groups::NO_SLOT,
        };
        let mut seats = vec![nowhere; expression.n_cells()];
        let mut starts = vec![0];
        let mut n_seats = 0;
        for (of_level, level) in levels.iter().zip(0..) {
            for (&cell, &place) in of_level.cells().iter().zip(of_level.groups().places()) {
                seats[cell as usize] = Seat { level, place };
            }
            n_seats += of_level.cells().len();
            starts.push(n_seats);
        }
        let ask = |level: &Level<'a>| Asked::new(level.groups(), settings);
        Ok(Self {
            layout: Layout::new(expression, settings.genes.as_deref())?,
            levels: levels.iter().map(ask).collect(),
            seats,
            starts,
        })
    }

    /// The error that tells how many values are not numbers, in all levels.
    fn not_a_number(&self) -> Error {
        self.layout.expression.not_a_number(
            |gene| self.layout.is_ranked(gene),
            |cell| self.seats[cell].place != Groups::NO_SLOT,
        )
    }
}

/// The values of a gene that are not zero, those of each level side by side,
/// cells ascending. The memory is used again from gene to gene.
pub(crate) struct Dealt {
    /// Where the room of each level starts.
    starts: Vec<usize>,
    /// Where its values end.
    ends: Vec<usize>,
    /// Whether they are in `entries`, else in the other two.
    single: bool,
    entries: Vec<u64>,
    values: Vec<f64>,
    places: Vec<u32>,
}

impl Dealt {
    pub fn new(job: &LevelJob) -> Self {
        Self {
            starts: job.starts.clone(),
            ends: job.starts.clone(),
            single: true,
            entries: Vec::new(),
            values: Vec::new(),
            places: Vec::new(),
        }
    }

    /// Deal out the values of one gene.
    ///
    /// # Errors
    /// [`Error::NotANumber`].
    pub fn deal_out(&mut self, job: &LevelJob, shared: &Shared, gene: usize) -> Result<(), Error> {
        let expression = job.layout.expression;
        let stored = expression.slice(gene);
        let cells = &expression.indices()[stored.clone()];
        let values = &expression.values()[stored];
        // Values that do not count are written, too, and written over: they lie
        // within the room of their level, or behind that of all levels.
        let room = self.starts[self.starts.len() - 1] + 1;
        self.single = !shared.has_doubles();
        if self.single {
            grow(&mut self.entries, room);
            self.ends.copy_from_slice(&self.starts);
            if pack(cells, values, &job.seats, &mut self.ends, &mut self.entries) {
                return Ok(());
            }
            shared.note_doubles();
            self.single = false;
        }
        grow(&mut self.values, room);
        grow(&mut self.places, room);
        self.ends.copy_from_slice(&self.starts);
        for (&cell, &value) in cells.iter().zip(values) {
            let Seat { level, place } = job.seats[cell as usize];
            if value == 0.0 || place == Groups::NO_SLOT {
                continue;
            }
            if value.is_nan() {
                return Err(job.not_a_number());
            }
            let end = &mut self.ends[level as usize];
            self.values[*end] = value;
            self.places[*end] = place;
            *end += 1;
        }
        Ok(())
    }

    /// What a level has of the gene that was dealt out; `seen` is told where not
    /// all of these values are float32.
    pub fn column(&mut self, level: usize, seen: &Shared) -> Column<'_> {
        let own: Range<usize> = self.starts[level]..self.ends[level];
        if self.single {
            return Column::Single(&mut self.entries[own]);
        }
        let values = &self.values[own.clone()];
        let is_single = |&value: &f64| f64::from(value as f32) == value;
        if !seen.has_doubles() && !values.iter().all(is_single) {
            seen.note_doubles();
        }
        Column::Double {
            values,
            slots: &self.places[own],
        }
    }
}

/// Pack the values that are not zero and take part into the room of their level;
/// returns whether they are all float32.
///
/// Not inlined, where there are too few registers for it.
#[inline(never)]
fn pack(
    cells: &[i32],
    values: &[f64],
    seats: &[Seat],
    ends: &mut [usize],
    entries: &mut [u64],
) -> bool {
    let mut exact = true;
    for (&cell, &value) in cells.iter().zip(values) {
        let Seat { level, place } = seats[cell as usize];
        let single = value as f32;
        let counts = (value != 0.0) & (place != Groups::NO_SLOT);
        exact &= (f64::from(single) == value) | !counts;
        let end = &mut ends[level as usize];
        entries[*end] = entry(key_of_single(single), place);
        *end += usize::from(counts);
    }
    exact
}
