//! Fold changes that the sums of a tile alone do not decide.

use super::hand_over::Undecided;
use crate::gene::fold_change::settle;
use crate::input::Error;
use crate::strategy::sorted::add_summands;
use crate::strategy::Gene;
use crate::tiles::{cut::cut_evenly, Cursors, Job, Reader, Shared};
use rayon::prelude::*;

/// A fold change: slot, column and value.
pub(crate) type Settled = (usize, usize, f32);

/// Settle the fold changes of some genes, in ascending order, from their values
/// in the order of cells. At most `limit` values are gathered at once.
pub(crate) fn settle_all(
    job: &Job,
    shared: &Shared,
    undecided: &[Undecided],
    limit: u64,
) -> Result<Vec<Settled>, Error> {
    let (Some(first), Some(last)) = (undecided.first(), undecided.last()) else {
        return Ok(Vec::new());
    };
    let mut mask = vec![false; job.layout.sizes.len()];
    let mut sizes = vec![0; job.layout.sizes.len()];
    for Undecided { gene, .. } in undecided {
        mask[*gene] = true;
        sizes[*gene] = job.layout.sizes[*gene];
    }
    let threads = rayon::current_num_threads();
    let stored: u64 = sizes.iter().map(|&n| u64::from(n)).sum();
    let by_limit = stored.div_ceil((limit / threads as u64).max(1)) as usize;
    let n = by_limit.max(threads).min(undecided.len()) as u64;
    let spans = cut_evenly(&sizes, first.gene..last.gene + 1, n, usize::MAX);
    let settled = spans.into_par_iter().with_max_len(1).map(|span| {
        let from = undecided.partition_point(|left| left.gene < span.start);
        let to = undecided.partition_point(|left| left.gene < span.end);
        let left = &undecided[from..to];
        let (Some(first), Some(last)) = (left.first(), left.last()) else {
            return Ok(Vec::new());
        };
        let genes = first.gene..last.gene + 1;
        let mut reader = Reader::default();
        let mut cursors = Cursors::default();
        cursors.place(&job.layout, genes.start);
        reader.gather(job, shared, genes.clone(), Some(&mask), &mut cursors)?;
        let mut at_hand = Gene::new(job.groups);
        let mut settled = Vec::new();
        for Undecided {
            gene,
            column,
            slots,
        } in left
        {
            let slot_of = |place| match job.groups.strata() {
                Some(strata) => strata.split(place).1,
                None => place,
            };
            let gathered = reader.column(gene - genes.start);
            let values = gathered.values();
            let values: Vec<_> = values
                .map(|(value, place)| (value, slot_of(place)))
                .collect();
            let values = || values.iter().copied();
            let Gene { row, sums } = &mut at_hand;
            let change = job.changes.main;
            add_summands(change, values(), sums);
            settle(
                job.groups,
                change,
                sums,
                slots,
                values,
                &mut row.fold_changes,
            );
            let found = slots
                .iter()
                .map(|&slot| (slot, *column, row.fold_changes[slot]));
            settled.extend(found);
        }
        Ok(settled)
    });
    let settled: Vec<Vec<Settled>> = settled.collect::<Result<_, Error>>()?;
    Ok(settled.into_iter().flatten().collect())
}
