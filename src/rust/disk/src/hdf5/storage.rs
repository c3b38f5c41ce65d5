//! The bytes of a dataset, chunk by chunk from any thread.

use super::bytes::{Bytes, UNDEFINED};
use super::chunks::{Chunk, Grid};
use super::dataspace::{product, Dataspace};
use super::filters::{Decoder, Filter};
use super::header::{kind, Header};
use super::layout::{Chunked, Layout};
use super::{pipeline, File};
use crate::zstd::most_bytes;
use crate::Error;
use wilcoxide_control::Control;

/// Where the values of a dataset are, as chunks, whatever it is stored in.
pub(crate) struct Storage<'a> {
    file: &'a File,
    dims: Vec<u64>,
    /// Lengths of a chunk, and bytes of a value.
    chunk: Vec<u64>,
    element: usize,
    filters: Vec<Filter>,
    chunks: Chunks,
    /// A value that nobody has written, `None` where that is all zeros.
    fill: Option<Vec<u8>>,
    /// Whether chunks that go beyond the values have gone through no filter.
    has_plain_edges: bool,
}

enum Chunks {
    /// In the header.
    Compact(Vec<u8>),
    /// One after the other; the last one ends with the values.
    Contiguous(u64),
    /// Anywhere, `None` where nobody has written one.
    Stored(Vec<Option<Chunk>>),
    /// Nobody has written any.
    None,
}

/// Bytes of the pieces that contiguous values are read in.
const PIECE: u64 = 1 << 20;
/// More bytes than a chunk may have in HDF5.
const LARGEST_CHUNK: u64 = 1 << 32;

impl<'a> Storage<'a> {
    pub(super) fn open(
        file: &'a File,
        header: &Header,
        space: &Dataspace,
        element: usize,
    ) -> Result<Self, Error> {
        if header.has(kind::EXTERNAL_FILES) {
            return Error::unsupported("its values are in other files");
        }
        // A scalar is one value of one dimension.
        let (dims, max) = match space {
            Dataspace::Scalar => (vec![1], vec![1]),
            Dataspace::Null => (vec![0], vec![0]),
            Dataspace::Simple { dims, max } => (dims.clone(), max.clone()),
        };
        let size = product(&dims).and_then(|n| n.checked_mul(element as u64));
        let layout = match header.find(file, kind::LAYOUT)? {
            Some(message) => Layout::parse(Bytes(&message))?,
            None => return Error::damaged("It does not say where its values are."),
        };
        let filters = match header.find(file, kind::FILTERS)? {
            Some(message) => pipeline::parse(Bytes(&message))?,
            None => Vec::new(),
        };
        let mut storage = Self {
            file,
            chunk: pieces(&dims, element as u64),
            dims,
            element,
            filters,
            chunks: Chunks::None,
            fill: fill_value(file, header, element)?,
            has_plain_edges: false,
        };
        let size = size.unwrap_or(u64::MAX);
        let unfit = || Error::damaged("Its values do not fit its shape.");
        match layout {
            Layout::Compact(bytes) if bytes.len() as u64 == size => {
                storage.chunks = Chunks::Compact(bytes);
            }
            Layout::Compact(_) => return unfit(),
            Layout::Contiguous { address, .. } if address == UNDEFINED || size == 0 => {
                file.check_size(size, 0)?;
            }
            Layout::Contiguous { address, size: own } => {
                if own < size || !file.holds(address, size) {
                    return unfit();
                }
                storage.chunks = Chunks::Contiguous(address);
            }
            Layout::Chunked(layout) => storage.find_chunks(&layout, &max)?,
        }
        Ok(storage)
    }

