//! The shape of a dataset or an attribute.

use super::bytes::Bytes;
use crate::Error;

/// How many values there are, and in which shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dataspace {
    /// Without even a place for a value.
    Null,
    /// One value.
    Scalar,
    /// Lengths of the dimensions, the slowest first.
    Simple {
        dims: Vec<u64>,
        /// What they may grow to; the largest number where there is no end.
        max: Vec<u64>,
    },
}

const MOST_DIMENSIONS: u8 = 32;

impl Dataspace {
    pub(super) fn parse(mut message: Bytes) -> Result<Self, Error> {
        const HAS_MAX: u8 = 1;
        let version = message.u8()?;
        let rank = message.u8()?;
        let flags = message.u8()?;
        let class = message.u8()?;
        match version {
            1 => {
                message.take(4)?;
            }
            2 if class == 2 => return Ok(Self::Null),
            2 => (),
            _ => return Error::damaged("Its shape is in an unknown format of HDF5."),
        }
        if rank > MOST_DIMENSIONS {
            return Error::damaged("It has more dimensions than HDF5 allows.");
        }
        if rank == 0 {
            return Ok(Self::Scalar);
        }
        let mut lengths = || -> Result<Vec<u64>, Error> {
            (0..rank).map(|_| message.u64()).collect::<Result<_, _>>()
        };
        let dims = lengths()?;
        let max = match flags & HAS_MAX {
            0 => dims.clone(),
            _ => lengths()?,
        };
        if dims.iter().zip(&max).any(|(dim, max)| dim > max) {
            return Error::damaged("It is longer than the longest that it may be.");
        }
        Ok(Self::Simple { dims, max })
    }

    /// Lengths of its dimensions, none of a scalar.
    pub fn dims(&self) -> &[u64] {
        match self {
            Self::Simple { dims, .. } => dims,
            Self::Null | Self::Scalar => &[],
        }
    }

    /// Number of values, `None` beyond 64 bits.
    pub fn n_values(&self) -> Option<u64> {
        match self {
            Self::Null => Some(0),
            _ => product(self.dims()),
        }
    }
}

/// All factors multiplied, `None` beyond 64 bits.
pub(super) fn product(factors: &[u64]) -> Option<u64> {
    if factors.contains(&0) {
        return Some(0);
    }
    factors.iter().try_fold(1u64, |n, &by| n.checked_mul(by))
}
