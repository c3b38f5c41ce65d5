//! Fused multiply-add for processors that have none.

use super::fma::Fma;

/// The same number from separate multiplications and additions: exactly, as
/// long as factors are at most 2^990 and a product is at most 2^1000 and at
/// least 2^-960, or 0; a result of 0 is +0. `f64::mul_add` would do for any
/// arguments, but is the platform's own function here.
///
/// After S. Boldo and G. Melquiond, Emulation of a FMA and correctly rounded
/// sums: proved algorithms using rounding to odd, IEEE Transactions on
/// Computers 57, 2008.
pub(super) struct Software;

impl Fma for Software {
    #[inline(always)]
    fn fma(a: f64, b: f64, c: f64) -> f64 {
        let (product, product_error) = exact_product(a, b);
        let (small, small_error) = exact_sum(c, product_error);
        let (large, large_error) = exact_sum(product, small);
        large + sum_to_odd(small_error, large_error)
    }
}

/// The rounded sum, and what it lacks (D. E. Knuth).
#[inline(always)]
fn exact_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_part = sum - a;
    let a_part = sum - b_part;
    (sum, (a - a_part) + (b - b_part))
}

/// The rounded product, and what it lacks (T. J. Dekker).
#[inline(always)]
fn exact_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let (a_high, a_low) = halves(a);
    let (b_high, b_low) = halves(b);
    let error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    (product, error)
}

/// A number as the sum of two that have half its digits (G. W. Veltkamp).
#[inline(always)]
fn halves(a: f64) -> (f64, f64) {
    const SPLITTER: f64 = 134_217_729.0; // 2^27 + 1
    let scaled = SPLITTER * a;
    let high = scaled - (scaled - a);
    (high, a - high)
}

/// The sum, where it is no double the neighbour whose last digit is 1.
#[inline(always)]
fn sum_to_odd(a: f64, b: f64) -> f64 {
    let (sum, error) = exact_sum(a, b);
    let bits = sum.to_bits();
    if error == 0.0 || bits & 1 == 1 {
        return sum;
    }
    let away_from_zero = (error > 0.0) == (sum > 0.0);
    f64::from_bits(if away_from_zero { bits + 1 } else { bits - 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A power of two times up to 53 digits, any or close to a border.
    fn number(exponents: std::ops::Range<i32>) -> impl Strategy<Value = f64> {
        let digits = prop_oneof![
            any::<u64>(),
            (any::<u64>(), 0..52u32).prop_map(|(digits, n)| digits << n),
            (0..8u64).prop_map(u64::wrapping_neg),
            0..8u64,
        ];
        (digits, exponents, any::<bool>()).prop_map(|(digits, exponent, negative)| {
            let bits = (digits & ((1 << 52) - 1)) | (((exponent + 1023) as u64) << 52);
            f64::from_bits(bits | (u64::from(negative) << 63))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        // The C library's is exact on Linux, and the processor's everywhere.
        #[test]
        #[cfg(any(target_os = "linux", target_arch = "aarch64"))]
        fn software_rounds_once(
            a in number(-400..400),
            b in number(-400..400),
            c in prop_oneof![number(-900..900), number(-60..60), Just(0.0)],
            distance in -120..120,
            cancel in any::<bool>(),
        ) {
            let near = -a * b * f64::from(distance).exp2();
            for c in [c, near, if cancel { -a * b } else { a * b }] {
                let (ours, exact) = (Software::fma(a, b, c), a.mul_add(b, c));
                prop_assert_eq!(ours.to_bits(), exact.to_bits(), "{:e} {:e} {:e}", a, b, c);
            }
        }
    }

    #[test]
    fn a_product_just_beside_a_tie_is_rounded_to_its_side() {
        // 1 + 2^-53 lies between two doubles: the product's last digit decides.
        let half = f64::EPSILON / 2.0;
        for (a, b, sum) in [
            (half, 1.0 + f64::EPSILON, 1.0 + f64::EPSILON),
            (half, 1.0, 1.0),
            (half, 1.0 - half, 1.0),
            (-half / 2.0, 1.0 + f64::EPSILON, 1.0 - half),
            (-half / 2.0, 1.0, 1.0),
        ] {
            assert_eq!(Software::fma(a, b, 1.0), sum, "{a:e} * {b:e} + 1");
        }
    }
}
