//! p-values of a score, for one side of the distribution or for both.

use super::log_normal::{ln_lower_tail, ln_two_sided_p, ln_upper_tail};
use super::normal::{lower_tail, two_sided_p, upper_tail};
use std::f64::consts::LN_10;

/// Which differences count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Alternative {
    /// Any.
    #[default]
    TwoSided,
    /// Values of the group are higher.
    Greater,
    /// Values of the group are lower.
    Less,
}

impl Alternative {
    /// The p-value of a score.
    pub fn p_value(self, z: f64) -> f64 {
        match self {
            Self::TwoSided => two_sided_p(z),
            Self::Greater => upper_tail(z),
            Self::Less => lower_tail(z),
        }
    }

    /// The decimal logarithm of the p-value of a score, finite where the p-value
    /// itself is too small for a double.
    pub fn log10_p_value(self, z: f64) -> f64 {
        let ln = match self {
            Self::TwoSided => ln_two_sided_p(z),
            Self::Greater => ln_upper_tail(z),
            Self::Less => ln_lower_tail(z),
        };
        // Never the negative zero.
        ln / LN_10 + 0.0
    }

    /// What the correction for continuity takes off a distance from the
    /// expectation of a rank sum.
    pub fn continuity(self, distance: f64) -> f64 {
        match self {
            Self::Greater => 0.5,
            Self::Less => -0.5,
            Self::TwoSided if distance > 0.0 => 0.5,
            Self::TwoSided if distance < 0.0 => -0.5,
            Self::TwoSided => 0.0,
        }
    }
}
