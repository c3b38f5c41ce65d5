//! Ranking the genes of a tile without sorting any: one sweep over all values in
//! ascending order.
//!
//! The values of a cell are logarithms of small counts over one cell's size,
//! so a cell has few distinct ones: its stored values are a few *level
//! sets*, each one value and the genes that have it. Sorting the level sets of
//! all cells puts the values of every gene in order at once. Going through them,
//! each gene knows how many of its cells came before, which is the rank.
//!
//! Level sets are long only where a tile has many genes. So all threads work on
//! one tile together, however many they are: on *parts* of the cells to collect
//! the level sets, on *bands* of the values to sweep, on *pieces* of the tile to
//! hand its genes over.
//!
//! Ranks are added to the sums of their slots at once; where tables of many slots
//! would have to be made for many bands, they are laid out first.
//!
//! Works for values above 0 of cells that are stored one after another; a tile
//! with others, with too many distinct values or with very many groups is left
//! to sorting.

mod bands;
mod dictionary;
mod hand_over;
mod level_sets;
mod orders;
mod parts;
mod rank_sums;
mod ranked;
mod ranks;
mod settle;
mod strata;
mod sweep;
mod tied;
mod totals;

pub(crate) use self::hand_over::Undecided;
pub(crate) use self::settle::settle_all;

use self::bands::{Bands, Dealt};
use self::hand_over::{Found, Piece};
use self::orders::MOST_SLOTS;
use self::parts::{parts, Part};
use self::rank_sums::{add_ranks, Bases, Places, PlacesInBands};
use self::ranked::SweptCells;
use self::ranks::TOO_MANY_CELLS;
use self::sweep::Sweep;
use self::totals::Totals;
use super::Gene;
use crate::gene::fold_change;
use crate::gene::ties::EXACT_CELLS;
use crate::input::{Error, Major, Strata};
use crate::statistics::Columns;
use crate::tiles::{cut::cut_by_limit, Job, Shared};
use rayon::prelude::*;
use std::ops::Range;

/// With more groups, the table of a tile is too large to add each rank to it at
/// once.
const MOST_GROUPS_AT_ONCE: usize = 1024;
const _: () = assert!(MOST_GROUPS_AT_ONCE < MOST_SLOTS);
/// Stored values for each entry of all tables that bands would need to add up
/// ranks at once, at least.
const VALUES_AN_ENTRY_AT_ONCE: usize = 4;
/// Values that a band has for each entry of its table at least, which takes
/// time, too.
const VALUES_AN_ENTRY: usize = 2;
/// Bands a thread gets where their tables take next to no time, so that none
/// waits long for the last.
const BANDS_A_THREAD: usize = 4;
/// Values that a band has for each entry of its table then.
const VALUES_AN_ENTRY_AT_EASE: usize = 16;
/// Genes of a piece of a tile.
const PIECE: usize = 128;

/// Whether sweeping is worth a try.
pub(crate) fn suits(job: &Job) -> bool {
    job.layout.expression.major() == Major::Cell
        && !job.groups.has_reference()
        // Which run is the last of a gene shows only when all is over.
        && !job.settings.ties_but_largest
        && match job.groups.strata() {
            None => job.groups.len() < MOST_SLOTS,
            Some(strata) => {
                job.groups.len() <= MOST_GROUPS_AT_ONCE && strata::suit(job, strata)
            }
        }
}

/// Whether the ranks of values are laid out first, and then added up by slot.
fn is_laid_out(job: &Job, threads: usize) -> bool {
    let of_all_bands = threads * (job.groups.len() + 1) * job.layout.sizes.len();
    let most = job.layout.expression.n_stored() / VALUES_AN_ENTRY_AT_ONCE;
    let are_many = job.groups.len() > MOST_GROUPS_AT_ONCE || of_all_bands > most;
    are_many && job.groups.strata().is_none()
}

/// Whether sweeps count the values of genes by themselves, where nobody has counted
/// them before.
pub(crate) fn counts(job: &Job) -> bool {
    let n_cells = job.groups.n_compared();
    let is_small = n_cells < u64::from(TOO_MANY_CELLS) && !is_in_order(job);
    is_small || job.layout.is_counted || job.groups.strata().is_some()
}

/// Whether a sum of ties depends on its order.
fn is_in_order(job: &Job) -> bool {
    job.settings.tie_correct
        && job.groups.n_compared() > EXACT_CELLS
        && job.groups.strata().is_none()
}

