//! Ranking by sorting the values of each gene. Works for everything.

use super::stratified::ByStratum;
use super::{Gene, Outcome, Scratch, Strategy, Tile};
use crate::gene::fold_change::{is_exact, settle, FoldChange};
use crate::gene::ranks::{add_doubled_ranks, missing_doubled_ranks, Sorted};
use crate::gene::sort::{
    entry, key, payload, single_of_key, sort_positions, SortScratch, FIRST_POSITIVE_KEY,
};
use crate::gene::ties::{tie_factor_of_rest, tie_factors_of_reference};
use crate::input::{Error, Groups, Major};
use crate::statistics::{Columns, Settings};
use crate::tiles::{cut::cut_by_limit, value_and_slot, Column, Job, Shared};

/// Genes gathered at once: each is written to a page of memory of its own, of
/// which the processor finds only so many quickly.
const WIDEST_GATHER: usize = 1 << 10;
/// Values gathered at once: more take memory and no less time.
const LARGEST_GATHER: u64 = 1 << 23;

/// Memory for sorting, used again from gene to gene.
#[derive(Default)]
pub(crate) struct BySorting {
    below: Vec<u32>,
    positions: Vec<u64>,
    sort: SortScratch,
    by_stratum: ByStratum,
}

impl Strategy for BySorting {
    fn rank(
        &mut self,
        job: &Job,
        shared: &Shared,
        tile: Tile,
        scratch: &mut Scratch,
        columns: &mut Columns,
    ) -> Result<Outcome, Error> {
        match job.layout.expression.major() {
            Major::Gene => self.rank_in_place(job, shared, tile, scratch, columns)?,
            Major::Cell => self.rank_gathered(job, shared, tile, scratch, columns)?,
        }
        Ok(Outcome::Done)
    }
}

impl BySorting {
    fn rank_in_place(
        &mut self,
        job: &Job,
        shared: &Shared,
        tile: Tile,
        scratch: &mut Scratch,
        columns: &mut Columns,
    ) -> Result<(), Error> {
        let ranked = tile.genes.filter(|&gene| job.layout.is_ranked(gene));
        for (at, gene) in (tile.first_column..).zip(ranked) {
            let column = scratch.reader.borrow(job, shared, gene)?;
            self.rank_gene(job, shared, column, &mut scratch.gene);
            scratch.gene.row.put(columns, at);
            shared.checkpoint(job.layout.sizes[gene].into())?;
        }
        Ok(())
    }

    fn rank_gathered(
        &mut self,
        job: &Job,
        shared: &Shared,
        tile: Tile,
        scratch: &mut Scratch,
        columns: &mut Columns,
    ) -> Result<(), Error> {
        let Scratch {
            reader,
            cursors,
            gene: at_hand,
        } = scratch;
        let layout = &job.layout;
        let mask = layout.mask.as_deref();
        let limit = tile.limit.min(LARGEST_GATHER);
        let mut at = tile.first_column;
        for part in cut_by_limit(&layout.sizes, tile.genes, limit, WIDEST_GATHER) {
            reader.gather(job, shared, part.clone(), mask, cursors)?;
            for gene in part.clone().filter(|&gene| layout.is_ranked(gene)) {
                let column = reader.column(gene - part.start);
                self.rank_gene(job, shared, column, at_hand);
                at_hand.row.put(columns, at);
                shared.checkpoint(layout.sizes[gene].into())?;
                at += 1;
            }
        }
        Ok(())
    }

    fn rank_gene(&mut self, job: &Job, shared: &Shared, column: Column, gene: &mut Gene) {
        if let Some(strata) = job.groups.strata() {
            let sort = &mut self.sort;
            self.by_stratum
                .rank(job, strata, shared, &column, sort, gene);
            return;
        }
        match column {
            Column::Single(entries) => self.rank_singles(job, shared, entries, gene),
            Column::Double { values, slots } => {
                self.rank_doubles(job, shared, (values, slots), gene);
            }
        }
    }

