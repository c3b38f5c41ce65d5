//! The numbers of datasets in HDF5 files, chunk by chunk from any thread.

mod dataset;
mod file;
mod filters;
mod index;
mod number;

pub(crate) use dataset::Dataset;
pub use dataset::DatasetInfo;
pub use file::{stamp, File};
pub(crate) use filters::Decoder;
pub(crate) use number::Target;
pub use number::{ByteOrder, Number};
