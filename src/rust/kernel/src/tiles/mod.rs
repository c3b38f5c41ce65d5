//! From the matrix to the values of a few genes, whichever way it is stored.
//!
//! A *span* is the genes of one task, a *tile* the genes of a span that are
//! gathered at once.

mod cursors;
pub(crate) mod cut;
mod dealt;
mod job;
mod layout;
pub(crate) mod prefetch;
mod reader;

pub(crate) use cursors::Cursors;
pub(crate) use dealt::{Dealt, LevelJob};
pub use job::Job;
pub(crate) use job::{Asked, Shared};
pub(crate) use layout::Layout;
pub(crate) use reader::{value_and_slot, Column, Reader};
