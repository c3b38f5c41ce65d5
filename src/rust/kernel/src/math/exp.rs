//! The exponential of `math/exp.c` and `math/exp_data.c` of Arm's optimized
//! routines, Copyright (c) 2018-2025, Arm Limited; MIT License, whose text is
//! in `LICENSE.note`. It is glibc's from 2.28 on.

use super::exp_table::TABLE;
use super::fma::Fma;

/// 128 / ln 2.
const PER_STEP: f64 = std::f64::consts::LOG2_E * 128.0;
/// ln 2 / 128, negative and in two parts, so that whole multiples of the first
/// are exact.
const STEP_HIGH: f64 = -0.005415212348111709;
const STEP_LOW: f64 = -1.2864023111638346e-14;
/// A number whose last digit is 1: what is added to it is rounded to a whole.
const TO_WHOLE: f64 = (3u64 << 51) as f64;
const C2: f64 = 0.49999999999996786;
const C3: f64 = 0.16666666666665886;
const C4: f64 = 0.0416666808410674;
const C5: f64 = 0.008333335853059549;

/// Exponent of 2 in the bits of a double, plus 1023.
#[inline(always)]
fn exponent(x: f64) -> u64 {
    x.to_bits() >> 52 & 0x7ff
}

#[inline(always)]
pub(super) fn exp<F: Fma>(x: f64) -> f64 {
    let size = exponent(x);
    if size < 1023 - 54 {
        return 1.0 + x;
    }
    if size >= 1023 + 10 {
        return match x {
            f64::NEG_INFINITY => 0.0,
            _ if size == 0x7ff => x,
            _ if x < 0.0 => 0.0,
            _ => f64::INFINITY,
        };
    }

    // x = k ln(2) / 128 + r
    let shifted = F::fma(PER_STEP, x, TO_WHOLE);
    let k = shifted.to_bits();
    let steps = shifted - TO_WHOLE;
    let r = F::fma(steps, STEP_LOW, F::fma(steps, STEP_HIGH, x));

    // e^x = scale (1 + tail) e^r = scale (1 + change)
    let (tail, bits) = TABLE[(k % 128) as usize];
    let scale_bits = bits.wrapping_add(k << 45);
    let square = r * r;
    let change = F::fma(C3, r, C2);
    let change = F::fma(change, square, r + f64::from_bits(tail));
    let change = F::fma(square * square, F::fma(r, C5, C4), change);
    if size >= 1023 + 9 {
        return far_from_zero::<F>(change, scale_bits, k);
    }
    let scale = f64::from_bits(scale_bits);
    F::fma(scale, change, scale)
}

/// The same where `scale` may be outside the range of a double.
#[inline(always)]
fn far_from_zero<F: Fma>(change: f64, scale_bits: u64, k: u64) -> f64 {
    if k & 0x8000_0000 == 0 {
        let scale = f64::from_bits(scale_bits.wrapping_sub(1009 << 52));
        return F::fma(scale, change, scale) * two_to(1009);
    }
    let scale = f64::from_bits(scale_bits.wrapping_add(1022 << 52));
    // Not fused in glibc either, as the product is needed by itself.
    let added = scale * change;
    let mut y = scale + added;
    if y < 1.0 {
        // A subnormal result: rounded to its digits before it is scaled, for
        // a second rounding might go astray.
        let low = (scale - y) + added;
        let high = 1.0 + y;
        let low = ((1.0 - high) + y) + low;
        y = (high + low) - 1.0;
    }
    y * f64::MIN_POSITIVE
}

/// 2 to a power that is a normal number.
const fn two_to(exponent: u64) -> f64 {
    f64::from_bits((exponent + 1023) << 52)
}