    fn find_chunks(&mut self, layout: &Chunked, max: &[u64]) -> Result<(), Error> {
        let bytes = product(&layout.lengths).filter(|&bytes| bytes < LARGEST_CHUNK);
        let fits = layout.lengths.len() == self.dims.len() + 1
            && layout.lengths.last() == Some(&(self.element as u64))
            && bytes.is_some_and(|bytes| bytes > 0);
        let (true, Some(chunk_bytes)) = (fits, bytes) else {
            return Error::damaged("Its chunks do not fit its shape.");
        };
        let grid = Grid {
            file: self.file,
            layout,
            dims: &self.dims,
            max,
            chunk_bytes,
            is_filtered: !self.filters.is_empty(),
        };
        let chunks = grid.chunks()?;
        let stored = match self.filters.is_empty() {
            true => 0,
            false => chunks.iter().flatten().map(|chunk| chunk.size as u64).sum(),
        };
        let all = product(&self.dims).and_then(|n| n.checked_mul(self.element as u64));
        // Those at the edges go beyond the values.
        let whole = chunk_bytes.saturating_mul(chunks.len() as u64);
        let most = all.unwrap_or(u64::MAX).max(whole).max(chunk_bytes);
        if let Err(error) = self.file.check_size(most, stored) {
            // A few bytes of zstd may be all there is of many that are equal.
            if self.filters.last() != Some(&Filter::Zstd) || !self.unpacks_to(most, &chunks)? {
                return Err(error);
            }
        }
        self.chunk = layout.lengths[..self.dims.len()].to_vec();
        self.chunks = Chunks::Stored(chunks);
        self.has_plain_edges = layout.has_plain_edges;
        Ok(())
    }

    /// Whether chunks of zstd have so many bytes, by what is stored of them.
    fn unpacks_to(&self, size: u64, chunks: &[Option<Chunk>]) -> Result<bool, Error> {
        let mut left = size;
        let mut bytes = Vec::new();
        for chunk in chunks.iter().flatten().filter(|chunk| chunk.mask == 0) {
            bytes.resize(chunk.size, 0);
            self.file.read(chunk.address, &mut bytes)?;
            left = left.saturating_sub(most_bytes(&bytes).unwrap_or(0));
        }
        Ok(left == 0)
    }

    /// Lengths of the dataset; a scalar has one of 1.
    pub fn dims(&self) -> &[u64] {
        &self.dims
    }

    /// Lengths of the chunks it is read in.
    pub fn chunk(&self) -> &[u64] {
        &self.chunk
    }

    /// Number of chunks along a dimension.
    pub fn n_chunks(&self, axis: usize) -> u64 {
        self.dims[axis].div_ceil(self.chunk[axis])
    }

