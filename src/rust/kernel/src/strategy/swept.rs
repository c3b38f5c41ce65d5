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

use super::dictionary::{Dictionary, SKIPPED};
use super::sorted::add_summands;
use super::{Gene, Outcome, Scratch, Strategy, Tile};
use crate::gene::fold_change::{is_exact, settle, FoldChange};
use crate::gene::ranks::missing_doubled_ranks;
use crate::gene::sort::{key, payload, sort_positions, SortScratch};
use crate::gene::ties::{term, tie_factor};
use crate::input::{Error, Groups, Major};
use crate::statistics::Columns;
use crate::tiles::prefetch::{prefetch, prefetch_many};
use crate::tiles::{Cursors, Job, Shared};
use std::ops::Range;

/// Level sets must be this many times fewer than stored values to pay.
const LEAST_GAIN: usize = 12;
/// Tables of more groups outgrow the caches by so much that sorting is faster.
const MOST_GROUPS: usize = 256;
/// Stored values that are not enough to tell.
const LEAST_VALUES: usize = 1 << 14;
/// Values of a cell among which the smallest is taken for its most common.
const GLANCE: usize = 6;
/// Cells between two looks at whether to go on.
const CELLS_A_CHECK: usize = 4096;
/// Values of a cell that are asked for ahead.
const VALUES_AHEAD: usize = 104;
/// Level sets ahead of the sweep whose genes are asked for.
const AHEAD: usize = 8;
/// Genes of a level set that are asked for, at most.
const GENES_AHEAD: usize = 256;

/// Genes of one cell that have the same value.
#[derive(Clone, Copy)]
struct LevelSet {
    slot: u32,
    first: u32,
    len: u32,
}

/// What a sweep finds for the genes of a tile (tables with one row per slot and
/// one column per gene), and its memory, used again from tile to tile.
#[derive(Default)]
pub(crate) struct BySweeping {
    n_genes: usize,
    /// Doubled ranks of the stored values, each less that of a zero.
    ranks: Vec<u64>,
    sums: Vec<f64>,
    /// Sums of summands in single precision, where they are asked for.
    sums_of_singles: Vec<f64>,
    expressing: Vec<u32>,
    /// For each gene, how many of its values are compared and not zero.
    stored: Vec<u32>,
    /// For each gene, the sum over its runs of ties.
    ties: Vec<f64>,
    /// The smallest and the largest value of the tile.
    extremes: (f64, f64),
    /// Whether all values are float32.
    single: bool,

    genes: Vec<u16>,
    /// Places of the cell's values that are not its most common one.
    others: Vec<u32>,
    level_sets: Vec<LevelSet>,
    values: Vec<f64>,
    entries: Vec<u64>,
    sort: SortScratch,
    dictionary: Dictionary,
    /// For each gene, twice the cells that came before plus the zeros.
    before: Vec<u32>,
    /// For each gene, its cells in the run of ties at hand.
    tied: Vec<u32>,
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
        if !self.single {
            shared.note_doubles();
        }
        shared.note_fractions(self.values.iter().copied());
        if job.changes.main.is_of_linear_means() {
            let sets = (&*self.level_sets, &*self.values, &*self.genes);
            add_up(sets, self.n_genes, job.changes.main, &mut self.sums);
        }
        if let Some(change) = job.changes.of_singles {
            reset(&mut self.sums_of_singles, self.sums.len());
            let sets = (&*self.level_sets, &*self.values, &*self.genes);
            add_up(sets, self.n_genes, change, &mut self.sums_of_singles);
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
        self.clear(job, genes.clone());
        let collected = if job.layout.mask.is_some() {
            self.collect_level_sets::<true>(job, shared, genes, cursors)?
        } else {
            self.collect_level_sets::<false>(job, shared, genes, cursors)?
        };
        if collected == Outcome::Done {
            self.sweep(job.groups, job.settings.tie_correct);
        }
        Ok(collected)
    }

    fn clear(&mut self, job: &Job, genes: Range<usize>) {
        self.n_genes = genes.len();
        let table = (job.groups.len() + 1) * self.n_genes;
        reset(&mut self.ranks, table);
        reset(&mut self.sums, table);
        reset(
            &mut self.expressing,
            if job.settings.pts { table } else { 0 },
        );
        self.stored.clear();
        self.stored.extend(&job.layout.sizes[genes]);
        reset(&mut self.ties, self.n_genes);
        self.extremes = (f64::INFINITY, 0.0);
        self.single = true;
        // Room for one more cell's skipped values.
        let stored: usize = self.stored.iter().map(|&n| n as usize).sum();
        let room = stored + self.n_genes;
        if self.genes.len() < room {
            self.genes.resize(room, 0);
        }
        self.level_sets.clear();
        self.values.clear();
    }

