//! Undoing the filters of HDF5 that values are usually stored with.

use super::checksum::fletcher32;
use super::number::ByteOrder;
use crate::zstd::Zstd;
use crate::Error;
use libdeflater::Decompressor;

/// A filter of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    Deflate,
    Shuffle,
    Fletcher32,
    Lzf,
    Zstd,
}

impl Filter {
    /// By its number in HDF5; `None` for others.
    pub fn from_id(id: u16) -> Option<Self> {
        match id {
            1 => Some(Self::Deflate),
            2 => Some(Self::Shuffle),
            3 => Some(Self::Fletcher32),
            32000 => Some(Self::Lzf),
            32015 => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// Undoes filters; its memory is used again and again.
pub(crate) struct Decoder {
    deflate: Decompressor,
    zstd: Zstd,
    /// The bytes so far, and where the next filter puts its own.
    bytes: Vec<u8>,
    next: Vec<u8>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            deflate: Decompressor::new(),
            zstd: Zstd::default(),
            bytes: Vec::new(),
            next: Vec::new(),
        }
    }
}

impl Decoder {
    /// Room for `size` stored bytes, for the caller to fill.
    pub fn stored(&mut self, size: usize) -> &mut [u8] {
        self.bytes.resize(size, 0);
        &mut self.bytes
    }

    /// What there is now.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same as little-endian numbers of so many bytes.
    pub fn turned(&mut self, order: ByteOrder, size: usize) -> &[u8] {
        order.undo(&mut self.bytes, size);
        &self.bytes
    }

    /// Undo `filters`, last first, but for those that `mask` has a bit for:
    /// they were not applied to this chunk. What comes out has to have `size`
    /// bytes, in elements of `element`.
    pub fn undo(
        &mut self,
        filters: &[Filter],
        mask: u32,
        size: usize,
        element: usize,
    ) -> Result<&[u8], Error> {
        let is_applied = |at: usize| mask >> at & 1 == 0;
        for (at, filter) in filters.iter().enumerate().rev() {
            if !is_applied(at) {
                continue;
            }
            // A checksum that was added before went through this filter, too.
            let sums = (0..at).filter(|&at| filters[at] == Filter::Fletcher32 && is_applied(at));
            let size = size + 4 * sums.count();
            if self.undo_one(*filter, size, element).is_none() {
                return Error::damaged(match filter {
                    Filter::Deflate => "One of its chunks cannot be decompressed by gzip.",
                    Filter::Lzf => "One of its chunks cannot be decompressed by lzf.",
                    Filter::Zstd => "One of its chunks cannot be decompressed by zstd.",
                    Filter::Fletcher32 => "The checksum of one of its chunks is wrong.",
                    Filter::Shuffle => "One of its chunks has the wrong size.",
                });
            }
        }
        match self.bytes.len() == size {
            true => Ok(&self.bytes),
            false => Error::damaged("One of its chunks has the wrong size."),
        }
    }

