//! Tests of the kernel through what it offers.

mod definition;
mod found;
mod large;
mod matrix;
mod naive;
mod parts;
mod pool;
mod properties;
