//! Where a sweep leaves the ranks of values.

use super::level_sets::LevelSet;
use super::reset;

/// What takes the doubled ranks of stored values, each less that of a zero.
pub(super) trait TakesRanks {
    /// The genes of a level set, the one at this place among those of a band, and
    /// the rank of each.
    fn take(&mut self, place: u32, set: LevelSet, genes: &[u16], rank_of: impl FnMut(u16) -> u32);
}

/// Sums of ranks, one row per slot and one column per gene, for few slots:
/// sets come in the order of values, whatever their slots.
///
/// `COUNT` is added for each value.
pub(super) struct Table<'a, const COUNT: u64> {
    n_genes: usize,
    sums: &'a mut [u64],
}

impl<'a, const COUNT: u64> Table<'a, COUNT> {
    pub fn new(n_genes: usize, sums: &'a mut [u64]) -> Self {
        Self { n_genes, sums }
    }
}

/// A band counts this for each value besides its rank. `n` cells of a gene have
/// doubled ranks of `n (n + 1)` together at most, which must stay below.
pub(super) const ONE_VALUE: u64 = 1 << 42;
/// So many cells of a gene are too many for the table of a band.
pub(super) const TOO_MANY_CELLS: u32 = 1 << 21;

/// What the table of a band keeps of a slot's values: the sum of their doubled
/// ranks in the band, and how many they are.
#[inline(always)]
pub(super) fn ranks_and_number(of_band: u64) -> (u64, u64) {
    (of_band % ONE_VALUE, of_band / ONE_VALUE)
}

impl<const COUNT: u64> TakesRanks for Table<'_, COUNT> {
    #[inline(always)]
    fn take(&mut self, _: u32, set: LevelSet, genes: &[u16], mut rank_of: impl FnMut(u16) -> u32) {
        let row = &mut self.sums[set.slot as usize * self.n_genes..][..self.n_genes];
        for &gene in genes {
            row[gene as usize] += u64::from(rank_of(gene)) + COUNT;
        }
    }
}

/// The ranks themselves, for many slots, whose table would be written all over:
/// they are [added up](super::rank_sums) later.
#[derive(Default)]
pub(super) struct LaidOut {
    /// One set after the other, by ascending value; those of a set as its genes.
    ranks: Vec<u32>,
    /// Where the ranks of each level set start, at its place in the band.
    starts: Vec<u32>,
    filled: usize,
}

impl LaidOut {
    /// Forget the last band; the next has these sets.
    pub fn clear(&mut self, sets: &[LevelSet]) {
        let n: usize = sets.iter().map(|set| set.len as usize).sum();
        if self.ranks.len() < n {
            self.ranks.resize(n, 0);
        }
        self.filled = 0;
        reset(&mut self.starts, sets.len());
    }

    /// All ranks, and where those of each set start.
    pub fn ranks_and_starts(&self) -> (&[u32], &[u32]) {
        (&self.ranks, &self.starts)
    }
}

impl TakesRanks for LaidOut {
    #[inline(always)]
    fn take(
        &mut self,
        place: u32,
        _: LevelSet,
        genes: &[u16],
        mut rank_of: impl FnMut(u16) -> u32,
    ) {
        self.starts[place as usize] = self.filled as u32;
        let ranks = &mut self.ranks[self.filled..][..genes.len()];
        for (rank, &gene) in ranks.iter_mut().zip(genes) {
            *rank = rank_of(gene);
        }
        self.filled += genes.len();
    }
}
