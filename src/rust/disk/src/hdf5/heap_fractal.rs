//! Fractal heaps: where groups keep many links, and objects many attributes.

use super::bytes::{width, Bytes, UNDEFINED};
use super::{tree2, File};
use crate::Error;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

pub(super) struct FractalHeap<'a> {
    file: &'a File,
    /// Blocks of blocks that have been read, by their addresses.
    indirect: RefCell<HashMap<u64, Rc<Vec<u8>>>>,
    /// Entries in a row of blocks, bytes of a block of the first two rows and
    /// of the largest that holds objects.
    columns: u64,
    smallest: u64,
    largest: u64,
    offset_bytes: usize,
    length_bytes: usize,
    /// The outermost block, its rows (none where it holds objects itself).
    root: u64,
    rows: u64,
    /// Where objects are listed that have no place in a block.
    huge: u64,
    id_bytes: usize,
}

impl<'a> FractalHeap<'a> {
    pub fn open(file: &'a File, address: u64) -> Result<Self, Error> {
        let head = file.checked(address, 146)?;
        let mut head = Bytes(&head);
        head.expect(b"FRHP")?;
        head.take(1)?;
        let id_bytes = usize::from(head.u16()?);
        let filters = head.u16()?;
        head.take(1)?;
        let largest_object = u64::from(head.u32()?);
        head.take(8)?;
        let huge = head.u64()?;
        head.take(10 * 8)?;
        let columns = u64::from(head.u16()?);
        let smallest = head.u64()?;
        let largest = head.u64()?;
        let bits = head.u16()?;
        head.take(2)?;
        let root = head.u64()?;
        let rows = u64::from(head.u16()?);
        if filters != 0 {
            return Error::unsupported("it keeps names in a compressed heap");
        }
        let is_valid = columns.is_power_of_two()
            && smallest.is_power_of_two()
            && largest.is_power_of_two()
            && smallest <= largest
            && largest <= 1 << 32
            && bits <= 64
            && rows <= 64;
        if !is_valid {
            return Error::damaged("One of its heaps is broken.");
        }
        let block_bytes = (largest.ilog2() as usize).div_ceil(8);
        Ok(Self {
            file,
            indirect: RefCell::default(),
            columns,
            smallest,
            largest,
            offset_bytes: usize::from(bits).div_ceil(8),
            length_bytes: block_bytes.min(width(largest_object)),
            root,
            rows,
            huge,
            id_bytes,
        })
    }

    /// An object by its identifier.
    pub fn object(&self, id: &[u8]) -> Result<Vec<u8>, Error> {
        let mut id = Bytes(id);
        let head = id.u8()?;
        match head >> 4 & 3 {
            0 => {
                let offset = id.number(self.offset_bytes)?;
                let length = id.number(self.length_bytes)?;
                self.managed(offset, length)
            }
            1 => self.huge(&mut id),
            2 if self.id_bytes <= 17 => Ok(id.take(usize::from(head & 15) + 1)?.to_vec()),
            2 => {
                let length = usize::from(head & 15) << 8 | usize::from(id.u8()?);
                Ok(id.take(length + 1)?.to_vec())
            }
            _ => Error::damaged("An object in one of its heaps is of an unknown kind."),
        }
    }

    fn huge(&self, id: &mut Bytes) -> Result<Vec<u8>, Error> {
        if self.id_bytes > 16 {
            // The identifier itself says where.
            let (address, length) = (id.u64()?, id.u64()?);
            return self.file.structure(address, length);
        }
        let wanted = id.number(id.0.len().min(8))?;
        let mut place = None;
        tree2::records(self.file, self.huge, |record| {
            let mut record = Bytes(record);
            let (address, length, number) = (record.u64()?, record.u64()?, record.u64()?);
            if number == wanted {
                place = Some((address, length));
            }
            Ok(())
        })?;
        match place {
            Some((address, length)) => self.file.structure(address, length),
            None => Error::damaged("An object is missing from one of its heaps."),
        }
    }

    /// Bytes of the blocks of a row.
    fn block_size(&self, row: u64) -> u64 {
        self.smallest << row.saturating_sub(1).min(62)
    }

    /// The row and column of the block that holds a byte, and where the block
    /// starts; all from the start of the block of these rows.
    fn find(&self, offset: u64) -> (u64, u64, u64) {
        let first_row = self.smallest.saturating_mul(self.columns);
        if offset < first_row {
            let column = offset / self.smallest;
            return (0, column, column * self.smallest);
        }
        let row = u64::from((offset / first_row).ilog2()) + 1;
        let start = first_row << (row - 1);
        let size = self.block_size(row);
        let column = (offset - start) / size;
        (row, column, start + column * size)
    }

    /// A block of blocks, of so many bytes with its checksum.
    fn indirect(&self, address: u64, size: u64) -> Result<Rc<Vec<u8>>, Error> {
        let mut read = self.indirect.borrow_mut();
        if let Some(bytes) = read.get(&address) {
            return Ok(bytes.clone());
        }
        let bytes = Rc::new(self.file.checked(address, size)?);
        Bytes(&bytes).expect(b"FHIB")?;
        read.insert(address, bytes.clone());
        Ok(bytes)
    }

    fn managed(&self, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
        let outside = || Error::damaged("An object lies outside the heap that it should be in.");
        let (mut address, mut rows, mut within) = (self.root, self.rows, offset);
        let mut size = self.smallest;
        // A block of blocks is smaller than the one that it is in.
        while rows > 0 {
            let (row, column, start) = self.find(within);
            if row >= rows || address == UNDEFINED {
                return outside();
            }
            let direct_rows = u64::from(self.largest.ilog2() - self.smallest.ilog2()) + 2;
            let prefix = 4 + 1 + 8 + self.offset_bytes as u64;
            let bytes = self.indirect(address, prefix + rows * self.columns * 8 + 4)?;
            let at = (prefix + (row * self.columns + column) * 8) as usize;
            address = Bytes(bytes.get(at..).unwrap_or_default()).u64()?;
            within -= start;
            size = self.block_size(row);
            if row < direct_rows {
                break;
            }
            let inner = size / self.smallest.saturating_mul(self.columns).max(1);
            let inner_rows = u64::from(inner.max(1).ilog2()) + 1;
            if inner_rows >= rows {
                return outside();
            }
            rows = inner_rows;
        }
        if self.rows == 0 {
            // The only block is as large as what is in it.
            size = self.largest;
        }
        let end = within.checked_add(length);
        if address == UNDEFINED || end.is_none_or(|end| end > size) {
            return outside();
        }
        Bytes(&self.file.structure(address, 4)?).expect(b"FHDB")?;
        match address.checked_add(within) {
            Some(address) => self.file.structure(address, length),
            None => outside(),
        }
    }
}