    fn undo_one(&mut self, filter: Filter, size: usize, element: usize) -> Option<()> {
        if filter == Filter::Fletcher32 {
            let at = self.bytes.len().checked_sub(4)?;
            let (data, stated) = self.bytes.split_at(at);
            let stated = u32::from_le_bytes(stated.try_into().ok()?);
            let sum = fletcher32(data);
            // Old versions had two of its bytes in another order.
            let old = (sum & 0x00ff_00ff) << 8 | sum >> 8 & 0x00ff_00ff;
            self.bytes.truncate(at);
            return (stated == sum || stated == old).then_some(());
        }
        self.next.resize(size, 0);
        match filter {
            Filter::Deflate => {
                let outcome = self.deflate.zlib_decompress(&self.bytes, &mut self.next);
                (outcome == Ok(size)).then_some(())?;
            }
            Filter::Lzf => unpack_lzf(&self.bytes, &mut self.next)?,
            Filter::Zstd => self.zstd.unpack(&self.bytes, &mut self.next)?,
            // What does not fill an element stays at the end.
            Filter::Shuffle => {
                (self.bytes.len() == size).then_some(())?;
                let whole = size - size % element;
                unshuffle(&self.bytes[..whole], element, &mut self.next);
                self.next[whole..].copy_from_slice(&self.bytes[whole..]);
            }
            Filter::Fletcher32 => return None,
        }
        std::mem::swap(&mut self.bytes, &mut self.next);
        Some(())
    }
}

/// All first bytes of the elements, then all second ones, and so on.
fn unshuffle(bytes: &[u8], element: usize, out: &mut [u8]) {
    let n = bytes.len() / element;
    if n == 0 {
        return;
    }
    for (place, plane) in bytes.chunks_exact(n).enumerate() {
        let places = out[place..].iter_mut().step_by(element);
        places.zip(plane).for_each(|(out, &byte)| *out = byte);
    }
}

/// Fill `out` from LZF; `None` where `bytes` are too few, too many or no LZF.
///
/// A byte below 32 is followed by so many literals and one more. The others
/// hold in 3 bits, or in these and a byte, how many bytes to take from before
/// (less 2), and in 13 bits how far back they are (less 1).
fn unpack_lzf(bytes: &[u8], out: &mut [u8]) -> Option<()> {
    let mut bytes = bytes.iter().map(|&byte| usize::from(byte));
    let mut at = 0;
    while let Some(control) = bytes.next() {
        if control < 32 {
            for _ in 0..=control {
                *out.get_mut(at)? = bytes.next()? as u8;
                at += 1;
            }
            continue;
        }
        let mut length = control >> 5;
        if length == 7 {
            length += bytes.next()?;
        }
        let back = ((control & 31) << 8) + bytes.next()? + 1;
        let from = at.checked_sub(back)?;
        for step in 0..length + 2 {
            *out.get_mut(at)? = *out.get(from + step)?;
            at += 1;
        }
    }
    (at == out.len()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lzf(bytes: &[u8], size: usize) -> Option<Vec<u8>> {
        let mut out = vec![0; size];
        unpack_lzf(bytes, &mut out).map(|()| out)
    }

    #[test]
    fn lzf_is_literals_and_repeats() {
        // "abc", then 6 bytes from 3 back, then 9 + 2 from 1 back.
        let packed = [2, b'a', b'b', b'c', 0x80, 2, 0xE0, 2, 0];
        assert_eq!(lzf(&packed, 20).unwrap(), b"abcabcabccccccccccccc"[..20]);
        assert_eq!(lzf(&packed, 19), None);
        assert_eq!(lzf(&packed, 21), None);
        assert_eq!(lzf(&packed[..8], 20), None);
        assert_eq!(lzf(&[0x20, 0], 3), None);
        assert_eq!(lzf(&[5, b'a'], 6), None);
    }

    #[test]
    fn planes_become_elements() {
        let mut out = [0; 6];
        unshuffle(&[1, 3, 5, 2, 4, 6], 2, &mut out);
        assert_eq!(out, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn what_a_filter_did_not_write_is_refused() {
        let mut decoder = Decoder::default();
        for filter in [
            Filter::Deflate,
            Filter::Lzf,
            Filter::Zstd,
            Filter::Shuffle,
            Filter::Fletcher32,
        ] {
            decoder.stored(3).copy_from_slice(&[0xff; 3]);
            assert!(decoder.undo(&[filter], 0, 8, 4).is_err(), "{filter:?}");
            decoder.stored(8).copy_from_slice(&[1, 2, 3, 4, 5, 6, 7, 8]);
            let unfiltered = decoder.undo(&[filter], 1, 8, 4).unwrap();
            assert_eq!(unfiltered, [1, 2, 3, 4, 5, 6, 7, 8]);
        }
        decoder.stored(3);
        assert!(decoder.undo(&[], 0, 8, 4).is_err());
    }

    #[test]
    fn checksums_are_looked_at() {
        let mut decoder = Decoder::default();
        let data = [0, 1, 0, 2];
        for sum in [[3, 0, 4, 0], [0, 3, 0, 4]] {
            let stored = decoder.stored(8);
            stored[..4].copy_from_slice(&data);
            stored[4..].copy_from_slice(&sum);
            // The checksum went through the second filter, too.
            let filters = [Filter::Fletcher32, Filter::Shuffle];
            let undone = decoder.undo(&filters, 0, 4, 1).unwrap();
            assert_eq!(undone, data);
        }
        decoder.stored(8).copy_from_slice(&[0, 1, 0, 2, 0, 0, 0, 0]);
        assert!(decoder.undo(&[Filter::Fletcher32], 0, 4, 1).is_err());
    }
}
