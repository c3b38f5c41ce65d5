//! Correction of p-values for the number of genes.

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
    fn no_p_values_are_no_trouble() {
        Correction::BenjaminiHochberg.adjust(&mut []);
        Correction::Bonferroni.adjust(&mut []);
    }
}
