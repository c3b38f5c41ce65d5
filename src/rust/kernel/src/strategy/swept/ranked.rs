//! Rank sums of some genes of a tile, from the sweeps through the bands of values.

use super::parts::Part;
use super::rank_sums::Bases;
use super::ranks::ranks_and_number;
use super::reset;
use super::sweep::Sweep;
use crate::gene::ranks::missing_doubled_ranks;
use crate::gene::ties::{term, tie_factor};
use crate::input::Groups;
use std::ops::Range;

/// The sweeps through the cells that are ranked among each other: those of a
/// stratum, or all.
pub(super) struct SweptCells<'a> {
    /// Who is compared among them.
    pub groups: &'a Groups,
    /// One sweep for each band.
    pub sweeps: &'a [Sweep],
    /// Whether it is one through all values of all cells.
    pub is_all: bool,
    /// The bands of each interval of values.
    pub intervals: &'a [Range<usize>],
    /// Where ranks are [laid out](super::ranks::LaidOut): the parts that have added
    /// them up, and all ties.
    pub laid_out: Option<(&'a Bases, &'a [Part])>,
}

/// What comes of them for some neighbouring genes of a tile, which count from the
/// first of these.
#[derive(Default)]
pub(super) struct Ranked {
    n_genes: usize,
    /// Sums of the doubled ranks of the stored values, each less that of a zero:
    /// one row per slot, one column per gene.
    ranks: Vec<u64>,
    /// For each gene, its zeros.
    zeros: Vec<u64>,
    /// For each gene, the sum over its runs of ties.
    ties: Vec<f64>,
    /// For each gene, twice the cells before the interval at hand, plus the
    /// zeros.
    before: Vec<u64>,
    /// For each gene, its cells in the interval at hand.
    run: Vec<u64>,
}

impl Ranked {
    /// Add up what the bands have of some genes, counted from the tile's first.
    pub fn add_up(&mut self, swept: &SweptCells, genes: Range<usize>) {
        self.n_genes = genes.len();
        reset(&mut self.ranks, (swept.groups.len() + 1) * genes.len());
        self.count_zeros(swept, genes.clone());
        self.ties.clear();
        if let Some((bases, parts)) = swept.laid_out {
            self.ties.extend(&bases.ties[genes.clone()]);
            return self.add_parts(parts, genes);
        }
        if let ([all], true) = (swept.sweeps, swept.is_all) {
            self.ties.extend(&all.ties[genes.clone()]);
            let rows = self.ranks.chunks_mut(genes.len());
            for (row, of_sweep) in rows.zip(all.ranks.chunks(all.before.len())) {
                row.copy_from_slice(&of_sweep[genes.clone()]);
            }
            return;
        }
        self.ties
            .extend(self.zeros.iter().map(|&zeros| term(zeros)));
        self.before.clone_from(&self.zeros);
        for bands in swept.intervals {
            self.add_interval(&swept.sweeps[bands.clone()], genes.clone());
        }
    }

    fn add_parts(&mut self, parts: &[Part], genes: Range<usize>) {
        for Part {
            level_sets,
            rank_sums,
            ..
        } in parts
        {
            let rows = self
                .ranks
                .chunks_mut(genes.len())
                .skip(level_sets.slots.start);
            for (row, of_part) in rows.zip(rank_sums.chunks(level_sets.n_genes)) {
                for (sum, more) in row.iter_mut().zip(&of_part[genes.clone()]) {
                    *sum += more;
                }
            }
        }
    }

    fn count_zeros(&mut self, swept: &SweptCells, genes: Range<usize>) {
        reset(&mut self.zeros, genes.len());
        for sweep in swept.sweeps {
            for (cells, &doubled) in self.zeros.iter_mut().zip(&sweep.before[genes.clone()]) {
                *cells += u64::from(doubled);
            }
        }
        // A sweep through all values has counted the zeros, too, but once.
        let n_cells = swept.groups.n_compared();
        for doubled in &mut self.zeros {
            *doubled = match swept.is_all {
                true => 2 * n_cells - *doubled,
                false => n_cells - *doubled / 2,
            };
        }
    }

    /// Add an interval of values, above all before.
    fn add_interval(&mut self, sweeps: &[Sweep], genes: Range<usize>) {
        // Of several bands all values are equal: their ranks are the mean of
        // those of all.
        let alike = sweeps.len() > 1;
        reset(&mut self.run, genes.len());
        for sweep in sweeps {
            for (n, &doubled) in self.run.iter_mut().zip(&sweep.before[genes.clone()]) {
                *n += u64::from(doubled / 2);
            }
        }
        for sweep in sweeps {
            let rows = self.ranks.chunks_mut(genes.len());
            for (row, of_sweep) in rows.zip(sweep.ranks.chunks(sweep.before.len())) {
                let of_band = of_sweep[genes.clone()].iter();
                let known = self.before.iter().zip(&self.run);
                for ((rank, &of_band), (before, run)) in row.iter_mut().zip(of_band).zip(known) {
                    let (in_band, number) = ranks_and_number(of_band);
                    *rank += match alike {
                        true => number * (before + run),
                        false => in_band + number * before,
                    };
                }
            }
            if !alike {
                for (sum, ties) in self.ties.iter_mut().zip(&sweep.ties[genes.clone()]) {
                    *sum += ties;
                }
            }
        }
        let runs = self.before.iter_mut().zip(&self.run);
        for ((before, run), ties) in runs.zip(&mut self.ties) {
            *before += 2 * run;
            if alike {
                *ties += term(*run);
            }
        }
    }

    /// The doubled rank sums of all slots in one gene.
    pub fn take(&self, groups: &Groups, gene: usize, sums: &mut [u64]) {
        // All stored values are above 0: that is the rank of a zero.
        let zeros = self.zeros[gene];
        let of_gene = self.ranks[gene..].iter().step_by(self.n_genes);
        for (slot, (sum, ranks)) in sums.iter_mut().zip(of_gene).enumerate() {
            *sum = ranks + missing_doubled_ranks(groups, slot, zeros);
        }
    }

    /// How many values one gene has.
    pub fn n_values(&self, groups: &Groups, gene: usize) -> u64 {
        groups.n_compared() - self.zeros[gene]
    }

    /// What corrects the variance of one gene for ties.
    pub fn tie_factor(&self, groups: &Groups, gene: usize) -> f64 {
        tie_factor(self.ties[gene], groups.n_compared())
    }
}
