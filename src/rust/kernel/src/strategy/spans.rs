//! Spans of genes, which threads take one after another.

use crate::input::Error;
use crate::tiles::cut::cut_evenly;
use crate::tiles::{Layout, Shared};
use std::ops::Range;
use std::sync::Mutex;

/// Tasks a thread gets, so that none waits long for the last one; each is one
/// more walk over all cells.
const SPANS_A_THREAD: usize = 2;
/// So many find processors that are alike: each gets one task.
const FEW_THREADS: usize = 4;

/// The genes from `first` on, cut into spans for all threads.
pub(super) fn spans(layout: &Layout, first: usize) -> Vec<Range<usize>> {
    let threads = rayon::current_num_threads();
    let n_spans = if threads <= FEW_THREADS {
        threads
    } else {
        SPANS_A_THREAD * threads
    };
    let genes = first..layout.sizes.len();
    cut_evenly(&layout.sizes, genes, n_spans as u64, usize::MAX)
}

/// Share tasks among all threads: each works once, with a function that gives it
/// the next task.
pub(super) fn share<T: Send>(
    shared: &Shared,
    tasks: Vec<T>,
    work: impl Fn(&dyn Fn() -> Option<T>) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    if tasks.is_empty() {
        return Ok(());
    }
    let queue = Mutex::new(tasks.into_iter());
    let next = || queue.lock().ok().and_then(|mut tasks| tasks.next());
    let outcomes = rayon::broadcast(|_| shared.stop_all_unless_ok(work(&next)));
    // The reason before those that only stopped because of it.
    let errors = || outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    let reason = errors().find(|&error| *error != Error::Cancelled);
    match reason.or_else(|| errors().next()) {
        Some(error) => Err(error.clone()),
        None => Ok(()),
    }
}
