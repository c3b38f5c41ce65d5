//! Threads to rank on, started once.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::OnceLock;

/// The pool of 1 to 16 threads.
pub fn pool(threads: usize) -> &'static ThreadPool {
    static POOLS: [OnceLock<ThreadPool>; 16] = [const { OnceLock::new() }; 16];
    POOLS[threads - 1].get_or_init(|| {
        let pool = ThreadPoolBuilder::new().num_threads(threads);
        pool.build().expect("threads")
    })
}
