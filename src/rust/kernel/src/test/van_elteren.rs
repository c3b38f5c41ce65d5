//! The score of a comparison within strata, after van Elteren (1960).

use super::wilcoxon::{Area, Sides};
use crate::input::Strata;

/// The weighted sums over the strata of one group, but for those of each gene.
#[derive(Debug, Clone, Copy)]
pub(crate) struct VanElteren {
    /// The variance of the weighted rank sums, without ties.
    variance: f64,
    /// What makes areas of sums of rank sums.
    pub area: Area,
}

impl VanElteren {
    pub fn new(strata: &Strata, slot: usize) -> Self {
        let mut all = Self {
            variance: 0.0,
            area: Area::default(),
        };
        for (stratum, within) in strata.members().iter().enumerate() {
            let sides = Sides {
                group: within.size(slot),
                opposite: within.opposite_size(slot),
            };
            let weight = strata.weight(stratum, slot);
            all.variance += weight * weight * sides.variance(None);
            all.area.add(sides);
        }
        all
    }

    /// The score of a weighted distance: 0 where nothing varies.
    pub fn score(&self, distance: f64, tied_variance: Option<f64>) -> f64 {
        let z = distance / tied_variance.unwrap_or(self.variance).sqrt();
        if z.is_nan() {
            0.0
        } else {
            z
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Comparison, Groups, Weights};

    #[test]
    fn one_stratum_scores_as_none_does() {
        let codes = [0, 0, 0, 1, 1, -1, -1];
        let groups = Groups::new(&codes, 2, &[0], Comparison::Rest).unwrap();
        for weights in [Weights::VanElteren, Weights::Equal] {
            // The cells of the last two strata are all on one side.
            let groups = groups
                .clone()
                .with_strata(&[1, 1, 2, 1, 1, 3, 3], 4, weights);
            let groups = groups.unwrap();
            let test = VanElteren::new(groups.strata().unwrap(), 0);
            let sides = Sides {
                group: 2,
                opposite: 2,
            };
            // A rank sum of 6 among 4 cells, 5 being expected.
            assert_eq!(test.score(1.0, None), sides.scorer()(12, None));
            assert_eq!(test.score(0.0, Some(0.0)), 0.0);
            // And 1 more of the cell that is alone in its stratum.
            assert_eq!(test.area.of(12 + 2), sides.area().of(12));
        }
    }
}