    fn rank_singles(&mut self, job: &Job, shared: &Shared, entries: &mut [u64], gene: &mut Gene) {
        let values = || entries.iter().map(|&e| value_and_slot(e));
        let (lowest, highest) = entries.iter().fold((u32::MAX, 0), |(low, high), &e| {
            (low.min(key(e)), high.max(key(e)))
        });
        let exact = lowest >= FIRST_POSITIVE_KEY
            && is_exact(
                entries.len() as f64 * f64::from(single_of_key(highest)),
                single_of_key(lowest),
            );
        shared.note_fractions(values().map(|(value, _)| value));
        gene.add_up(job, values, entries.len(), exact);
        if !entries.is_empty() {
            self.sort.sort(entries, lowest, highest);
        }
        let negatives = entries.partition_point(|&e| key(e) < FIRST_POSITIVE_KEY);
        gene.rank(job, &Sorted { entries, negatives }, &mut self.below);
    }

    fn rank_doubles(
        &mut self,
        job: &Job,
        shared: &Shared,
        (values, slots): (&[f64], &[u32]),
        gene: &mut Gene,
    ) {
        let pairs = || values.iter().copied().zip(slots.iter().copied());
        shared.note_fractions(values.iter().copied());
        gene.add_up(job, pairs, values.len(), false);
        let sorted = sort_positions(values, &mut self.positions, &mut self.sort);
        let negatives = sorted.partition_point(|&e| values[payload(e) as usize] < 0.0);
        for e in sorted.iter_mut() {
            *e = entry(key(*e), slots[payload(*e) as usize]);
        }
        let entries = &*sorted;
        gene.rank(job, &Sorted { entries, negatives }, &mut self.below);
    }
}

impl Gene {
    /// Sums, expressing cells and fold changes, from values in the order of
    /// cells.
    ///
    /// Not inlined: in the loops around it there are too few registers.
    #[inline(never)]
    pub(super) fn add_up<I: Iterator<Item = (f64, u32)>>(
        &mut self,
        job: &Job,
        values: impl Fn() -> I,
        n: usize,
        exact: bool,
    ) {
        if job.settings.pts {
            self.row.expressing.fill(0);
            let counts = |value: f64| !job.settings.above_zero || value > 0.0;
            for (value, slot) in values() {
                self.row.expressing[slot as usize] += u32::from(counts(value));
            }
        }
        let sums = &mut self.sums;
        let mut compare = |change: FoldChange, out: &mut [f32], kept: &mut [f64]| {
            add_summands(change, values(), sums);
            for (kept, &sum) in kept.iter_mut().zip(&*sums) {
                *kept = sum;
            }
            let magnitude = || values().map(|(value, _)| value.abs()).sum();
            let undecided = change.compare(job.groups, sums, n, exact, magnitude, out);
            settle(job.groups, change, sums, &undecided, &values, out);
        };
        let row = &mut self.row;
        compare(job.changes.main, &mut row.fold_changes, &mut row.sums);
        if let Some(change) = job.changes.of_singles {
            compare(change, &mut row.fold_changes_of_singles, &mut []);
        }
    }

    /// Rank sums and tie factors, from the sorted entries.
    fn rank(&mut self, job: &Job, sorted: &Sorted, below: &mut Vec<u32>) {
        let row = &mut self.row;
        let factors = &mut row.tie_factors;
        let sums = &mut row.doubled_rank_sums;
        rank_among(job.groups, job.settings, sorted, below, sums, factors);
    }
}

/// Rank sums among the cells of some groups and, where they are asked for, tie
/// factors, from the sorted entries of a gene.
pub(super) fn rank_among(
    groups: &Groups,
    settings: &Settings,
    sorted: &Sorted,
    below: &mut Vec<u32>,
    sums: &mut [u64],
    tie_factors: &mut [f64],
) {
    sums.fill(0);
    let rank_of_zero = add_doubled_ranks(sorted, groups, below, sums);
    for (slot, sum) in sums[..groups.len()].iter_mut().enumerate() {
        *sum = sum.wrapping_add(missing_doubled_ranks(groups, slot, rank_of_zero));
    }
    if !settings.tie_correct {
        return;
    }
    if groups.has_reference() {
        tie_factors_of_reference(sorted, groups, tie_factors);
    } else {
        tie_factors[0] = tie_factor_of_rest(sorted, groups, !settings.ties_but_largest);
    }
}

/// Sum the summands of each slot, in the order of cells.
pub(super) fn add_summands(
    change: FoldChange,
    values: impl Iterator<Item = (f64, u32)>,
    sums: &mut [f64],
) {
    sums.fill(0.0);
    if change.is_of_linear_means() {
        for (value, slot) in values {
            sums[slot as usize] += change.summand(value);
        }
    } else {
        for (value, slot) in values {
            sums[slot as usize] += value;
        }
    }
}