    /// The bytes of a chunk, without its filters.
    pub fn decode<'d>(&self, chunk: u64, decoder: &'d mut Decoder) -> Result<&'d [u8], Error> {
        let whole = self.chunk.iter().product::<u64>() as usize * self.element;
        let piece = |decoder: &mut Decoder| -> Result<(u64, usize), Error> {
            // Chunks of these are whole rows.
            let first = chunk * self.chunk[0];
            let row = self.dims[1..].iter().product::<u64>() * self.element as u64;
            let size = self.chunk[0].min(self.dims[0] - first) * row;
            decoder.stored(size as usize);
            Ok((first * row, size as usize))
        };
        match &self.chunks {
            Chunks::Compact(bytes) => {
                let (from, size) = piece(decoder)?;
                let from = from as usize;
                decoder
                    .stored(size)
                    .copy_from_slice(&bytes[from..from + size]);
                Ok(decoder.bytes())
            }
            Chunks::Contiguous(address) => {
                let (from, size) = piece(decoder)?;
                self.file.read(address + from, decoder.stored(size))?;
                Ok(decoder.bytes())
            }
            Chunks::None => self.unwritten(whole, decoder),
            Chunks::Stored(chunks) => match chunks[chunk as usize] {
                None => self.unwritten(whole, decoder),
                Some(stored) => {
                    self.file
                        .read(stored.address, decoder.stored(stored.size))?;
                    let mask = match self.has_plain_edges && self.is_edge(chunk) {
                        true => u32::MAX,
                        false => stored.mask,
                    };
                    decoder.undo(&self.filters, mask, whole, self.element)
                }
            },
        }
    }

    fn unwritten<'d>(&self, whole: usize, decoder: &'d mut Decoder) -> Result<&'d [u8], Error> {
        let bytes = decoder.stored(whole);
        match &self.fill {
            Some(fill) => bytes
                .chunks_exact_mut(self.element)
                .for_each(|value| value.copy_from_slice(fill)),
            None => bytes.fill(0),
        }
        Ok(decoder.bytes())
    }

    /// All values.
    pub fn all(&self, control: &Control) -> Result<Vec<u8>, Error> {
        let counts: Vec<u64> = (0..self.dims.len())
            .map(|axis| self.n_chunks(axis))
            .collect();
        let n_chunks = product(&counts).unwrap_or(0);
        let size = product(&self.dims).unwrap_or(0) as usize * self.element;
        let mut out = vec![0; size];
        control.expect(n_chunks);
        let mut decoder = Decoder::default();
        for chunk in 0..n_chunks {
            control.checkpoint(1)?;
            let bytes = self.decode(chunk, &mut decoder)?;
            self.place(chunk, &counts, bytes, &mut out);
        }
        Ok(out)
    }

    /// Put the rows of a chunk to their places among all values.
    fn place(&self, mut chunk: u64, counts: &[u64], bytes: &[u8], out: &mut [u8]) {
        let rank = self.dims.len();
        let mut first = vec![0; rank];
        for axis in (0..rank).rev() {
            first[axis] = chunk % counts[axis] * self.chunk[axis];
            chunk /= counts[axis];
        }
        let last = rank - 1;
        let length = self.chunk[last].min(self.dims[last] - first[last]) as usize * self.element;
        let row = self.chunk[last] as usize * self.element;
        for (number, line) in bytes.chunks(row).enumerate() {
            let mut rest = number as u64;
            let (mut at, mut stride, mut is_inside) = (first[last], self.dims[last], true);
            for axis in (0..last).rev() {
                let place = first[axis] + rest % self.chunk[axis];
                rest /= self.chunk[axis];
                is_inside &= place < self.dims[axis];
                at += place * stride;
                stride *= self.dims[axis];
            }
            if is_inside {
                let at = at as usize * self.element;
                out[at..at + length].copy_from_slice(&line[..length]);
            }
        }
    }

    /// Does a chunk go beyond the values?
    fn is_edge(&self, mut chunk: u64) -> bool {
        (0..self.dims.len()).rev().any(|axis| {
            let n = self.n_chunks(axis);
            let at = chunk % n;
            chunk /= n;
            (at + 1) * self.chunk[axis] > self.dims[axis]
        })
    }
}

/// Contiguous values as if they were in chunks, of whole rows.
fn pieces(dims: &[u64], element: u64) -> Vec<u64> {
    let row = dims[1..].iter().map(|&dim| dim.max(1));
    // What is beyond 64 bits is refused later.
    let row = row.fold(element, u64::saturating_mul);
    let mut chunk: Vec<u64> = dims.iter().map(|&dim| dim.max(1)).collect();
    chunk[0] = (PIECE / row.max(1)).clamp(1, chunk[0]);
    chunk
}

/// What stands for values that nobody has written: zeros unless said otherwise.
fn fill_value(file: &File, header: &Header, element: usize) -> Result<Option<Vec<u8>>, Error> {
    let stated = if let Some(message) = header.find(file, kind::FILL_VALUE)? {
        let mut message = Bytes(&message);
        let version = message.u8()?;
        let is_defined = match version {
            1 | 2 => {
                message.take(2)?;
                message.u8()? != 0
            }
            _ => message.u8()? & 0x20 != 0,
        };
        if !is_defined {
            return Ok(None);
        }
        let size = message.u32()? as usize;
        message.take(size)?.to_vec()
    } else if let Some(message) = header.find(file, kind::OLD_FILL_VALUE)? {
        let mut message = Bytes(&message);
        let size = message.u32()? as usize;
        message.take(size)?.to_vec()
    } else {
        return Ok(None);
    };
    match stated.len() {
        0 => Ok(None),
        n if n == element => Ok(Some(stated)),
        _ => Error::damaged("Its fill value is of another type."),
    }
}
