//! Whole files, of any bytes: `tests/read_all/mod.rs`.
#![no_main]

#[path = "../../tests/read_all/mod.rs"]
mod read_all;

use std::io::Write;
use wilcoxide_disk::File;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut place = tempfile::NamedTempFile::new().expect("a temporary file");
    place.write_all(bytes).expect("room for it");
    if let Ok(file) = File::open(place.path()) {
        read_all::read_all(&file);
    }
});
