//! HDF5 files, read without HDF5: their groups, attributes and values.
//!
//! This follows the HDF5 file format, versions 1 to 4 of its specification, as
//! far as files of AnnData need it. Whatever a file says is looked at before it
//! is believed: a structure is within the file, memory is taken for no more
//! than the file can hold, and nothing goes in circles. What contradicts this is
//! [`Error::Damaged`](crate::Error::Damaged); what is whole but of no kind that
//! is known here is [`Error::Unsupported`](crate::Error::Unsupported), for HDF5
//! itself to read.
//!
//! A path leads through `group`s to a `node`, whose `header` is a list of
//! messages: a `datatype`, a `dataspace`, a `layout`, `attribute`s. `storage`
//! gets the bytes of the values, chunk by chunk; `dataset` makes numbers of
//! them from any thread, `values` makes anything of them all at once.

mod attribute;
mod bytes;
mod checksum;
mod chunks;
mod dataset;
mod dataspace;
mod datatype;
mod file;
mod filters;
mod group;
mod header;
mod heap_fractal;
mod heap_global;
mod layout;
mod link;
mod lock;
mod node;
mod number;
mod pipeline;
mod storage;
mod superblock;
mod tree2;
mod values;

pub(crate) use dataset::Dataset;
pub use dataspace::Dataspace;
pub use datatype::{Datatype, Member, Padding};
pub use file::{stamp, File};
pub(crate) use filters::Decoder;
pub use node::{About, Node};
pub(crate) use number::Target;
pub use number::{ByteOrder, Number};
pub use values::{Text, Values};
