//! Ranking the genes of a tile without sorting any: one sweep over all values in
//! ascending order.
//!
//! The values of a cell are logarithms of small counts over one cell's size,
//! so a cell has few distinct ones: its stored values are a few *level
//! sets*, each one value and the genes that have it. Sorting the level sets of
//! all cells puts the values of every gene in order at once. Going through them,
//! each gene knows how many of its cells came before, which is the rank.
//!
//! Works for values above 0 of cells that are stored one after another; a tile
//! with others, with too many distinct values or with very many groups is left
//! to sorting.

mod dictionary;
mod level_sets;
mod sweep;

use self::level_sets::LevelSets;
use self::sweep::Sweep;
use super::sorted::add_summands;
use super::{Gene, Outcome, Scratch, Strategy, Tile};
use crate::gene::fold_change::settle;
use crate::gene::ranks::missing_doubled_ranks;
use crate::gene::ties::tie_factor;
use crate::input::{Error, Groups, Major};
use crate::statistics::Columns;
use crate::tiles::{Cursors, Job, Shared};
use std::ops::Range;

/// Tables of more groups outgrow the caches by so much that sorting is faster.
const MOST_GROUPS: usize = 256;

/// Level sets and sweep of the tile at hand, with tables of one row per slot and
/// one column per gene. All memory is used again from tile to tile.
#[derive(Default)]
pub(crate) struct BySweeping {
    level_sets: LevelSets,
    sweep: Sweep,
    sums: Vec<f64>,
    /// Sums of summands in single precision, where they are asked for.
    sums_of_singles: Vec<f64>,
    expressing: Vec<u32>,
}

/// A gene whose sums do not decide the fold changes of some slots.
struct Undecided {
    gene: usize,
    column: usize,
    slots: Vec<usize>,
}

impl Strategy for BySweeping {
    fn rank(
        &mut self,
        job: &Job,
        shared: &Shared,
        tile: Tile,
        scratch: &mut Scratch,
        columns: &mut Columns,
    ) -> Result<Outcome, Error> {
        let genes = tile.genes.clone();
        if self.rank_tile(job, shared, genes.clone(), &mut scratch.cursors)? == Outcome::GaveUp {
            return Ok(Outcome::GaveUp);
        }
        if !self.level_sets.are_singles {
            shared.note_doubles();
        }
        shared.note_fractions(self.level_sets.values.iter().copied());
        if job.changes.main.is_of_linear_means() {
            self.level_sets.add_up(job.changes.main, &mut self.sums);
        }
        if let Some(change) = job.changes.of_singles {
            reset(&mut self.sums_of_singles, self.sums.len());
            self.level_sets.add_up(change, &mut self.sums_of_singles);
        }
        let gene = &mut scratch.gene;
        let mut undecided = Vec::new();
        let ranked = genes.clone().filter(|&gene| job.layout.is_ranked(gene));
        for (column, number) in (tile.first_column..).zip(ranked) {
            let slots = self.take(job, number - genes.start, gene);
            gene.row.put(columns, column);
            if !slots.is_empty() {
                undecided.push(Undecided {
                    gene: number,
                    column,
                    slots,
                });
            }
            shared.checkpoint(job.layout.sizes[number].into())?;
        }
        if !undecided.is_empty() {
            settle_tile(job, shared, genes, scratch, columns, &undecided)?;
        }
        Ok(Outcome::Done)
    }
}

/// Settle the fold changes that sums alone do not decide.
fn settle_tile(
    job: &Job,
    shared: &Shared,
    genes: Range<usize>,
    scratch: &mut Scratch,
    columns: &mut Columns,
    undecided: &[Undecided],
) -> Result<(), Error> {
    let Scratch {
        reader,
        cursors,
        gene: Gene { row, sums },
    } = scratch;
    let mut mask = vec![false; job.layout.sizes.len()];
    for left in undecided {
        mask[left.gene] = true;
    }
    cursors.place(&job.layout, genes.start);
    reader.gather(job, shared, genes.clone(), Some(&mask), cursors)?;
    let change = job.changes.main;
    for left in undecided {
        let column = reader.column(left.gene - genes.start);
        let values: Vec<_> = column.values().collect();
        let values = || values.iter().copied();
        add_summands(change, values(), sums);
        let out = &mut row.fold_changes;
        settle(job.groups, change, sums, &left.slots, values, out);
        for &slot in &left.slots {
            columns.fold_changes[[slot, left.column]] = out[slot];
        }
    }
    Ok(())
}

