//! The work of one thread: the statistics of gene after gene.

use crate::blocks::{value_and_slot, Column, Reader, Source};
use crate::cursors::Cursors;
use crate::cut::cut_by_limit;
use crate::fold_change::FoldChange;
use crate::rank::{add_doubled_ranks, Sorted};
use crate::rest_sum::{decide, is_exact, of_weighted_means, settle, Sums};
use crate::sort::{
    entry, key, payload, single_of_key, sort_positions, SortScratch, FIRST_POSITIVE_KEY,
};
use crate::statistics::{Columns, StatisticsSettings};
use crate::sweep::Sweep;
use crate::ties::{tie_factor_of_rest, tie_factors_of_reference};
use crate::{Error, Groups, Major};
use ndarray::ArrayViewMut2;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Genes gathered at once: each is written to a page of memory of its own, of
/// which the processor finds only so many quickly.
const WIDEST_GATHER: usize = 1 << 10;
/// Values gathered at once: more take memory and no less time.
const LARGEST_GATHER: u64 = 1 << 23;

/// Makes the statistics of one span of genes after the other.
pub(crate) struct Worker<'a> {
    source: &'a Source<'a>,
    groups: &'a Groups,
    change: FoldChange,
    tie_correct: bool,
    block_size: usize,
    /// Set once sweeping did not pay.
    diverse: &'a AtomicBool,
    reader: Reader,
    cursors: Cursors,
    sweep: Sweep,
    gene: Gene,
    below: Vec<u32>,
    entries: Vec<u64>,
    sort: SortScratch,
}

/// The statistics of the gene at hand: one entry a slot, which are the
/// selected groups and a last one for the others or the reference.
pub(crate) struct Gene {
    pub sums: Vec<f64>,
    pub doubled_ranks: Vec<u64>,
    pub counts: Vec<u32>,
    pub fold_changes: Vec<f32>,
    pub tie_factors: Vec<f64>,
}

impl Gene {
    /// Sum the values of each slot, in the order of cells.
    fn add_up(&mut self, values: impl Iterator<Item = (f64, u32)>) {
        self.sums.fill(0.0);
        for (value, slot) in values {
            self.sums[slot as usize] += value;
        }
    }

    fn compare_weighted_means(&mut self, groups: &Groups, change: FoldChange) {
        of_weighted_means(groups, change, &self.sums, &mut self.fold_changes);
    }

    fn put(&self, columns: &mut Columns, at: usize) {
        fn fill<T: Copy>(rows: &mut ArrayViewMut2<T>, at: usize, values: &[T]) {
            for (row, &value) in rows.column_mut(at).iter_mut().zip(values) {
                *row = value;
            }
        }
        fill(&mut columns.doubled_rank_sums, at, &self.doubled_ranks);
        fill(&mut columns.fold_changes, at, &self.fold_changes);
        fill(&mut columns.tie_factors, at, &self.tie_factors);
        fill(&mut columns.counts, at, &self.counts);
    }
}

impl<'a> Worker<'a> {
    pub fn new(
        source: &'a Source<'a>,
        settings: &StatisticsSettings,
        block_size: usize,
        diverse: &'a AtomicBool,
    ) -> Self {
        let k = source.groups.len();
        Self {
            source,
            groups: source.groups,
            change: FoldChange::new(settings.log_base, settings.means),
            tie_correct: settings.tie_correct,
            block_size,
            diverse,
            reader: Reader::default(),
            cursors: Cursors::default(),
            sweep: Sweep::default(),
            gene: Gene {
                sums: vec![0.0; k + 1],
                doubled_ranks: vec![0; k + 1],
                counts: vec![0; k + 1],
                fold_changes: vec![0.0; k],
                tie_factors: vec![0.0; k.max(1)],
            },
            below: Vec::new(),
            entries: Vec::new(),
            sort: SortScratch::default(),
        }
    }

    /// Fill the columns of a span of genes.
    pub fn work(&mut self, span: Range<usize>, columns: Columns) -> Result<(), Error> {
        match self.source.expression.major() {
            Major::Gene => self.borrow(span, columns),
            Major::Cell => self.gather(span, columns),
        }
    }

    fn borrow(&mut self, span: Range<usize>, mut columns: Columns) -> Result<(), Error> {
        let source = self.source;
        let mut reader = std::mem::take(&mut self.reader);
        let wanted = span.filter(|&gene| source.is_wanted(gene));
        for (at, gene) in wanted.enumerate() {
            let column = reader.borrow(source, gene)?;
            self.keep(column, &mut columns, at);
            source.checkpoint(source.sizes[gene].into())?;
        }
        self.reader = reader;
        Ok(())
    }

