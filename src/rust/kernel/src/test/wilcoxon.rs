//! The score of a rank sum.

use super::Alternative;

/// Both sides of one comparison.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sides {
    /// Cells of the group.
    pub group: u64,
    /// Cells it is compared with.
    pub opposite: u64,
}

impl Sides {
    fn all(self) -> u64 {
        self.group + self.opposite
    }

    /// The variance of the rank sum, `n1 n2 (n + 1) / 12`.
    ///
    /// The product is exact: in 64 bits it would overflow from 3.3 million
    /// cells on. With the factor of the tie correction it is rounded after
    /// each multiplication, as Scanpy does it.
    pub fn variance(self, tie_factor: Option<f64>) -> f64 {
        let (n1, n2) = (self.group, self.opposite);
        match tie_factor {
            None => {
                let product = u128::from(n1) * u128::from(n2) * u128::from(self.all() + 1);
                product as f64 / 12.0
            }
            Some(factor) => factor * n1 as f64 * n2 as f64 * (self.all() + 1) as f64 / 12.0,
        }
    }

    /// The standard deviation of the rank sum.
    fn deviation(self, tie_factor: Option<f64>) -> f64 {
        self.variance(tie_factor).sqrt()
    }

    /// The score for a doubled rank sum: its distance from the expectation
    /// `n1 (n + 1) / 2` in standard deviations, 0 where neither varies.
    pub fn score(self, doubled_rank_sum: u64, deviation: f64) -> f64 {
        // Doubled sums stay below 2^63 and are exact; so is their difference.
        let expected = self.group * (self.all() + 1);
        let distance = doubled_rank_sum.wrapping_sub(expected) as i64;
        let z = (distance as f64 / 2.0) / deviation;
        if z.is_nan() {
            0.0
        } else {
            z
        }
    }

    /// What makes areas of rank sums.
    pub fn area(self) -> Area {
        let mut area = Area::default();
        area.add(self);
        area
    }

    /// The score for a doubled rank sum as a test uses it that corrects for
    /// continuity.
    pub fn corrected_score(
        self,
        doubled_rank_sum: u64,
        tie_factor: Option<f64>,
        alternative: Alternative,
    ) -> f64 {
        let expected = self.group * (self.all() + 1);
        let distance = doubled_rank_sum.wrapping_sub(expected) as i64 as f64 / 2.0;
        let z = (distance - alternative.continuity(distance)) / self.deviation(tie_factor);
        if z.is_nan() {
            0.0
        } else {
            z
        }
    }

    /// `U` of the group where no values are equal, so that it is whole.
    pub fn whole_u(self, doubled_rank_sum: u64) -> u64 {
        (doubled_rank_sum - self.group * (self.group + 1)) / 2
    }

    /// A function from doubled rank sums and tie factors to scores.
    pub fn scorer(self) -> impl Fn(u64, Option<f64>) -> f64 {
        let plain = self.deviation(None);
        move |doubled_rank_sum, tie_factor| {
            let deviation = match tie_factor {
                None => plain,
                factor => self.deviation(factor),
            };
            self.score(doubled_rank_sum, deviation)
        }
    }
}

/// The area under the ROC curve of one comparison, or of several that are added
/// up: the share of pairs of cells in which that of the group is higher.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Area {
    /// The smallest doubled rank sum there can be.
    least: u64,
    pairs: u128,
}

impl Area {
    /// Add a comparison.
    pub fn add(&mut self, sides: Sides) {
        self.least += sides.group * (sides.group + 1);
        self.pairs += u128::from(sides.group) * u128::from(sides.opposite);
    }

    /// The area for a doubled rank sum `2 R`: `U / (n1 n2)` with Mann and
    /// Whitney's `U = R - n1 (n1 + 1) / 2`; one half where a side has no cells.
    pub fn of(self, doubled_rank_sum: u64) -> f64 {
        if self.pairs == 0 {
            return 0.5;
        }
        let doubled_u = doubled_rank_sum - self.least;
        doubled_u as f64 / (2 * self.pairs) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_product_of_millions_of_cells_does_not_overflow() {
        // Two halves of 4.2 million cells, the group 0.0371555 deviations low.
        let sides = Sides {
            group: 2_100_000,
            opposite: 2_100_000,
        };
        let exact = 2_100_000u128 * 2_100_000 * 4_200_001;
        assert!(exact > u128::from(u64::MAX));
        assert_eq!(sides.deviation(None), (exact as f64 / 12.0).sqrt());
        let expected = 2_100_000 * 4_200_001;
        let z = sides.score(expected - 2, sides.deviation(None));
        assert_eq!(z, -1.0 / sides.deviation(None));
    }

    #[test]
    fn the_largest_matrices_fit() {
        let half = (1u64 << 30) - 1;
        let sides = Sides {
            group: half,
            opposite: half + 1,
        };
        // All cells of the group above all others.
        let doubled = half * (half + 1) + 2 * half * (half + 1);
        let z = sides.score(doubled, sides.deviation(None));
        let u = half as f64 * (half + 1) as f64 / 2.0;
        assert!((z / (u / sides.deviation(None)) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn the_area_is_the_share_of_pairs_in_which_the_group_is_higher() {
        let sides = Sides {
            group: 2,
            opposite: 3,
        };
        // Ranks 4 and 5 of five, ranks 1 and 2, and all five tied.
        assert_eq!(sides.area().of(18), 1.0);
        assert_eq!(sides.area().of(6), 0.0);
        assert_eq!(sides.area().of(12), 0.5);
        let sides = Sides {
            group: 3,
            opposite: 0,
        };
        assert_eq!(sides.area().of(12), 0.5);
    }

    #[test]
    fn no_variance_scores_zero() {
        let sides = Sides {
            group: 3,
            opposite: 0,
        };
        assert_eq!(sides.scorer()(12, None), 0.0);
        let sides = Sides {
            group: 2,
            opposite: 2,
        };
        assert_eq!(sides.scorer()(10, Some(0.0)), 0.0);
    }
}
