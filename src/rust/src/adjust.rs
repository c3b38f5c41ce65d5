//! Adjusting p-values after the ranking, where all groups are one family.

use crate::rank::bad_setting;
use crate::runtime::run_on;
use crate::status::{fault, stopped};
use extendr_api::prelude::*;
use wilcoxide_kernel::{self as kernel, Correction};

/// Adjust p-values of all groups as one family.
///
/// @param columns List of the p-values of each group; NaN is of no family.
/// @param corr_method As in `kernel_settings()`.
/// @param are_logs Whether they are decimal logarithms of p-values.
/// @param threads Number of threads.
/// @return A list: `status`; `columns`, the adjusted p-values.
/// @noRd
#[extendr]
fn adjust_family(columns: List, corr_method: &str, are_logs: bool, threads: i32) -> List {
    let Some(correction) = Correction::from_name(corr_method) else {
        return bad_setting("corr_method");
    };
    let Some(mut adjusted) = columns
        .values()
        .map(|column| column.as_real_vector())
        .collect::<Option<Vec<_>>>()
    else {
        return fault("a column has no p-values");
    };
    let mut columns: Vec<&mut [f64]> = adjusted.iter_mut().map(Vec::as_mut_slice).collect();
    let outcome = run_on(threads, &Null, |_| {
        kernel::adjust_together(correction, are_logs, &mut columns);
        Ok(())
    });
    match outcome {
        Ok(()) => list!(
            status = "ok",
            columns = List::from_values(adjusted.into_iter().map(Doubles::from_values))
        ),
        Err(stop) => stopped(stop),
    }
}

extendr_module! {
    mod adjust;
    fn adjust_family;
}