    fn gather(&mut self, span: Range<usize>, mut columns: Columns) -> Result<(), Error> {
        let source = self.source;
        let limit = self.block_size as u64;
        let widest = Sweep::widest_block(self.groups);
        let mut first = 0;
        self.cursors.place(source, span.start);
        for block in cut_by_limit(&source.sizes, span, limit, widest) {
            let swept = !self.diverse.load(Ordering::Relaxed)
                && self.sweep_block(block.clone(), &mut columns, first)?;
            if !swept {
                self.sort_block(block.clone(), limit, &mut columns, first)?;
            }
            for gene in block.filter(|&gene| source.is_wanted(gene)) {
                source.checkpoint(source.sizes[gene].into())?;
                first += 1;
            }
        }
        Ok(())
    }

    /// Do a block by sorting the values of each gene. `first` is the column
    /// of the block's first ranked gene.
    fn sort_block(
        &mut self,
        block: Range<usize>,
        limit: u64,
        columns: &mut Columns,
        mut first: usize,
    ) -> Result<(), Error> {
        let source = self.source;
        let mut reader = std::mem::take(&mut self.reader);
        let wanted = source.wanted.as_deref();
        let limit = limit.min(LARGEST_GATHER);
        for part in cut_by_limit(&source.sizes, block, limit, WIDEST_GATHER) {
            reader.gather(source, part.clone(), wanted, &mut self.cursors)?;
            for gene in part.clone().filter(|&gene| source.is_wanted(gene)) {
                let column = reader.column(gene - part.start);
                self.keep(column, columns, first);
                first += 1;
            }
        }
        self.reader = reader;
        Ok(())
    }

    /// Do a block by sweeping; `false` where that does not suit it.
    fn sweep_block(
        &mut self,
        block: Range<usize>,
        columns: &mut Columns,
        first: usize,
    ) -> Result<bool, Error> {
        let source = self.source;
        let mut sweep = std::mem::take(&mut self.sweep);
        if !sweep.rank(source, block.clone(), &mut self.cursors, self.tie_correct)? {
            self.diverse.store(true, Ordering::Relaxed);
            self.cursors.place(source, block.start);
            return Ok(false);
        }
        let linear = self.change.is_of_linear_means();
        if linear {
            sweep.add_up(|value| self.change.summand(value));
        }
        let mut undecided = Vec::new();
        let ranked = block.clone().filter(|&gene| source.is_wanted(gene));
        for (at, gene) in ranked.enumerate() {
            let stored = sweep.take(self.groups, gene - block.start, &mut self.gene);
            if linear {
                self.gene.compare_weighted_means(self.groups, self.change);
                self.gene.put(columns, first + at);
                continue;
            }
            let sums = Sums {
                by_slot: &self.gene.sums,
                exact: sweep.is_exact(stored),
                // All values are positive.
                magnitude: self.gene.sums.iter().sum(),
            };
            let changes = &mut self.gene.fold_changes;
            let slots = decide(self.groups, self.change, &sums, stored as usize, changes);
            if !slots.is_empty() {
                undecided.push((gene, first + at, slots));
            }
            self.gene.put(columns, first + at);
        }
        self.sweep = sweep;
        self.settle_block(block, columns, &undecided)?;
        Ok(true)
    }

    /// Settle the fold changes that sums alone do not decide: genes, their
    /// columns and the slots in question.
    fn settle_block(
        &mut self,
        block: Range<usize>,
        columns: &mut Columns,
        undecided: &[(usize, usize, Vec<usize>)],
    ) -> Result<(), Error> {
        if undecided.is_empty() {
            return Ok(());
        }
        let mut wanted = vec![false; self.source.sizes.len()];
        for &(gene, ..) in undecided {
            wanted[gene] = true;
        }
        self.cursors.place(self.source, block.start);
        let mut reader = std::mem::take(&mut self.reader);
        reader.gather(self.source, block.clone(), Some(&wanted), &mut self.cursors)?;
        for (gene, at, slots) in undecided {
            let values: Vec<_> = reader.column(gene - block.start).values().collect();
            let values = || values.iter().copied();
            self.gene.add_up(values());
            let changes = &mut self.gene.fold_changes;
            settle(
                self.groups,
                self.change,
                &self.gene.sums,
                slots,
                values,
                changes,
            );
            for &slot in slots {
                columns.fold_changes[[slot, *at]] = self.gene.fold_changes[slot];
            }
        }
        self.reader = reader;
        Ok(())
    }

