use std::fmt;
use wilcoxide_control::Cancelled;

/// Why a matrix could not be read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Nothing that this reader knows: HDF5 itself may read it. A clause that
    /// says why.
    Unsupported(String),
    /// The file contradicts itself, or holds no matrix: nobody should read it.
    /// A sentence that says why.
    Damaged(String),
    /// The temporary file could not be made, written or read.
    Spill(String),
    /// The caller cancelled.
    Cancelled,
}

impl Error {
    pub(crate) fn unsupported<T>(reason: impl Into<String>) -> Result<T, Self> {
        Err(Self::Unsupported(reason.into()))
    }

    pub(crate) fn damaged<T>(reason: impl Into<String>) -> Result<T, Self> {
        Err(Self::Damaged(reason.into()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unsupported(reason) | Error::Damaged(reason) | Error::Spill(reason) => {
                f.write_str(reason)
            }
            Error::Cancelled => f.write_str("the reading was cancelled"),
        }
    }
}

impl std::error::Error for Error {}

impl From<Cancelled> for Error {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
