//! The ranks of a run of ties: of level sets that have one value.

use super::level_sets::LevelSet;
use super::ranks::TakesRanks;
use crate::gene::ties::term;
use std::mem::take;
use std::ops::AddAssign;

/// A run that has this many times fewer values than the tile has genes is settled
/// value by value, any other gene by gene: genes in a row take next to no time.
const FEW: usize = 4;

/// What a sweep knows of each gene of a tile.
pub(super) struct OfGenes<'a> {
    /// Twice the cells that came before, plus the zeros.
    pub before: &'a mut [u32],
    /// The sum over its runs of ties.
    pub ties: &'a mut [f64],
}

impl OfGenes<'_> {
    /// Count the cells that a gene has in a run.
    #[inline(always)]
    fn settle<const TIES: bool>(&mut self, gene: usize, tied: u32) {
        self.before[gene] += 2 * tied;
        if TIES {
            self.ties[gene] += term(tied.into());
        }
    }
}

/// Hand the ranks of a run of ties to `taker`, and count its cells; sum up ties if
/// `TIES`.
///
/// The run is the place and the level set of each of its cells, `genes` are those of
/// the sets of each part. `tied` has a zero for each gene, before and afterwards, and
/// room for as many cells as there are sets.
#[inline(always)]
pub(super) fn rank_tied<const TIES: bool, N>(
    run: impl Iterator<Item = (u32, LevelSet)> + Clone,
    genes: &[&[u16]],
    mut of_genes: OfGenes,
    tied: &mut [N],
    taker: &mut impl TakesRanks,
) where
    N: Copy + Default + AddAssign + From<u8> + Into<u32>,
{
    let n_genes = of_genes.before.len();
    let tied = &mut tied[..n_genes];
    let mut n_values = 0;
    for (_, set) in run.clone() {
        let of_set = set.genes(genes);
        n_values += of_set.len();
        for &gene in of_set {
            tied[gene as usize] += 1.into();
        }
    }
    // Each cell gets the mean of the run's ranks.
    for (place, set) in run.clone() {
        taker.take(place, set, set.genes(genes), |gene| {
            of_genes.before[gene as usize] + tied[gene as usize].into()
        });
    }
    if n_values >= n_genes / FEW {
        for (gene, tied) in tied.iter_mut().enumerate() {
            of_genes.settle::<TIES>(gene, take(tied).into());
        }
        return;
    }
    for (_, set) in run {
        for &gene in set.genes(genes) {
            // None from the second visit of a gene on.
            let tied = take(&mut tied[gene as usize]);
            of_genes.settle::<TIES>(gene as usize, tied.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps the ranks as they come: the place of a set, a gene, its rank.
    #[derive(Default)]
    struct Kept(Vec<(u32, u16, u32)>);

    impl TakesRanks for Kept {
        fn take(
            &mut self,
            place: u32,
            _: LevelSet,
            genes: &[u16],
            mut rank_of: impl FnMut(u16) -> u32,
        ) {
            let ranks = genes.iter().map(|&gene| (place, gene, rank_of(gene)));
            self.0.extend(ranks);
        }
    }

    /// The genes of `n_sets` sets in a row, and the sets: each has every `step`th
    /// gene, from another one on.
    fn sets(n_sets: u32, n_genes: usize, step: usize) -> (Vec<u16>, Vec<(u32, LevelSet)>) {
        let (mut genes, mut sets) = (Vec::new(), Vec::new());
        for place in 0..n_sets {
            let first = genes.len();
            let own = (place as usize * 7 % step..n_genes).step_by(step);
            genes.extend(own.map(|gene| gene as u16));
            let set = LevelSet {
                slot: 0,
                part: 0,
                first: first as u32,
                len: (genes.len() - first) as u32,
            };
            sets.push((place, set));
        }
        (genes, sets)
    }

    fn check<N>(n_sets: u32, n_genes: usize, step: usize)
    where
        N: Copy + Default + AddAssign + From<u8> + Into<u32>,
    {
        let (genes, sets) = sets(n_sets, n_genes, step);
        let mut cells = vec![0u32; n_genes];
        for &gene in &genes {
            cells[gene as usize] += 1;
        }
        let first: Vec<u32> = (0..n_genes as u32).map(|gene| 3 * gene + 1).collect();
        let (mut before, mut ties) = (first.clone(), vec![0.5; n_genes]);
        let of_genes = OfGenes {
            before: &mut before,
            ties: &mut ties,
        };
        let (mut tied, mut kept) = (vec![N::default(); n_genes], Kept::default());
        let run = sets.iter().copied();
        rank_tied::<true, N>(run, &[&genes], of_genes, &mut tied, &mut kept);

        for gene in 0..n_genes {
            let n = cells[gene];
            assert_eq!(before[gene], first[gene] + 2 * n);
            assert_eq!(ties[gene], 0.5 + term(n.into()));
            assert_eq!(tied[gene].into(), 0);
        }
        // The doubled ranks `first + 1`, `first + 3` ... have the mean `first + n`.
        let expected = sets.iter().flat_map(|&(place, set)| {
            let own = set.genes(&[&genes]).to_vec();
            own.into_iter().map(move |gene| (place, gene))
        });
        let expected = expected.map(|(place, gene)| {
            let gene_at = gene as usize;
            (place, gene, first[gene_at] + cells[gene_at])
        });
        assert!(kept.0.iter().copied().eq(expected));
    }

    #[test]
    fn runs_are_settled_alike_value_by_value_and_gene_by_gene() {
        // Two sets of one gene each, of a few, and of nearly all.
        for step in [100, 40, 1] {
            check::<u16>(2, 100, step);
            check::<u32>(2, 100, step);
        }
        // The first and the last of six have the same few genes.
        check::<u16>(6, 100, 35);
        check::<u16>(50, 9, 4);
    }

    #[test]
    fn more_cells_than_16_bits_count_are_tied() {
        check::<u32>(70_000, 5, 2);
    }
}
