//! The sweep: the level sets of a tile by ascending value.

use super::bands::Dealt;
use super::level_sets::LevelSet;
use super::orders::Orders;
use super::parts::Part;
use super::ranks::{LaidOut, Table, TakesRanks, ONE_VALUE};
use super::reset;
use super::tied::{rank_tied, OfGenes};
use crate::gene::sort::{key, payload, sort_positions, SortScratch};
use crate::gene::ties::term;
use crate::tiles::prefetch::{prefetch, prefetch_many};
use std::mem::take;

/// Level sets ahead of the sweep whose genes are asked for.
const AHEAD: usize = 8;
/// Genes of a level set that are asked for, at most.
const GENES_AHEAD: usize = 256;

/// What a sweep finds for the genes of a tile, and its memory.
///
/// A sweep through all values of all cells knows for each gene how many cells came
/// before, the zeros to begin with. One through a *band* of them, or of those of a
/// stratum, begins with none, and counts values, each of which lacks what came
/// before the band.
#[derive(Default)]
pub(super) struct Sweep {
    /// Doubled ranks of the stored values, each less that of a zero, added up: one
    /// row per slot, one column per gene. For a band, see [`ranks_and_number`].
    pub ranks: Vec<u64>,
    /// The same ranks one by one, where [`Tile::is_laid_out`].
    pub laid_out: LaidOut,
    /// For each gene, the sum over its runs of ties, where it is asked for.
    pub ties: Vec<f64>,
    /// For each gene, twice the cells that came before, plus the zeros.
    pub before: Vec<u32>,
    /// The cells of each gene in their order, where it is asked for.
    pub orders: Orders,
    entries: Vec<u64>,
    sort: SortScratch,
    /// For each gene, its cells in the run of ties at hand: few of them, or many.
    few_tied: Vec<u16>,
    many_tied: Vec<u32>,
    /// The level sets of the band, and their values.
    sets: Vec<LevelSet>,
    values: Vec<f64>,
}

/// A tile to go through.
pub(super) struct Tile<'a> {
    pub parts: &'a [Part],
    /// The level sets of each part by band.
    pub dealt: &'a [Dealt],
    /// Whether there is one sweep, through all values of all cells.
    pub is_all: bool,
    pub n_bands: usize,
    pub n_genes: usize,
    pub n_slots: usize,
    /// Whether ranks are laid out, instead of added up by slot at once.
    pub is_laid_out: bool,
    /// For each gene, the compared cells that have none; not known unless
    /// `is_all`.
    pub zeros: &'a [u32],
    /// Whether to sum up ties.
    pub with_ties: bool,
    /// Whether to keep the order of the cells of each gene.
    pub with_orders: bool,
}

impl Sweep {
    /// Go through a band of the values of a tile, or through all of them where
    /// there is one.
    pub fn through(&mut self, tile: &Tile, band: usize) {
        let n_genes = tile.n_genes;
        let n_rows = if tile.is_laid_out { 0 } else { tile.n_slots };
        reset(&mut self.ranks, n_rows * n_genes);
        reset(&mut self.ties, n_genes);
        reset(&mut self.before, n_genes);
        reset(&mut self.few_tied, n_genes);
        reset(&mut self.many_tied, n_genes);
        if tile.is_all {
            self.before.copy_from_slice(tile.zeros);
            for (ties, &zeros) in self.ties.iter_mut().zip(tile.zeros) {
                *ties = term(zeros.into());
            }
        }
        if let ([only], 1) = (tile.parts, tile.n_bands) {
            let collected = &only.level_sets;
            let sets = (&collected.sets[..], &collected.values[..]);
            let genes = [collected.genes()];
            return self.run_and_follow(tile, sets, &genes);
        }
        let (mut sets, mut values) = (take(&mut self.sets), take(&mut self.values));
        sets.clear();
        values.clear();
        for (Part { level_sets, .. }, dealt) in tile.parts.iter().zip(tile.dealt) {
            let of_band = || dealt.of_band(band).iter().map(|&set| set as usize);
            sets.extend(of_band().map(|set| level_sets.sets[set]));
            values.extend(of_band().map(|set| level_sets.values[set]));
        }
        let parts = tile.parts.iter();
        let genes: Vec<&[u16]> = parts.map(|part| part.level_sets.genes()).collect();
        self.run_and_follow(tile, (&sets, &values), &genes);
        (self.sets, self.values) = (sets, values);
    }

