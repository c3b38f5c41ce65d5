//! The natural logarithm of `math/log.c` and `math/log_data.c` of Arm's
//! optimized routines, Copyright (c) 2018-2025, Arm Limited; MIT License,
//! whose text is in `LICENSE.note`. It is glibc's from 2.28 on.

use super::fma::Fma;
use super::ln_table::TABLE;
use super::parts::{is_within, Parts, Special};

/// ln 2 in two parts; whole multiples of the first are exact.
const LN_2_HIGH: f64 = 0.6931471805598903;
const LN_2_LOW: f64 = 5.497923018708371e-14;
const A: [f64; 5] = [
    -0.5000000000000001,
    0.33333333331825593,
    -0.2499999999622955,
    0.20000304511814496,
    -0.16667054827627667,
];
/// For arguments close to 1.
const B: [f64; 11] = [
    -0.5,
    0.3333333333333352,
    -0.24999999999998432,
    0.19999999999320328,
    -0.16666666669929706,
    0.14285715076560868,
    -0.12499997863982555,
    0.11110712032936046,
    -0.10000486757818193,
    0.09181994006195467,
    -0.08328363062289341,
];

#[inline(always)]
pub(super) fn ln<F: Fma>(x: f64) -> f64 {
    if is_within(x, 0.9375, 1.064697265625) {
        return close_to_1::<F>(x - 1.0);
    }
    let Parts { whole, index, z } = match Parts::of::<128>(x) {
        Ok(parts) => parts,
        Err(Special(value)) => return value,
    };

    // ln x = whole ln 2 + ln c + ln(z / c), and r = z / c - 1
    let (inverse, ln_c) = TABLE[index];
    let r = F::fma(z, f64::from_bits(inverse), -1.0);
    let start = F::fma(whole, LN_2_HIGH, f64::from_bits(ln_c));
    let high = start + r;
    let low = F::fma(whole, LN_2_LOW, (start - high) + r);
    let square = r * r;
    let low = F::fma(square, A[0], low);
    let polynomial = F::fma(A[2], r, A[1]);
    let polynomial = F::fma(F::fma(r, A[4], A[3]), square, polynomial);
    F::fma(r * square, polynomial, low) + high
}

#[inline(always)]
fn close_to_1<F: Fma>(r: f64) -> f64 {
    let square = r * r;
    let cube = r * square;
    let first = F::fma(square, B[3], F::fma(B[2], r, B[1]));
    let second = F::fma(square, B[6], F::fma(B[5], r, B[4]));
    let third = F::fma(square, B[9], F::fma(B[8], r, B[7]));
    let third = F::fma(cube, B[10], third);
    let polynomial = F::fma(F::fma(third, cube, second), cube, first);

    // r in two parts, so that the square of the first is exact.
    const SCALE: f64 = 134_217_728.0; // 2^27
    let upper = F::fma(-SCALE, r, F::fma(r, SCALE, r));
    let lower = r - upper;
    let upper_square = upper * upper;
    let high = F::fma(upper_square, B[0], r);
    let low = F::fma(upper_square, B[0], r - high);
    let low = F::fma(B[0] * lower, r + upper, low);
    high + F::fma(polynomial, cube, low)
}
