//! The two-sided normal p-value of a score.
//!
//! Cephes' `ndtr` and `erfc` (S. L. Moshier, Methods and Programs for
//! Mathematical Functions, 1989) with the operations in the order of SciPy's
//! `2 * scipy.stats.norm.sf(abs(z))`. Polynomials are evaluated by Horner's
//! rule, each step a rounded product and a rounded sum; a fused multiply-add
//! would change two thirds of the p-values in their last bits. Only the
//! exponential is fused inside, as the C library's that SciPy calls; see
//! [`crate::math`].

use crate::math::exp;
use std::f64::consts::FRAC_1_SQRT_2;

// Cephes' own digits; `erfc` for 1 <= x < 8 is exp(-x^2) P(x) / Q(x).
#[allow(clippy::excessive_precision)]
const P: [f64; 9] = [
    2.46196981473530512524e-10,
    5.64189564831068821977e-1,
    7.46321056442269912687e0,
    4.86371970985681366614e1,
    1.96520832956077098242e2,
    5.26445194995477358631e2,
    9.34528527171957607540e2,
    1.02755188689515710272e3,
    5.57535335369399327526e2,
];
#[allow(clippy::excessive_precision)]
const Q: [f64; 8] = [
    1.32281951154744992508e1,
    8.67072140885989742329e1,
    3.54937778887819891062e2,
    9.75708501743205489753e2,
    1.82390916687909736289e3,
    2.24633760818710981792e3,
    1.65666309194161350182e3,
    5.57535340817727675546e2,
];
// `erfc` for x >= 8 is exp(-x^2) R(x) / S(x).
#[allow(clippy::excessive_precision)]
const R: [f64; 6] = [
    5.64189583547755073984e-1,
    1.27536670759978104416e0,
    5.01905042251180477414e0,
    6.16021097993053585195e0,
    7.40974269950448939160e0,
    2.97886665372100240670e0,
];
#[allow(clippy::excessive_precision)]
const S: [f64; 6] = [
    2.26052863220117276590e0,
    9.39603524938001434673e0,
    1.20489539808096656605e1,
    1.70814450747565897222e1,
    9.60896809063285878198e0,
    3.36907645100081516050e0,
];
// `erf` for x < 1 is x T(x^2) / U(x^2).
#[allow(clippy::excessive_precision)]
const T: [f64; 5] = [
    9.60497373987051638749e0,
    9.00260197203842689217e1,
    2.23200534594684319226e3,
    7.00332514112805075473e3,
    5.55923013010394962768e4,
];
#[allow(clippy::excessive_precision)]
const U: [f64; 5] = [
    3.35617141647503099647e1,
    5.21357949780152679795e2,
    4.59432382970980127987e3,
    2.26290000613890934246e4,
    4.92673942608635921086e4,
];

/// Cephes' MAXLOG: below `-MAXLOG` the exponential counts as 0.
#[allow(clippy::excessive_precision)]
const MAX_LOG: f64 = 7.09782712893383996843e2;

fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

/// A polynomial whose leading coefficient is 1 and is left out.
fn monic_polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().fold(1.0, |sum, c| sum * x + c)
}

/// The probability that a standard normal variable is further from 0 than
/// `z`: 1 for 0, subnormal from about 37.52, exactly 0 from 37.68 on.
pub fn two_sided_p(z: f64) -> f64 {
    2.0 * tail(z.abs())
}

/// The probability that a standard normal variable is above `z`.
pub(super) fn upper_tail(z: f64) -> f64 {
    if z < 0.0 {
        lower_tail(-z)
    } else {
        tail(z)
    }
}

/// The probability that a standard normal variable is below `z`.
pub(super) fn lower_tail(z: f64) -> f64 {
    if z < 0.0 {
        return tail(-z);
    }
    let x = z * FRAC_1_SQRT_2;
    if x < 1.0 {
        0.5 + 0.5 * erf_below_one(x)
    } else {
        1.0 - tail(z)
    }
}

/// The probability to be above `z`, which is not negative.
fn tail(z: f64) -> f64 {
    let x = z * FRAC_1_SQRT_2;
    if x.is_nan() {
        return f64::NAN;
    }
    if x < 1.0 {
        return 0.5 - 0.5 * erf_below_one(x);
    }
    let exponent = -(x * x);
    if exponent < -MAX_LOG {
        return 0.0;
    }
    let (numerator, denominator) = erfc_fraction(x);
    0.5 * ((exp(exponent) * numerator) / denominator)
}

/// `erf(x)` for `x` from 0 to 1.
pub(super) fn erf_below_one(x: f64) -> f64 {
    let square = x * x;
    x * polynomial(square, &T) / monic_polynomial(square, &U)
}

/// `erfc(x) exp(x^2)` for `x` from 1 on.
pub(super) fn erfc_factor(x: f64) -> f64 {
    let (numerator, denominator) = erfc_fraction(x);
    numerator / denominator
}

fn erfc_fraction(x: f64) -> (f64, f64) {
    if x < 8.0 {
        (polynomial(x, &P), monic_polynomial(x, &Q))
    } else {
        (polynomial(x, &R), monic_polynomial(x, &S))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::tests::hash;

    #[test]
    fn known_values_of_scipy() {
        // 2 * scipy.stats.norm.sf(z), SciPy 1.17.1
        let known: [(f64, f64); 12] = [
            (1.0, 0.31731050786291415),
            (0.0, 1.0),
            (0.5, 0.6170750774519738),
            (1.5, 0.13361440253771614),
            (5.0, 5.733031437583866e-07),
            (11.3, 1.3121799881808156e-29),
            (11.32, 1.0447192053099451e-29),
            (25.0, 6.113393412765122e-138),
            (37.6, 2.149622499173733e-309),
            (38.0, 0.0),
            (f64::INFINITY, 0.0),
            (f64::NEG_INFINITY, 0.0),
        ];
        for (z, p) in known {
            assert_eq!(two_sided_p(z).to_bits(), p.to_bits(), "z = {z}");
        }
        assert!(two_sided_p(f64::NAN).is_nan());
    }

    #[test]
    fn a_fine_grid_has_the_bits_of_scipy() {
        // Of 2 * scipy.stats.norm.sf(z) for z = 0, 1/2000, ..., 40, SciPy
        // 1.17.1 with glibc's exp on a processor with fused multiply-add.
        let bits = (0..=80_000).map(|i| two_sided_p(f64::from(i) / 2000.0).to_bits());
        assert_eq!(hash(bits), 0x1476_9f0c_035e_719d);
    }

    #[test]
    fn the_sign_does_not_matter() {
        for i in 0..4000 {
            let z = f64::from(i) * 0.01;
            assert_eq!(two_sided_p(z).to_bits(), two_sided_p(-z).to_bits());
        }
    }
}
