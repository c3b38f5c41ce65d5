//! The log2 fold change of two means of logarithms.

mod reference;
mod rest;

pub(crate) use rest::{is_exact, settle};

use crate::input::Groups;
use crate::math;
use crate::statistics::{Definition, Means, Settings};
use std::f64::consts::LOG2_E;

/// Half a unit in the last place, relative: the most that one rounding of a
/// double changes.
pub(crate) const ROUNDING: f64 = f64::EPSILON / 2.0;

/// How a fold change is made of two means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoldChange {
    /// Natural logarithm of the base of the values; `None` where it is e.
    ln_base: Option<f64>,
    of: Values,
    /// What keeps the ratio finite where a mean is 0.
    pseudocount: f64,
}

/// The values whose means are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Values {
    /// As they are stored, logarithms.
    Logarithms,
    /// What the logarithms are of.
    Linear,
    /// The same, in single precision.
    LinearSingles,
}

/// The fold changes to make of each gene.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoldChanges {
    pub main: FoldChange,
    /// Whether they are made here. Otherwise it is the sums that are asked for.
    pub are_made: bool,
    /// What they are if all values are in single precision, where that is to
    /// be seen.
    pub of_singles: Option<FoldChange>,
    /// What is added up besides, where the sums of the values as they are stored
    /// are asked for and those of `main` are not these.
    pub of_values: Option<FoldChange>,
}

impl FoldChanges {
    pub fn new(settings: &Settings) -> Self {
        let pseudocount = match settings.definition {
            Definition::Scanpy { pseudocount } => pseudocount,
            _ => 0.0,
        };
        let make = |of| FoldChange::new(settings.log_base, of, pseudocount);
        let (main, of_singles) = match (settings.definition, settings.means) {
            (Definition::Seurat { .. } | Definition::Seurat4 { .. }, _) => (Values::Linear, None),
            (Definition::MeanDifference, _) | (_, Means::OfLogarithms) => {
                (Values::Logarithms, None)
            }
            (_, Means::OfLinear { single }) => match single {
                Some(true) => (Values::LinearSingles, None),
                Some(false) => (Values::Linear, None),
                None => (Values::Linear, Some(make(Values::LinearSingles))),
            },
        };
        let besides = settings.value_sums && main != Values::Logarithms;
        Self {
            main: make(main),
            are_made: settings.definition.is_scanpys(),
            of_singles,
            of_values: besides.then(|| make(Values::Logarithms)),
        }
    }
}

impl FoldChange {
    fn new(log_base: Option<f64>, of: Values, pseudocount: f64) -> Self {
        Self {
            ln_base: log_base.map(math::ln),
            of,
            pseudocount,
        }
    }

    /// Of means of natural logarithms, as Scanpy makes it by default.
    #[cfg(any(test, feature = "stages"))]
    pub fn of_natural_logarithms() -> Self {
        Self::new(None, Values::Logarithms, 1e-9)
    }

    pub fn is_of_linear_means(self) -> bool {
        self.of != Values::Logarithms
    }

    /// What a stored value adds to the sum whose mean is taken.
    #[inline(always)]
    pub fn summand(self, value: f64) -> f64 {
        match self.of {
            Values::Logarithms => value,
            // The double rounded once more is the single nearest to the true
            // value.
            Values::LinearSingles if self.ln_base.is_none() => {
                f64::from(math::exp_m1(value) as f32)
            }
            Values::Linear | Values::LinearSingles => self.exp_m1(value),
        }
    }

    /// Fold changes of every group, in the order of slots, as far as the sums of
    /// `n` values decide them; returns the slots that are left to [`settle`].
    ///
    /// `by_slot` are the sums of the summands of each slot, added cell after
    /// cell; `exact` says that no sum of these values rounds, `magnitude` gives
    /// the sum of their magnitudes, to three digits.
    pub fn compare(
        self,
        groups: &Groups,
        by_slot: &[f64],
        n: usize,
        exact: bool,
        magnitude: impl FnOnce() -> f64,
        out: &mut [f32],
    ) -> Vec<usize> {
        let out = &mut out[..groups.len()];
        if groups.has_reference() {
            reference::compare(groups, self, by_slot, out);
        } else if self.is_of_linear_means() {
            rest::compare_weighted_means(groups, self, by_slot, out);
        } else if exact {
            rest::compare_exact_sums(groups, self, by_slot, out);
        } else {
            return rest::decide(groups, self, by_slot, n, magnitude(), out);
        }
        Vec::new()
    }

