//! Each group against every other single group, summed up over the others.

use crate::gene::pairs::{doubled_pairs, place_of_pair};
use crate::gene::sort::{entry, payload, SortScratch};
use crate::input::{Error, Groups};
use crate::statistics::GeneStatistics;
use crate::Control;

/// Genes whose values of all pairs are looked at together.
const GENES_AT_ONCE: usize = 64;

/// What is known of every gene of one group, by its place among the ranked
/// genes: its areas under the ROC curve against each other group, in short.
///
/// Memory is used again from group to group.
#[derive(Default)]
pub(super) struct PairSummaries {
    pub min: Vec<f64>,
    pub mean: Vec<f64>,
    pub median: Vec<f64>,
    pub max: Vec<f64>,
    /// The best of the gene's places, from 1, over the other groups: in each,
    /// genes are ordered by descending area, equal ones as they are stored.
    pub best_place: Vec<f64>,
    areas: Vec<f64>,
    entries: Vec<u64>,
    sort: SortScratch,
}

/// One of the other groups, as seen from the group at hand.
struct Opponent<'a> {
    /// The most that `2 U` can be.
    doubled_pairs: u64,
    /// `2 U` of the group with the lower slot, gene by gene.
    kept: &'a [u64],
    /// Whether that is the group at hand.
    is_own: bool,
}

impl Opponent<'_> {
    /// `2 U` of the group at hand.
    #[inline(always)]
    fn doubled_u(&self, gene: usize) -> u64 {
        match self.is_own {
            true => self.kept[gene],
            false => self.doubled_pairs - self.kept[gene],
        }
    }

    /// The area under the ROC curve, `U` over the pairs of cells.
    #[inline(always)]
    fn area(&self, gene: usize) -> f64 {
        self.doubled_u(gene) as f64 / self.doubled_pairs as f64
    }
}

impl PairSummaries {
    /// Sum up the pairs of the group in `slot`.
    ///
    /// Groups that share no stratum with it are left out. Where there is no other
    /// group, areas and places are NaN.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the caller cancels.
    pub fn fill(
        &mut self,
        statistics: &GeneStatistics,
        groups: &Groups,
        slot: usize,
        control: &Control,
    ) -> Result<(), Error> {
        let opponents: Vec<Opponent> = (0..groups.len())
            .filter(|&other| other != slot)
            .map(|other| Opponent {
                doubled_pairs: doubled_pairs(groups, slot, other),
                kept: kept(statistics, groups.len(), slot.min(other), slot.max(other)),
                is_own: slot < other,
            })
            .filter(|opponent| opponent.doubled_pairs > 0)
            .collect();
        let n_genes = statistics.n_genes();
        self.sum_up(&opponents, n_genes);
        self.best_place.clear();
        self.best_place.resize(n_genes, f64::NAN);
        for opponent in &opponents {
            self.place(opponent, n_genes);
            control.checkpoint(0)?;
        }
        Ok(())
    }

    fn sum_up(&mut self, opponents: &[Opponent], n_genes: usize) {
        let Self {
            min,
            mean,
            median,
            max,
            areas,
            ..
        } = self;
        for table in [&mut *min, &mut *mean, &mut *median, &mut *max] {
            table.clear();
        }
        let n = opponents.len();
        for first in (0..n_genes).step_by(GENES_AT_ONCE) {
            let genes = first..(first + GENES_AT_ONCE).min(n_genes);
            areas.clear();
            areas.resize(n * genes.len(), 0.0);
            for (i, opponent) in opponents.iter().enumerate() {
                for (at, gene) in genes.clone().enumerate() {
                    areas[at * n + i] = opponent.area(gene);
                }
            }
            for at in 0..genes.len() {
                let of_gene = &mut areas[at * n..(at + 1) * n];
                mean.push(of_gene.iter().sum::<f64>() / n as f64);
                median.push(median_of(of_gene));
                min.push(of_gene.iter().copied().fold(f64::NAN, f64::min));
                max.push(of_gene.iter().copied().fold(f64::NAN, f64::max));
            }
        }
    }