impl BySweeping {
    /// Whether sweeping is worth a try.
    pub fn suits(job: &Job) -> bool {
        job.layout.expression.major() == Major::Cell
            && !job.groups.has_reference()
            // Which run is the last of a gene shows only when all is over.
            && !job.settings.ties_but_largest
            && job.groups.strata().is_none()
            && job.groups.len() <= MOST_GROUPS
    }

    /// Genes that a tile may have: many make long level sets, but their
    /// tables must not outgrow the caches by far.
    pub fn widest_tile(groups: &Groups) -> usize {
        const TABLE: usize = 1 << 20;
        (TABLE / (groups.len() + 1)).clamp(1 << 8, 1 << 12)
    }

    /// Rank the genes of a tile: all but what is taken gene by gene.
    pub fn rank_tile(
        &mut self,
        job: &Job,
        shared: &Shared,
        genes: Range<usize>,
        cursors: &mut Cursors,
    ) -> Result<Outcome, Error> {
        let (n_slots, n_genes) = (job.groups.len() + 1, genes.len());
        let table = n_slots * n_genes;
        reset(&mut self.sums, table);
        reset(
            &mut self.expressing,
            if job.settings.pts { table } else { 0 },
        );
        self.level_sets.clear(job, genes.clone());
        let tables = (&mut *self.sums, &mut *self.expressing);
        let collected = if job.layout.mask.is_some() {
            self.level_sets
                .collect::<true>(job, shared, genes, cursors, tables)?
        } else {
            self.level_sets
                .collect::<false>(job, shared, genes, cursors, tables)?
        };
        if collected == Outcome::Done {
            let n_cells = job.groups.n_compared() as u32;
            self.sweep.clear(n_slots, n_genes);
            self.sweep
                .run(&self.level_sets, n_cells, job.settings.tie_correct);
        }
        Ok(collected)
    }

    /// Hand one gene over; returns the slots whose fold changes are left to
    /// [`settle`].
    fn take(&self, job: &Job, at: usize, gene: &mut Gene) -> Vec<usize> {
        let groups = job.groups;
        let Gene { row, sums } = gene;
        let n_cells = groups.n_compared();
        let n_genes = self.level_sets.n_genes;
        let stored = self.level_sets.stored[at];
        let zeros = n_cells - u64::from(stored);
        for (slot, sum) in sums.iter_mut().enumerate() {
            let at = slot * n_genes + at;
            // All stored values are above 0: that is the rank of a zero.
            row.doubled_rank_sums[slot] =
                self.sweep.ranks[at] + missing_doubled_ranks(groups, slot, zeros);
            *sum = self.sums[at];
            row.sums[slot] = self.sums[at];
            if let Some(&count) = self.expressing.get(at) {
                row.expressing[slot] = count;
            }
        }
        row.tie_factors[0] = tie_factor(self.sweep.ties[at], n_cells);

        let n = stored as usize;
        let exact = self.level_sets.is_exact(stored);
        let magnitude = |sums: &[f64]| sums.iter().sum();
        let undecided = job.changes.main.compare(
            groups,
            sums,
            n,
            exact,
            || magnitude(sums),
            &mut row.fold_changes,
        );
        if let Some(change) = job.changes.of_singles {
            for (slot, sum) in sums.iter_mut().enumerate() {
                *sum = self.sums_of_singles[slot * n_genes + at];
            }
            let out = &mut row.fold_changes_of_singles;
            change.compare(groups, sums, n, exact, || magnitude(sums), out);
        }
        undecided
    }
}

fn reset<T: Clone + Default>(table: &mut Vec<T>, n: usize) {
    table.clear();
    table.resize(n, T::default());
}
