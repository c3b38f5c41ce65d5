//! Where HDF5 keeps the chunks of a dataset.
//!
//! This follows the HDF5 file format as far as h5py and hdf5r write it unless
//! told otherwise: object headers of version 1, data layouts of version 3,
//! chunks indexed by a B-tree of version 1. All else is
//! [`Error::Unsupported`], and so is what is not whole: each byte is looked at
//! within the file, and each chunk must be there exactly once.

use super::filters::Filter;
use super::File;
use crate::Error;

/// A chunk in the file, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub address: u64,
    pub size: usize,
    /// A bit for each filter that was not applied.
    pub mask: u32,
}

/// How the values of a dataset are laid out.
pub(crate) enum Layout {
    /// One after another from an address on.
    Contiguous(u64),
    /// In chunks, in the order of their places.
    Chunked(Vec<Chunk>),
}

/// The shape that a dataset is known to have.
pub(crate) struct Shape<'a> {
    pub dims: &'a [u64],
    /// Lengths of a chunk; empty for a contiguous dataset.
    pub chunk: &'a [u64],
    pub element: usize,
}

impl Shape<'_> {
    /// Numbers of chunks along each dimension.
    pub fn grid(&self) -> impl Iterator<Item = u64> + '_ {
        let lengths = self.dims.iter().zip(self.chunk);
        lengths.map(|(&dim, &chunk)| dim.div_ceil(chunk))
    }

    fn bytes(&self, lengths: &[u64]) -> Option<u64> {
        let n = lengths.iter().try_fold(1u64, |n, &by| n.checked_mul(by));
        n?.checked_mul(self.element as u64)
    }
}

const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
const UNDEFINED: u64 = u64::MAX;
/// More bytes of one structure than HDF5 writes.
const LIMIT: u64 = 1 << 20;

/// Read how the dataset whose object header is at `address` is laid out, and
/// the filters of its chunks.
pub(crate) fn layout(
    file: &File,
    address: u64,
    shape: &Shape,
) -> Result<(Layout, Vec<Filter>), Error> {
    check_superblock(file)?;
    let messages = messages(file, address)?;
    let layout = match &messages.layout {
        Some(message) => read_layout(file, Bytes(message), shape)?,
        None => return Error::unsupported("the object has no data layout"),
    };
    let filters = match &messages.filters {
        Some(message) => read_filters(Bytes(message))?,
        None => Vec::new(),
    };
    Ok((layout, filters))
}

fn read_layout(file: &File, mut message: Bytes, shape: &Shape) -> Result<Layout, Error> {
    if message.u8()? != 3 {
        return Error::unsupported("the data layout is not of version 3");
    }
    match message.u8()? {
        1 => {
            let (address, size) = (message.u64()?, message.u64()?);
            let fits = shape.chunk.is_empty()
                && shape.bytes(shape.dims) == Some(size)
                && file.holds(address, size);
            if !fits {
                return Error::unsupported("the values do not fit the shape");
            }
            Ok(Layout::Contiguous(address))
        }
        2 => {
            let rank = usize::from(message.u8()?);
            let tree = message.u64()?;
            let mut lengths = Vec::new();
            for _ in 0..rank {
                lengths.push(u64::from(message.u32()?));
            }
            let mut expected = shape.chunk.to_vec();
            expected.push(shape.element as u64);
            if lengths != expected {
                return Error::unsupported("the chunks are not those of the dataset");
            }
            chunks(file, tree, shape).map(Layout::Chunked)
        }
        _ => Error::unsupported("the data are neither contiguous nor chunked"),
    }
}

impl File {
    fn holds(&self, address: u64, size: u64) -> bool {
        address
            .checked_add(size)
            .is_some_and(|end| end <= self.len())
    }

    fn structure(&self, address: u64, size: u64) -> Result<Vec<u8>, Error> {
        if size > LIMIT || !self.holds(address, size) {
            return Error::unsupported("a structure is outside of the file");
        }
        let mut bytes = vec![0; size as usize];
        self.read(address, &mut bytes)?;
        Ok(bytes)
    }
}

