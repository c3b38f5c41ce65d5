//! Chunks in an array of fixed length: those of a dataset that cannot grow
//! beyond a known size.

use super::Found;
use crate::hdf5::bytes::{Bytes, UNDEFINED};
use crate::Error;

pub(super) fn read(found: &mut Found, address: u64) -> Result<(), Error> {
    let grid = found.grid;
    let head = grid.file.checked(address, 28)?;
    let mut head = Bytes(&head);
    head.expect(b"FAHD")?;
    let (version, kind, entry, page_bits) = (head.u8()?, head.u8()?, head.u8()?, head.u8()?);
    let n = head.u64()?;
    let block = head.u64()?;
    let entry = usize::from(entry);
    let is_known =
        version == 0 && kind == u8::from(grid.is_filtered) && entry == grid.entry_bytes();
    if !is_known || page_bits > 40 {
        return Error::damaged("The index of its chunks is broken.");
    }
    if block == UNDEFINED {
        return Ok(());
    }
    let places = grid.places()?;
    let entries = Entries::read(found, block, n, entry as u64, page_bits)?;
    for at in 0..places.len() {
        let Some(bytes) = entries.get(places.nth(at as u64)) else {
            return Error::damaged("The index of its chunks ends too early.");
        };
        if let Some(bytes) = bytes {
            let (address, size, mask) = grid.entry(&mut Bytes(bytes))?;
            found.add_at(at, address, size, mask)?;
        }
    }
    Ok(())
}

/// The entries of an array, page by page.
struct Entries {
    n: u64,
    entry: usize,
    per_page: u64,
    /// `None` where none of a page has been written.
    pages: Vec<Option<Vec<u8>>>,
}

impl Entries {
    fn read(found: &Found, block: u64, n: u64, entry: u64, page_bits: u8) -> Result<Self, Error> {
        let file = found.grid.file;
        const PREFIX: u64 = 4 + 1 + 1 + 8;
        let per_page = 1u64 << page_bits;
        let is_valid = n.checked_mul(entry).is_some_and(|size| size <= file.len());
        if !is_valid {
            return Error::damaged("The index of its chunks is longer than the file.");
        }
        let whole = |bytes: &[u8]| Bytes(bytes).expect(b"FADB");
        if n <= per_page {
            let bytes = file.checked(block, PREFIX + n * entry + 4)?;
            whole(&bytes)?;
            return Ok(Self {
                n,
                entry: entry as usize,
                per_page,
                pages: vec![Some(bytes[PREFIX as usize..].to_vec())],
            });
        }
        let n_pages = n.div_ceil(per_page);
        let prefix = PREFIX + n_pages.div_ceil(8) + 4;
        let bytes = file.checked(block, prefix)?;
        whole(&bytes)?;
        let is_written = |page: u64| {
            let bits = bytes[(PREFIX + page / 8) as usize];
            bits << (page % 8) & 0x80 != 0
        };
        let mut pages = Vec::new();
        for page in 0..n_pages {
            let here = per_page.min(n - page * per_page);
            let at = block + prefix + page * (per_page * entry + 4);
            pages.push(match is_written(page) {
                true => Some(file.checked(at, here * entry + 4)?),
                false => None,
            });
        }
        Ok(Self {
            n,
            entry: entry as usize,
            per_page,
            pages,
        })
    }

    /// An entry: `None` beyond the end, `Some(None)` of one not written.
    fn get(&self, at: u64) -> Option<Option<&[u8]>> {
        if at >= self.n {
            return None;
        }
        let page = self.pages.get((at / self.per_page) as usize)?;
        let first = (at % self.per_page) as usize * self.entry;
        Some(
            page.as_ref()
                .and_then(|page| page.get(first..first + self.entry)),
        )
    }
}
