//! From the tables of a tile to the statistics of its genes.

use super::orders::add_entries;
use super::parts::Part;
use super::ranked::{Ranked, SweptCells};
use super::totals::Totals;
use super::{is_exact, reset};
use crate::gene::pairs::{no_pairs, PairCounters};
use crate::gene::ranks::Sorted;
use crate::gene::strata::{add_stratum, clear};
use crate::input::Error;
use crate::statistics::Columns;
use crate::strategy::Gene;
use crate::tiles::{Job, Shared};
use std::ops::Range;

/// A gene whose sums do not decide the fold changes of some slots.
#[derive(Debug)]
pub(crate) struct Undecided {
    pub gene: usize,
    pub column: usize,
    pub slots: Vec<usize>,
}

/// What is known of a tile, before it is put together.
pub(super) struct Found<'a> {
    pub job: &'a Job<'a>,
    /// The genes of the tile.
    pub genes: Range<usize>,
    pub parts: &'a [Part],
    /// What was swept within each stratum, or through all cells.
    pub swept: Vec<SweptCells<'a>>,
    pub totals: &'a Totals,
    pub totals_of_singles: &'a Totals,
    pub totals_of_values: &'a Totals,
}

/// Tables of some neighbouring genes of a tile: one row per slot, one column per
/// gene.
#[derive(Default)]
pub(super) struct Piece {
    /// Its genes, counted from the tile's first.
    genes: Range<usize>,
    /// Within each stratum, or among all cells.
    ranked: Vec<Ranked>,
    sums: Vec<f64>,
    sums_of_singles: Vec<f64>,
    /// Sums of the values as they are stored, where `sums` are of others.
    value_sums: Vec<f64>,
    expressing: Vec<u32>,
    /// Rank sums of the gene at hand within the stratum at hand.
    rank_sums: Vec<u64>,
    /// The gene at hand, sorted, where pairs of groups are asked for.
    entries: Vec<u64>,
    pairs: PairCounters,
}

