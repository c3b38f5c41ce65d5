//! Long tables in files: written part after part, and read back part by part.
//!
//! A table is a list of [`Column`]s. Its rows come in [`Part`]s, which are
//! encoded on any thread, by [`Format::encode`], and appended in their order to a
//! [`NewFile`]: that of a Parquet file is a row group, that of a `.csv.gz` file a
//! member of its gzip stream. The file has its name only once it is whole.
//!
//! Nothing here knows of genes or groups.

mod column;
mod csv;
mod format;
mod new_file;
mod number_text;
mod parquet;

pub use column::{Column, Kind, Part, Values};
pub use format::{Encoded, Format, Read, Reader, Writer};
pub use new_file::NewFile;

/// Why a table was not written or read, in words.
pub type Result<T> = std::result::Result<T, String>;

fn in_words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
