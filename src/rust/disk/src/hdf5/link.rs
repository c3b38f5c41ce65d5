//! Links: what a group calls its members, and where they are.

use super::bytes::{text, Bytes};
use crate::Error;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub name: String,
    pub target: Target,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// Address of an object header.
    Object(u64),
    /// A path in the same file.
    Path(String),
    /// Another file, or what only a program of its own knows.
    Elsewhere,
}

impl Link {
    pub fn parse(mut message: Bytes) -> Result<Self, Error> {
        const HAS_ORDER: u8 = 4;
        const HAS_KIND: u8 = 8;
        const HAS_ENCODING: u8 = 16;
        if message.u8()? != 1 {
            return Error::damaged("One of its links is in an unknown format of HDF5.");
        }
        let flags = message.u8()?;
        let kind = match flags & HAS_KIND {
            0 => 0,
            _ => message.u8()?,
        };
        if flags & HAS_ORDER != 0 {
            message.take(8)?;
        }
        if flags & HAS_ENCODING != 0 {
            message.take(1)?;
        }
        let size = message.number(1 << (flags & 3))?;
        let name = message.take(usize::try_from(size).unwrap_or(usize::MAX))?;
        let name = text(name)?;
        let target = match kind {
            0 => Target::Object(message.u64()?),
            1 => {
                let size = message.u16()?;
                Target::Path(text(message.take(usize::from(size))?)?)
            }
            _ => Target::Elsewhere,
        };
        Ok(Self { name, target })
    }
}
