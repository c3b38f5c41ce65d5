//! Tests of the kernel through what it offers.

mod blocked;
mod definition;
mod found;
mod kept;
mod large;
mod layers;
mod levels;
mod matrix;
mod naive;
mod options;
mod pairs;
mod parts;
mod pool;
mod progress;
mod properties;
mod strata;
mod together;
