//! The binding of the wilcoxide kernel to R: the only code that knows both.
//!
//! No function returns an error to extendr or panics into it: what went wrong
//! travels in the returned list, and R raises the condition. (A `%` in an
//! error message would end the R session, and conditions need classes.)

mod adjust;
mod disk;
mod draft;
mod in_chunks;
mod natural_order;
mod options;
mod output;
mod rank;
mod runtime;
mod split;
mod stack;
mod statistics;
mod statistics_values;
mod status;

use extendr_api::prelude::*;

/// The number of threads this process may use at once.
/// @noRd
#[extendr]
fn available_threads() -> i32 {
    std::thread::available_parallelism().map_or(1, |n| n.get().min(1024) as i32)
}

extendr_module! {
    mod wilcoxide;
    fn available_threads;
    use adjust;
    use disk;
    use draft;
    use natural_order;
    use output;
    use rank;
    use stack;
    use statistics_values;
}
