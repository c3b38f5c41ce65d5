//! Whole files, of any bytes: `tests/read_all/mod.rs`.
//!
//! Fails on a panic, on more memory than the file may need, and on more than a
//! second of this thread's time.
#![no_main]

#[path = "../../tests/memory/mod.rs"]
mod memory;
#[path = "../../tests/read_all/mod.rs"]
mod read_all;

use read_all::{read_all, Seen};
use rustix::time::{clock_gettime, ClockId};
use std::cell::RefCell;
use std::io::{Seek, Write};
use tempfile::NamedTempFile;
use wilcoxide_disk::File;

thread_local! {
    /// One file for all runs: to make one takes longer than to read it.
    static PLACE: RefCell<NamedTempFile> = RefCell::new({
        // Work that is for several threads is done by this one.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
        pool.use_current_thread().build_global().expect("threads");
        NamedTempFile::new().expect("a temporary file")
    });
}

/// Seconds that this thread has worked.
fn seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    PLACE.with_borrow_mut(|place| {
        let file = place.as_file_mut();
        file.set_len(0).expect("a temporary file");
        file.rewind().expect("a temporary file");
        file.write_all(bytes).expect("room for it");
        let mut seen = Seen::default();
        let start = seconds();
        let memory = memory::memory_of(|| {
            if let Ok(file) = File::open(place.path()) {
                seen = read_all(&file);
            }
        });
        let took = seconds() - start;
        seen.check_memory(memory, bytes.len() as u64);
        assert!(took < 1.0, "{took} seconds for {} bytes", bytes.len());
    });
});