    fn exp_m1(self, log: f64) -> f64 {
        match self.ln_base {
            None => math::exp_m1(log),
            Some(ln_base) => math::exp_m1(log * ln_base),
        }
    }

    fn linear(self, mean: f64) -> f64 {
        match self.of {
            Values::Logarithms => self.exp_m1(mean),
            Values::Linear | Values::LinearSingles => mean,
        }
    }

    /// `log2((linear(mean) + c) / (linear(opposite) + c))` with the pseudocount
    /// `c`, in Scanpy's order of operations, rounded to float32 as Scanpy stores
    /// it; `linear` is `expm1` for means of logarithms.
    pub fn of(self, mean: f64, opposite: f64) -> f32 {
        let numerator = self.linear(mean) + self.pseudocount;
        let denominator = self.linear(opposite) + self.pseudocount;
        math::log2(numerator / denominator) as f32
    }

    /// The same of logarithms where `opposite` may be off by as much as `error` (absolute),
    /// if the float32 is the same for every value it may have.
    pub fn of_uncertain(self, mean: f64, opposite: f64, error: f64) -> Option<f32> {
        let numerator = self.linear(mean) + self.pseudocount;
        let linear = self.linear(opposite);
        let denominator = linear + self.pseudocount;
        let value = math::log2(numerator / denominator);

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
    use crate::math::tests::hash;
    use proptest::prelude::*;

    #[test]
    fn two_empty_genes_have_no_fold_change() {
        assert_eq!(FoldChange::of_natural_logarithms().of(0.0, 0.0), 0.0);
    }

    #[test]
    fn the_base_of_the_logarithm_is_undone() {
        let natural = FoldChange::of_natural_logarithms().of(4f64.ln_1p(), 1f64.ln_1p());
        let binary =
            FoldChange::new(Some(2.0), Values::Logarithms, 1e-9).of(5f64.log2(), 2f64.log2());
        assert!((natural - 2.0).abs() < 1e-6);
        assert!((binary - 2.0).abs() < 1e-6);
    }

    #[test]
    fn an_uncertain_mean_near_a_border_is_not_decided() {
        let change = FoldChange::of_natural_logarithms();
        let exact = change.of(1.0, 0.5);
        assert_eq!(change.of_uncertain(1.0, 0.5, 0.0), Some(exact));
        assert_eq!(change.of_uncertain(1.0, 0.5, 0.1), None);
        assert_eq!(change.of_uncertain(1.0, f64::INFINITY, 0.0), None);
    }

    #[test]
    fn a_grid_has_the_bits_of_scanpy() {
        // FNV-1a over the bits of log2((expm1(m) + 1e-9) / (expm1(n) + 1e-9))
        // in single precision for m, n = -0.5, -0.49, ..., 9.49, by glibc 2.36
        // as numpy calls it; m ln(base) and n ln(base) where there is a base.
        let means = || (-50..950).map(|i| f64::from(i) / 100.0);
        for (base, expected) in [
            (None, 0x7c1f_c594_6e22_a94f),
            (Some(2.0), 0xe06a_9fd4_84bb_22d1),
            (Some(10.0), 0x6a0e_2812_726d_c977),
            (Some(1.5), 0x776f_b773_2b51_80bd),
        ] {
            let change = FoldChange::new(base, Values::Logarithms, 1e-9);
            let pairs = means().flat_map(|m| means().map(move |n| (m, n)));
            let bits = pairs.map(|(m, n)| match change.of(m, n) {
                value if value.is_nan() => u64::from(u32::MAX),
                value => u64::from(value.to_bits()),
            });
            assert_eq!(hash(bits), expected, "base {base:?}");
        }
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
            let change = FoldChange::new(base, Values::Logarithms, 1e-9);
            if let Some(value) = change.of_uncertain(mean, opposite, error) {
                let moved = change.of(mean, opposite + at * error);
                prop_assert_eq!(value.to_bits(), moved.to_bits());
            }
        }
    }
}