    /// Put the statistics of a gene into column `at`.
    fn keep(&mut self, column: Column, columns: &mut Columns, at: usize) {
        match column {
            Column::Single(entries) => self.keep_single(entries),
            Column::Double { values, slots } => self.keep_double(values, slots),
        }
        self.gene.put(columns, at);
    }

    fn keep_single(&mut self, entries: &mut [u64]) {
        let values = || entries.iter().map(|&e| value_and_slot(e));
        let (lowest, highest) = entries.iter().fold((u32::MAX, 0), |(low, high), &e| {
            (low.min(key(e)), high.max(key(e)))
        });
        let exact = lowest >= FIRST_POSITIVE_KEY
            && is_exact(
                entries.len() as f64 * f64::from(single_of_key(highest)),
                single_of_key(lowest),
            );
        self.sum(values, entries.len(), exact);
        let mut sort = std::mem::take(&mut self.sort);
        if !entries.is_empty() {
            sort.sort(entries, lowest, highest);
        }
        let negatives = entries.partition_point(|&e| key(e) < FIRST_POSITIVE_KEY);
        self.rank(entries, negatives);
        self.sort = sort;
    }

    fn keep_double(&mut self, values: &[f64], slots: &[u32]) {
        let pairs = || values.iter().copied().zip(slots.iter().copied());
        self.sum(pairs, values.len(), false);
        let mut sort = std::mem::take(&mut self.sort);
        let mut positions = std::mem::take(&mut self.entries);
        let sorted = sort_positions(values, &mut positions, &mut sort);
        let negatives = sorted.partition_point(|&e| values[payload(e) as usize] < 0.0);
        for e in sorted.iter_mut() {
            *e = entry(key(*e), slots[payload(*e) as usize]);
        }
        self.rank(sorted, negatives);
        self.entries = positions;
        self.sort = sort;
    }

    /// Sums, counts and fold changes, from values in the order of cells.
    ///
    /// Not inlined, where there are too few registers for it.
    #[inline(never)]
    fn sum<I: Iterator<Item = (f64, u32)>>(
        &mut self,
        values: impl Fn() -> I,
        n: usize,
        exact: bool,
    ) {
        let gene = &mut self.gene;
        let change = self.change;
        if change.is_of_linear_means() {
            gene.add_up(values().map(|(value, slot)| (change.summand(value), slot)));
        } else {
            gene.add_up(values());
        }
        if self.source.counts {
            gene.counts.fill(0);
            for (_, slot) in values() {
                gene.counts[slot as usize] += 1;
            }
        }
        if self.groups.has_reference() {
            let opposite = gene.sums[self.groups.len()] / self.groups.opposite_size(0) as f64;
            for (slot, out) in gene.fold_changes.iter_mut().enumerate() {
                let mean = gene.sums[slot] / self.groups.size(slot) as f64;
                *out = self.change.of(mean, opposite);
            }
            return;
        }
        if change.is_of_linear_means() {
            gene.compare_weighted_means(self.groups, change);
            return;
        }
        let magnitude = match exact {
            true => 0.0,
            false => values().map(|(value, _)| value.abs()).sum(),
        };
        let sums = Sums {
            by_slot: &gene.sums,
            exact,
            magnitude,
        };
        let out = &mut gene.fold_changes;
        let undecided = decide(self.groups, self.change, &sums, n, out);
        settle(
            self.groups,
            self.change,
            &gene.sums,
            &undecided,
            values,
            out,
        );
    }

    /// Rank sums and tie factors, from the sorted entries.
    fn rank(&mut self, entries: &[u64], negatives: usize) {
        let sorted = Sorted { entries, negatives };
        let groups = self.groups;
        let gene = &mut self.gene;
        gene.doubled_ranks.fill(0);
        let rank_of_zero =
            add_doubled_ranks(&sorted, groups, &mut self.below, &mut gene.doubled_ranks);
        for (slot, sum) in gene.doubled_ranks[..groups.len()].iter_mut().enumerate() {
            let n = groups.size(slot);
            let among_themselves = if groups.has_reference() {
                n * (n + 1)
            } else {
                n
            };
            *sum = sum
                .wrapping_add(n * rank_of_zero)
                .wrapping_add(among_themselves);
        }
        if !self.tie_correct {
            return;
        }
        if groups.has_reference() {
            tie_factors_of_reference(&sorted, groups, &mut gene.tie_factors);
        } else {
            gene.tie_factors[0] = tie_factor_of_rest(&sorted, groups);
        }
    }
}
