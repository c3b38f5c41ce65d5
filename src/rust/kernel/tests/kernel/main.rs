//! Tests of the kernel through what it offers.

mod definition;
mod naive;