/// Genes that a tile may have: many make long level sets, but their tables must
/// not outgrow the caches by far or, of laid-out ranks, what the matrix takes.
fn widest_tile(job: &Job, is_laid_out: bool) -> usize {
    /// Entries of a table that stays in the cache of a core.
    const NEAR: usize = 1 << 18;
    /// Entries of one that is worth its misses, for the length of its sets.
    const FAR: usize = 1 << 20;
    /// Stored values of the matrix for each entry of a table that is made once a
    /// tile, at least.
    const VALUES_AN_ENTRY: usize = 8;
    let genes = |table: usize, widest| (table / (job.groups.len() + 1)).min(widest);
    let widest = match is_laid_out {
        true => genes(job.layout.expression.n_stored() / VALUES_AN_ENTRY, 4 << 10),
        false => genes(NEAR, 9 << 10).max(genes(FAR, 4 << 10)),
    };
    let widest = widest.max(1 << 8);
    match job.groups.strata() {
        None => widest,
        Some(strata) => widest.min(strata::widest_tile(job, strata)),
    }
}

/// How far sweeping came.
pub(crate) struct Swept<'a> {
    /// The first gene that is left.
    pub next: usize,
    /// The columns that are left.
    pub columns: Columns<'a>,
    /// Genes to hand to [`settle_all`].
    pub undecided: Vec<Undecided>,
}

/// Sweep tile after tile, until one does not suit or all genes are done.
/// `tile_size` is how many stored values a tile has at most.
pub(crate) fn sweep<'a>(
    job: &Job,
    shared: &Shared,
    tile_size: u64,
    mut columns: Columns<'a>,
) -> Result<Swept<'a>, Error> {
    let mut sweeping = Sweeping::new(job);
    let mut undecided = Vec::new();
    let mut first_column = 0;
    let all = 0..job.layout.sizes.len();
    let n_genes = all.end;
    let widest = widest_tile(job, sweeping.is_laid_out);
    for genes in cut_by_limit(&job.layout.sizes, all, tile_size, widest) {
        if !sweeping.rank_tile(shared, genes.clone())? {
            return Ok(Swept {
                next: genes.start,
                columns,
                undecided,
            });
        }
        let n_ranked = job.layout.n_ranked(genes.clone());
        let (tile, rest) = columns.split_at(n_ranked);
        undecided.extend(sweeping.hand_over(shared, genes, first_column, tile)?);
        shared.count_swept();
        columns = rest;
        first_column += n_ranked;
    }
    Ok(Swept {
        next: n_genes,
        columns,
        undecided,
    })
}

/// The tile at hand. All memory is used again from tile to tile.
pub(crate) struct Sweeping<'a> {
    job: &'a Job<'a>,
    threads: usize,
    parts: Vec<Part>,
    /// For each gene, its zeros; none where stored values were not counted.
    zeros: Vec<u32>,
    /// The bands of each stratum, or those of all cells.
    bands: Vec<Bands>,
    dealt: Vec<Dealt>,
    sweeps: Vec<Sweep>,
    is_laid_out: bool,
    bases: Bases,
    totals: Totals,
    totals_of_singles: Totals,
    totals_of_values: Totals,
}

impl<'a> Sweeping<'a> {
    pub fn new(job: &'a Job<'a>) -> Self {
        let threads = rayon::current_num_threads();
        Self {
            job,
            threads,
            parts: parts(job, threads),
            zeros: Vec::new(),
            bands: Vec::new(),
            dealt: Vec::new(),
            sweeps: Vec::new(),
            is_laid_out: is_laid_out(job, threads),
            bases: Bases::default(),
            totals: Totals::default(),
            totals_of_singles: Totals::default(),
            totals_of_values: Totals::default(),
        }
    }

