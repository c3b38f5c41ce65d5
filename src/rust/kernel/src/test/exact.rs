//! The exact distribution of Mann and Whitney's `U` of cells without ties.

use super::Alternative;

/// The most cells on either side: with more, the normal distribution is as good.
pub const MOST_CELLS: u64 = 50;

/// How many of all orders of the cells give each `U`, added up.
#[derive(Debug, Clone)]
pub(crate) struct ExactDistribution {
    /// For each `U`, the orders with that or a lower one. There are as many as
    /// ways to choose 50 of 100 cells, at most, which is below 2^97.
    up_to: Vec<u128>,
}

impl ExactDistribution {
    /// `None` where a side has no cells, or more than [`MOST_CELLS`].
    ///
    /// The counts are the coefficients of the Gaussian binomial coefficient, the
    /// product over `i` from 1 to `n1` of `(1 - q^(n2 + i)) / (1 - q^i)`. Each
    /// of its parts is a polynomial with counts as coefficients; what is
    /// negative in between wraps around and comes right.
    pub fn new(group: u64, opposite: u64) -> Option<Self> {
        let possible = 1..=MOST_CELLS;
        if !possible.contains(&group) || !possible.contains(&opposite) {
            return None;
        }
        let (n1, n2) = (group as usize, opposite as usize);
        let mut counts = vec![0u128; n1 * n2 + 1];
        counts[0] = 1;
        for i in 1..=n1 {
            for u in (n2 + i..counts.len()).rev() {
                counts[u] = counts[u].wrapping_sub(counts[u - n2 - i]);
            }
            for u in i..counts.len() {
                counts[u] = counts[u].wrapping_add(counts[u - i]);
            }
        }
        let mut sum = 0;
        for count in &mut counts {
            sum += *count;
            *count = sum;
        }
        Some(Self { up_to: counts })
    }

    /// The p-value of a `U`.
    pub fn p_value(&self, u: u64, alternative: Alternative) -> f64 {
        let highest = self.up_to.len() - 1;
        let u = (u as usize).min(highest);
        let share = |orders: u128| orders as f64 / self.up_to[highest] as f64;
        // The distribution is symmetric.
        let (less, greater) = (self.up_to[u], self.up_to[highest - u]);
        match alternative {
            Alternative::Less => share(less),
            Alternative::Greater => share(greater),
            Alternative::TwoSided => (2.0 * share(less.min(greater))).min(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Orders of so many cells by `U`, one after another.
    fn count(n1: u32, n2: u32) -> Vec<u128> {
        let n = n1 + n2;
        let mut counts = vec![0; (n1 * n2 + 1) as usize];
        for members in (0u32..1 << n).filter(|members| members.count_ones() == n1) {
            let places = (0..n).filter(|place| members >> place & 1 == 1);
            let u: u32 = places.zip(0..).map(|(place, below)| place - below).sum();
            counts[u as usize] += 1;
        }
        counts
    }

    #[test]
    fn orders_are_counted() {
        for (n1, n2) in [(1, 1), (1, 4), (2, 3), (5, 2), (4, 4), (6, 5)] {
            let distribution = ExactDistribution::new(n1.into(), n2.into()).unwrap();
            let mut sum = 0;
            for (u, count) in count(n1, n2).into_iter().enumerate() {
                sum += count;
                assert_eq!(distribution.up_to[u], sum, "{n1}, {n2}, {u}");
            }
        }
    }

    #[test]
    fn the_largest_sides_do_not_overflow() {
        let distribution = ExactDistribution::new(50, 50).unwrap();
        // 100! / 50!^2
        assert_eq!(
            distribution.up_to.last(),
            Some(&100_891_344_545_564_193_334_812_497_256)
        );
        let p = |u, alternative| distribution.p_value(u, alternative);
        assert_eq!(p(1250, Alternative::TwoSided), 1.0);
        assert_eq!(p(2500, Alternative::Less), 1.0);
        assert_eq!(p(0, Alternative::Less), p(2500, Alternative::Greater));
        assert!(ExactDistribution::new(51, 3).is_none());
        assert!(ExactDistribution::new(3, 0).is_none());
    }
}