    /// Collect the level sets of all cells, and the sums in the order of cells.
    ///
    /// Not inlined, nor is the sweep: there would be too few registers.
    #[inline(never)]
    fn collect_level_sets<const MASKED: bool>(
        &mut self,
        job: &Job,
        shared: &Shared,
        tile: Range<usize>,
        cursors: &mut Cursors,
    ) -> Result<Outcome, Error> {
        let layout = &job.layout;
        let is_ranked = |gene: i32| !MASKED || layout.is_ranked(gene as usize);
        let mut filled = 0;
        for (cell, &slot) in job.groups.slots().iter().enumerate() {
            let rest = cursors.rest_of::<VALUES_AHEAD>(layout, cell);
            let idx = &layout.expression.indices()[rest.clone()];
            let x = &layout.expression.values()[rest.clone()];
            if slot == Groups::NO_SLOT {
                let idx = &idx[..idx.partition_point(|&gene| (gene as usize) < tile.end)];
                for &gene in idx.iter().filter(|&&gene| is_ranked(gene)) {
                    self.stored[gene as usize - tile.start] -= 1;
                }
                cursors.set(cell, rest.start + idx.len());
                continue;
            }
            let row = slot as usize * self.n_genes..(slot as usize + 1) * self.n_genes;

            // Most values of a cell are its smallest, the logarithm of one
            // count: those are set apart without a look at the dictionary,
            // and without a branch that cannot be foreseen.
            let common = smallest_positive(&x[..x.len().min(GLANCE)]);
            let (mut n_common, mut n_others) = (0, 0);
            let genes = &mut self.genes[filled..];
            let sums = &mut self.sums[row.clone()];
            if self.others.len() < idx.len() {
                self.others.resize(idx.len(), 0);
            }
            for (&gene, &value) in idx.iter().zip(x) {
                if gene as usize >= tile.end {
                    break;
                }
                let local = gene as usize - tile.start;
                sums[local] += value;
                genes[n_common] = local as u16;
                self.others[n_others] = (n_common + n_others) as u32;
                let is_common = value == common && is_ranked(gene);
                n_common += usize::from(is_common);
                n_others += usize::from(!is_common);
            }
            let taken = n_common + n_others;
            cursors.set(cell, rest.start + taken);

            self.dictionary.begin_cell(n_others);
            for (i, &at) in self.others[..n_others].iter().enumerate() {
                let (gene, value) = (idx[at as usize], x[at as usize]);
                if value == 0.0 || !is_ranked(gene) {
                    self.stored[gene as usize - tile.start] -= u32::from(is_ranked(gene));
                    self.dictionary.skip(i);
                } else {
                    self.dictionary.add(i, value);
                }
            }
            if !self.dictionary.is_valid() {
                return Ok(Outcome::GaveUp);
            }
            if job.settings.pts {
                let expressing = &mut self.expressing[row];
                for (&gene, &value) in idx[..taken].iter().zip(x) {
                    expressing[gene as usize - tile.start] += u32::from(value != 0.0);
                }
            }
            if n_common > 0 {
                self.add_level_set(slot, common, filled as u32, n_common as u32);
            }
            filled = self.lay_out(slot, filled + n_common, n_others, tile.start, idx);
            if cell % CELLS_A_CHECK == 0 {
                shared.checkpoint(0)?;
                if self.level_sets.len() * LEAST_GAIN > filled + LEAST_VALUES {
                    return Ok(Outcome::GaveUp);
                }
            }
        }
        Ok(Outcome::Done)
    }

    /// Add a level set, whose genes lie from `first` on.
    fn add_level_set(&mut self, slot: u32, value: f64, first: u32, len: u32) {
        self.extremes.0 = self.extremes.0.min(value);
        self.extremes.1 = self.extremes.1.max(value);
        self.single &= f64::from(value as f32) == value;
        self.values.push(value);
        self.level_sets.push(LevelSet { slot, first, len });
    }

    /// Lay the genes of a cell's other values out, one level set after the
    /// other, from `filled` on; returns where the next cell's start.
    fn lay_out(
        &mut self,
        slot: u32,
        filled: usize,
        n: usize,
        first_gene: usize,
        idx: &[i32],
    ) -> usize {
        let mut next = filled as u32;
        for code in 0..self.dictionary.n {
            let first = next;
            next = self.dictionary.place(code, first);
            let value = self.dictionary.values[code];
            self.add_level_set(slot, value, first, next - first);
        }
        // What is skipped goes behind; the next cell overwrites it.
        self.dictionary.place(SKIPPED, next);
        let [even, odd] = &mut self.dictionary.counts;
        let mut put = |places: &mut [u32; 256], code: u8, at: u32| {
            let place = &mut places[code as usize];
            self.genes[*place as usize] = (idx[at as usize] as usize - first_gene) as u16;
            *place += 1;
        };
        let codes = &self.dictionary.codes[..n];
        for (codes, others) in codes.chunks(2).zip(self.others[..n].chunks(2)) {
            put(even, codes[0], others[0]);
            if let ([_, code], [_, at]) = (codes, others) {
                put(odd, *code, *at);
            }
        }
        next as usize
    }

