//! What stage 1 found out about each gene, as numbers of R: for tests and tables
//! that R makes itself.

use crate::rank::{bad_setting, Call};
use crate::statistics::bind;
use crate::status::fault;
use extendr_api::prelude::*;
use wilcoxide_kernel::GeneStatistics;

/// Statistics of genes as numbers.
///
/// @param blocks,codes,settings As for `rank_statistics()`.
/// @return A list; `status` is `"ok"` or `"fault"`. `rank_sums`, `expressing`
///   and `sums`: a matrix each, one row per gene and one column per group, the
///   last two with a last column for the cells of no selected group;
///   `tie_factors`, one column for all groups. What was not kept has no
///   columns.
/// @noRd
#[extendr]
fn statistics_values(blocks: List, codes: &[i32], settings: List) -> List {
    let call = match Call::from_list(&settings) {
        Ok(call) => call,
        Err(name) => return bad_setting(name),
    };
    let groups = match call.groups(codes) {
        Ok(groups) => groups,
        Err(error) => return fault(error.to_string()),
    };
    match bind(&blocks, &groups, &call.settings.statistics) {
        Ok(statistics) => as_matrices(&statistics),
        Err(reason) => fault(reason),
    }
}

fn as_matrices(statistics: &GeneStatistics) -> List {
    let doubled = &statistics.doubled_rank_sums;
    list!(
        status = "ok",
        rank_sums = by_gene(doubled, |&sum| sum as f64 / 2.0),
        tie_factors = by_gene(&statistics.tie_factors, |&factor| factor),
        expressing = by_gene(&statistics.expressing, |&count| f64::from(count)),
        sums = by_gene(&statistics.sums, |&sum| sum)
    )
}

/// Rows of genes are what R keeps one after another.
fn by_gene<T>(table: &ndarray::Array2<T>, value: impl Fn(&T) -> f64) -> Robj {
    let (n_columns, n_genes) = table.dim();
    let values = Doubles::from_values(table.iter().map(value));
    let mut matrix = values.into_robj();
    // Two dimensions of a vector as long as their product: this cannot fail.
    let _ = matrix.set_attrib("dim", [n_genes as i32, n_columns as i32]);
    matrix
}

extendr_module! {
    mod statistics_values;
    fn statistics_values;
}
