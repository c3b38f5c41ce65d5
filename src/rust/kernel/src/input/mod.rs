//! What a ranking is made of: the matrix, the groups of its cells, and what
//! can be wrong with them.

mod error;
mod expression;
mod groups;
mod level;
mod strata;

pub use error::Error;
pub use expression::{Expression, Major};
pub use groups::{Comparison, Groups};
pub use level::Level;
pub(crate) use strata::Strata;
pub use strata::Weights;
