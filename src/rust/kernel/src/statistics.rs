//! Stage 1: what is kept of each gene, for every group.

use crate::blocks::{Column, Reader, Source};
use crate::fold_change::FoldChange;
use crate::rank::{add_doubled_ranks, Sorted};
use crate::rest_sum::{fold_changes, is_exact, Sums};
use crate::sort::{
    entry, key, payload, single_of_key, sort_positions, SortScratch, FIRST_POSITIVE_KEY,
};
use crate::ties::{tie_factor_of_rest, tie_factors_of_reference};
use crate::{Control, Error, Expression, Groups};
use ndarray::{Array2, ArrayViewMut2, Axis};
use std::ops::Range;
use std::sync::Mutex;

/// What stage 1 is asked for besides rank sums and fold changes.
#[derive(Debug, Clone, Default)]
pub struct StatisticsSettings {
    /// Which genes to rank, ascending; `None` for all.
    pub genes: Option<Vec<u32>>,
    /// Keep the factor that corrects the variance for ties.
    pub tie_correct: bool,
    /// Keep how many cells express each gene.
    pub counts: bool,
    /// Base of the logarithm of the values; `None` where it is e.
    pub log_base: Option<f64>,
    /// Stored values that a block holds at most; `None` for what suits the
    /// matrix. No result depends on it.
    pub block_size: Option<usize>,
}

/// The statistics of all ranked genes; columns are genes.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneStatistics {
    /// Twice the sum of the ranks of each group's cells. Groups x genes.
    pub doubled_rank_sums: Array2<u64>,
    /// Log2 fold changes. Groups x genes.
    pub fold_changes: Array2<f32>,
    /// Tie factors, where asked for: one row for all groups against their
    /// rest, or a row a group against a reference.
    pub tie_factors: Array2<f64>,
    /// Cells that express each gene, where asked for: a row a group and a
    /// last one for the cells of no selected group, or for the reference.
    pub counts: Array2<u32>,
}

impl GeneStatistics {
    fn zeros(groups: &Groups, settings: &StatisticsSettings, n_genes: usize) -> Self {
        let k = groups.len();
        let tie_rows = match (settings.tie_correct, groups.has_reference()) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => k,
        };
        let count_rows = if settings.counts { k + 1 } else { 0 };
        Self {
            doubled_rank_sums: Array2::zeros((k, n_genes)),
            fold_changes: Array2::zeros((k, n_genes)),
            tie_factors: Array2::zeros((tie_rows, n_genes)),
            counts: Array2::zeros((count_rows, n_genes)),
        }
    }

    /// Ranked genes.
    pub fn n_genes(&self) -> usize {
        self.doubled_rank_sums.ncols()
    }
}

/// Part of the columns of [`GeneStatistics`], for one task to fill.
struct Columns<'a> {
    doubled_rank_sums: ArrayViewMut2<'a, u64>,
    fold_changes: ArrayViewMut2<'a, f32>,
    tie_factors: ArrayViewMut2<'a, f64>,
    counts: ArrayViewMut2<'a, u32>,
}

impl<'a> Columns<'a> {
    fn all(statistics: &'a mut GeneStatistics) -> Self {
        Self {
            doubled_rank_sums: statistics.doubled_rank_sums.view_mut(),
            fold_changes: statistics.fold_changes.view_mut(),
            tie_factors: statistics.tie_factors.view_mut(),
            counts: statistics.counts.view_mut(),
        }
    }

    fn split_at(self, n: usize) -> (Self, Self) {
        let genes = Axis(1);
        let (ranks, other_ranks) = self.doubled_rank_sums.split_at(genes, n);
        let (changes, other_changes) = self.fold_changes.split_at(genes, n);
        let (ties, other_ties) = self.tie_factors.split_at(genes, n);
        let (counts, other_counts) = self.counts.split_at(genes, n);
        let first = Self {
            doubled_rank_sums: ranks,
            fold_changes: changes,
            tie_factors: ties,
            counts,
        };
        let second = Self {
            doubled_rank_sums: other_ranks,
            fold_changes: other_changes,
            tie_factors: other_ties,
            counts: other_counts,
        };
        (first, second)
    }
}

