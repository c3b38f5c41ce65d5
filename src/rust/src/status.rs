//! How a call ended, in the words that R knows: `check_status()` has the same
//! list.

use crate::runtime::Stop;
use extendr_api::prelude::*;
use wilcoxide_disk as disk;
use wilcoxide_kernel as kernel;

/// Why a call has no result.
pub(crate) enum Status {
    /// The user interrupted it.
    Interrupted,
    /// Values are not numbers: how many, and the first gene (from 0) with one.
    NotANumber { count: u64, first_gene: usize },
    /// The parts of the caller's matrix do not fit together.
    Matrix(String),
    /// Text of a file is not in UTF-8: how many of how many; and in which member
    /// of its records.
    NotText {
        count: usize,
        total: usize,
        member: Option<String>,
    },
    /// HDF5 itself should read the file.
    Unsupported(String),
    /// A part of a file is no valid matrix.
    Damaged(String),
    /// There is no temporary file.
    Spill(String),
    /// The file of the result cannot be written, or read.
    Output(String),
    /// A fault of this package.
    Fault(String),
}

impl Status {
    /// The same of a member of records.
    pub(crate) fn of_member(self, name: &str) -> Self {
        match self {
            Self::NotText { count, total, .. } => Self::NotText {
                count,
                total,
                member: Some(name.into()),
            },
            other => other,
        }
    }

    /// The list that R gets.
    pub(crate) fn into_list(self) -> List {
        let (status, message) = match self {
            Self::Interrupted => return list!(status = "interrupted"),
            Self::NotANumber { count, first_gene } => {
                return list!(
                    status = "not_a_number",
                    count = count as f64,
                    gene = first_gene as i32 + 1
                )
            }
            Self::NotText {
                count,
                total,
                member,
            } => {
                return list!(
                    status = "not_text",
                    count = count as f64,
                    total = total as f64,
                    member = member
                )
            }
            Self::Matrix(reason) => ("matrix", reason),
            Self::Unsupported(reason) => ("unsupported", reason),
            Self::Damaged(reason) => ("damaged", reason),
            Self::Spill(reason) => ("spill", reason),
            Self::Output(reason) => ("output", reason),
            Self::Fault(message) => ("fault", message),
        };
        list!(status = status, message = message)
    }
}

impl From<kernel::Error> for Status {
    fn from(error: kernel::Error) -> Self {
        match error {
            kernel::Error::Matrix(reason) => Self::Matrix(reason),
            kernel::Error::NotANumber { count, first_gene } => {
                Self::NotANumber { count, first_gene }
            }
            kernel::Error::Cancelled => Self::Interrupted,
            // R has looked at these before.
            error @ (kernel::Error::Groups(_) | kernel::Error::Genes(_)) => {
                Self::Fault(error.to_string())
            }
        }
    }
}

impl From<disk::Error> for Status {
    fn from(error: disk::Error) -> Self {
        match error {
            disk::Error::Unsupported(reason) => Self::Unsupported(reason),
            disk::Error::Damaged(reason) => Self::Damaged(reason),
            disk::Error::Spill(reason) => Self::Spill(reason),
            disk::Error::Cancelled => Self::Interrupted,
        }
    }
}

impl<E: Into<Status>> From<Stop<E>> for Status {
    fn from(stop: Stop<E>) -> Self {
        match stop {
            Stop::Interrupted => Self::Interrupted,
            Stop::Refused(error) => error.into(),
            Stop::Fault(message) => Self::Fault(message),
        }
    }
}

/// What R gets of a call that has no result.
pub(crate) fn stopped(why: impl Into<Status>) -> List {
    why.into().into_list()
}

/// What R gets where the code of this package is at fault.
pub(crate) fn fault(message: impl Into<String>) -> List {
    Status::Fault(message.into()).into_list()
}
