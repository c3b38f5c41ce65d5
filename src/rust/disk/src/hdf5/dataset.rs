//! Datasets of numbers, read chunk by chunk from any thread.

use super::filters::{Decoder, Filter};
use super::index::{layout, Chunk, Layout, Shape};
use super::number::{ByteOrder, Number, Target};
use super::File;
use crate::Error;
use std::ops::Range;

/// What HDF5 tells of a dataset.
#[derive(Debug, Clone)]
pub struct DatasetInfo {
    /// Address of the object header.
    pub address: u64,
    pub dims: Vec<u64>,
    /// Lengths of a chunk; empty where the values are contiguous.
    pub chunk: Vec<u64>,
    pub number: Number,
    pub order: ByteOrder,
}

/// A dataset of one or two dimensions.
pub struct Dataset<'a> {
    file: &'a File,
    dims: Vec<u64>,
    chunk: Vec<u64>,
    number: Number,
    order: ByteOrder,
    filters: Vec<Filter>,
    chunks: Vec<Chunk>,
    /// Whether the last chunks end with the values, not after them.
    is_cut: bool,
}

/// Bytes of the pieces that contiguous values are read in.
const PIECE: u64 = 1 << 20;
/// More bytes than a chunk may have in HDF5.
const LARGEST_CHUNK: u64 = 1 << 32;

impl<'a> Dataset<'a> {
    /// Find the chunks of a dataset.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for what this reader does not know, and where
    /// the file and `info` do not agree.
    pub fn open(file: &'a File, info: &DatasetInfo) -> Result<Self, Error> {
        let element = info.number.size();
        let shape = Shape {
            dims: &info.dims,
            chunk: &info.chunk,
            element,
        };
        let is_valid = matches!(info.dims.len(), 1 | 2)
            && (info.chunk.is_empty() || info.chunk.len() == info.dims.len())
            && info.dims.iter().chain(&info.chunk).all(|&n| n > 0)
            && info
                .chunk
                .iter()
                .try_fold(element as u64, |n, &by| n.checked_mul(by))
                .is_some_and(|bytes| bytes < LARGEST_CHUNK);
        if !is_valid {
            return Error::unsupported("the dataset has an unusual shape");
        }
        let (layout, filters) = layout(file, info.address, &shape)?;
        let (chunk, chunks, is_cut) = match layout {
            Layout::Chunked(chunks) => (info.chunk.clone(), chunks, false),
            Layout::Contiguous(address) => {
                let (chunk, chunks) = pieces(address, &info.dims, element as u64);
                (chunk, chunks, true)
            }
        };
        Ok(Self {
            file,
            dims: info.dims.clone(),
            chunk,
            number: info.number,
            order: info.order,
            filters,
            chunks,
            is_cut,
        })
    }

    /// How its numbers are stored.
    pub fn number(&self) -> Number {
        self.number
    }

    /// Lengths of the dataset.
    pub fn dims(&self) -> &[u64] {
        &self.dims
    }

    /// Lengths of the chunks it is read in.
    pub fn chunk(&self) -> &[u64] {
        &self.chunk
    }

    /// Chunks that hold some of the values of a dataset of one dimension,
    /// each with the values that it holds.
    pub fn pieces(&self, values: Range<u64>) -> impl Iterator<Item = Range<u64>> + '_ {
        let length = self.chunk[0];
        let chunks = values.start / length..values.end.div_ceil(length);
        chunks.map(move |chunk| {
            (chunk * length).max(values.start)..((chunk + 1) * length).min(values.end)
        })
    }

    /// Read values of a dataset of one dimension.
    pub(crate) fn read<T: Target>(
        &self,
        values: Range<u64>,
        decoder: &mut Decoder,
        mut out: &mut [T],
    ) -> Result<(), Error> {
        for piece in self.pieces(values) {
            let chunk = piece.start / self.chunk[0];
            let bytes = self.decode(chunk, decoder)?;
            let skipped = (piece.start - chunk * self.chunk[0]) as usize * self.number.size();
            let (now, later) = out.split_at_mut((piece.end - piece.start) as usize);
            T::decode(self.number, &bytes[skipped..], now);
            out = later;
        }
        Ok(())
    }

    /// Read a rectangle of a dataset of two dimensions whose sides are those
    /// of chunks, row by row.
    pub(crate) fn read_tile(
        &self,
        rows: Range<u64>,
        columns: Range<u64>,
        decoder: &mut Decoder,
        out: &mut [f64],
    ) -> Result<(), Error> {
        let (height, width) = (self.chunk[0], self.chunk[1]);
        let a_row = self.dims[1].div_ceil(width);
        let out_width = (columns.end - columns.start) as usize;
        for i in rows.start / height..rows.end.div_ceil(height) {
            for j in columns.start / width..columns.end.div_ceil(width) {
                let bytes = self.decode(i * a_row + j, decoder)?;
                let lines = bytes.chunks_exact(width as usize * self.number.size());
                let from = (j * width - columns.start) as usize;
                let to = (((j + 1) * width).min(columns.end) - columns.start) as usize;
                let first = (i * height - rows.start) as usize;
                let out_lines = out.chunks_exact_mut(out_width).skip(first);
                for (line, out) in lines.zip(out_lines) {
                    f64::decode(self.number, line, &mut out[from..to]);
                }
            }
        }
        Ok(())
    }

    /// The bytes of a chunk, without its filters.
    fn decode<'d>(&self, chunk: u64, decoder: &'d mut Decoder) -> Result<&'d [u8], Error> {
        let Chunk {
            address,
            size,
            mask,
        } = self.chunks[chunk as usize];
        self.file.read(address, decoder.stored(size))?;
        let whole = self.chunk.iter().product::<u64>() as usize * self.number.size();
        let expected = if self.is_cut { size } else { whole };
        decoder.undo(
            &self.filters,
            mask,
            expected,
            self.number.size(),
            self.order,
        )
    }
}

/// Contiguous values as if they were in chunks, of whole rows.
fn pieces(address: u64, dims: &[u64], element: u64) -> (Vec<u64>, Vec<Chunk>) {
    let row: u64 = dims[1..].iter().product::<u64>() * element;
    let rows = (PIECE / row).clamp(1, dims[0]);
    let mut chunk = dims.to_vec();
    chunk[0] = rows;
    let chunks = (0..dims[0].div_ceil(rows)).map(|i| Chunk {
        address: address + i * rows * row,
        size: (rows.min(dims[0] - i * rows) * row) as usize,
        mask: 0,
    });
    (chunk, chunks.collect())
}
