//! The stages one by one, for the benchmarks in `bench/kernel`.

use crate::adjust::Correction;
use crate::blocks::{value_and_slot, Column, Reader, Source};
use crate::cursors::Cursors;
use crate::fold_change::{FoldChange, Means};
use crate::order::Order;
use crate::rank::{add_doubled_ranks, Sorted};
use crate::rest_sum::{decide, settle, Sums};
use crate::sort::{key, SortScratch, FIRST_POSITIVE_KEY};
use crate::sweep::Sweep;
use crate::{Control, Error, Expression, Groups};

/// The stages of one matrix stored by cell, with memory that is used again.
pub struct Stages<'a> {
    source: Source<'a>,
    groups: &'a Groups,
    reader: Reader,
    cursors: Cursors,
    sweep: Sweep,
    sort: SortScratch,
    below: Vec<u32>,
    order: Order,
}

impl<'a> Stages<'a> {
    pub fn new(expression: &'a Expression, groups: &'a Groups, control: &'a Control) -> Self {
        Self {
            source: Source::new(expression, groups, control, None, false),
            groups,
            reader: Reader::default(),
            cursors: Cursors::default(),
            sweep: Sweep::default(),
            sort: SortScratch::default(),
            below: Vec::new(),
            order: Order::default(),
        }
    }

    fn n_genes(&self) -> usize {
        self.source.sizes.len()
    }

    /// Gather all genes.
    ///
    /// # Errors
    /// [`Error::NotANumber`] when a value is NaN.
    pub fn gather(&mut self) -> Result<(), Error> {
        let all = 0..self.n_genes();
        self.cursors.place(&self.source, 0);
        self.reader
            .gather(&self.source, all, None, &mut self.cursors)
    }

    /// The entries of each gene that was gathered.
    pub fn gathered(&mut self) -> Vec<Vec<u64>> {
        let genes = 0..self.n_genes();
        let entries = genes.map(|gene| match self.reader.column(gene) {
            Column::Single(entries) => entries.to_vec(),
            Column::Double { .. } => Vec::new(),
        });
        entries.collect()
    }

    /// Rank all genes in one sweep; `false` where that does not pay.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the caller cancels.
    pub fn sweep(&mut self) -> Result<bool, Error> {
        let all = 0..self.n_genes();
        self.cursors.place(&self.source, 0);
        self.sweep.rank(&self.source, all, &mut self.cursors, false)
    }

    /// Sort the entries of a gene.
    pub fn sort(&mut self, entries: &mut [u64]) {
        let (lowest, highest) = entries.iter().fold((u32::MAX, 0), |(low, high), &e| {
            (low.min(key(e)), high.max(key(e)))
        });
        if !entries.is_empty() {
            self.sort.sort(entries, lowest, highest);
        }
    }

    /// Rank the sorted entries of a gene; `sums` has room for each group and
    /// one more.
    pub fn rank(&mut self, entries: &[u64], sums: &mut [u64]) {
        let negatives = entries.partition_point(|&e| key(e) < FIRST_POSITIVE_KEY);
        let sorted = Sorted { entries, negatives };
        add_doubled_ranks(&sorted, self.groups, &mut self.below, sums);
    }

    /// Fold changes of a gene against the rest, where sums do round.
    pub fn rest_sums(&self, entries: &[u64], fold_changes: &mut [f32]) {
        let values = || entries.iter().map(|&entry| value_and_slot(entry));
        let mut by_slot = vec![0.0; self.groups.len() + 1];
        let mut magnitude = 0.0;
        for (value, slot) in values() {
            by_slot[slot as usize] += value;
            magnitude += value.abs();
        }
        let sums = Sums {
            by_slot: &by_slot,
            exact: false,
            magnitude,
        };
        let change = FoldChange::new(None, Means::OfLogarithms);
        let undecided = decide(self.groups, change, &sums, entries.len(), fold_changes);
        settle(
            self.groups,
            change,
            &by_slot,
            &undecided,
            values,
            fold_changes,
        );
    }

    /// Order genes by score.
    pub fn order(&mut self, scores: &[f64]) {
        self.order.make(scores, false);
    }
}

/// Adjust sorted p-values, in place.
pub fn adjust(correction: Correction, sorted: &mut [f64]) {
    correction.adjust(sorted);
}
