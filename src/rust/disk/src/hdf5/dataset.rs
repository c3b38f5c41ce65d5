//! Datasets of numbers, read chunk by chunk from any thread.

use super::datatype::Datatype;
use super::filters::Decoder;
use super::number::{ByteOrder, Number, Target};
use super::storage::Storage;
use super::File;
use crate::Error;
use std::ops::Range;

/// A dataset of numbers of one or two dimensions.
pub struct Dataset<'a> {
    storage: Storage<'a>,
    number: Number,
    order: ByteOrder,
}

impl<'a> Dataset<'a> {
    /// Find the chunks of the dataset at a path.
    ///
    /// # Errors
    /// [`Error::Damaged`] where there is none of numbers;
    /// [`Error::Unsupported`] for what this reader does not know.
    pub fn open(file: &'a File, path: &str) -> Result<Self, Error> {
        let Some(node) = file.node(path)? else {
            return Error::damaged(format!("{path} is missing."));
        };
        let about = node.about()?;
        let (number, order) = match about.datatype {
            Datatype::Number(number, order) => (number, order),
            // As Python stores booleans.
            Datatype::Enum { base, .. } => base,
            ref other => {
                let class = other.class();
                return Error::unsupported(format!("its values are of HDF5's class {class}"));
            }
        };
        let rank = about.space.dims().len();
        if !matches!(rank, 1 | 2) {
            let problem = format!("It has {rank} dimensions, and 1 or 2 are needed.");
            return Error::damaged(problem);
        }
        Ok(Self {
            storage: node.storage(&about)?,
            number,
            order,
        })
    }

    /// How its numbers are stored.
    pub fn number(&self) -> Number {
        self.number
    }

    /// Lengths of the dataset.
    pub fn dims(&self) -> &[u64] {
        self.storage.dims()
    }

    /// Lengths of the chunks it is read in.
    pub fn chunk(&self) -> &[u64] {
        self.storage.chunk()
    }

    /// Chunks that hold some of the values of a dataset of one dimension,
    /// each with the values that it holds.
    pub fn pieces(&self, values: Range<u64>) -> impl Iterator<Item = Range<u64>> + '_ {
        let length = self.chunk()[0];
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
        let length = self.chunk()[0];
        for piece in self.pieces(values) {
            let chunk = piece.start / length;
            let n = (piece.end - piece.start) as usize;
            let skipped = (piece.start - chunk * length) as usize * self.number.size();
            let bytes = self.decode(chunk, decoder)?;
            let (now, later) = out.split_at_mut(n);
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
        let (height, width) = (self.chunk()[0], self.chunk()[1]);
        let a_row = self.storage.n_chunks(1);
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

    /// The numbers of a chunk, little-endian.
    fn decode<'d>(&self, chunk: u64, decoder: &'d mut Decoder) -> Result<&'d [u8], Error> {
        self.storage.decode(chunk, decoder)?;
        Ok(decoder.turned(self.order, self.number.size()))
    }
}
