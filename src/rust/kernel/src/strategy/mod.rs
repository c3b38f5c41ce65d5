//! The two ways to rank genes, and the one place that chooses.
//!
//! Both give the same numbers. *Sorting* works for everything: the values of
//! each gene are sorted. *Sweeping* is faster where cells have few distinct
//! values: all genes of a tile are ranked in one pass over the values of all
//! cells.

mod by_level;
mod sorted;
mod spans;
mod stratified;
mod swept;

pub(crate) use by_level::rank_levels;
#[cfg(feature = "stages")]
pub(crate) use swept::Sweeping;

use crate::input::{Error, Groups};
use crate::statistics::{Columns, GeneStatistics, Row};
use crate::tiles::{Job, Shared};
use std::ops::{Deref, Range};

/// The gene at hand.
pub(crate) struct Gene {
    pub row: Row,
    /// The sum of each slot's values, added cell after cell.
    pub sums: Vec<f64>,
}

impl Gene {
    pub fn new(groups: &Groups) -> Self {
        Self {
            row: Row::new(groups),
            sums: vec![0.0; groups.len() + 1],
        }
    }
}

/// Stored values in a tile that is gathered: large tiles are gathered faster,
/// small ones need less memory. All threads together hold half of the matrix at
/// most.
const TILE_SIZES: Range<usize> = 1 << 16..1 << 25;
/// Stored values in a tile that is swept, at most: they take 2 to 4 bytes each.
const LARGEST_SWEEP: usize = 1 << 27;

/// Fill the columns of all genes, by all threads.
pub(crate) fn rank(
    job: &Job,
    shared: &Shared,
    statistics: &mut GeneStatistics,
) -> Result<(), Error> {
    let threads = rayon::current_num_threads();
    let columns = Columns::all(statistics);
    let alone = tile_size(job, (2 * threads).max(4));
    if !swept::suits(job) {
        return sorted::sort(&*counted(job)?, shared, alone, 0, columns);
    }
    let swept = match swept::counts(job) {
        true => swept::sweep(job, shared, largest_sweep(job), columns)?,
        false => swept::sweep(&*counted(job)?, shared, largest_sweep(job), columns)?,
    };
    if swept.next == job.layout.sizes.len() && swept.undecided.is_empty() {
        return Ok(());
    }
    // What did not suit is left to sorting.
    let job = &*counted(job)?;
    sorted::sort(job, shared, alone, swept.next, swept.columns)?;
    let settled = swept::settle_all(job, shared, &swept.undecided, tile_size(job, 4))?;
    for (slot, column, value) in settled {
        statistics.fold_changes[[slot, column]] = value;
    }
    Ok(())
}

/// The same job with the stored values of each gene counted.
fn counted<'a, 'b>(job: &'b Job<'a>) -> Result<Counted<'a, 'b>, Error> {
    match job.layout.is_counted {
        true => Ok(Counted::Before(job)),
        false => Ok(Counted::Now(job.counted()?)),
    }
}

/// A job whose values were counted before, or now.
enum Counted<'a, 'b> {
    Before(&'b Job<'a>),
    Now(Job<'a>),
}

impl<'a> Deref for Counted<'a, '_> {
    type Target = Job<'a>;

    fn deref(&self) -> &Job<'a> {
        match self {
            Counted::Before(job) => job,
            Counted::Now(job) => job,
        }
    }
}

/// The stored values of a tile, one of about so many in the matrix.
fn tile_size(job: &Job, n: usize) -> u64 {
    let share = job.layout.expression.n_stored() / n;
    let chosen = share.clamp(TILE_SIZES.start, TILE_SIZES.end);
    job.settings.tile_size.unwrap_or(chosen) as u64
}

/// The stored values of a tile that all threads sweep together.
fn largest_sweep(job: &Job) -> u64 {
    job.settings.tile_size.unwrap_or(LARGEST_SWEEP) as u64
}
