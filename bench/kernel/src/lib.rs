//! What the programs that measure have in common.

mod cells;

pub use cells::{cpu_seconds, memory, Cells, Outcome};
