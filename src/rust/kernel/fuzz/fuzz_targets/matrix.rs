//! Small matrices against the definition: `tests/kernel/matrix.rs`.
#![no_main]

#[path = "../../tests/kernel/matrix.rs"]
mod matrix;
#[path = "../../tests/kernel/naive.rs"]
mod naive;
#[path = "../../tests/kernel/pool.rs"]
mod pool;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| matrix::check(bytes));
