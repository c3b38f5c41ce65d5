//! Rank sums of a block of genes without sorting a gene: one sweep over all
//! values in ascending order.
//!
//! The values of a cell are logarithms of small counts over one cell's size,
//! so a cell has few distinct ones: its stored values are a few *level
//! sets*, each one value and the genes that have it. Sorting the level sets of
//! all cells puts the values of every gene in order at once. Going through them,
//! each gene knows how many of its cells came before, which is the rank.
//!
//! Works for values above 0; a block with others, with too many distinct values
//! or with very many groups is left to the general way.

use crate::blocks::Source;
use crate::cursors::Cursors;
use crate::dictionary::{Dictionary, SKIPPED};
use crate::prefetch::{prefetch, prefetch_many};
use crate::rest_sum::is_exact;
use crate::sort::{key, payload, sort_positions, SortScratch};
use crate::ties::{term, tie_factor};
use crate::worker::Gene;
use crate::{Error, Groups};
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

/// What a sweep finds for the genes of a block: a row a slot, a column a gene.
#[derive(Default)]
pub(crate) struct Sweep {
    n_genes: usize,
    /// Doubled ranks of the stored values, each less that of a zero.
    ranks: Vec<u64>,
    sums: Vec<f64>,
    counts: Vec<u32>,
    /// For each gene, how many of its values are stored and not zero.
    stored: Vec<u32>,
    /// For each gene, the sum over its runs of ties.
    ties: Vec<f64>,
    /// The smallest and the largest value of the block.
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

impl Sweep {
    /// Whether sweeping is worth a try.
    pub fn suits(source: &Source) -> bool {
        !source.groups.has_reference() && source.groups.len() <= MOST_GROUPS
    }

    /// Genes that a block may have: many make long level sets, but their
    /// tables must not outgrow the caches by far.
    pub fn widest_block(groups: &Groups) -> usize {
        const TABLE: usize = 1 << 20;
        (TABLE / (groups.len() + 1)).clamp(1 << 8, 1 << 12)
    }

    /// Rank the genes of `block`; `false` when it must be done another way.
    pub fn rank(
        &mut self,
        source: &Source,
        block: Range<usize>,
        cursors: &mut Cursors,
        with_ties: bool,
    ) -> Result<bool, Error> {
        self.clear(source, block.clone());
        let drawn = if source.wanted.is_some() {
            self.draw::<true>(source, block, cursors)?
        } else {
            self.draw::<false>(source, block, cursors)?
        };
        if drawn {
            self.sweep(source, with_ties);
        }
        Ok(drawn)
    }

    fn clear(&mut self, source: &Source, block: Range<usize>) {
        self.n_genes = block.len();
        let table = (source.groups.len() + 1) * self.n_genes;
        reset(&mut self.ranks, table);
        reset(&mut self.sums, table);
        reset(&mut self.counts, if source.counts { table } else { 0 });
        self.stored.clear();
        self.stored.extend(&source.sizes[block.clone()]);
        reset(&mut self.ties, self.n_genes);
        self.extremes = (f64::INFINITY, 0.0);
        self.single = true;
        // Room for one more cell's skipped values.
        let stored: usize = source.sizes[block].iter().map(|&n| n as usize).sum();
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
    fn draw<const MASKED: bool>(
        &mut self,
        source: &Source,
        block: Range<usize>,
        cursors: &mut Cursors,
    ) -> Result<bool, Error> {
        let is_wanted = |gene: i32| !MASKED || source.is_wanted(gene as usize);
        let mut filled = 0;
        for (cell, &slot) in source.groups.slots().iter().enumerate() {
            let rest = cursors.rest_of::<VALUES_AHEAD>(source, cell);
            let idx = &source.expression.indices()[rest.clone()];
            let x = &source.expression.values()[rest.clone()];
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
                if gene as usize >= block.end {
                    break;
                }
                let local = gene as usize - block.start;
                sums[local] += value;
                genes[n_common] = local as u16;
                self.others[n_others] = (n_common + n_others) as u32;
                let is_common = value == common && is_wanted(gene);
                n_common += usize::from(is_common);
                n_others += usize::from(!is_common);
            }
            let taken = n_common + n_others;
            cursors.set(cell, rest.start + taken);

            self.dictionary.begin_cell(n_others);
            for (i, &at) in self.others[..n_others].iter().enumerate() {
                let (gene, value) = (idx[at as usize], x[at as usize]);
                if value == 0.0 || !is_wanted(gene) {
                    self.stored[gene as usize - block.start] -= u32::from(is_wanted(gene));
                    self.dictionary.skip(i);
                } else {
                    self.dictionary.add(i, value);
                }
            }
            if !self.dictionary.is_well() {
                return Ok(false);
            }
            if source.counts {
                let counts = &mut self.counts[row];
                for (&gene, &value) in idx[..taken].iter().zip(x) {
                    counts[gene as usize - block.start] += u32::from(value != 0.0);
                }
            }
            if n_common > 0 {
                self.enter(slot, common, filled as u32, n_common as u32);
            }
            filled = self.lay_out(slot, filled + n_common, n_others, block.start, idx);
            if cell % CELLS_A_CHECK == 0 {
                source.checkpoint(0)?;
                if self.level_sets.len() * LEAST_GAIN > filled + LEAST_VALUES {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Replace the sums by those of `summand` of each value, in the same order.
    pub fn add_up(&mut self, summand: impl Fn(f64) -> f64) {
        self.sums.fill(0.0);
        // Level sets are in the order of cells, with one gene at most once a
        // cell.
        for (set, &value) in self.level_sets.iter().zip(&self.values) {
            let summand = summand(value);
            let sums = &mut self.sums[set.slot as usize * self.n_genes..][..self.n_genes];
            for &gene in &self.genes[set.first as usize..][..set.len as usize] {
                sums[gene as usize] += summand;
            }
        }
    }

    /// Add a level set, whose genes lie from `first` on.
    fn enter(&mut self, slot: u32, value: f64, first: u32, len: u32) {
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
            self.enter(slot, value, first, next - first);
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
    fn sweep(&mut self, source: &Source, with_ties: bool) {
        let n_cells = source.groups.n_cells() as u32;
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
            // Counted once: all ranks see the whole run; then once more.
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

    /// Whether no order of adding `n` values of the block rounds.
    pub fn is_exact(&self, n: u32) -> bool {
        let (lowest, highest) = self.extremes;
        self.single && is_exact(f64::from(n) * highest, lowest as f32)
    }

    /// Hand one gene over; returns its number of stored values.
    pub fn take(&self, groups: &Groups, at: usize, gene: &mut Gene) -> u32 {
        let n_cells = groups.n_cells() as u64;
        let stored = self.stored[at];
        let zeros = n_cells - u64::from(stored);
        for slot in 0..=groups.len() {
            let at = slot * self.n_genes + at;
            // 1 for each cell itself, and the rank of a zero.
            gene.doubled_ranks[slot] = self.ranks[at] + groups.size(slot) * (zeros + 1);
            gene.sums[slot] = self.sums[at];
            if let Some(&count) = self.counts.get(at) {
                gene.counts[slot] = count;
            }
        }
        gene.tie_factors[0] = tie_factor(self.ties[at], n_cells);
        stored
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
