//! What the ranks within strata say of one gene, added up over the strata.
//!
//! Van Elteren's test: the distance of each stratum's rank sum from its
//! expectation counts as much as its weight, and the variance as much as its
//! square. Strata are added in their order. One that counts alone has the
//! weight 1, which leaves its bits as they are.

use crate::input::{Groups, Strata};
use crate::statistics::Row;

/// Forget the last gene.
pub(crate) fn clear(row: &mut Row) {
    row.doubled_rank_sums.fill(0);
    row.distances.fill(0.0);
    row.variances.fill(0.0);
}

/// Add what one stratum says: the doubled rank sums of all groups in it, and with
/// tie correction its tie factors, one for all groups or one for each.
pub(crate) fn add_stratum(
    strata: &Strata,
    stratum: usize,
    doubled_rank_sums: &[u64],
    tie_factors: Option<&[f64]>,
    row: &mut Row,
) {
    let within = &strata.members()[stratum];
    for slot in 0..within.len() {
        let sum = doubled_rank_sums[slot];
        row.doubled_rank_sums[slot] += sum;
        let weight = strata.weight(stratum, slot);
        if weight == 0.0 {
            continue;
        }
        row.distances[slot] += weight * distance(within, slot, sum);
        if let Some(factors) = tie_factors {
            let factor = factors[if within.has_reference() { slot } else { 0 }];
            row.variances[slot] += weight * weight * variance(within, slot, factor);
        }
    }
}

/// The distance of a rank sum from its expectation `n1 (n + 1) / 2`.
fn distance(within: &Groups, slot: usize, doubled_rank_sum: u64) -> f64 {
    let (own, opposite) = (within.size(slot), within.opposite_size(slot));
    let doubled = doubled_rank_sum.wrapping_sub(own * (own + opposite + 1));
    (doubled as i64) as f64 / 2.0
}

/// The variance of a rank sum, with the roundings of the score without strata.
fn variance(within: &Groups, slot: usize, tie_factor: f64) -> f64 {
    let (own, opposite) = (within.size(slot), within.opposite_size(slot));
    tie_factor * own as f64 * opposite as f64 * (own + opposite + 1) as f64 / 12.0
}
