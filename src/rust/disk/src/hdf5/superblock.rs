//! Where a file begins.

use super::bytes::Bytes;
use crate::io_at::read_exact_at;
use crate::Error;
use std::fs;

const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// What the first structure of a file says.
pub(super) struct Superblock {
    /// What addresses count from.
    pub base: u64,
    /// Address of the object header of the root group.
    pub root: u64,
}

impl Superblock {
    /// It is at the start of the file, or at 512 bytes, or twice as many, and
    /// so on: what is before it is the user's own.
    pub fn find(file: &fs::File, len: u64) -> Result<Self, Error> {
        let mut at = 0;
        while at + 48 <= len {
            let mut head = vec![0; (len - at).min(128) as usize];
            let is_read = read_exact_at(file, at, &mut head).is_ok();
            if is_read && head.starts_with(SIGNATURE) {
                return Self::parse(&head[8..], at);
            }
            at = (2 * at).max(512);
        }
        Error::damaged("It is not an HDF5 file.")
    }

    fn parse(bytes: &[u8], base: u64) -> Result<Self, Error> {
        let mut bytes = Bytes(bytes);
        let version = bytes.u8()?;
        bytes.take(match version {
            0 | 1 => 4,
            2 | 3 => 0,
            _ => return Error::unsupported("it is in a newer format of HDF5"),
        })?;
        if bytes.take(2)? != [8, 8] {
            return Error::unsupported("its addresses do not take 8 bytes");
        }
        // Up to the addresses.
        bytes.take(match version {
            0 => 1 + 4 + 4,
            1 => 1 + 4 + 4 + 4,
            _ => 1,
        })?;
        let stated = bytes.u64()?;
        if stated != base && stated != 0 {
            return Error::unsupported("its addresses do not count from its start");
        }
        bytes.take(16)?;
        if version < 2 {
            // Of the drivers, and the name of the root group.
            bytes.take(16)?;
        }
        let root = bytes.u64()?;
        Ok(Self { base, root })
    }
}