/// Tasks a thread gets, so that no thread waits long for the last one.
const SPANS_A_THREAD: usize = 4;
/// Stored values in a block: large blocks are gathered faster, small ones
/// need less memory.
const BLOCK_SIZES: Range<usize> = 1 << 16..1 << 22;

/// Rank every gene once and keep its statistics for every group.
///
/// # Errors
/// [`Error::Groups`] when the groups are of other cells than the matrix or a
/// gene does not exist, [`Error::NotANumber`] when a ranked value is NaN,
/// [`Error::Cancelled`] when the caller cancels.
pub fn gene_statistics(
    expression: &Expression,
    groups: &Groups,
    settings: &StatisticsSettings,
    control: &Control,
) -> Result<GeneStatistics, Error> {
    if groups.n_cells() != expression.n_cells() {
        return Err(Error::Groups(format!(
            "there are groups for {} cells, not {}",
            groups.n_cells(),
            expression.n_cells()
        )));
    }
    let wanted = wanted_genes(settings, expression.n_genes())?;
    let threads = rayon::current_num_threads();
    let block_size = settings.block_size.unwrap_or_else(|| {
        let share = expression.n_stored() / (8 * threads);
        share.clamp(BLOCK_SIZES.start, BLOCK_SIZES.end)
    });
    let source = Source::new(expression, groups, control, wanted, block_size);
    control.expect(source.sizes.iter().map(|&size| u64::from(size)).sum());

    let spans = source.spans(SPANS_A_THREAD * threads);
    let n_wanted = |span: Range<usize>| span.filter(|&gene| source.is_wanted(gene)).count();
    let mut statistics = GeneStatistics::zeros(groups, settings, n_wanted(0..expression.n_genes()));
    let mut rest = Columns::all(&mut statistics);
    let mut tasks = Vec::with_capacity(spans.len());
    for span in spans {
        let (columns, others) = rest.split_at(n_wanted(span.clone()));
        tasks.push((span, columns));
        rest = others;
    }

    // Every thread takes task after task with memory of its own.
    let queue = Mutex::new(tasks.into_iter());
    let next = || queue.lock().ok().and_then(|mut tasks| tasks.next());
    rayon::broadcast(|_| {
        let mut reader = Reader::default();
        let mut worker = Worker::new(groups, settings);
        while let Some((span, mut columns)) = next() {
            let mut at = 0;
            reader.read(&source, span, |_, column| {
                worker.keep(column, &mut columns, at);
                at += 1;
                Ok(())
            })?;
        }
        Ok(())
    })
    .into_iter()
    .collect::<Result<(), Error>>()?;
    Ok(statistics)
}

fn wanted_genes(settings: &StatisticsSettings, n_genes: usize) -> Result<Option<Vec<bool>>, Error> {
    let Some(genes) = &settings.genes else {
        return Ok(None);
    };
    let mut wanted = vec![false; n_genes];
    for &gene in genes {
        *wanted
            .get_mut(gene as usize)
            .ok_or_else(|| Error::Groups(format!("there is no gene {gene}")))? = true;
    }
    Ok(Some(wanted))
}

/// Makes the statistics of one gene after the other.
struct Worker<'a> {
    groups: &'a Groups,
    change: FoldChange,
    tie_correct: bool,
    counts: bool,
    /// One entry a slot: the selected groups and the others or the reference.
    sums: Vec<f64>,
    doubled_ranks: Vec<u64>,
    stored: Vec<u32>,
    changes: Vec<f32>,
    ties: Vec<f64>,
    below: Vec<u32>,
    entries: Vec<u64>,
    sort: SortScratch,
}

impl<'a> Worker<'a> {
    fn new(groups: &'a Groups, settings: &StatisticsSettings) -> Self {
        let k = groups.len();
        Self {
            groups,
            change: FoldChange::new(settings.log_base),
            tie_correct: settings.tie_correct,
            counts: settings.counts,
            sums: vec![0.0; k + 1],
            doubled_ranks: vec![0; k + 1],
            stored: vec![0; k + 1],
            changes: vec![0.0; k],
            ties: vec![0.0; k],
            below: Vec::new(),
            entries: Vec::new(),
            sort: SortScratch::default(),
        }
    }

