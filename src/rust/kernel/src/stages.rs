//! The stages one by one, for the benchmarks in `bench/kernel`.

use crate::gene::fold_change::{settle, FoldChange};
use crate::gene::ranks::{add_doubled_ranks, Sorted};
use crate::gene::sort::{key, SortScratch, FIRST_POSITIVE_KEY};
use crate::input::Error;
use crate::stage2::{adjust_sorted, Order};
use crate::strategy::Sweeping;
use crate::tiles::{value_and_slot, Column, Cursors, Job, Reader, Shared};
use crate::{Control, Correction};

/// The stages of one matrix stored by cell, with memory that is used again.
pub struct Stages<'a> {
    job: &'a Job<'a>,
    shared: Shared<'a>,
    reader: Reader,
    cursors: Cursors,
    sort: SortScratch,
    below: Vec<u32>,
    order: Order,
}

impl<'a> Stages<'a> {
    /// The values of each gene must have been [counted](Job::counted).
    pub fn new(job: &'a Job, control: &'a Control) -> Self {
        Self {
            job,
            shared: Shared::new(control),
            reader: Reader::default(),
            cursors: Cursors::default(),
            sort: SortScratch::default(),
            below: Vec::new(),
            order: Order::default(),
        }
    }

    fn n_genes(&self) -> usize {
        self.job.layout.sizes.len()
    }

    /// Gather all genes.
    ///
    /// # Errors
    /// [`Error::NotANumber`] when a value is NaN.
    pub fn gather(&mut self) -> Result<(), Error> {
        let all = 0..self.n_genes();
        self.cursors.place(&self.job.layout, 0);
        let (job, shared) = (self.job, &self.shared);
        self.reader
            .gather(job, shared, all, None, &mut self.cursors)
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
        Sweeping::new(self.job).rank_tile(&self.shared, all)
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
        add_doubled_ranks(&sorted, self.job.groups, &mut self.below, sums);
    }

    /// Fold changes of a gene against the rest, where sums do round.
    pub fn rest_sums(&self, entries: &[u64], fold_changes: &mut [f32]) {
        let values = || entries.iter().map(|&entry| value_and_slot(entry));
        let mut by_slot = vec![0.0; self.job.groups.len() + 1];
        let mut magnitude = 0.0;
        for (value, slot) in values() {
            by_slot[slot as usize] += value;
            magnitude += value.abs();
        }
        let change = FoldChange::of_natural_logarithms();
        let n = entries.len();
        let groups = self.job.groups;
        let undecided = change.compare(groups, &by_slot, n, false, || magnitude, fold_changes);
        settle(groups, change, &by_slot, &undecided, values, fold_changes);
    }

    /// Order genes by score.
    pub fn order(&mut self, scores: &[f64]) {
        self.order.make(scores, false);
    }
}

/// Adjust sorted p-values, in place.
pub fn adjust(correction: Correction, sorted: &mut [f64]) {
    adjust_sorted(correction, sorted);
}