/// Addresses count from the start of the file, and have 8 bytes, as lengths.
fn check_superblock(file: &File) -> Result<(), Error> {
    let head = file.structure(0, 64)?;
    let (sizes, base) = match head[8] {
        0 => (13, 24),
        1 => (13, 28),
        2 | 3 => (9, 12),
        _ => return Error::unsupported("the superblock is of a later version"),
    };
    let is_plain = head.starts_with(SIGNATURE)
        && head[sizes..sizes + 2] == [8, 8]
        && head[base..base + 8] == [0; 8];
    if !is_plain {
        return Error::unsupported("the superblock is not at the start of the file");
    }
    Ok(())
}

fn read_filters(mut message: Bytes) -> Result<Vec<Filter>, Error> {
    if message.u8()? != 1 {
        return Error::unsupported("the filters are not of version 1");
    }
    let n = message.u8()?;
    if u32::from(n) > u32::BITS {
        return Error::unsupported("there are more filters than a chunk has bits for");
    }
    message.take(6)?;
    let mut filters = Vec::new();
    for _ in 0..n {
        let id = message.u16()?;
        let name = usize::from(message.u16()?);
        message.take(2)?;
        let n_values = usize::from(message.u16()?);
        // Both are filled up to a multiple of 8 bytes.
        message.take(name.next_multiple_of(8) + 4 * n_values.next_multiple_of(2))?;
        match Filter::from_id(id) {
            Some(filter) => filters.push(filter),
            None => return Error::unsupported(format!("there is a filter {id}")),
        }
    }
    Ok(filters)
}

/// What an object header says of its data.
#[derive(Default)]
struct Messages {
    layout: Option<Vec<u8>>,
    filters: Option<Vec<u8>>,
}

fn messages(file: &File, address: u64) -> Result<Messages, Error> {
    const EXTERNAL_FILES: u16 = 7;
    const LAYOUT: u16 = 8;
    const FILTERS: u16 = 11;
    const CONTINUATION: u16 = 16;
    let head = file.structure(address, 16)?;
    let mut head = Bytes(&head);
    if head.u8()? != 1 {
        return Error::unsupported("the object header is not of version 1");
    }
    head.take(1)?;
    let mut n_messages = head.u16()?;
    head.take(4)?;
    let mut blocks = vec![(address + 16, u64::from(head.u32()?))];
    let mut found = Messages::default();
    let mut left = LIMIT;
    while let Some((address, size)) = blocks.pop() {
        // Headers that go in circles end here, too.
        left = match left.checked_sub(size) {
            Some(left) => left,
            None => return Error::unsupported("the object header is too long"),
        };
        let block = file.structure(address, size)?;
        let mut block = Bytes(&block);
        while n_messages > 0 && block.0.len() >= 8 {
            let kind = block.u16()?;
            let size = block.u16()?;
            let is_shared = block.u8()? & 2 != 0;
            block.take(3)?;
            let mut message = Bytes(block.take(usize::from(size))?);
            n_messages -= 1;
            let place = match kind {
                LAYOUT => &mut found.layout,
                FILTERS => &mut found.filters,
                EXTERNAL_FILES => return Error::unsupported("the data are elsewhere"),
                CONTINUATION => {
                    blocks.push((message.u64()?, message.u64()?));
                    continue;
                }
                _ => continue,
            };
            if is_shared || place.replace(message.0.to_vec()).is_some() {
                return Error::unsupported("the object header is unusual");
            }
        }
    }
    if n_messages > 0 {
        return Error::unsupported("the object header is not whole");
    }
    Ok(found)
}

/// All chunks of the dataset, in the order of their places.
fn chunks(file: &File, tree: u64, shape: &Shape) -> Result<Vec<Chunk>, Error> {
    let expected = shape.grid().try_fold(1u64, |n, by| n.checked_mul(by));
    // A stored chunk has a byte at least.
    let expected = match expected {
        Some(n) if n <= file.len() => n as usize,
        _ => return Error::unsupported("there are more chunks than bytes"),
    };
    let mut found = Found {
        file,
        shape,
        chunks: vec![None; expected],
        nodes_left: 2 * expected + 8,
    };
    if tree != UNDEFINED {
        found.add_node(tree, None)?;
    }
    let all: Option<Vec<Chunk>> = found.chunks.into_iter().collect();
    all.ok_or_else(|| Error::Unsupported("chunks are missing".into()))
}

