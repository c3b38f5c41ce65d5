//! The binary logarithm of `math/log2.c` and `math/log2_data.c` of Arm's
//! optimized routines, Copyright (c) 2018-2025, Arm Limited; MIT License,
//! whose text is in `LICENSE.note`. It is glibc's from 2.28 on.

use super::fma::Fma;
use super::log2_table::TABLE;
use super::parts::{is_within, Parts, Special};

/// 1 / ln 2 in two parts; products with the first lack little.
const PER_LN_2_HIGH: f64 = 1.4426950407214463;
const PER_LN_2_LOW: f64 = 1.6751713164886512e-10;
const A: [f64; 6] = [
    -0.7213475204444882,
    0.4808983469629985,
    -0.36067375954075914,
    0.2885390073180969,
    -0.2404693555628422,
    0.2061202382173603,
];
/// For arguments close to 1.
const B: [f64; 10] = [
    -0.7213475204444817,
    0.48089834696298744,
    -0.360673760222145,
    0.2885390081805197,
    -0.24044917405728863,
    0.2060992861022954,
    -0.18033596705327856,
    0.1603032746063156,
    -0.14483316576701266,
    0.13046826811283835,
];

#[inline(always)]
pub(super) fn log2<F: Fma>(x: f64) -> f64 {
    if is_within(x, 0.9576029777526855, 1.0442743301391602) {
        return close_to_1::<F>(x - 1.0);
    }
    let Parts { whole, index, z } = match Parts::of::<64>(x) {
        Ok(parts) => parts,
        Err(Special(value)) => return value,
    };

    // log2 x = whole + log2 c + log2(z / c), and r = z / c - 1
    let (inverse, log2_c) = TABLE[index];
    let r = F::fma(z, f64::from_bits(inverse), -1.0);
    let product = PER_LN_2_HIGH * r;
    let product_low = F::fma(r, PER_LN_2_LOW, F::fma(PER_LN_2_HIGH, r, -product));
    let start = whole + f64::from_bits(log2_c);
    let high = start + product;
    let low = ((start - high) + product) + product_low;
    let square = r * r;
    let polynomial = F::fma(A[3], r, A[2]);
    let polynomial = F::fma(polynomial, square, F::fma(A[1], r, A[0]));
    let polynomial = F::fma(F::fma(r, A[5], A[4]), square * square, polynomial);
    F::fma(square, polynomial, low) + high
}

#[inline(always)]
fn close_to_1<F: Fma>(r: f64) -> f64 {
    let product = PER_LN_2_HIGH * r;
    let product_low = F::fma(r, PER_LN_2_LOW, F::fma(PER_LN_2_HIGH, r, -product));
    let square = r * r;
    let fourth = square * square;
    let first = F::fma(B[1], r, B[0]);
    let high = F::fma(first, square, product);
    let low = F::fma(first, square, product - high) + product_low;
    let second = F::fma(F::fma(B[5], r, B[4]), square, F::fma(B[3], r, B[2]));
    let third = F::fma(F::fma(r, B[9], B[8]), square, F::fma(B[7], r, B[6]));
    high + F::fma(F::fma(third, fourth, second), fourth, low)
}
