//! Correction of p-values for the number of genes.

use crate::math::ln;
use std::f64::consts::LN_10;

/// How p-values are corrected for multiple testing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// False discovery rate (Benjamini and Hochberg, 1995).
    BenjaminiHochberg,
    /// Family-wise error rate: each p-value times their number.
    Bonferroni,
}

impl Correction {
    /// Adjust p-values that are sorted ascending, in place.
    pub(super) fn adjust(self, sorted: &mut [f64]) {
        let n = sorted.len() as f64;
        match self {
            Correction::Bonferroni => {
                for p in sorted {
                    *p = (*p * n).min(1.0);
                }
            }
            // The rank is divided by n first, as statsmodels does: p * n / i
            // rounds otherwise.
            Correction::BenjaminiHochberg => {
                let mut smallest = f64::INFINITY;
                for (i, p) in sorted.iter_mut().enumerate().rev() {
                    let raw = *p / ((i + 1) as f64 / n);
                    smallest = smallest.min(raw);
                    *p = smallest.min(1.0);
                }
            }
        }
    }
}

/// Adjust decimal logarithms of p-values, sorted ascending, in place.
pub(super) struct LogAdjuster {
    correction: Correction,
    /// What each of the sorted logarithms is raised by.
    raises: Vec<f64>,
}

impl LogAdjuster {
    /// For so many p-values.
    pub fn new(correction: Correction, n: usize) -> Self {
        let log10 = |x: f64| ln(x) / LN_10;
        let raises = match correction {
            Correction::Bonferroni => vec![log10(n as f64); n],
            Correction::BenjaminiHochberg => (1..=n).map(|i| log10(n as f64 / i as f64)).collect(),
        };
        Self { correction, raises }
    }

    /// Whether it is of this correction and so many p-values.
    pub fn fits(&self, correction: Correction, n: usize) -> bool {
        self.correction == correction && self.raises.len() == n
    }

    pub fn adjust(&self, sorted: &mut [f64]) {
        let mut smallest = 0f64;
        for (log, raise) in sorted.iter_mut().zip(&self.raises).rev() {
            let raised = (*log + raise).min(0.0);
            smallest = match self.correction {
                Correction::Bonferroni => raised,
                Correction::BenjaminiHochberg => smallest.min(raised),
            };
            *log = smallest;
        }
    }
}

/// [`Correction::adjust`] for the benchmarks.
#[cfg(feature = "stages")]
pub(crate) fn adjust_sorted(correction: Correction, sorted: &mut [f64]) {
    correction.adjust(sorted);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bonferroni_is_capped_at_one() {
        let mut p = [0.01, 0.2, 0.5];
        Correction::Bonferroni.adjust(&mut p);
        assert_eq!(p, [0.03, 0.6000000000000001, 1.0]);
    }

    #[test]
    fn benjamini_hochberg_takes_the_running_minimum_from_the_end() {
        let mut p = [0.01, 0.04, 0.041, 0.9];
        Correction::BenjaminiHochberg.adjust(&mut p);
        let third = 0.041 / (3.0 / 4.0);
        assert_eq!(p, [0.04, third, third, 0.9]);
    }

    #[test]
    fn logarithms_are_adjusted_as_what_they_are_of() {
        let p = [1e-12, 0.01, 0.04, 0.041, 0.9, 0.95];
        for correction in [Correction::BenjaminiHochberg, Correction::Bonferroni] {
            let mut adjusted = p;
            correction.adjust(&mut adjusted);
            let mut logs = p.map(|p| p.log10());
            LogAdjuster::new(correction, p.len()).adjust(&mut logs);
            for (p, log) in adjusted.iter().zip(logs) {
                assert!((p.log10() - log).abs() < 1e-14);
            }
        }
        LogAdjuster::new(Correction::BenjaminiHochberg, 0).adjust(&mut []);
    }

    #[test]
    fn no_p_values_are_no_trouble() {
        Correction::BenjaminiHochberg.adjust(&mut []);
        Correction::Bonferroni.adjust(&mut []);
    }
}
