//! The log2 fold change of two means of logarithms.

use std::f64::consts::LOG2_E;

/// Keeps the ratio finite where a mean is 0.
const PSEUDO_FRACTION: f64 = 1e-9;

/// Half a unit in the last place, relative: the most that one rounding of a
/// double changes.
pub(crate) const ROUNDING: f64 = f64::EPSILON / 2.0;

/// What the means of a fold change are taken of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Means {
    /// The logarithms as they are; the means are brought back from there.
    #[default]
    OfLogarithms,
    /// The values that the logarithms are of, `expm1(x)`.
    OfLinear {
        /// Whether the data are stored in single precision: `expm1` is then,
        /// too, as long as the base of the logarithm is e.
        single: bool,
    },
}

/// How a fold change is made of two means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoldChange {
    /// Natural logarithm of the base of the values; `None` where it is e.
    ln_base: Option<f64>,
    means: Means,
}

impl FoldChange {
    pub fn new(log_base: Option<f64>, means: Means) -> Self {
        Self {
            ln_base: log_base.map(f64::ln),
            means,
        }
    }

    pub fn is_of_linear_means(self) -> bool {
        self.means != Means::OfLogarithms
    }

    /// What a stored value adds to the sum whose mean is taken.
    #[inline(always)]
    pub fn summand(self, value: f64) -> f64 {
        match self.means {
            Means::OfLogarithms => value,
            // The double rounded once more is the single nearest to the true
            // value, whichever libm there is.
            Means::OfLinear { single: true } if self.ln_base.is_none() => {
                f64::from(value.exp_m1() as f32)
            }
            Means::OfLinear { .. } => self.exp_m1(value),
        }
    }

    fn exp_m1(self, log: f64) -> f64 {
        match self.ln_base {
            None => log.exp_m1(),
            Some(ln_base) => (log * ln_base).exp_m1(),
        }
    }

    fn linear(self, mean: f64) -> f64 {
        match self.means {
            Means::OfLogarithms => self.exp_m1(mean),
            Means::OfLinear { .. } => mean,
        }
    }

    /// `log2((linear(mean) + 1e-9) / (linear(opposite) + 1e-9))`, in Scanpy's
    /// order of operations, rounded to float32 as Scanpy stores it; `linear`
    /// is `expm1` for means of logarithms.
    pub fn of(self, mean: f64, opposite: f64) -> f32 {
        let numerator = self.linear(mean) + PSEUDO_FRACTION;
        let denominator = self.linear(opposite) + PSEUDO_FRACTION;
        (numerator / denominator).log2() as f32
    }

    /// The same of logarithms where `opposite` may be off by as much as `error` (absolute),
    /// if the float32 is the same for every value it may have.
    pub fn of_uncertain(self, mean: f64, opposite: f64, error: f64) -> Option<f32> {
        let numerator = self.linear(mean) + PSEUDO_FRACTION;
        let linear = self.linear(opposite);
        let denominator = linear + PSEUDO_FRACTION;
        let value = (numerator / denominator).log2();

        // d expm1(k m) / dm = k (expm1(k m) + 1), and d log2(x) / dx =
        // log2(e) / x; a thousandth more for the higher terms, and some
        // roundings of the functions themselves.
        let slope = self.ln_base.unwrap_or(1.0).abs() * (linear + 1.0);
        let denominator_error =
            1.001 * slope * error + 8.0 * ROUNDING * (linear.abs() + denominator.abs());
        let relative = denominator_error / denominator.abs();
        // Negated, so that anything not finite ends here too.
        if !(value.is_finite() && relative < 1e-6) {
            return None;
        }
        let reach = 1.001 * LOG2_E * (relative + 8.0 * ROUNDING) + 8.0 * ROUNDING * value.abs();
        let (low, high) = ((value - reach) as f32, (value + reach) as f32);
        (low.to_bits() == high.to_bits()).then_some(low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_empty_genes_have_no_fold_change() {
        assert_eq!(FoldChange::new(None, Means::OfLogarithms).of(0.0, 0.0), 0.0);
    }

    #[test]
    fn the_base_of_the_logarithm_is_undone() {
        let natural = FoldChange::new(None, Means::OfLogarithms).of(4f64.ln_1p(), 1f64.ln_1p());
        let binary = FoldChange::new(Some(2.0), Means::OfLogarithms).of(5f64.log2(), 2f64.log2());
        assert!((natural - 2.0).abs() < 1e-6);
        assert!((binary - 2.0).abs() < 1e-6);
    }

    #[test]
    fn an_uncertain_mean_near_a_border_is_not_decided() {
        let change = FoldChange::new(None, Means::OfLogarithms);
        let exact = change.of(1.0, 0.5);
        assert_eq!(change.of_uncertain(1.0, 0.5, 0.0), Some(exact));
        assert_eq!(change.of_uncertain(1.0, 0.5, 0.1), None);
        assert_eq!(change.of_uncertain(1.0, f64::INFINITY, 0.0), None);
    }

    proptest! {
        #[test]
        fn a_decided_value_holds_for_every_mean_within_the_error(
            mean in -2.0..5.0f64,
            opposite in -2.0..5.0f64,
            error in prop_oneof![1e-12..1e-9f64, 1e-9..1e-7f64],
            at in -1.0..1.0f64,
            base in prop_oneof![Just(None), Just(Some(2.0)), Just(Some(0.5))],
        ) {
            let change = FoldChange::new(base, Means::OfLogarithms);
            if let Some(value) = change.of_uncertain(mean, opposite, error) {
                let moved = change.of(mean, opposite + at * error);
                prop_assert_eq!(value.to_bits(), moved.to_bits());
            }
        }
    }
}
