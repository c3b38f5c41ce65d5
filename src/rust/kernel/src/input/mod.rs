//! What a ranking is made of: the matrix, the groups of its cells, and what
//! can be wrong with them.

mod error;
mod expression;
mod groups;
mod part;
mod strata;

pub use error::Error;
pub use expression::{Expression, Major};
pub use groups::{Comparison, Groups};
pub use part::Parts;
pub(crate) use strata::Strata;
pub use strata::Weights;
