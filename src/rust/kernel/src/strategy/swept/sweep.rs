//! The sweep: all level sets of a tile by ascending value.

use super::level_sets::{LevelSet, LevelSets};
use super::reset;
use crate::gene::sort::{key, payload, sort_positions, SortScratch};
use crate::gene::ties::term;
use crate::tiles::prefetch::{prefetch, prefetch_many};

/// Level sets ahead of the sweep whose genes are asked for.
const AHEAD: usize = 8;
/// Genes of a level set that are asked for, at most.
const GENES_AHEAD: usize = 256;

/// What a sweep finds for the genes of a tile, and its memory.
#[derive(Default)]
pub(super) struct Sweep {
    /// Doubled ranks of the stored values, each less that of a zero: one row per
    /// slot, one column per gene.
    pub ranks: Vec<u64>,
    /// For each gene, the sum over its runs of ties, where it is asked for.
    pub ties: Vec<f64>,
    entries: Vec<u64>,
    sort: SortScratch,
    /// For each gene, twice the cells that came before plus the zeros.
    before: Vec<u32>,
    /// For each gene, its cells in the run of ties at hand.
    tied: Vec<u32>,
}

impl Sweep {
    /// Forget the last tile, and make room for another of as many slots and
    /// genes.
    pub fn clear(&mut self, n_slots: usize, n_genes: usize) {
        reset(&mut self.ranks, n_slots * n_genes);
        reset(&mut self.ties, n_genes);
    }

    /// Go through the level sets by ascending value. `n_cells` are compared.
    #[inline(never)]
    pub fn run(&mut self, collected: &LevelSets, n_cells: u32, with_ties: bool) {
        let n_genes = collected.n_genes;
        self.before.clear();
        let zeros = collected.stored.iter().map(|stored| n_cells - stored);
        self.before.extend(zeros);
        if with_ties {
            reset(&mut self.tied, n_genes);
            for (ties, &zeros) in self.ties.iter_mut().zip(&self.before) {
                *ties = term(zeros.into());
            }
        }
        let sorted = sort_positions(&collected.values, &mut self.entries, &mut self.sort);
        let (genes, level_sets) = (collected.genes(), &collected.sets);
        let set_of = |entry: u64| level_sets[payload(entry) as usize];
        let genes_of = |set: LevelSet| collected.genes_of(set);
        let before = &mut self.before[..n_genes];
        let mut next = 0;
        for run in sorted.chunk_by(|&a, &b| key(a) == key(b)) {
            for ahead in next + AHEAD..next + run.len() + AHEAD {
                if let Some(&far) = sorted.get(ahead + AHEAD) {
                    prefetch(level_sets, payload(far) as usize);
                }
                if let Some(&near) = sorted.get(ahead) {
                    let LevelSet { first, len, .. } = set_of(near);
                    prefetch_many(genes, first as usize, (len as usize).min(GENES_AHEAD));
                }
            }
            next += run.len();
            if let [alone] = *run {
                let set = set_of(alone);
                let ranks = &mut self.ranks[set.slot as usize * n_genes..][..n_genes];
                for &gene in genes_of(set) {
                    let before = &mut before[gene as usize];
                    ranks[gene as usize] += u64::from(*before) + 1;
                    *before += 2;
                }
                continue;
            }
            // Half of a run's size is added before its cells are ranked, and half
            // afterwards, so that each of them gets the mean of the run's ranks.
            for &entry in run {
                for &gene in genes_of(set_of(entry)) {
                    before[gene as usize] += 1;
                }
            }
            for &entry in run {
                let set = set_of(entry);
                let ranks = &mut self.ranks[set.slot as usize * n_genes..][..n_genes];
                for &gene in genes_of(set) {
                    ranks[gene as usize] += u64::from(before[gene as usize]);
                }
            }
            for &entry in run {
                for &gene in genes_of(set_of(entry)) {
                    before[gene as usize] += 1;
                }
            }
            if with_ties {
                let run_genes = || run.iter().flat_map(|&entry| genes_of(set_of(entry)));
                for &gene in run_genes() {
                    self.tied[gene as usize] += 1;
                }
                for &gene in run_genes() {
                    // None from the second visit of a gene on.
                    let tied = std::mem::take(&mut self.tied[gene as usize]);
                    self.ties[gene as usize] += term(tied.into());
                }
            }
        }
    }
}