struct Found<'a> {
    file: &'a File,
    shape: &'a Shape<'a>,
    chunks: Vec<Option<Chunk>>,
    /// Nodes that the tree may still have.
    nodes_left: usize,
}

impl Found<'_> {
    /// Take in the chunks below a node of a B-tree; `level` is the one that
    /// it must have.
    fn add_node(&mut self, address: u64, level: Option<u8>) -> Result<(), Error> {
        if self.nodes_left == 0 {
            return Error::unsupported("the index of chunks goes in circles");
        }
        self.nodes_left -= 1;
        let head = self.file.structure(address, 24)?;
        let mut head = Bytes(&head);
        let is_chunk_node = head.take(4)? == b"TREE" && head.u8()? == 1;
        let own_level = head.u8()?;
        if !is_chunk_node || level.is_some_and(|level| level != own_level) {
            return Error::unsupported("the index of chunks is damaged");
        }
        let n_entries = u64::from(head.u16()?);
        // Size, mask, a place a dimension and one in the element; then where.
        let entry = 8 + 8 * (self.shape.dims.len() as u64 + 1) + 8;
        let entries = self.file.structure(address + 24, n_entries * entry)?;
        let mut entries = Bytes(&entries);
        for _ in 0..n_entries {
            let size = entries.u32()? as usize;
            let mask = entries.u32()?;
            let mut place = Vec::new();
            for _ in self.shape.dims {
                place.push(entries.u64()?);
            }
            entries.take(8)?;
            let address = entries.u64()?;
            match own_level.checked_sub(1) {
                Some(below) => self.add_node(address, Some(below))?,
                None => self.add_chunk(
                    &place,
                    Chunk {
                        address,
                        size,
                        mask,
                    },
                )?,
            }
        }
        Ok(())
    }

    fn add_chunk(&mut self, place: &[u64], chunk: Chunk) -> Result<(), Error> {
        let mut at = 0;
        for ((&place, &length), n) in place.iter().zip(self.shape.chunk).zip(self.shape.grid()) {
            if place % length != 0 || place / length >= n {
                return Error::unsupported("a chunk is outside of its dataset");
            }
            at = at * n + place / length;
        }
        if !self.file.holds(chunk.address, chunk.size as u64) {
            return Error::unsupported("a chunk is outside of the file");
        }
        match self.chunks[at as usize].replace(chunk) {
            None => Ok(()),
            Some(_) => Error::unsupported("a chunk is there twice"),
        }
    }
}

/// Bytes still to be read, little-endian numbers.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], Error> {
        let Some((taken, rest)) = self.0.split_at_checked(n) else {
            return Error::unsupported("a structure ends too early");
        };
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        // `take` returns as many as it was asked for.
        Ok(self.take(N)?.try_into().unwrap_or([0; N]))
    }

    fn u8(&mut self) -> Result<u8, Error> {
        self.array().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn more_filters_than_a_mask_has_bits_for_are_not_known() {
        let pipeline = |n: u8| {
            let mut message = vec![1, n, 0, 0, 0, 0, 0, 0];
            let deflate = [1, 0, 0, 0, 0, 0, 0, 0];
            message.extend(deflate.repeat(n.into()));
            read_filters(Bytes(&message))
        };
        assert_eq!(pipeline(32).map(|filters| filters.len()), Ok(32));
        assert!(pipeline(33).is_err());
    }

    #[test]
    fn an_object_header_that_goes_in_circles_ends() {
        const BLOCK: u64 = LIMIT - 100;
        let mut bytes = vec![0; 16 + BLOCK as usize];
        bytes[0] = 1;
        bytes[2..4].fill(0xff);
        bytes[8..12].copy_from_slice(&(BLOCK as u32).to_le_bytes());
        // The only message that matters leads back to its own block.
        bytes[16] = 16;
        bytes[18] = 16;
        bytes[24..32].copy_from_slice(&16u64.to_le_bytes());
        bytes[32..40].copy_from_slice(&BLOCK.to_le_bytes());
        bytes[40] = 0;
        bytes[42..44].copy_from_slice(&u16::MAX.to_le_bytes());
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let file = File::open(file.path()).unwrap();
        let Err(Error::Unsupported(reason)) = messages(&file, 0) else {
            panic!("the header was taken");
        };
        assert!(reason.contains("too long"), "{reason}");
    }
}