    /// Order all genes by one of the pairs, and keep the places that are better.
    fn place(&mut self, opponent: &Opponent, n_genes: usize) {
        let us = |gene: usize| opponent.doubled_u(gene);
        let highest = (0..n_genes).map(us).max().unwrap_or(0);
        let lowest = (0..n_genes).map(us).min().unwrap_or(0);
        self.entries.clear();
        if let Ok(widest) = u32::try_from(highest - lowest) {
            let entries = (0..n_genes).map(|gene| entry((highest - us(gene)) as u32, gene as u32));
            self.entries.extend(entries);
            if n_genes > 0 {
                self.sort.sort(&mut self.entries, 0, widest);
            }
        } else {
            // Of groups with more cells than a key can tell apart.
            self.entries.extend(0..n_genes as u64);
            self.entries
                .sort_unstable_by_key(|&gene| (highest - us(gene as usize), gene));
        }
        for (place, &entry) in (1..).zip(&self.entries) {
            let best = &mut self.best_place[payload(entry) as usize];
            *best = best.min(f64::from(place));
        }
    }
}

fn kept(statistics: &GeneStatistics, n_groups: usize, lower: usize, higher: usize) -> &[u64] {
    let row = place_of_pair(n_groups, lower, higher);
    // Rows of an array in standard layout are contiguous.
    statistics
        .doubled_us
        .row(row)
        .to_slice()
        .unwrap_or_default()
}

/// The middle one, or the mean of the two in the middle; the values change
/// their places.
fn median_of(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let n = values.len();
    let (below, &mut upper, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    match n % 2 {
        1 => upper,
        _ => (below.iter().copied().fold(f64::NAN, f64::max) + upper) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Comparison;
    use crate::statistics::Settings;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!(median_of(&mut []).is_nan());
        assert_eq!(median_of(&mut [0.25]), 0.25);
        assert_eq!(median_of(&mut [0.75, 0.25]), 0.5);
        assert_eq!(median_of(&mut [0.75, 0.0, 0.25]), 0.25);
        assert_eq!(median_of(&mut [1.0, 0.5, 0.0, 0.25]), 0.375);
    }

    /// Best places of both of two groups with so many cells, by their `2 U`.
    fn places(n: i32, doubled_us: &[u64]) -> [Vec<f64>; 2] {
        let codes: Vec<i32> = (0..2 * n).map(|cell| cell % 2).collect();
        let groups = Groups::new(&codes, 2, &[0, 1], Comparison::Rest).unwrap();
        let settings = Settings {
            pairwise: true,
            ..Default::default()
        };
        let mut statistics = GeneStatistics::zeros(&groups, &settings, doubled_us.len());
        for (kept, &u) in statistics.doubled_us.iter_mut().zip(doubled_us) {
            *kept = u;
        }
        [0, 1].map(|slot| {
            let mut summaries = PairSummaries::default();
            let control = Control::default();
            summaries
                .fill(&statistics, &groups, slot, &control)
                .unwrap();
            summaries.best_place
        })
    }

    #[test]
    fn genes_are_placed_by_area_and_ties_as_stored() {
        let [up, down] = places(3, &[4, 18, 4, 0, 18]);
        assert_eq!(up, [3.0, 1.0, 4.0, 5.0, 2.0]);
        assert_eq!(down, [2.0, 4.0, 3.0, 1.0, 5.0]);
        assert_eq!(places(3, &[]), [vec![], vec![]]);
    }

    #[test]
    fn genes_of_large_groups_are_placed_by_every_bit() {
        // 2 n^2 is above 2^33.
        let far = 1 << 33;
        let [up, down] = places(70_000, &[far, 0, far + 1, far, 1]);
        assert_eq!(up, [2.0, 5.0, 1.0, 3.0, 4.0]);
        assert_eq!(down, [3.0, 1.0, 5.0, 4.0, 2.0]);
    }

    #[test]
    fn a_group_alone_has_no_areas() {
        let groups = Groups::new(&[0, 0, -1], 1, &[0], Comparison::Rest).unwrap();
        let settings = Settings {
            pairwise: true,
            ..Default::default()
        };
        let statistics = GeneStatistics::zeros(&groups, &settings, 2);
        let mut summaries = PairSummaries::default();
        let control = Control::default();
        summaries.fill(&statistics, &groups, 0, &control).unwrap();
        let all = [
            &summaries.min,
            &summaries.mean,
            &summaries.median,
            &summaries.max,
            &summaries.best_place,
        ];
        for table in all {
            assert!(table.iter().all(|value| value.is_nan()) && table.len() == 2);
        }
    }
}
