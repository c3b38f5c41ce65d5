//! A structure of a file, read from its start.

use crate::Error;

/// Bytes still to be read; numbers are little-endian.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub &'a [u8]);

/// The address of what is not there.
pub(super) const UNDEFINED: u64 = u64::MAX;

impl<'a> Bytes<'a> {
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Error> {
        let Some((taken, rest)) = self.0.split_at_checked(n) else {
            return Error::damaged("One of its structures ends too early.");
        };
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        // `take` returns as many as it was asked for.
        Ok(self.take(N)?.try_into().unwrap_or([0; N]))
    }

    pub fn u8(&mut self) -> Result<u8, Error> {
        self.array().map(u8::from_le_bytes)
    }

    pub fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number of up to 8 bytes.
    pub fn number(&mut self, size: usize) -> Result<u64, Error> {
        let taken = self.take(size)?;
        let mut bytes = [0; 8];
        match bytes.get_mut(..size) {
            Some(low) => low.copy_from_slice(taken),
            None => return Error::damaged("One of its numbers has more than 8 bytes."),
        }
        Ok(u64::from_le_bytes(bytes))
    }

    /// Text that ends with a zero; filled up to a multiple of `padded` bytes.
    pub fn name(&mut self, padded: usize) -> Result<String, Error> {
        let Some(length) = self.0.iter().position(|&byte| byte == 0) else {
            return Error::damaged("One of its names has no end.");
        };
        let name = text(&self.0[..length])?;
        self.take((length + 1).next_multiple_of(padded))?;
        Ok(name)
    }

    pub fn expect(&mut self, signature: &[u8; 4]) -> Result<(), Error> {
        match self.take(4)? == signature {
            true => Ok(()),
            false => Error::damaged("One of its structures is not where it should be."),
        }
    }
}

/// A name in the file.
pub(super) fn text(bytes: &[u8]) -> Result<String, Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Error::damaged("One of its names is not in UTF-8."),
    }
}

/// Bytes that HDF5 needs for numbers up to `limit`.
pub(super) fn width(limit: u64) -> usize {
    (limit.max(1).ilog2() / 8 + 1) as usize
}
