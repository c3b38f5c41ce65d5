//! Correction of p-values for the number of genes.

use crate::math::ln;
use std::f64::consts::LN_10;

/// How p-values are corrected for multiple testing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correction {
    /// Not at all.
    None,
    /// False discovery rate (Benjamini and Hochberg, 1995).
    BenjaminiHochberg,
    /// False discovery rate under any dependence (Benjamini and Yekutieli, 2001).
    BenjaminiYekutieli,
    /// Family-wise error rate: each p-value times their number.
    Bonferroni,
    /// Family-wise error rate (Holm, 1979).
    Holm,
    /// Family-wise error rate (Hochberg, 1988).
    Hochberg,
    /// Family-wise error rate (Hommel, 1988); the time grows with the square of
    /// the number of p-values.
    Hommel,
}

/// A number of p-values, and what follows from it.
#[derive(Clone, Copy)]
struct Number {
    n: f64,
    /// `1 + 1/2 + ... + 1/n`, where it is needed.
    harmonic: f64,
}

impl Correction {
    /// The method of that name; the names are those of `stats::p.adjust()` in R,
    /// but for Scanpy's name of the first.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "benjamini-hochberg" => Self::BenjaminiHochberg,
            "BY" => Self::BenjaminiYekutieli,
            "bonferroni" => Self::Bonferroni,
            "holm" => Self::Holm,
            "hochberg" => Self::Hochberg,
            "hommel" => Self::Hommel,
            "none" => Self::None,
            _ => return None,
        })
    }

    /// Adjust p-values that are sorted ascending, in place.
    pub(super) fn adjust(self, sorted: &mut [f64]) {
        let of = self.number(sorted.len());
        // Each method by itself, so that no loop asks which it is.
        match self {
            Self::None => (),
            Self::BenjaminiHochberg => {
                step_up(sorted, |p, i| Self::BenjaminiHochberg.raise(p, i, of));
            }
            Self::BenjaminiYekutieli => {
                step_up(sorted, |p, i| Self::BenjaminiYekutieli.raise(p, i, of));
            }
            Self::Hochberg => step_up(sorted, |p, i| Self::Hochberg.raise(p, i, of)),
            Self::Holm => step_down(sorted, |p, i| Self::Holm.raise(p, i, of)),
            Self::Bonferroni => {
                for p in sorted {
                    *p = Self::Bonferroni.raise(*p, 0.0, of).min(1.0);
                }
            }
            Self::Hommel => adjust_by_hommel(sorted, |p, m, i| m as f64 * p / i as f64, 1.0),
        }
    }

    fn number(self, n: usize) -> Number {
        let harmonic = match self {
            Self::BenjaminiYekutieli => (1..=n).map(|i| 1.0 / i as f64).sum(),
            _ => 0.0,
        };
        Number {
            n: n as f64,
            harmonic,
        }
    }

    /// A p-value, the `i`th of them from 1, raised for their number.
    #[inline(always)]
    fn raise(self, p: f64, i: f64, of: Number) -> f64 {
        match self {
            Self::None | Self::Hommel => p,
            // The rank is divided by n first, as statsmodels does: p * n / i
            // rounds otherwise.
            Self::BenjaminiHochberg => p / (i / of.n),
            Self::BenjaminiYekutieli => of.harmonic * of.n / i * p,
            Self::Bonferroni => p * of.n,
            Self::Holm | Self::Hochberg => (of.n + 1.0 - i) * p,
        }
    }

    /// What the decimal logarithm of the `i`th p-value is raised by.
    fn raise_of_log(self, i: usize, of: Number) -> f64 {
        let log10 = |x: f64| ln(x) / LN_10;
        match self {
            Self::None | Self::Hommel => 0.0,
            Self::BenjaminiHochberg => log10(of.n / i as f64),
            Self::BenjaminiYekutieli => log10(of.harmonic) + log10(of.n / i as f64),
            Self::Bonferroni => log10(of.n),
            Self::Holm | Self::Hochberg => log10(of.n + 1.0 - i as f64),
        }
    }

    /// Whether p-values are adjusted from the smallest on, not from the largest.
    pub fn begins_with_smallest(self) -> bool {
        self == Self::Holm
    }
}

