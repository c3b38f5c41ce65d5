//! The rank sums of many slots, from ranks that bands have laid out.
//!
//! A sweep meets the cells of all slots in turn; to add each rank to the sum of
//! its slot at once would be to write all over a table that no cache holds, and
//! every band would need one. Here they are added cell after cell, to the table
//! of a part of the cells, in a row at a time.

use super::bands::{Bands, Dealt};
use super::level_sets::LevelSets;
use super::reset;
use super::sweep::Sweep;
use crate::gene::ties::term;
use crate::tiles::prefetch::prefetch_many;

/// Level sets ahead of those at hand whose ranks are asked for.
const AHEAD: usize = 16;
/// Ranks of a level set that are asked for, at most.
const RANKS_AHEAD: usize = 128;

/// What the ranks of each band lack, and the ties of all bands.
#[derive(Default)]
pub(super) struct Bases {
    n_genes: usize,
    /// For each band and gene, twice the cells that came before it, plus the
    /// zeros, and half of the cells of other bands that have its one value.
    rows: Vec<u32>,
    /// For each gene, the sum over its runs of ties.
    pub ties: Vec<f64>,
}

impl Bases {
    /// Add up what the bands have counted. `zeros` has the zeros of each gene;
    /// one sweep that `is_all` knew them, and lacks nothing.
    pub fn make(&mut self, bands: &Bands, sweeps: &[Sweep], zeros: &[u32], is_all: bool) {
        self.n_genes = zeros.len();
        self.rows.clear();
        self.ties.clear();
        if let ([all], true) = (sweeps, is_all) {
            self.ties.extend(&all.ties);
            return;
        }
        self.ties.extend(zeros.iter().map(|&n| term(n.into())));
        let mut before = zeros.to_vec();
        let mut doubled = Vec::new();
        for of_interval in bands.intervals() {
            let sweeps = &sweeps[of_interval.clone()];
            reset(&mut doubled, zeros.len());
            for sweep in sweeps {
                add(&mut doubled, &sweep.before);
            }
            // All cells of several bands are one run of ties, of which each band
            // has ranked its own alone.
            for sweep in sweeps {
                let others = doubled.iter().zip(&sweep.before);
                let sums = others.zip(&before);
                let sums = sums.map(|((all, of_band), before)| before + (all - of_band) / 2);
                self.rows.extend(sums);
            }
            match sweeps {
                [sweep] => add(&mut self.ties, &sweep.ties),
                _ => {
                    for (sum, &doubled) in self.ties.iter_mut().zip(&doubled) {
                        *sum += term(u64::from(doubled / 2));
                    }
                }
            }
            add(&mut before, &doubled);
        }
    }

    fn of_band(&self, band: usize) -> &[u32] {
        &self.rows[band * self.n_genes..][..self.n_genes]
    }
}

fn add<T: Copy + std::ops::AddAssign>(sums: &mut [T], more: &[T]) {
    for (sum, &more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

/// Where the ranks of a part's level sets lie.
pub(super) struct Places<'a> {
    pub sweeps: &'a [Sweep],
    /// Nothing where all are in one sweep, at the numbers of the sets.
    pub bands: Option<PlacesInBands<'a>>,
}

/// Of the level sets of a part, those of each band stand one after the other in
/// it.
pub(super) struct PlacesInBands<'a> {
    pub dealt: &'a Dealt,
    /// For each band, the place of the part's next set.
    pub next: Vec<u32>,
}

impl<'a> Places<'a> {
    /// The band of the set of this number, and its place there. Sets must be asked
    /// for in their order.
    fn next(&mut self, number: usize) -> (usize, usize) {
        match &mut self.bands {
            None => (0, number),
            Some(PlacesInBands { dealt, next }) => {
                let band = dealt.bands()[number] as usize;
                let place = next[band] as usize;
                next[band] += 1;
                (band, place)
            }
        }
    }
}

/// Add the ranks of a part's values up by slot, into a table as that of its sums.
/// There are no `bases` where ranks lack nothing.
pub(super) fn add_ranks(
    level_sets: &LevelSets,
    mut places: Places,
    bases: Option<&Bases>,
    sums: &mut Vec<u64>,
) {
    let n_genes = level_sets.n_genes;
    reset(sums, level_sets.slots.len() * n_genes);
    // The bands of the coming sets, and where their ranks start.
    let mut coming = [(0, 0); AHEAD];
    let ask_for = |number: usize, places: &mut Places| {
        let (band, place) = places.next(number);
        let (ranks, starts) = places.sweeps[band].laid_out.ranks_and_starts();
        let start = starts[place] as usize;
        let n = (level_sets.sets[number].len as usize).min(RANKS_AHEAD);
        prefetch_many(ranks, start, n);
        (band, start)
    };
    let n_sets = level_sets.sets.len();
    for (number, coming) in coming.iter_mut().enumerate().take(n_sets) {
        *coming = ask_for(number, &mut places);
    }
    for (number, set) in level_sets.sets.iter().enumerate() {
        let (band, start) = coming[number % AHEAD];
        if number + AHEAD < n_sets {
            coming[number % AHEAD] = ask_for(number + AHEAD, &mut places);
        }
        let genes = level_sets.genes_of(number);
        let row = (set.slot as usize - level_sets.slots.start) * n_genes;
        let row = &mut sums[row..][..n_genes];
        let (ranks, _) = places.sweeps[band].laid_out.ranks_and_starts();
        let ranks = &ranks[start..][..genes.len()];
        match bases {
            None => {
                for (&gene, &rank) in genes.iter().zip(ranks) {
                    row[gene as usize] += u64::from(rank);
                }
            }
            Some(bases) => {
                let base = bases.of_band(band);
                for (&gene, &rank) in genes.iter().zip(ranks) {
                    row[gene as usize] += u64::from(base[gene as usize] + rank);
                }
            }
        }
    }
}
