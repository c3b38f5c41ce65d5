//! Chunks in an array that grows: those of a dataset that may become longer
//! without end along one dimension.
//!
//! The first entries are in the index block itself; blocks of entries follow,
//! twice as many or twice as long from one level to the next. The first blocks
//! are listed in the index block, the others in a block of their level.

use super::Found;
use crate::hdf5::bytes::{Bytes, UNDEFINED};
use crate::hdf5::File;
use crate::Error;

/// Signature, version, client and the address of the header.
const PREFIX: u64 = 4 + 1 + 1 + 8;

pub(super) fn read(found: &mut Found, address: u64) -> Result<(), Error> {
    let grid = found.grid;
    let places = grid.places()?;
    let n = (0..places.len() as u64).map(|at| places.nth(at)).max();
    let n = n.map_or(0, |last| last.saturating_add(1));
    let array = Array::read(found, address)?;
    let entries = array.entries(n)?;
    for at in 0..places.len() {
        let first = places.nth(at as u64) as usize * array.entry as usize;
        let Some(bytes) = entries.get(first..first + array.entry as usize) else {
            return Error::damaged("The index of its chunks ends too early.");
        };
        let (address, size, mask) = grid.entry(&mut Bytes(bytes))?;
        found.add_at(at, address, size, mask)?;
    }
    Ok(())
}

struct Array<'a> {
    file: &'a File,
    /// Bytes of an entry.
    entry: u64,
    /// Bytes of the place of a block in the array.
    offset_bytes: u64,
    /// Levels of blocks.
    n_levels: u32,
    /// Entries in the index block, in the shortest block, and in a page.
    in_index: u64,
    shortest: u64,
    page: u64,
    /// Levels whose blocks are listed in the index block, and these blocks.
    direct_levels: u32,
    direct_blocks: u64,
    index: u64,
}

impl<'a> Array<'a> {
    fn read(found: &Found<'a>, address: u64) -> Result<Self, Error> {
        let grid = found.grid;
        let head = grid.file.checked(address, 4 + 8 + 6 * 8 + 8 + 4)?;
        let mut head = Bytes(&head);
        head.expect(b"EAHD")?;
        let (version, kind, entry) = (head.u8()?, head.u8()?, u64::from(head.u8()?));
        let most_bits = head.u8()?;
        let in_index = u64::from(head.u8()?);
        let shortest = u64::from(head.u8()?);
        let fewest_pointers = u64::from(head.u8()?);
        let page_bits = head.u8()?;
        let is_known = version == 0
            && kind == u8::from(grid.is_filtered)
            && entry == grid.entry_bytes() as u64
            && shortest.is_power_of_two()
            && fewest_pointers.is_power_of_two()
            && most_bits <= 64
            && u32::from(most_bits) >= shortest.ilog2()
            && page_bits <= 40;
        if !is_known {
            return Error::damaged("The index of its chunks is broken.");
        }
        head.take(6 * 8)?;
        Ok(Self {
            file: grid.file,
            entry,
            offset_bytes: u64::from(most_bits).div_ceil(8),
            n_levels: 1 + u32::from(most_bits) - shortest.ilog2(),
            in_index,
            shortest,
            page: 1 << page_bits,
            direct_levels: 2 * fewest_pointers.ilog2(),
            direct_blocks: 2 * (fewest_pointers - 1),
            index: head.u64()?,
        })
    }