#[inline(always)]
fn step_up(sorted: &mut [f64], raise: impl Fn(f64, f64) -> f64) {
    let mut smallest = f64::INFINITY;
    for (i, p) in sorted.iter_mut().enumerate().rev() {
        smallest = smallest.min(raise(*p, (i + 1) as f64));
        *p = smallest.min(1.0);
    }
}

#[inline(always)]
fn step_down(sorted: &mut [f64], raise: impl Fn(f64, f64) -> f64) {
    let mut largest = 0f64;
    for (i, p) in sorted.iter_mut().enumerate() {
        largest = largest.max(raise(*p, (i + 1) as f64));
        *p = largest.min(1.0);
    }
}

/// Hommel's method as `stats::p.adjust()` in R has it. `over(p, m, i)` is `m` times
/// a p-value over `i`, `most` the largest value there is.
fn adjust_by_hommel(sorted: &mut [f64], over: impl Fn(f64, usize, usize) -> f64, most: f64) {
    let n = sorted.len();
    let smallest = (1..=n).map(|i| over(sorted[i - 1], n, i));
    let smallest = smallest.fold(f64::INFINITY, f64::min);
    let (mut q, mut adjusted) = (vec![smallest; n], vec![smallest; n]);
    for m in (2..n).rev() {
        let n_low = n - m + 1;
        let high = sorted[n_low..].iter().zip(2..);
        let least = high.map(|(&p, i)| over(p, m, i));
        let least = least.fold(f64::INFINITY, f64::min);
        for (q, &p) in q.iter_mut().zip(&sorted[..n_low]) {
            *q = over(p, m, 1).min(least);
        }
        let last = q[n_low - 1];
        q[n_low..].fill(last);
        for (adjusted, q) in adjusted.iter_mut().zip(&q) {
            *adjusted = adjusted.max(*q);
        }
    }
    for (p, adjusted) in sorted.iter_mut().zip(adjusted) {
        *p = p.max(adjusted).min(most);
    }
}

/// Adjusts decimal logarithms of p-values, sorted ascending, in place.
pub(super) struct LogAdjuster {
    correction: Correction,
    /// What each of the sorted logarithms is raised by.
    raises: Vec<f64>,
}

impl LogAdjuster {
    /// For so many p-values.
    pub fn new(correction: Correction, n: usize) -> Self {
        let of = correction.number(n);
        let raises = (1..=n).map(|i| correction.raise_of_log(i, of));
        Self {
            correction,
            raises: raises.collect(),
        }
    }

    /// Whether it is of this correction and so many p-values.
    pub fn fits(&self, correction: Correction, n: usize) -> bool {
        self.correction == correction && self.raises.len() == n
    }

    pub fn adjust(&self, sorted: &mut [f64]) {
        match self.correction {
            Correction::None => (),
            Correction::Hommel => {
                let over = |log: f64, m: usize, i: usize| ln(m as f64 / i as f64) / LN_10 + log;
                adjust_by_hommel(sorted, over, 0.0);
            }
            Correction::Bonferroni => {
                for (log, raise) in sorted.iter_mut().zip(&self.raises) {
                    *log = (*log + raise).min(0.0);
                }
            }
            Correction::Holm => {
                let mut largest = f64::NEG_INFINITY;
                for (log, raise) in sorted.iter_mut().zip(&self.raises) {
                    largest = largest.max((*log + raise).min(0.0));
                    *log = largest;
                }
            }
            _ => {
                let mut smallest = 0f64;
                for (log, raise) in sorted.iter_mut().zip(&self.raises).rev() {
                    smallest = smallest.min((*log + raise).min(0.0));
                    *log = smallest;
                }
            }
        }
    }
}

/// Adjusts p-values, or decimal logarithms of them, that come one after another:
/// ascending where [`Correction::begins_with_smallest`], else descending.
pub struct OneByOne {
    correction: Correction,
    are_logs: bool,
    of: Number,
    /// How many have come.
    n_done: usize,
    extreme: f64,
}