    /// Rank the genes of a tile: all but what is taken gene by gene. Returns
    /// `false` where sweeping does not pay.
    pub fn rank_tile(&mut self, shared: &Shared, genes: Range<usize>) -> Result<bool, Error> {
        let job = self.job;
        let sizes = &job.layout.sizes[genes.clone()];
        let stored: usize = sizes.iter().map(|&n| n as usize).sum();
        let likely = stored / self.parts.len().max(1);
        let parts = self.parts.par_iter_mut().with_max_len(1);
        parts.try_for_each(|part| match shared.has_sweep_given_up() {
            true => Ok(()),
            false => part.collect(job, shared, genes.clone(), likely),
        })?;
        if shared.has_sweep_given_up() {
            return Ok(false);
        }
        self.zeros.clear();
        if job.layout.is_counted {
            self.count_zeros(sizes);
        }
        let n_bands = self.n_bands(stored, genes.len());
        match job.groups.strata() {
            None => {
                let bands = match n_bands {
                    1 => Bands::one(),
                    n => Bands::cut(&self.parts, n),
                };
                bands.deal(&self.parts, &mut self.dealt);
                self.bands = vec![bands];
            }
            Some(strata) => {
                self.bands = strata::cut(strata, &self.parts, n_bands);
                strata::deal(strata, &self.bands, &self.parts, &mut self.dealt);
            }
        }

        let n_bands = self.bands.iter().map(Bands::len).sum();
        shared.note_bands(n_bands);
        let n_sweeps = n_bands.max(self.sweeps.len());
        self.sweeps.resize_with(n_sweeps, Sweep::default);
        let exact = is_exact(&self.parts, self.most_values());
        let is_all = self.is_all();
        let Self {
            parts,
            zeros,
            dealt,
            sweeps,
            is_laid_out,
            totals,
            totals_of_singles,
            totals_of_values,
            ..
        } = self;
        let tile = sweep::Tile {
            parts,
            dealt,
            is_all,
            n_bands,
            n_genes: genes.len(),
            n_slots: job.groups.len() + 1,
            is_laid_out: *is_laid_out,
            zeros,
            with_ties: job.settings.tie_correct,
            with_orders: job.settings.pairwise,
        };
        rayon::join(
            || {
                let sweeps = sweeps[..n_bands].par_iter_mut().enumerate();
                sweeps
                    .with_max_len(1)
                    .for_each(|(band, sweep)| sweep.through(&tile, band));
            },
            || {
                totals.make(job, tile.parts, Some(job.changes.main), exact);
                totals_of_singles.make(job, tile.parts, job.changes.of_singles, exact);
                totals_of_values.make(job, tile.parts, job.changes.of_values, exact);
            },
        );
        if *is_laid_out {
            self.add_ranks();
        }
        Ok(true)
    }

    /// Add up the ranks that sweeps have laid out.
    fn add_ranks(&mut self) {
        let [bands] = &self.bands[..] else { return };
        let n_bands = bands.len();
        let sweeps = &self.sweeps[..n_bands];
        let is_all = self.is_all();
        if self.zeros.is_empty() {
            let n_cells = self.job.groups.n_compared() as u32;
            self.zeros = zeros_of_bands(n_cells, sweeps);
        }
        self.bases.make(bands, sweeps, &self.zeros, is_all);
        let is_dealt = self.parts.len() > 1 || n_bands > 1;
        let mut first = vec![0; n_bands];
        let mut places = Vec::new();
        for dealt in self.dealt.iter().take(self.parts.len()) {
            places.push(first.clone());
            for (band, first) in first.iter_mut().enumerate() {
                *first += dealt.of_band(band).len() as u32;
            }
        }
        let (dealt, bases) = (&self.dealt, &self.bases);
        let parts = self.parts.par_iter_mut().enumerate().with_max_len(1);
        parts.for_each(|(number, part)| {
            let bands = is_dealt.then(|| PlacesInBands {
                dealt: &dealt[number],
                next: places[number].clone(),
            });
            let places = Places { sweeps, bands };
            let bases = (!is_all).then_some(bases);
            add_ranks(&part.level_sets, places, bases, &mut part.rank_sums);
        });
    }

    fn count_zeros(&mut self, sizes: &[u32]) {
        let n_cells = self.job.groups.n_compared() as u32;
        let mut missing = vec![0; sizes.len()];
        for part in &self.parts {
            for (sum, more) in missing.iter_mut().zip(&part.level_sets.missing) {
                *sum += more;
            }
        }
        let sizes = sizes.iter().zip(missing);
        self.zeros
            .extend(sizes.map(|(size, missing)| n_cells - (size - missing)));
    }

    /// The most values that a gene of the tile may have.
    fn most_values(&self) -> u32 {
        let fewest_zeros = self.zeros.iter().min().copied().unwrap_or(0);
        self.job.groups.n_compared() as u32 - fewest_zeros
    }