    /// Go through level sets by ascending value, and hand their ranks to `taker`;
    /// sum up ties if `TIES`. `genes` are those of the sets of each part.
    #[inline(never)]
    fn run<const TIES: bool>(
        &mut self,
        (sets, values): (&[LevelSet], &[f64]),
        genes: &[&[u16]],
        taker: &mut impl TakesRanks,
    ) {
        let n_genes = self.before.len();
        let sorted = sort_positions(values, &mut self.entries, &mut self.sort);
        let set_of = |entry: u64| sets[payload(entry) as usize];
        let before = &mut self.before[..n_genes];
        let ties = &mut self.ties[..n_genes];
        let (few, many) = (&mut self.few_tied, &mut self.many_tied);
        let mut next = 0;
        for run in sorted.chunk_by(|&a, &b| key(a) == key(b)) {
            for at in next..next + run.len() {
                ask_ahead(sorted, at, sets, genes);
            }
            next += run.len();
            if let [alone] = *run {
                let set = set_of(alone);
                taker.take(payload(alone), set, set.genes(genes), |gene| {
                    let before = &mut before[gene as usize];
                    *before += 2;
                    *before - 1
                });
                continue;
            }
            let run = run.iter().map(|&entry| (payload(entry), set_of(entry)));
            let of_genes = OfGenes { before, ties };
            match run.len() <= usize::from(u16::MAX) {
                true => rank_tied::<TIES, _>(run, genes, of_genes, few, taker),
                false => rank_tied::<TIES, _>(run, genes, of_genes, many, taker),
            }
        }
    }

    fn run_with(
        &mut self,
        tile: &Tile,
        sets: (&[LevelSet], &[f64]),
        genes: &[&[u16]],
        taker: &mut impl TakesRanks,
    ) {
        match tile.with_ties {
            true => self.run::<true>(sets, genes, taker),
            false => self.run::<false>(sets, genes, taker),
        }
    }

    /// Go through level sets, and keep the order of each gene's cells where that
    /// is asked for.
    fn run_and_follow(&mut self, tile: &Tile, sets: (&[LevelSet], &[f64]), genes: &[&[u16]]) {
        let is_all = tile.is_all;
        let (mut laid_out, mut sums) = (take(&mut self.laid_out), take(&mut self.ranks));
        let n_genes = tile.n_genes;
        if tile.is_laid_out {
            laid_out.clear(sets.0);
            self.run_with(tile, sets, genes, &mut laid_out);
        } else if is_all {
            let mut table = Table::<0>::new(n_genes, &mut sums);
            self.run_with(tile, sets, genes, &mut table);
        } else {
            let mut table = Table::<ONE_VALUE>::new(n_genes, &mut sums);
            self.run_with(tile, sets, genes, &mut table);
        }
        (self.laid_out, self.ranks) = (laid_out, sums);
        if !tile.with_orders {
            return;
        }
        let first = |gene: usize| if is_all { tile.zeros[gene] } else { 0 };
        let numbers = self.before.iter().enumerate();
        let numbers = numbers.map(|(gene, before)| (before - first(gene)) / 2);
        self.orders.make(&self.entries, sets.0, genes, numbers);
    }
}

/// Load what is needed soon: the level set far ahead of a place, and the genes of
/// a nearer one.
#[inline(always)]
pub(super) fn ask_ahead(sorted: &[u64], at: usize, sets: &[LevelSet], genes: &[&[u16]]) {
    if let Some(&far) = sorted.get(at + 2 * AHEAD) {
        prefetch(sets, payload(far) as usize);
    }
    if let Some(&near) = sorted.get(at + AHEAD) {
        let LevelSet {
            part, first, len, ..
        } = sets[payload(near) as usize];
        let genes = genes[part as usize];
        prefetch_many(genes, first as usize, (len as usize).min(GENES_AHEAD));
    }
}
