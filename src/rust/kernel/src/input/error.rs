use std::fmt;
use wilcoxide_control::Cancelled;

/// Why a ranking could not be made.
///
/// Messages hold numbers only, never names of the caller's groups or genes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The parts of the matrix do not fit together.
    Matrix(String),
    /// The groups do not fit the matrix, or each other.
    Groups(String),
    /// A gene to rank does not exist.
    Genes(String),
    /// Stored values are not numbers: how many, and the first gene (from 0)
    /// that holds one.
    NotANumber { count: u64, first_gene: usize },
    /// [`Control::cancel`](crate::Control::cancel) was called.
    Cancelled,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Matrix(reason) | Error::Groups(reason) | Error::Genes(reason) => {
                f.write_str(reason)
            }
            Error::NotANumber { count, first_gene } => write!(
                f,
                "{count} stored values are not numbers, the first in gene {first_gene}"
            ),
            Error::Cancelled => f.write_str("the ranking was cancelled"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Cancelled> for Error {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