    /// Into how many bands to cut the values of a tile.
    fn n_bands(&self, stored: usize, n_genes: usize) -> usize {
        let is_in_order = is_in_order(self.job);
        if self.threads == 1 || is_in_order || self.most_values() >= TOO_MANY_CELLS {
            return 1;
        }
        let n_rows = match self.is_laid_out {
            true => 1,
            false => self.job.groups.len() + 1,
        };
        let table = n_rows * n_genes;
        let worthwhile = stored / (VALUES_AN_ENTRY * table.max(1));
        let cheap = stored / (VALUES_AN_ENTRY_AT_EASE * table.max(1));
        let one_each = worthwhile.min(self.threads);
        one_each
            .max(cheap.min(BANDS_A_THREAD * self.threads))
            .max(1)
    }

    /// Whether there is one sweep, through all values of all cells.
    fn is_all(&self) -> bool {
        let is_counted = self.job.layout.is_counted && self.job.groups.strata().is_none();
        is_counted && self.bands.iter().all(|bands| bands.len() == 1)
    }

    /// What was swept within each stratum, or through all cells.
    fn swept(&self) -> Vec<SweptCells<'_>> {
        let groups = self.job.groups;
        let whole = std::slice::from_ref(groups);
        let members = groups.strata().map_or(whole, Strata::members);
        let mut sweeps = &self.sweeps[..];
        let mut swept = Vec::with_capacity(members.len());
        for (groups, bands) in members.iter().zip(&self.bands) {
            let (own, others) = sweeps.split_at(bands.len());
            sweeps = others;
            swept.push(SweptCells {
                groups,
                sweeps: own,
                is_all: self.is_all(),
                intervals: bands.intervals(),
                laid_out: self.is_laid_out.then_some((&self.bases, &self.parts)),
            });
        }
        swept
    }

    /// Fill the columns of the tile that was ranked last; its first is column
    /// `first_column` of all.
    pub fn hand_over(
        &self,
        shared: &Shared,
        genes: Range<usize>,
        first_column: usize,
        mut columns: Columns,
    ) -> Result<Vec<Undecided>, Error> {
        let job = self.job;
        let found = Found {
            job,
            genes: genes.clone(),
            parts: &self.parts,
            swept: self.swept(),
            totals: &self.totals,
            totals_of_singles: &self.totals_of_singles,
            totals_of_values: &self.totals_of_values,
        };
        let mut pieces = Vec::new();
        let mut first_column = first_column;
        for start in genes.clone().step_by(PIECE) {
            let piece = start..(start + PIECE).min(genes.end);
            let n_ranked = job.layout.n_ranked(piece.clone());
            let (part, rest) = columns.split_at(n_ranked);
            let local = piece.start - genes.start..piece.end - genes.start;
            pieces.push((local, first_column, part));
            columns = rest;
            first_column += n_ranked;
        }
        let undecided = pieces.into_par_iter().map_init(
            || (Piece::default(), Gene::new(job.groups)),
            |(piece, gene), (local, first_column, columns)| {
                found.hand_over(shared, local, first_column, columns, (piece, gene))
            },
        );
        let undecided: Vec<Vec<Undecided>> = undecided.collect::<Result<_, _>>()?;
        Ok(undecided.into_iter().flatten().collect())
    }
}

/// The zeros of each gene among so many cells, from the sweeps through all their
/// values.
fn zeros_of_bands(n_cells: u32, sweeps: &[Sweep]) -> Vec<u32> {
    let n_genes = sweeps.first().map_or(0, |sweep| sweep.before.len());
    let mut zeros = vec![n_cells; n_genes];
    for sweep in sweeps {
        for (zeros, doubled) in zeros.iter_mut().zip(&sweep.before) {
            *zeros -= doubled / 2;
        }
    }
    zeros
}

/// Whether no order of adding `n` of the values of some cells rounds.
fn is_exact(parts: &[Part], n: u32) -> bool {
    let extremes = parts.iter().map(|part| part.level_sets.extremes);
    let (lowest, highest) = extremes.fold((f64::INFINITY, 0.0f64), |all, part| {
        (all.0.min(part.0), all.1.max(part.1))
    });
    let are_singles = parts.iter().all(|part| part.level_sets.are_singles);
    are_singles && fold_change::is_exact(f64::from(n) * highest, lowest as f32)
}

fn reset<T: Clone + Default>(table: &mut Vec<T>, n: usize) {
    table.clear();
    table.resize(n, T::default());
}
