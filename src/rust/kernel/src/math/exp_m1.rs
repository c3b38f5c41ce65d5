//! The exponential less 1 of Sun's fdlibm, `s_expm1.c`, Copyright (C) 1993 by
//! Sun Microsystems, Inc. All rights reserved; developed at SunPro: permission
//! to use, copy, modify, and distribute this software is freely granted,
//! provided that this notice is preserved.
//!
//! As in glibc 2.36, the polynomial is summed in pairs of terms, and the
//! operations that are fused are those that its compiler fused.

use super::fma::Fma;
use std::f64::consts::LOG2_E;

/// ln 2 in two parts; whole multiples of the first are exact.
const LN_2_HIGH: f64 = 0.6931471803691238;
const LN_2_LOW: f64 = 1.9082149292705877e-10;
const Q1: f64 = -0.03333333333333313;
const Q2: f64 = 0.0015873015872548146;
const Q3: f64 = -7.93650757867488e-5;
const Q4: f64 = 4.008217827329362e-6;
const Q5: f64 = -2.0109921818362437e-7;
/// The largest x with a finite result.
const LARGEST: f64 = 709.782712893384;

#[inline(always)]
pub(super) fn exp_m1<F: Fma>(x: f64) -> f64 {
    // Borders are compared by the upper half of the bits.
    let size = (x.to_bits() >> 32) as u32 & 0x7fff_ffff;
    if size >= 0x4043_687a {
        // 56 ln 2 and more
        if x.is_nan() || x == f64::INFINITY {
            return x;
        }
        if x > LARGEST {
            return f64::INFINITY;
        }
        if x < 0.0 {
            return -1.0;
        }
    }
    if size < 0x3c90_0000 {
        return x;
    }

    // x + c = x - k ln 2, more than half of ln 2 from no multiple of it.
    let (k, x, c) = if size <= 0x3fd6_2e42 {
        (0, x, 0.0)
    } else {
        let (k, high, low) = if size <= 0x3ff0_a2b1 {
            let sign = 1f64.copysign(x);
            (sign as i32, x - sign * LN_2_HIGH, sign * LN_2_LOW)
        } else {
            let k = (x * LOG2_E + 0.5f64.copysign(x)) as i32;
            let steps = f64::from(k);
            (k, F::fma(-steps, LN_2_HIGH, x), steps * LN_2_LOW)
        };
        let reduced = high - low;
        (k, reduced, (high - reduced) - low)
    };

    let half = 0.5 * x;
    let half_square = x * half;
    let r1 = F::fma(half_square, Q1, 1.0);
    let r2 = F::fma(Q3, half_square, Q2);
    let r3 = F::fma(Q5, half_square, Q4);
    let power2 = half_square * half_square;
    let power4 = power2 * power2;
    let r = F::fma(power4, r3, F::fma(power2, r2, r1));
    let t = F::fma(-r, half, 3.0);
    let e = ((r - t) / F::fma(-x, t, 6.0)) * half_square;
    if k == 0 {
        return x - F::fma(e, x, -half_square);
    }
    let e = F::fma(e - c, x, -c) - half_square;
    match k {
        -1 => 0.5 * (x - e) - 0.5,
        1 if x < -0.25 => -2.0 * (e - (x + 0.5)),
        1 => 1.0 + 2.0 * (x - e),
        2..=19 => times_power((1.0 - power(-k)) - (e - x), k),
        20..=56 => times_power((x - (e + power(-k))) + 1.0, k),
        _ => times_power(1.0 - (e - x), k) - 1.0,
    }
}

/// 2 to the power of `k`.
#[inline(always)]
fn power(k: i32) -> f64 {
    f64::from_bits(((k + 1023) as u64) << 52)
}

/// `y` times 2 to the power of `k`, by the exponent, which stays in its range
/// even where that of the power does not.
#[inline(always)]
fn times_power(y: f64, k: i32) -> f64 {
    f64::from_bits(y.to_bits().wrapping_add((k as u64) << 52))
}
