//! Where the values of a dataset are, as a message of the header has it.

use super::bytes::Bytes;
use crate::Error;

/// How the values of a dataset are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Layout {
    /// In the message itself.
    Compact(Vec<u8>),
    /// One after another from an address on.
    Contiguous { address: u64, size: u64 },
    /// In chunks.
    Chunked(Chunked),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunked {
    /// Lengths of a chunk, the last one that of a value in bytes.
    pub lengths: Vec<u64>,
    /// Where the index of chunks is.
    pub address: u64,
    pub index: Index,
    /// Whether chunks that go beyond the values are stored as they are.
    pub has_plain_edges: bool,
    /// Bytes of the size of a filtered chunk in the newer indices; `None` where
    /// it depends on that of a chunk.
    pub size_bytes: Option<usize>,
}

/// How chunks are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
    Tree1,
    /// There is one only, with its size and mask if it is filtered.
    Single(Option<(u64, u32)>),
    /// One after the other.
    Implicit,
    FixedArray,
    ExtensibleArray,
    Tree2,
}

impl Layout {
    pub fn parse(mut message: Bytes) -> Result<Self, Error> {
        let version = message.u8()?;
        if matches!(version, 1 | 2) {
            return Error::unsupported("its data layout is stored in an old format");
        }
        if !(3..=5).contains(&version) {
            return Error::damaged("Its data layout is in an unknown format of HDF5.");
        }
        match message.u8()? {
            0 => {
                let size = message.u16()?;
                Ok(Self::Compact(message.take(usize::from(size))?.to_vec()))
            }
            1 => Ok(Self::Contiguous {
                address: message.u64()?,
                size: message.u64()?,
            }),
            2 if version == 3 => chunked_3(message).map(Self::Chunked),
            2 => chunked_4(message, version).map(Self::Chunked),
            3 => Error::unsupported("it is a virtual dataset, made of other datasets"),
            _ => Error::damaged("Its data layout is not one of HDF5's."),
        }
    }
}

fn chunked_3(mut message: Bytes) -> Result<Chunked, Error> {
    let rank = message.u8()?;
    let address = message.u64()?;
    let lengths = (0..rank).map(|_| message.u32().map(u64::from));
    Ok(Chunked {
        lengths: lengths.collect::<Result<_, _>>()?,
        address,
        index: Index::Tree1,
        has_plain_edges: false,
        size_bytes: None,
    })
}

fn chunked_4(mut message: Bytes, version: u8) -> Result<Chunked, Error> {
    const PLAIN_EDGES: u8 = 1;
    const FILTERED: u8 = 2;
    let flags = message.u8()?;
    let rank = message.u8()?;
    let bytes = usize::from(message.u8()?);
    let lengths = (0..rank).map(|_| message.number(bytes));
    let lengths = lengths.collect::<Result<_, _>>()?;
    let index = match message.u8()? {
        1 if flags & FILTERED != 0 => Index::Single(Some((message.u64()?, message.u32()?))),
        1 => Index::Single(None),
        2 => Index::Implicit,
        3 => {
            message.take(1)?;
            Index::FixedArray
        }
        4 => {
            message.take(5)?;
            Index::ExtensibleArray
        }
        5 => {
            message.take(6)?;
            Index::Tree2
        }
        _ => return Error::damaged("Its chunks are indexed in an unknown way."),
    };
    Ok(Chunked {
        lengths,
        address: message.u64()?,
        index,
        has_plain_edges: flags & PLAIN_EDGES != 0,
        size_bytes: (version > 4).then_some(8),
    })
}