    /// Put the statistics of a gene into column `at`.
    fn keep(&mut self, column: Column, columns: &mut Columns, at: usize) {
        match column {
            Column::Single(entries) => self.keep_single(entries, columns, at),
            Column::Double { values, slots } => self.keep_double(values, slots, columns, at),
        }
        let k = self.groups.len();
        for slot in 0..k {
            columns.fold_changes[[slot, at]] = self.changes[slot];
            columns.doubled_rank_sums[[slot, at]] = self.doubled_ranks[slot];
        }
        if self.counts {
            for slot in 0..=k {
                columns.counts[[slot, at]] = self.stored[slot];
            }
        }
    }

    fn keep_single(&mut self, entries: &mut [u64], columns: &mut Columns, at: usize) {
        let values = || {
            let value = |e: u64| (f64::from(single_of_key(key(e))), payload(e));
            entries.iter().map(move |&e| value(e))
        };
        let (lowest, highest) = entries.iter().fold((u32::MAX, 0), |(low, high), &e| {
            (low.min(key(e)), high.max(key(e)))
        });
        let largest = single_of_key(highest)
            .abs()
            .max(single_of_key(lowest).abs());
        let exact = lowest >= FIRST_POSITIVE_KEY
            && is_exact(
                entries.len() as f64 * f64::from(largest),
                single_of_key(lowest),
            );
        self.sum(values, exact);
        if entries.is_empty() {
            self.rank(&[], 0, columns, at);
            return;
        }
        let mut sort = std::mem::take(&mut self.sort);
        let sorted = sort.sort(entries, lowest, highest);
        let negatives = sorted.partition_point(|&e| key(e) < FIRST_POSITIVE_KEY);
        self.rank(sorted, negatives, columns, at);
        self.sort = sort;
    }

    fn keep_double(&mut self, values: &[f64], slots: &[u32], columns: &mut Columns, at: usize) {
        let pairs = || values.iter().copied().zip(slots.iter().copied());
        self.sum(pairs, false);
        let mut sort = std::mem::take(&mut self.sort);
        let mut positions = std::mem::take(&mut self.entries);
        let sorted = sort_positions(values, &mut positions, &mut sort);
        let negatives = sorted.partition_point(|&e| values[payload(e) as usize] < 0.0);
        for e in sorted.iter_mut() {
            *e = entry(key(*e), slots[payload(*e) as usize]);
        }
        self.rank(sorted, negatives, columns, at);
        self.entries = positions;
        self.sort = sort;
    }

    /// Sums, counts and fold changes, from values in the order of cells.
    fn sum<I: Iterator<Item = (f64, u32)>>(&mut self, values: impl Fn() -> I, exact: bool) {
        self.sums.fill(0.0);
        for (value, slot) in values() {
            self.sums[slot as usize] += value;
        }
        if self.counts {
            self.stored.fill(0);
            for (_, slot) in values() {
                self.stored[slot as usize] += 1;
            }
        }
        if self.groups.has_reference() {
            let k = self.groups.len();
            let opposite = self.sums[k] / self.groups.opposite_size(0) as f64;
            for (slot, out) in self.changes.iter_mut().enumerate() {
                let mean = self.sums[slot] / self.groups.size(slot) as f64;
                *out = self.change.of(mean, opposite);
            }
            return;
        }
        let sums = Sums {
            by_slot: &self.sums,
            exact,
            magnitude: if exact {
                0.0
            } else {
                values().map(|(value, _)| value.abs()).sum()
            },
        };
        fold_changes(self.groups, self.change, &sums, values, &mut self.changes);
    }

    /// Rank sums and tie factors, from the sorted entries.
    fn rank(&mut self, entries: &[u64], negatives: usize, columns: &mut Columns, at: usize) {
        let sorted = Sorted { entries, negatives };
        let groups = self.groups;
        self.doubled_ranks.fill(0);
        let rank_of_zero =
            add_doubled_ranks(&sorted, groups, &mut self.below, &mut self.doubled_ranks);
        for (slot, sum) in self.doubled_ranks[..groups.len()].iter_mut().enumerate() {
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
            tie_factors_of_reference(&sorted, groups, &mut self.ties);
            for (slot, &factor) in self.ties.iter().enumerate() {
                columns.tie_factors[[slot, at]] = factor;
            }
        } else {
            columns.tie_factors[[0, at]] = tie_factor_of_rest(&sorted, groups);
        }
    }
}