    /// Go through the level sets by ascending value.
    #[inline(never)]
    fn sweep(&mut self, groups: &Groups, with_ties: bool) {
        let n_cells = groups.n_compared() as u32;
        self.before.clear();
        self.before.extend(self.stored.iter().map(|n| n_cells - n));
        if with_ties {
            reset(&mut self.tied, self.n_genes);
            for (ties, &zeros) in self.ties.iter_mut().zip(&self.before) {
                *ties = term(zeros.into());
            }
        }
        let n_genes = self.n_genes;
        let sorted = sort_positions(&self.values, &mut self.entries, &mut self.sort);
        let (genes, level_sets) = (&self.genes, &self.level_sets);
        let set_of = |entry: u64| level_sets[payload(entry) as usize];
        let genes_of = |set: LevelSet| &genes[set.first as usize..][..set.len as usize];
        let before = &mut self.before[..n_genes];
        let mut next = 0;
        for run in sorted.chunk_by(|&a, &b| key(a) == key(b)) {
            for ahead in next + AHEAD..next + run.len() + AHEAD {
                if let Some(&far) = sorted.get(ahead + AHEAD) {
                    prefetch(level_sets, payload(far) as usize);
                }
                if let Some(&near) = sorted.get(ahead) {
                    let LevelSet { first, len, .. } = set_of(near);
                    prefetch_many(genes, first as usize, (len as usize).min(GENES_AHEAD));
                }
            }
            next += run.len();
            if let [alone] = *run {
                let set = set_of(alone);
                let ranks = &mut self.ranks[set.slot as usize * n_genes..][..n_genes];
                for &gene in genes_of(set) {
                    let before = &mut before[gene as usize];
                    ranks[gene as usize] += u64::from(*before) + 1;
                    *before += 2;
                }
                continue;
            }
            // Half of a run's size is added before its cells are ranked, and half
            // afterwards, so that each of them gets the mean of the run's ranks.
            for &entry in run {
                for &gene in genes_of(set_of(entry)) {
                    before[gene as usize] += 1;
                }
            }
            for &entry in run {
                let set = set_of(entry);
                let ranks = &mut self.ranks[set.slot as usize * n_genes..][..n_genes];
                for &gene in genes_of(set) {
                    ranks[gene as usize] += u64::from(before[gene as usize]);
                }
            }
            for &entry in run {
                for &gene in genes_of(set_of(entry)) {
                    before[gene as usize] += 1;
                }
            }
            if with_ties {
                let run_genes = || run.iter().flat_map(|&entry| genes_of(set_of(entry)));
                for &gene in run_genes() {
                    self.tied[gene as usize] += 1;
                }
                for &gene in run_genes() {
                    // None from the second visit of a gene on.
                    let tied = std::mem::take(&mut self.tied[gene as usize]);
                    self.ties[gene as usize] += term(tied.into());
                }
            }
        }
    }

    /// Whether no order of adding `n` values of the tile rounds.
    fn is_exact(&self, n: u32) -> bool {
        let (lowest, highest) = self.extremes;
        self.single && is_exact(f64::from(n) * highest, lowest as f32)
    }

    /// Hand one gene over; returns the slots whose fold changes are left to
    /// [`settle`].
    fn take(&self, job: &Job, at: usize, gene: &mut Gene) -> Vec<usize> {
        let groups = job.groups;
        let Gene { row, sums } = gene;
        let n_cells = groups.n_compared();
        let stored = self.stored[at];
        let zeros = n_cells - u64::from(stored);
        for (slot, sum) in sums.iter_mut().enumerate() {
            let at = slot * self.n_genes + at;
            // All stored values are above 0: that is the rank of a zero.
            row.doubled_rank_sums[slot] =
                self.ranks[at] + missing_doubled_ranks(groups, slot, zeros);
            *sum = self.sums[at];
            if let Some(&count) = self.expressing.get(at) {
                row.expressing[slot] = count;
            }
        }
        row.tie_factors[0] = tie_factor(self.ties[at], n_cells);

        let n = stored as usize;
        let exact = self.is_exact(stored);
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
                *sum = self.sums_of_singles[slot * self.n_genes + at];
            }
            let out = &mut row.fold_changes_of_singles;
            change.compare(groups, sums, n, exact, || magnitude(sums), out);
        }
        undecided
    }
}

/// Sum the summands of each slot, in the order of cells, from level sets, their
/// values and genes.
fn add_up(
    (level_sets, values, genes): (&[LevelSet], &[f64], &[u16]),
    n_genes: usize,
    change: FoldChange,
    sums: &mut [f64],
) {
    sums.fill(0.0);
    // Level sets are in the order of cells, and a gene has at most one value
    // per cell.
    for (set, &value) in level_sets.iter().zip(values) {
        let summand = change.summand(value);
        let sums = &mut sums[set.slot as usize * n_genes..][..n_genes];
        for &gene in &genes[set.first as usize..][..set.len as usize] {
            sums[gene as usize] += summand;
        }
    }
}

fn smallest_positive(values: &[f64]) -> f64 {
    let positive = values.iter().copied().filter(|&value| value > 0.0);
    positive.fold(f64::INFINITY, f64::min)
}

fn reset<T: Clone + Default>(table: &mut Vec<T>, n: usize) {
    table.clear();
    table.resize(n, T::default());
}
