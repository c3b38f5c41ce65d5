//! The formats that there are, and what all of them do.

use crate::column::{Column, Kind, Part, Values};
use crate::{csv, parquet, Result};
use std::io::Write;
use std::path::Path;

/// A format of files, for a table of some columns.
pub enum Format {
    /// Parquet, compressed by Snappy.
    Parquet(parquet::Layout),
    /// CSV, compressed by gzip.
    Csv(csv::Layout),
}

/// A part of a table, as its file has it.
pub enum Encoded {
    /// A row group.
    Parquet(parquet::RowGroup),
    /// A member of a gzip stream.
    Csv(Vec<u8>),
}

impl Format {
    /// The format that the end of a file's name says, if it is a known one.
    ///
    /// # Errors
    /// What is wrong with the columns, in words.
    pub fn of_path(path: &Path, columns: Vec<Column>) -> Result<Option<Self>> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.to_ascii_lowercase();
        Ok(if name.ends_with(".parquet") {
            Some(Self::Parquet(parquet::Layout::new(columns)?))
        } else if name.ends_with(".csv.gz") {
            Some(Self::Csv(csv::Layout::new(columns)))
        } else {
            None
        })
    }

    /// The columns of the table.
    pub fn columns(&self) -> &[Column] {
        match self {
            Self::Parquet(layout) => layout.columns(),
            Self::Csv(layout) => layout.columns(),
        }
    }

    /// Encode a part of the table.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    ///
    /// # Panics
    /// Where its columns are of other kinds than those of the table, or of
    /// different lengths.
    pub fn encode(&self, part: &Part) -> Result<Encoded> {
        check(part, self.columns());
        Ok(match self {
            Self::Parquet(layout) => Encoded::Parquet(layout.encode(part)?),
            Self::Csv(layout) => Encoded::Csv(layout.encode(part)?),
        })
    }
}

fn check(part: &Part, columns: &[Column]) {
    assert_eq!(part.len(), columns.len(), "a part has other columns");
    for (values, column) in part.iter().zip(columns) {
        assert_eq!(values.len(), part[0].len(), "columns have two lengths");
        match (&column.kind, values) {
            (Kind::Names(_), Values::Names(_))
            | (Kind::Integers, Values::Integers(_))
            | (Kind::Singles, Values::Singles(_))
            | (Kind::Doubles, Values::Doubles(_)) => (),
            _ => panic!("the column {} is of another kind", column.name),
        }
    }
}

/// A table being written.
pub enum Writer<W: Write + Send> {
    /// To a Parquet file.
    Parquet(parquet::Writer<W>),
    /// To a `.csv.gz` file.
    Csv(csv::Writer<W>),
}

impl<W: Write + Send> Writer<W> {
    /// Begin a file.
    ///
    /// # Errors
    /// What the system says where it cannot be written.
    pub fn new(format: &Format, to: W) -> Result<Self> {
        Ok(match format {
            Format::Parquet(layout) => Self::Parquet(parquet::Writer::new(layout, to)?),
            Format::Csv(layout) => Self::Csv(csv::Writer::new(layout, to)?),
        })
    }

    /// Write a part after those before it.
    ///
    /// # Errors
    /// What the system says where it cannot be written.
    ///
    /// # Panics
    /// Where it was encoded for another format.
    pub fn append(&mut self, part: Encoded) -> Result<()> {
        match (self, part) {
            (Self::Parquet(writer), Encoded::Parquet(part)) => writer.append(part),
            (Self::Csv(writer), Encoded::Csv(part)) => writer.append(&part),
            _ => panic!("a part of another format"),
        }
    }

    /// End the file.
    ///
    /// Returns what was written to, and where each part begins and the last ends
    /// where the format does not say that itself.
    ///
    /// # Errors
    /// What the system says where it cannot be written.
    pub fn finish(self) -> Result<(W, Vec<u64>)> {
        match self {
            Self::Parquet(writer) => Ok((writer.finish()?, Vec::new())),
            Self::Csv(writer) => Ok(writer.finish()),
        }
    }
}

/// What was read of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// Names as they are.
    Names(Vec<String>),
    /// Whole numbers.
    Integers(Vec<i32>),
    /// Numbers of either precision.
    Doubles(Vec<f64>),
}

/// A table in a file.
pub enum Reader {
    /// Parquet.
    Parquet(parquet::Reader),
    /// `.csv.gz`.
    Csv(csv::Reader),
}

impl Reader {
    /// Open a file; `starts` is what [`Writer::finish`] returned of it.
    ///
    /// # Errors
    /// What the system says where there is no such file, or what is wrong with it.
    pub fn open(path: &Path, columns: Vec<Column>, starts: Vec<u64>) -> Result<Self> {
        match Format::of_path(path, columns)? {
            Some(Format::Parquet(layout)) => {
                Ok(Self::Parquet(parquet::Reader::open(path, &layout)?))
            }
            Some(Format::Csv(layout)) => Ok(Self::Csv(csv::Reader::open(path, layout, starts)?)),
            None => Err("its name ends in neither .parquet nor .csv.gz".into()),
        }
    }

    /// Read some rows of a part, of some columns.
    ///
    /// # Errors
    /// What the system says, or what is wrong with the file.
    pub fn read(
        &self,
        part: usize,
        rows: std::ops::Range<usize>,
        columns: &[usize],
    ) -> Result<Vec<Read>> {
        match self {
            Self::Parquet(reader) => reader.read(part, rows, columns),
            Self::Csv(reader) => reader.read(part, rows, columns),
        }
    }
}
