//! Anything at the kernel's border: `tests/kernel/parts.rs`.
#![no_main]

#[path = "../../tests/kernel/parts.rs"]
mod parts;
#[path = "../../tests/kernel/pool.rs"]
mod pool;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| parts::check(bytes));
