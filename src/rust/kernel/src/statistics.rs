//! Stage 1: what is kept of each gene, for every group.

use crate::blocks::Source;
use crate::ranking::work_of_ranking;
use crate::sweep::Sweep;
use crate::worker::Worker;
use crate::{Control, Error, Expression, Groups, Means};
use ndarray::{Array2, ArrayViewMut2, Axis};
use std::ops::Range;
use std::sync::atomic::AtomicBool;
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
    /// What the means of the fold changes are taken of.
    pub means: Means,
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
    /// Statistics of `n_genes` genes to fill, in the shape that these groups
    /// and settings ask for.
    pub fn zeros(groups: &Groups, settings: &StatisticsSettings, n_genes: usize) -> Self {
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
pub(crate) struct Columns<'a> {
    pub doubled_rank_sums: ArrayViewMut2<'a, u64>,
    pub fold_changes: ArrayViewMut2<'a, f32>,
    pub tie_factors: ArrayViewMut2<'a, f64>,
    pub counts: ArrayViewMut2<'a, u32>,
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

/// Tasks a thread gets, so that none waits long for the last one; each is one
/// more walk over all cells.
const SPANS_A_THREAD: usize = 2;
/// So many find processors that are alike: each gets one task.
const FEW_THREADS: usize = 4;
/// Stored values in a block: large blocks are gathered faster, small ones
/// need less memory. All threads together hold half of the matrix at most.
const BLOCK_SIZES: Range<usize> = 1 << 16..1 << 25;

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
        let share = expression.n_stored() / (2 * threads).max(4);
        share.clamp(BLOCK_SIZES.start, BLOCK_SIZES.end)
    });
    let source = Source::new(expression, groups, control, wanted, settings.counts);
    let n_stored: u64 = source.sizes.iter().map(|&size| u64::from(size)).sum();
    let n_ranked = source.n_wanted(0..expression.n_genes());
    // Both stages, so that the fraction done never falls.
    control.expect(n_stored + work_of_ranking(groups.len(), n_ranked));

    let spans = source.spans(if threads <= FEW_THREADS {
        threads
    } else {
        SPANS_A_THREAD * threads
    });
    let mut statistics = GeneStatistics::zeros(groups, settings, n_ranked);
    let mut rest = Columns::all(&mut statistics);
    let mut tasks = Vec::with_capacity(spans.len());
    for span in spans {
        let (columns, others) = rest.split_at(source.n_wanted(span.clone()));
        tasks.push((span, columns));
        rest = others;
    }

    // Every thread takes task after task with memory of its own.
    let queue = Mutex::new(tasks.into_iter());
    let next = || queue.lock().ok().and_then(|mut tasks| tasks.next());
    let diverse = AtomicBool::new(!Sweep::suits(&source));
    let outcomes = rayon::broadcast(|_| {
        let mut worker = Worker::new(&source, settings, block_size, &diverse);
        let mut work = || {
            while let Some((span, columns)) = next() {
                worker.work(span, columns)?;
            }
            Ok(())
        };
        source.stop_all_unless_ok(work())
    });
    // The reason before those that only stopped because of it.
    let errors = || outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    let reason = errors().find(|&error| *error != Error::Cancelled);
    if let Some(error) = reason.or_else(|| errors().next()) {
        return Err(error.clone());
    }
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