    /// The first `n` entries, one after the other.
    fn entries(&self, n: u64) -> Result<Vec<u8>, Error> {
        let size = n
            .checked_mul(self.entry)
            .filter(|&size| size <= self.file.len());
        let Some(size) = size else {
            return Error::damaged("The index of its chunks is longer than the file.");
        };
        // Where nothing has been written, there is no address.
        let mut entries = vec![0xff; size as usize];
        if self.index == UNDEFINED {
            return Ok(entries);
        }
        let n_levels = u64::from(self.n_levels.saturating_sub(self.direct_levels));
        let head = PREFIX + self.in_index * self.entry;
        let whole = head + 8 * (self.direct_blocks + n_levels) + 4;
        let index = self.file.checked(self.index, whole)?;
        let mut index = Bytes(&index);
        index.expect(b"EAIB")?;
        index.take(PREFIX as usize - 4)?;
        let mut first = 0;
        let stored = index.take((self.in_index * self.entry) as usize)?;
        self.put(&mut entries, &mut first, stored);
        let mut direct = Bytes(index.take(8 * self.direct_blocks as usize)?);
        for level in 0..self.n_levels {
            if first >= n {
                break;
            }
            let n_blocks = 1u64 << (level / 2);
            let length = self.shortest << level.div_ceil(2);
            if level < self.direct_levels {
                for _ in 0..n_blocks {
                    let block = direct.u64()?;
                    self.block(block, length, None, &mut entries, &mut first)?;
                }
            } else {
                let block = index.u64()?;
                self.level(block, n_blocks, length, &mut entries, &mut first)?;
            }
        }
        Ok(entries)
    }

    /// Put entries to their place, as far as they are wanted.
    fn put(&self, entries: &mut [u8], first: &mut u64, stored: &[u8]) {
        let at = (*first).saturating_mul(self.entry);
        let out = entries.get_mut(at as usize..).unwrap_or_default();
        for (out, &byte) in out.iter_mut().zip(stored) {
            *out = byte;
        }
        *first += stored.len() as u64 / self.entry;
    }

    /// Blocks that are listed in one of their level.
    fn level(
        &self,
        address: u64,
        n_blocks: u64,
        length: u64,
        entries: &mut [u8],
        first: &mut u64,
    ) -> Result<(), Error> {
        if address == UNDEFINED {
            *first = first.saturating_add(n_blocks.saturating_mul(length));
            return Ok(());
        }
        let n_pages = if length > self.page {
            length / self.page
        } else {
            0
        };
        let bitmap = n_pages.div_ceil(8);
        let size = n_blocks
            .checked_mul(bitmap + 8)
            .and_then(|size| size.checked_add(PREFIX + self.offset_bytes + 4));
        let bytes = self.file.checked(address, size.unwrap_or(u64::MAX))?;
        let mut bytes = Bytes(&bytes);
        bytes.expect(b"EASB")?;
        bytes.take((PREFIX - 4 + self.offset_bytes) as usize)?;
        let mut bitmaps = Bytes(bytes.take((n_blocks * bitmap) as usize)?);
        for _ in 0..n_blocks {
            let written = bitmaps.take(bitmap as usize)?;
            self.block(bytes.u64()?, length, Some(written), entries, first)?;
        }
        Ok(())
    }

    /// One block; `written` has a bit for each of its pages.
    fn block(
        &self,
        address: u64,
        length: u64,
        written: Option<&[u8]>,
        entries: &mut [u8],
        first: &mut u64,
    ) -> Result<(), Error> {
        let begins_beyond = first.saturating_mul(self.entry) >= entries.len() as u64;
        if address == UNDEFINED || begins_beyond {
            *first = first.saturating_add(length);
            return Ok(());
        }
        let prefix = PREFIX + self.offset_bytes;
        if length <= self.page {
            let bytes = self
                .file
                .checked(address, prefix + length * self.entry + 4)?;
            Bytes(&bytes).expect(b"EADB")?;
            self.put(entries, first, &bytes[prefix as usize..]);
            return Ok(());
        }
        let bytes = self.file.checked(address, prefix + 4)?;
        Bytes(&bytes).expect(b"EADB")?;
        for page in 0..length / self.page {
            let bits = written.and_then(|written| written.get((page / 8) as usize));
            let is_written = bits.is_some_and(|bits| bits << (page % 8) & 0x80 != 0);
            if is_written && first.saturating_mul(self.entry) < entries.len() as u64 {
                let size = self.page * self.entry + 4;
                let bytes = self
                    .file
                    .checked(address + prefix + 4 + page * size, size)?;
                self.put(entries, first, &bytes);
            } else {
                *first = first.saturating_add(self.page);
            }
        }
        Ok(())
    }
}
