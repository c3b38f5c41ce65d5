//! Logarithms of the tails of the normal distribution, as far out as scores go.
//!
//! Where a tail is not small its logarithm is that of the tail, by
//! `log(1 + x)` near 1; further out the exponential of `erfc` is not taken.

use super::normal::{erf_below_one, erfc_factor, upper_tail};
use crate::math::ln;
use std::f64::consts::{FRAC_1_SQRT_2, LN_2};

/// The natural logarithm of the probability that a standard normal variable is
/// further from 0 than `z`: `-inf` where `z` is infinite.
pub(super) fn ln_two_sided_p(z: f64) -> f64 {
    let z = z.abs();
    let x = z * FRAC_1_SQRT_2;
    if x < 1.0 {
        // Of 0, not of -0.
        ln_1p(-erf_below_one(x)) + 0.0
    } else if x.is_infinite() {
        f64::NEG_INFINITY
    } else {
        ln(erfc_factor(x)) - z * z / 2.0
    }
}

/// The natural logarithm of the probability to be above `z`.
pub(super) fn ln_upper_tail(z: f64) -> f64 {
    if z < 0.0 {
        ln_1p(-upper_tail(-z))
    } else {
        ln_two_sided_p(z) - LN_2
    }
}

/// The natural logarithm of the probability to be below `z`.
pub(super) fn ln_lower_tail(z: f64) -> f64 {
    ln_upper_tail(-z)
}

/// `ln(1 + x)` for `x` from -1 on, also where `1 + x` rounds (W. Kahan's way: the
/// error of `1 + x` and of its logarithm cancel).
fn ln_1p(x: f64) -> f64 {
    let u = 1.0 + x;
    if u == 1.0 {
        x
    } else {
        ln(u) * (x / (u - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_mpmath() {
        // log(2 * ncdf(-z)) and log(ncdf(-z)), mpmath with 60 digits.
        let known = [
            (1e-9, -7.978845611211753e-10, -0.6931471813578298),
            (0.1, -0.08300741217032802, -0.7761545927302733),
            (1.0, -1.1478744644493182, -1.8410216450092636),
            (1.42, -1.860417304361786, -2.5535644849217314),
            (5.0, -14.37185121342878, -15.064998393988725),
            (11.3, -66.50327782960115, -67.1964250101611),
            (11.32, -66.73121955057036, -67.42436673113029),
            (37.7, -714.5011537999679, -715.1943009805279),
            (100.0, -5004.831061513645, -5005.524208694205),
            (10000.0, -50000009.43613174, -50000010.12927891),
        ];
        for (z, two_sided, upper) in known {
            let near = |got: f64, expected: f64| (got / expected - 1.0).abs() < 1e-14;
            assert!(near(ln_two_sided_p(z), two_sided), "z = {z}");
            assert!(near(ln_two_sided_p(-z), two_sided), "z = {z}");
            assert!(near(ln_upper_tail(z), upper), "z = {z}");
            assert!(near(ln_lower_tail(-z), upper), "z = {z}");
        }
    }

    #[test]
    fn the_ends_of_the_distribution() {
        assert_eq!(ln_two_sided_p(0.0).to_bits(), 0f64.to_bits());
        assert_eq!(ln_upper_tail(0.0), -LN_2);
        assert_eq!(ln_two_sided_p(f64::INFINITY), f64::NEG_INFINITY);
        assert_eq!(ln_upper_tail(f64::INFINITY), f64::NEG_INFINITY);
        assert_eq!(ln_upper_tail(f64::NEG_INFINITY), 0.0);
    }
}
