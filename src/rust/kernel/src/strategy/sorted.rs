//! Ranking by sorting the values of each gene. Works for everything.

use super::spans::{share, spans};
use super::stratified::ByStratum;
use super::Gene;
use crate::gene::fold_change::{is_exact, settle, FoldChange};
use crate::gene::pairs::{no_pairs, PairCounters};
use crate::gene::ranks::{add_doubled_ranks, missing_doubled_ranks, Sorted};
use crate::gene::sort::{
    entry, key, payload, single_of_key, sort_positions, SortScratch, FIRST_POSITIVE_KEY,
};
use crate::gene::ties::{tie_factor_of_rest, tie_factors_of_reference};
use crate::input::{Error, Groups, Major};
use crate::statistics::{Columns, Settings};
use crate::tiles::cut::cut_by_limit;
use crate::tiles::{value_and_slot, Asked, Column, Cursors, Job, Reader, Shared};
use std::ops::Range;

/// Genes gathered at once: each is written to a page of memory of its own, of
/// which the processor finds only so many quickly.
const WIDEST_GATHER: usize = 1 << 10;
/// Values gathered at once: more take memory and no less time.
const LARGEST_GATHER: u64 = 1 << 23;

/// Rank the genes from `first` on, whose columns these are. Every thread takes
/// span after span of genes, with memory of its own; `tile_size` is how many
/// stored values it gathers at once.
pub(super) fn sort(
    job: &Job,
    shared: &Shared,
    tile_size: u64,
    first: usize,
    columns: Columns,
) -> Result<(), Error> {
    let mut rest = columns;
    let mut tasks = Vec::new();
    for span in spans(&job.layout, first) {
        let (columns, others) = rest.split_at(job.layout.n_ranked(span.clone()));
        tasks.push((span, columns));
        rest = others;
    }
    share(shared, tasks, |next| {
        let mut sorting = BySorting::new(job.groups, tile_size);
        while let Some((span, mut columns)) = next() {
            sorting.rank(job, shared, span, &mut columns)?;
        }
        Ok(())
    })
}

/// What a thread works with; all memory is used again from gene to gene.
struct BySorting {
    limit: u64,
    reader: Reader,
    /// Where the next tile begins.
    cursors: Cursors,
    gene: Gene,
    ranker: Ranker,
}

/// Memory for sorting a gene.
#[derive(Default)]
pub(super) struct Ranker {
    below: Vec<u32>,
    pairs: PairCounters,
    positions: Vec<u64>,
    sort: SortScratch,
    by_stratum: ByStratum,
}

impl BySorting {
    fn new(groups: &Groups, tile_size: u64) -> Self {
        Self {
            limit: tile_size.min(LARGEST_GATHER),
            reader: Reader::default(),
            cursors: Cursors::default(),
            gene: Gene::new(groups),
            ranker: Ranker::default(),
        }
    }

    /// Fill the columns of a span of genes.
    fn rank(
        &mut self,
        job: &Job,
        shared: &Shared,
        span: Range<usize>,
        columns: &mut Columns,
    ) -> Result<(), Error> {
        match job.layout.expression.major() {
            Major::Gene => self.rank_in_place(job, shared, span, columns),
            Major::Cell => self.rank_gathered(job, shared, span, columns),
        }
    }

    fn rank_in_place(
        &mut self,
        job: &Job,
        shared: &Shared,
        span: Range<usize>,
        columns: &mut Columns,
    ) -> Result<(), Error> {
        let ranked = span.filter(|&gene| job.layout.is_ranked(gene));
        for (at, gene) in ranked.enumerate() {
            let column = self.reader.borrow(job, shared, gene)?;
            self.ranker.rank_gene(job, shared, column, &mut self.gene);
            self.gene.row.put(columns, at);
            shared.checkpoint(job.layout.sizes[gene].into())?;
        }
        Ok(())
    }

    fn rank_gathered(
        &mut self,
        job: &Job,
        shared: &Shared,
        span: Range<usize>,
        columns: &mut Columns,
    ) -> Result<(), Error> {
        let layout = &job.layout;
        let mask = layout.mask.as_deref();
        let mut at = 0;
        self.cursors.place(layout, span.start);
        for tile in cut_by_limit(&layout.sizes, span, self.limit, WIDEST_GATHER) {
            let (reader, cursors) = (&mut self.reader, &mut self.cursors);
            reader.gather(job, shared, tile.clone(), mask, cursors)?;
            for gene in tile.clone().filter(|&gene| layout.is_ranked(gene)) {
                let column = reader.column(gene - tile.start);
                self.ranker.rank_gene(job, shared, column, &mut self.gene);
                self.gene.row.put(columns, at);
                shared.checkpoint(layout.sizes[gene].into())?;
                at += 1;
            }
        }
        Ok(())
    }
}

