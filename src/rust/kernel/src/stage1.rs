//! Stage 1: the statistics of every gene, by all threads.

use crate::input::Error;
use crate::statistics::{Columns, GeneStatistics};
use crate::strategy::Chooser;
use crate::tiles::{Job, Shared};
use crate::Control;
use std::ops::Range;
use std::sync::Mutex;

/// Tasks a thread gets, so that none waits long for the last one; each is one
/// more walk over all cells.
const SPANS_A_THREAD: usize = 2;
/// So many find processors that are alike: each gets one task.
const FEW_THREADS: usize = 4;
/// Stored values in a tile: large tiles are gathered faster, small ones
/// need less memory. All threads together hold half of the matrix at most.
const TILE_SIZES: Range<usize> = 1 << 16..1 << 25;

/// Rank every gene once and keep its statistics for every group.
///
/// Counts [`Job::work`] as done.
///
/// # Errors
/// [`Error::NotANumber`] when a ranked value is NaN, [`Error::Cancelled`] when
/// the caller cancels.
pub fn gene_statistics(job: &Job, control: &Control) -> Result<GeneStatistics, Error> {
    let shared = Shared::new(control);
    fill(job, &shared)
}

fn fill(job: &Job, shared: &Shared) -> Result<GeneStatistics, Error> {
    let threads = rayon::current_num_threads();
    let tile_size = job.settings.tile_size.unwrap_or_else(|| {
        let share = job.layout.expression.n_stored() / (2 * threads).max(4);
        share.clamp(TILE_SIZES.start, TILE_SIZES.end)
    });
    let spans = job.layout.spans(if threads <= FEW_THREADS {
        threads
    } else {
        SPANS_A_THREAD * threads
    });
    let mut statistics = GeneStatistics::zeros(job.groups, job.settings, job.n_ranked());
    let mut rest = Columns::all(&mut statistics);
    let mut tasks = Vec::with_capacity(spans.len());
    for span in spans {
        let (columns, others) = rest.split_at(job.layout.n_ranked(span.clone()));
        tasks.push((span, columns));
        rest = others;
    }

    // Every thread takes task after task with memory of its own.
    let queue = Mutex::new(tasks.into_iter());
    let next = || queue.lock().ok().and_then(|mut tasks| tasks.next());
    let outcomes = rayon::broadcast(|_| {
        let mut chooser = Chooser::new(job.groups, tile_size);
        let mut work = || {
            while let Some((span, columns)) = next() {
                chooser.rank(job, shared, span, columns)?;
            }
            Ok(())
        };
        shared.stop_all_unless_ok(work())
    });
    // The reason before those that only stopped because of it.
    let errors = || outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    let reason = errors().find(|&error| *error != Error::Cancelled);
    if let Some(error) = reason.or_else(|| errors().next()) {
        return Err(error.clone());
    }
    statistics.values = shared.values();
    Ok(statistics)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Comparison, Expression, Groups, Major};
    use crate::statistics::Settings;

    /// How many tiles of made-up cells were swept, two of them by cell, whose
    /// values are so many distinct ones.
    fn n_swept(distinct: usize, comparison: Comparison, major: Major) -> usize {
        let (n_cells, n_genes) = (300, 400);
        let (n_slices, n_minor) = match major {
            Major::Cell => (n_cells, n_genes),
            Major::Gene => (n_genes, n_cells),
        };
        let p: Vec<i32> = (0..=n_slices).map(|i| (i * n_minor) as i32).collect();
        let idx: Vec<i32> = (0..n_slices * n_minor)
            .map(|i| (i % n_minor) as i32)
            .collect();
        let x: Vec<f64> = (0..n_slices * n_minor)
            .map(|i| (i * 7919 % distinct + 1) as f64 * 0.5)
            .collect();
        let codes: Vec<i32> = (0..n_cells).map(|cell| (cell % 3) as i32).collect();
        let matrix = Expression::new(&p, &idx, &x, n_cells, n_genes, major).unwrap();
        let groups = Groups::new(&codes, 3, &[1, 2], comparison).unwrap();
        let settings = Settings::default();
        let job = Job::new(&matrix, &groups, &settings).unwrap();
        let control = Control::default();
        let shared = Shared::new(&control);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build();
        pool.unwrap().install(|| fill(&job, &shared)).unwrap();
        shared.n_swept()
    }

    #[test]
    fn few_values_a_cell_are_swept_and_all_else_is_sorted() {
        assert_eq!(n_swept(4, Comparison::Rest, Major::Cell), 2);
        assert_eq!(n_swept(1 << 20, Comparison::Rest, Major::Cell), 0);
        assert_eq!(n_swept(4, Comparison::Reference(0), Major::Cell), 0);
        assert_eq!(n_swept(4, Comparison::Rest, Major::Gene), 0);
    }
}
