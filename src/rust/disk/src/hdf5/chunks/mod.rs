//! Where HDF5 keeps the chunks of a dataset.

mod extensible_array;
mod fixed_array;
mod tree1;

use super::bytes::{Bytes, UNDEFINED};
use super::dataspace::product;
use super::layout::{Chunked, Index};
use super::{tree2, File};
use crate::Error;

/// A chunk in the file, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub address: u64,
    pub size: usize,
    /// A bit for each filter that was not applied.
    pub mask: u32,
}

/// The chunks of a dataset.
pub(super) struct Grid<'a> {
    pub file: &'a File,
    pub layout: &'a Chunked,
    /// Lengths of the dataset, and what they may become.
    pub dims: &'a [u64],
    pub max: &'a [u64],
    /// Bytes of a chunk before its filters.
    pub chunk_bytes: u64,
    pub is_filtered: bool,
}

impl Grid<'_> {
    /// Lengths of a chunk.
    fn lengths(&self) -> &[u64] {
        &self.layout.lengths[..self.dims.len()]
    }

    fn counts(&self, dims: &[u64]) -> Vec<u64> {
        let lengths = dims.iter().zip(self.lengths());
        lengths
            .map(|(&dim, &length)| dim.div_ceil(length))
            .collect()
    }

    /// All chunks in the order of their places, `None` for those that nobody
    /// has written.
    pub fn chunks(&self) -> Result<Vec<Option<Chunk>>, Error> {
        let counts = self.counts(self.dims);
        // A stored chunk has a byte at least.
        let n = match product(&counts) {
            Some(n) if n <= self.file.len() => n as usize,
            _ => return Error::damaged("It claims more chunks than the file has bytes."),
        };
        let mut found = Found {
            grid: self,
            counts,
            chunks: vec![None; n],
            left: self.file.len(),
        };
        let address = self.layout.address;
        if address == UNDEFINED || n == 0 {
            return Ok(found.chunks);
        }
        match self.layout.index {
            Index::Tree1 => tree1::read(&mut found, address)?,
            Index::Tree2 => self.read_tree2(&mut found)?,
            Index::Single(filtered) => {
                let (size, mask) = filtered.unwrap_or((self.chunk_bytes, 0));
                found.add_at(0, address, size, mask)?;
            }
            Index::Implicit => {
                let places = self.places()?;
                for at in 0..places.len() {
                    let offset = places.nth(at as u64).checked_mul(self.chunk_bytes);
                    let address = offset.and_then(|offset| address.checked_add(offset));
                    let address = address.unwrap_or(UNDEFINED - 1);
                    found.add_at(at, address, self.chunk_bytes, 0)?;
                }
            }
            Index::FixedArray => fixed_array::read(&mut found, address)?,
            Index::ExtensibleArray => extensible_array::read(&mut found, address)?,
        }
        Ok(found.chunks)
    }

    /// Bytes of the size of a filtered chunk.
    fn size_bytes(&self) -> usize {
        let computed = 1 + (self.chunk_bytes.max(1).ilog2() as usize + 8) / 8;
        self.layout.size_bytes.unwrap_or(computed.min(8))
    }

    /// Bytes of a chunk in an index that has its place by itself.
    fn entry_bytes(&self) -> usize {
        match self.is_filtered {
            true => 8 + self.size_bytes() + 4,
            false => 8,
        }
    }

    /// Read a chunk in such an index: its address, size and mask.
    fn entry(&self, bytes: &mut Bytes) -> Result<(u64, u64, u32), Error> {
        let address = bytes.u64()?;
        match self.is_filtered {
            true => Ok((address, bytes.number(self.size_bytes())?, bytes.u32()?)),
            false => Ok((address, self.chunk_bytes, 0)),
        }
    }

    fn read_tree2(&self, found: &mut Found) -> Result<(), Error> {
        let rank = self.dims.len();
        tree2::records(self.file, self.layout.address, |record| {
            let mut record = Bytes(record);
            let (address, size, mask) = self.entry(&mut record)?;
            let mut place = Vec::with_capacity(rank);
            for _ in 0..rank {
                place.push(record.u64()?);
            }
            found.add(&place, address, size, mask)
        })
    }

    /// Which number an array gives to each chunk.
    fn places(&self) -> Result<Places, Error> {
        let mut most = self.counts(self.max);
        let mut order: Vec<usize> = (0..most.len()).collect();
        if self.layout.index == Index::ExtensibleArray {
            // What has no end comes first.
            let endless = self.max.iter().position(|&max| max == u64::MAX);
            let Some(endless) = endless else {
                return Error::damaged("Its chunks are indexed as if it could grow.");
            };
            order.remove(endless);
            order.insert(0, endless);
            most[endless] = 1;
        }
        let mut strides = vec![1u64; most.len()];
        let mut stride = 1u64;
        for &axis in order.iter().rev() {
            strides[axis] = stride;
            stride = match stride.checked_mul(most[axis]) {
                Some(stride) => stride,
                None => return Error::damaged("It may grow beyond 64 bits."),
            };
        }
        let counts = self.counts(self.dims);
        let n = product(&counts).unwrap_or(0) as usize;
        Ok(Places { counts, strides, n })
    }
}

/// The numbers that an array of chunks gives to those that a dataset has now.
struct Places {
    counts: Vec<u64>,
    strides: Vec<u64>,
    n: usize,
}

impl Places {
    fn len(&self) -> usize {
        self.n
    }

    /// Of the chunk at a place in the order of the dataset.
    fn nth(&self, mut at: u64) -> u64 {
        let mut number = 0u64;
        for (&count, &stride) in self.counts.iter().zip(&self.strides).rev() {
            let part = (at % count).saturating_mul(stride);
            number = number.saturating_add(part);
            at /= count;
        }
        number
    }
}

/// The chunks that an index has been found to have.
struct Found<'a> {
    grid: &'a Grid<'a>,
    /// Numbers of chunks along each dimension.
    counts: Vec<u64>,
    chunks: Vec<Option<Chunk>>,
    /// Bytes that chunks may still have: no two are in the same place.
    left: u64,
}

impl Found<'_> {
    /// Add a chunk by its place along each dimension.
    fn add(&mut self, place: &[u64], address: u64, size: u64, mask: u32) -> Result<(), Error> {
        let mut at = 0;
        for (&place, &n) in place.iter().zip(&self.counts) {
            if place >= n {
                return Error::damaged("One of its chunks lies outside its shape.");
            }
            at = at * n + place;
        }
        self.add_at(at as usize, address, size, mask)
    }

    /// Add the chunk at a place among all.
    fn add_at(&mut self, at: usize, address: u64, size: u64, mask: u32) -> Result<(), Error> {
        if address == UNDEFINED {
            return Ok(());
        }
        let file = self.grid.file;
        if !file.holds(address, size) {
            return Error::damaged("One of its chunks lies outside the file.");
        }
        match self.left.checked_sub(size) {
            Some(left) => self.left = left,
            None => return Error::damaged("Its chunks claim more bytes than the file has."),
        }
        let chunk = Chunk {
            address,
            size: size as usize,
            mask,
        };
        match self.chunks.get_mut(at).map(|place| place.replace(chunk)) {
            Some(None) => Ok(()),
            _ => Error::damaged("One of its chunks is there twice."),
        }
    }
}