impl Ranker {
    pub fn rank_gene(&mut self, asked: &Asked, shared: &Shared, column: Column, gene: &mut Gene) {
        if let Some(strata) = asked.groups.strata() {
            let sort = &mut self.sort;
            self.by_stratum
                .rank(asked, strata, shared, &column, sort, gene);
            return;
        }
        match column {
            Column::Single(entries) => self.rank_singles(asked, shared, entries, gene),
            Column::Double { values, slots } => {
                self.rank_doubles(asked, shared, (values, slots), gene);
            }
        }
    }

    fn rank_singles(
        &mut self,
        asked: &Asked,
        shared: &Shared,
        entries: &mut [u64],
        gene: &mut Gene,
    ) {
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
        gene.add_up(asked, values, entries.len(), exact);
        if !entries.is_empty() {
            self.sort.sort(entries, lowest, highest);
        }
        let negatives = entries.partition_point(|&e| key(e) < FIRST_POSITIVE_KEY);
        gene.rank(
            asked,
            &Sorted { entries, negatives },
            &mut self.below,
            &mut self.pairs,
        );
    }

    fn rank_doubles(
        &mut self,
        asked: &Asked,
        shared: &Shared,
        (values, slots): (&[f64], &[u32]),
        gene: &mut Gene,
    ) {
        let pairs = || values.iter().copied().zip(slots.iter().copied());
        shared.note_fractions(values.iter().copied());
        gene.add_up(asked, pairs, values.len(), false);
        let sorted = sort_positions(values, &mut self.positions, &mut self.sort);
        let negatives = sorted.partition_point(|&e| values[payload(e) as usize] < 0.0);
        for e in sorted.iter_mut() {
            *e = entry(key(*e), slots[payload(*e) as usize]);
        }
        let entries = &*sorted;
        gene.rank(
            asked,
            &Sorted { entries, negatives },
            &mut self.below,
            &mut self.pairs,
        );
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
        asked: &Asked,
        values: impl Fn() -> I,
        n: usize,
        exact: bool,
    ) {
        if asked.settings.pts {
            self.row.expressing.fill(0);
            let counts = |value: f64| !asked.settings.above_zero || value > 0.0;
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
            if !asked.changes.are_made {
                return;
            }
            let magnitude = || values().map(|(value, _)| value.abs()).sum();
            let undecided = change.compare(asked.groups, sums, n, exact, magnitude, out);
            settle(asked.groups, change, sums, &undecided, &values, out);
        };
        let row = &mut self.row;
        compare(asked.changes.main, &mut row.fold_changes, &mut row.sums);
        if asked.changes.of_values.is_some() {
            add_values(values(), &mut row.value_sums);
        } else {
            row.value_sums.copy_from_slice(&row.sums);
        }
        if let Some(change) = asked.changes.of_singles {
            compare(change, &mut row.fold_changes_of_singles, &mut []);
        }
    }

    /// Rank sums, pairs of groups and tie factors, from the sorted entries.
    fn rank(
        &mut self,
        asked: &Asked,
        sorted: &Sorted,
        below: &mut Vec<u32>,
        pairs: &mut PairCounters,
    ) {
        let row = &mut self.row;
        let factors = &mut row.tie_factors;
        let sums = &mut row.doubled_rank_sums;
        rank_among(asked.groups, asked.settings, sorted, below, sums, factors);
        if asked.settings.pairwise {
            no_pairs(asked.groups, &mut row.doubled_us);
            pairs.add_up(sorted, asked.groups, &mut row.doubled_us);
        }
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
    if change.is_of_linear_means() {
        sums.fill(0.0);
        for (value, slot) in values {
            sums[slot as usize] += change.summand(value);
        }
    } else {
        add_values(values, sums);
    }
}

/// Sum the values of each slot, in the order of cells.
fn add_values(values: impl Iterator<Item = (f64, u32)>, sums: &mut [f64]) {
    sums.fill(0.0);
    for (value, slot) in values {
        sums[slot as usize] += value;
    }
}