impl Found<'_> {
    /// Fill the columns of some genes of the tile, counted from its first; the
    /// first of `columns` is column `first_column` of all.
    pub fn hand_over(
        &self,
        shared: &Shared,
        genes: Range<usize>,
        first_column: usize,
        mut columns: Columns,
        (piece, gene): (&mut Piece, &mut Gene),
    ) -> Result<Vec<Undecided>, Error> {
        let layout = &self.job.layout;
        self.put_together(genes.clone(), piece);
        let (mut undecided, mut work) = (Vec::new(), 0);
        let numbers = genes.map(|local| self.genes.start + local);
        for (at, number) in numbers.filter(|&gene| layout.is_ranked(gene)).enumerate() {
            let slots = self.take(piece, number - self.genes.start, gene);
            if self.job.settings.pairwise {
                self.compare_pairs(piece, number - self.genes.start, gene);
            }
            gene.row.put(&mut columns, at);
            if !slots.is_empty() {
                undecided.push(Undecided {
                    gene: number,
                    column: first_column + at,
                    slots,
                });
            }
            work += self.n_stored(piece, number - self.genes.start);
        }
        shared.checkpoint(work)?;
        Ok(undecided)
    }

    /// The stored values of one gene, counted from the tile's first.
    fn n_stored(&self, piece: &Piece, local: usize) -> u64 {
        let missing = self.parts.iter().map(|part| part.level_sets.missing[local]);
        self.n_values(piece, local) + missing.map(u64::from).sum::<u64>()
    }

    /// Those that count.
    fn n_values(&self, piece: &Piece, local: usize) -> u64 {
        let of_cells = |(ranked, swept): (&Ranked, &SweptCells)| {
            ranked.n_values(swept.groups, local - piece.genes.start)
        };
        piece.ranked.iter().zip(&self.swept).map(of_cells).sum()
    }

    /// Add up what the parts of the cells and the bands of the values have.
    fn put_together(&self, genes: Range<usize>, piece: &mut Piece) {
        let table = (self.job.groups.len() + 1) * genes.len();
        let is_asked = |asked: bool| if asked { table } else { 0 };
        reset(&mut piece.sums, table);
        let with_singles = self.job.changes.of_singles.is_some();
        reset(&mut piece.sums_of_singles, is_asked(with_singles));
        piece.value_sums.clear();
        reset(&mut piece.expressing, is_asked(self.job.settings.pts));
        piece.genes = genes;

        piece.ranked.resize_with(self.swept.len(), Ranked::default);
        for (ranked, swept) in piece.ranked.iter_mut().zip(&self.swept) {
            ranked.add_up(swept, piece.genes.clone());
        }
        self.add_parts(piece);
        if self.job.changes.of_values.is_some() {
            piece.value_sums.clone_from(&piece.sums);
        }
        let genes = piece.genes.clone();
        for (totals, sums) in [
            (self.totals, &mut piece.sums),
            (self.totals_of_singles, &mut piece.sums_of_singles),
            (self.totals_of_values, &mut piece.value_sums),
        ] {
            for (row, total) in sums.chunks_mut(genes.len()).zip(totals.rows()) {
                if !total.is_empty() {
                    row.copy_from_slice(&total[genes.clone()]);
                }
            }
        }
    }

    fn add_parts(&self, piece: &mut Piece) {
        let genes = piece.genes.clone();
        for part in self.parts {
            let collected = &part.level_sets;
            let rows = collected.slots.start * genes.len()..collected.slots.end * genes.len();
            let add = |(row, part): (&mut [f64], &[f64])| {
                let part = &part[genes.clone()];
                row.iter_mut()
                    .zip(part)
                    .for_each(|(sum, more)| *sum += more);
            };
            let sums = piece.sums[rows.clone()].chunks_mut(genes.len());
            sums.zip(collected.sums.chunks(self.genes.len()))
                .for_each(add);
            if !piece.expressing.is_empty() {
                let counts = piece.expressing[rows].chunks_mut(genes.len());
                for (row, part) in counts.zip(collected.expressing.chunks(self.genes.len())) {
                    let part = &part[genes.clone()];
                    row.iter_mut()
                        .zip(part)
                        .for_each(|(sum, more)| *sum += more);
                }
            }
        }
    }

    /// Take one gene, counted from the tile's first, out of the tables; returns
    /// the slots whose fold changes are left to
    /// [`settle`](crate::gene::fold_change::settle).
    fn take(&self, piece: &mut Piece, local: usize, gene: &mut Gene) -> Vec<usize> {
        self.take_ranks(piece, local, gene);
        let (groups, changes) = (self.job.groups, &self.job.changes);
        let Gene { row, sums } = gene;
        let at = local - piece.genes.start;
        let place = |slot: usize| slot * piece.genes.len() + at;
        for (slot, sum) in sums.iter_mut().enumerate() {
            *sum = piece.sums[place(slot)];
            row.sums[slot] = *sum;
            row.value_sums[slot] = *piece.value_sums.get(place(slot)).unwrap_or(sum);
            if let Some(&count) = piece.expressing.get(place(slot)) {
                row.expressing[slot] = count;
            }
        }

        if !changes.are_made {
            return Vec::new();
        }
        let n = self.n_values(piece, local) as usize;
        let exact = is_exact(self.parts, n as u32);
        let magnitude = |sums: &[f64]| sums.iter().sum();
        let out = &mut row.fold_changes;
        let undecided = changes
            .main
            .compare(groups, sums, n, exact, || magnitude(sums), out);
        if let Some(change) = changes.of_singles {
            for (slot, sum) in sums.iter_mut().enumerate() {
                *sum = piece.sums_of_singles[place(slot)];
            }
            let out = &mut row.fold_changes_of_singles;
            change.compare(groups, sums, n, exact, || magnitude(sums), out);
        }
        undecided
    }

    /// Rank sums and what corrects for ties.
    fn take_ranks(&self, piece: &mut Piece, local: usize, Gene { row, .. }: &mut Gene) {
        let groups = self.job.groups;
        let at = local - piece.genes.start;
        let Some(strata) = groups.strata() else {
            let ranked = &piece.ranked[0];
            ranked.take(groups, at, &mut row.doubled_rank_sums);
            row.tie_factors[0] = ranked.tie_factor(groups, at);
            return;
        };
        clear(row);
        piece.rank_sums.resize(groups.len() + 1, 0);
        for (stratum, (ranked, within)) in piece.ranked.iter().zip(strata.members()).enumerate() {
            ranked.take(within, at, &mut piece.rank_sums);
            let factor = [ranked.tie_factor(within, at)];
            let factor = self.job.settings.tie_correct.then_some(&factor[..]);
            add_stratum(strata, stratum, &piece.rank_sums, factor, row);
        }
    }

    /// Compare each pair of groups in one gene, counted from the tile's first.
    fn compare_pairs(&self, piece: &mut Piece, local: usize, gene: &mut Gene) {
        let Piece { entries, pairs, .. } = piece;
        let us = &mut gene.row.doubled_us;
        no_pairs(self.job.groups, us);
        for SweptCells {
            groups,
            sweeps,
            intervals,
            ..
        } in &self.swept
        {
            entries.clear();
            for bands in *intervals {
                let orders = sweeps[bands.clone()].iter().map(|sweep| &sweep.orders);
                add_entries(entries, orders, local, bands.len() > 1);
            }
            // All stored values are above 0.
            let sorted = Sorted {
                entries,
                negatives: 0,
            };
            pairs.add_up(&sorted, groups, us);
        }
    }
}
