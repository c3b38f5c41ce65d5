//! Undoing the filters of HDF5 that numbers are usually stored with.

use super::number::ByteOrder;
use crate::Error;
use libdeflater::Decompressor;

/// A filter of a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    Deflate,
    Shuffle,
    Lzf,
}

impl Filter {
    /// By its number in HDF5; `None` for others.
    pub fn from_id(id: u16) -> Option<Self> {
        match id {
            1 => Some(Self::Deflate),
            2 => Some(Self::Shuffle),
            32000 => Some(Self::Lzf),
            _ => None,
        }
    }
}

/// Undoes filters; its memory is used again and again.
pub(crate) struct Decoder {
    deflate: Decompressor,
    /// The bytes so far, and where the next filter puts its own.
    bytes: Vec<u8>,
    next: Vec<u8>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            deflate: Decompressor::new(),
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

    /// Undo `filters`, last first, but for those that `mask` has a bit for:
    /// they were not applied to this chunk. What comes out has to have `size`
    /// bytes, in elements of `element`, and is made little-endian.
    pub fn undo(
        &mut self,
        filters: &[Filter],
        mask: u32,
        size: usize,
        element: usize,
        order: ByteOrder,
    ) -> Result<&[u8], Error> {
        for (at, filter) in filters.iter().enumerate().rev() {
            if mask >> at & 1 == 1 {
                continue;
            }
            self.next.resize(size, 0);
            let is_undone = match filter {
                Filter::Deflate => {
                    let outcome = self.deflate.zlib_decompress(&self.bytes, &mut self.next);
                    outcome == Ok(size)
                }
                Filter::Lzf => unpack_lzf(&self.bytes, &mut self.next) == Some(()),
                Filter::Shuffle => {
                    let fits = self.bytes.len() == size && size % element == 0;
                    if fits {
                        unshuffle(&self.bytes, element, &mut self.next);
                    }
                    fits
                }
            };
            if !is_undone {
                return Error::unsupported(format!("a chunk is no output of {filter:?}"));
            }
            std::mem::swap(&mut self.bytes, &mut self.next);
        }
        if self.bytes.len() != size {
            return Error::unsupported("a chunk has another size than its dataset says");
        }
        order.undo(&mut self.bytes, element);
        Ok(&self.bytes)
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
        for filter in [Filter::Deflate, Filter::Lzf, Filter::Shuffle] {
            decoder.stored(3).copy_from_slice(&[0xff; 3]);
            assert!(
                decoder.undo(&[filter], 0, 8, 4, ByteOrder::Little).is_err(),
                "{filter:?}"
            );
            decoder.stored(8).copy_from_slice(&[1, 2, 3, 4, 5, 6, 7, 8]);
            let unfiltered = decoder.undo(&[filter], 1, 8, 4, ByteOrder::Little).unwrap();
            assert_eq!(unfiltered, [1, 2, 3, 4, 5, 6, 7, 8]);
        }
        decoder.stored(3);
        assert!(decoder.undo(&[], 0, 8, 4, ByteOrder::Little).is_err());
    }
}