impl OneByOne {
    /// For `n` p-values; `None` for a method that needs all of them at once.
    pub fn new(correction: Correction, n: usize, are_logs: bool) -> Option<Self> {
        (correction != Correction::Hommel).then(|| Self {
            correction,
            are_logs,
            of: correction.number(n),
            n_done: 0,
            extreme: match correction.begins_with_smallest() {
                true => f64::NEG_INFINITY,
                false => f64::INFINITY,
            },
        })
    }

    /// The next p-value, adjusted.
    pub fn adjust(&mut self, p: f64) -> f64 {
        let from_smallest = self.correction.begins_with_smallest();
        let i = match from_smallest {
            true => self.n_done + 1,
            false => self.of.n as usize - self.n_done,
        };
        self.n_done += 1;
        let (raised, most) = match self.are_logs {
            true => (p + self.correction.raise_of_log(i, self.of), 0.0),
            false => (self.correction.raise(p, i as f64, self.of), 1.0),
        };
        match self.correction {
            Correction::None => return p,
            Correction::Bonferroni => return raised.min(most),
            Correction::Holm => self.extreme = self.extreme.max(raised),
            _ => self.extreme = self.extreme.min(raised),
        }
        self.extreme.min(most)
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

    const ALL: [Correction; 7] = [
        Correction::None,
        Correction::BenjaminiHochberg,
        Correction::BenjaminiYekutieli,
        Correction::Bonferroni,
        Correction::Holm,
        Correction::Hochberg,
        Correction::Hommel,
    ];
    const SORTED: [f64; 6] = [1e-12, 0.01, 0.04, 0.041, 0.9, 0.95];

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
    fn holm_takes_the_running_maximum_and_hochberg_the_minimum() {
        let mut p = [0.01, 0.02, 0.022, 0.2];
        Correction::Holm.adjust(&mut p);
        assert_eq!(p, [0.04, 0.06, 0.06, 0.2]);
        let mut p = [0.01, 0.02, 0.022, 0.2];
        Correction::Hochberg.adjust(&mut p);
        assert_eq!(p, [0.04, 0.044, 0.044, 0.2]);
    }

    #[test]
    fn logarithms_are_adjusted_as_what_they_are_of() {
        for correction in ALL {
            let mut adjusted = SORTED;
            correction.adjust(&mut adjusted);
            let mut logs = SORTED.map(|p| p.log10());
            LogAdjuster::new(correction, logs.len()).adjust(&mut logs);
            for (p, log) in adjusted.iter().zip(logs) {
                assert!((p.log10() - log).abs() < 1e-14, "{correction:?}");
            }
        }
        LogAdjuster::new(Correction::BenjaminiHochberg, 0).adjust(&mut []);
    }

    #[test]
    fn one_by_one_they_are_as_all_at_once() {
        for correction in ALL {
            for are_logs in [false, true] {
                let values = match are_logs {
                    true => SORTED.map(|p| p.log10()),
                    false => SORTED,
                };
                let Some(mut one_by_one) = OneByOne::new(correction, values.len(), are_logs) else {
                    assert_eq!(correction, Correction::Hommel);
                    continue;
                };
                let mut expected = values;
                match are_logs {
                    true => LogAdjuster::new(correction, values.len()).adjust(&mut expected),
                    false => correction.adjust(&mut expected),
                }
                let mut adjusted = [0.0; 6];
                let mut order: Vec<usize> = (0..6).collect();
                if !correction.begins_with_smallest() {
                    order.reverse();
                }
                for i in order {
                    adjusted[i] = one_by_one.adjust(values[i]);
                }
                assert_eq!(adjusted, expected, "{correction:?}");
            }
        }
    }

    #[test]
    fn no_p_values_are_no_trouble() {
        for correction in ALL {
            correction.adjust(&mut []);
            LogAdjuster::new(correction, 0).adjust(&mut []);
            let mut one = [0.25];
            correction.adjust(&mut one);
            assert_eq!(one, [0.25]);
        }
    }
}
