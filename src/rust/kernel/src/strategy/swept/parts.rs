//! The cells cut into parts that threads work on by themselves.

use super::level_sets::LevelSets;
use crate::input::{Error, Groups, Strata};
use crate::tiles::{Cursors, Job, Shared};
use std::iter::repeat_n;
use std::ops::Range;

/// Parts a thread gets, so that none waits long for the last one.
const PARTS_A_THREAD: usize = 2;
/// Values for each entry of the parts' tables of sums, at least: these take
/// time, too.
const VALUES_AN_ENTRY: usize = 16;

/// Some cells and their level sets in the tile at hand.
///
/// Neighbouring cells, which are read faster; or, where tables of all slots
/// for every part would be too large, cells of neighbouring slots. Those of a
/// slot are in their order either way.
pub(super) struct Part {
    cells: Vec<u32>,
    cursors: Cursors,
    pub level_sets: LevelSets,
    /// The sums of each slot's ranks, where these are [laid
    /// out](super::ranks::LaidOut): a table as that of the sums of values.
    pub rank_sums: Vec<u64>,
}

impl Part {
    fn new(job: &Job, number: usize, cells: &[u32], slots: Range<usize>) -> Self {
        let mut cursors = Cursors::default();
        cursors.start(&job.layout, cells);
        Self {
            cells: cells.to_vec(),
            cursors,
            level_sets: LevelSets::new(number, slots),
            rank_sums: Vec::new(),
        }
    }

    /// Collect the level sets of a tile, of which `share` of all values are
    /// likely here.
    pub fn collect(
        &mut self,
        job: &Job,
        shared: &Shared,
        tile: Range<usize>,
        share: usize,
    ) -> Result<(), Error> {
        let (cells, cursors) = (&self.cells[..], &mut self.cursors);
        self.level_sets.clear(job, tile.len(), share);
        if job.layout.mask.is_some() {
            self.level_sets
                .collect::<true>(job, shared, tile, cells, cursors)
        } else {
            self.level_sets
                .collect::<false>(job, shared, tile, cells, cursors)
        }
    }

    /// The stratum of each level set.
    pub fn strata_of_sets<'a>(&'a self, strata: &'a Strata) -> impl Iterator<Item = usize> + 'a {
        let cells = self.cells.iter().zip(&self.level_sets.ends);
        let mut start = 0;
        cells.flat_map(move |(&cell, &end)| {
            let n_sets = end - std::mem::replace(&mut start, end);
            let (stratum, _) = strata.split(strata.places()[cell as usize]);
            repeat_n(stratum, n_sets as usize)
        })
    }
}

/// Cut all cells into parts of about as many stored values, several for each
/// of so many threads.
pub(super) fn parts(job: &Job, threads: usize) -> Vec<Part> {
    let (layout, groups) = (&job.layout, job.groups);
    let most = match threads {
        1 => 1,
        _ => PARTS_A_THREAD * threads,
    };
    let entries = most * (groups.len() + 1) * layout.sizes.len();
    let are_neighbours = most == 1 || entries <= layout.expression.n_stored() / VALUES_AN_ENTRY;
    let cells = match are_neighbours {
        true => (0..groups.n_cells() as u32).collect(),
        false => by_slot(groups),
    };
    let slots_of = |cells: &[u32]| {
        if are_neighbours {
            return 0..groups.len() + 1;
        }
        let slots = cells.iter().map(|&cell| groups.slots()[cell as usize]);
        let mut compared = slots.filter(|&slot| slot != Groups::NO_SLOT);
        let first = compared.next().map_or(0, |slot| slot as usize);
        let last = compared.next_back().map_or(first, |slot| slot as usize);
        first..last + 1
    };
    let total = layout.expression.n_stored() + cells.len();
    let mut parts = Vec::new();
    let (mut begin, mut before) = (0, 0);
    for (at, &cell) in cells.iter().enumerate() {
        before += layout.expression.slice(cell as usize).len() + 1;
        let is_full = before * most >= total * (parts.len() + 1);
        if is_full || at + 1 == cells.len() {
            let cells = &cells[begin..=at];
            parts.push(Part::new(job, parts.len(), cells, slots_of(cells)));
            begin = at + 1;
        }
    }
    parts
}

/// All cells by slot, those of a slot in their order; last the ones that take
/// no part.
fn by_slot(groups: &Groups) -> Vec<u32> {
    let place = |slot: u32| (slot as usize).min(groups.len() + 1);
    let mut starts = vec![0u32; groups.len() + 3];
    for &slot in groups.slots() {
        starts[place(slot) + 1] += 1;
    }
    for slot in 1..starts.len() {
        starts[slot] += starts[slot - 1];
    }
    let mut cells = vec![0; groups.n_cells()];
    for (cell, &slot) in groups.slots().iter().enumerate() {
        let next = &mut starts[place(slot)];
        cells[*next as usize] = cell as u32;
        *next += 1;
    }
    cells
}
