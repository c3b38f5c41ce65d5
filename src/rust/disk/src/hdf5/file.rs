//! A file that is read at many places at once.

use super::bytes::{Bytes, UNDEFINED};
use super::checksum::lookup3;
use super::group::links;
use super::header::Header;
use super::link::Link;
use super::lock::lock_shared;
use super::superblock::Superblock;
use crate::io_at::read_exact_at;
use crate::Error;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

/// An open HDF5 file.
pub struct File {
    file: fs::File,
    /// Bytes that it had when it was opened.
    len: u64,
    superblock: Superblock,
    /// Bytes of structures that may still be read, see [`File::begin`].
    left: AtomicU64,
    /// Members of groups that have been looked at.
    groups: Mutex<HashMap<u64, Arc<Vec<Link>>>>,
}

/// More bytes of one structure than HDF5 writes, but for pages and heaps, which
/// are bounded by the file.
const LARGEST_STRUCTURE: u64 = 1 << 26;

impl File {
    /// Open a file for reading.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where somebody writes to it; [`Error::Damaged`]
    /// where it is not an HDF5 file or the system does not open it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = fs::File::open(path).map_err(system)?;
        let len = file.metadata().map_err(system)?.len();
        if !lock_shared(&file) {
            return Error::unsupported("it is open for writing");
        }
        let superblock = Superblock::find(&file, len)?;
        Ok(Self {
            file,
            len,
            superblock,
            left: AtomicU64::new(0),
            groups: Mutex::default(),
        })
    }

    /// Bytes of the file.
    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where the object header of the root group is.
    pub(super) fn root(&self) -> u64 {
        self.superblock.root
    }

    /// Answer a question about the file, by reading each of its structures a few
    /// times at most: a damaged one may have them refer to one another without
    /// end.
    pub(super) fn begin(&self) {
        const TIMES: u64 = 8;
        // Some are read together with what is after them.
        const AT_LEAST: u64 = 1 << 16;
        let most = self.len.saturating_mul(TIMES).saturating_add(AT_LEAST);
        self.left.store(most, Ordering::Relaxed);
    }

    pub(super) fn set_root(&mut self, address: u64) {
        self.superblock.root = address;
    }

    /// Fill `bytes` from an address on.
    pub(crate) fn read(&self, address: u64, bytes: &mut [u8]) -> Result<(), Error> {
        if !self.holds(address, bytes.len() as u64) {
            return outside();
        }
        let offset = self.superblock.base + address;
        read_exact_at(&self.file, offset, bytes).map_err(system)
    }

    /// Whether there are so many bytes from an address on.
    pub(super) fn holds(&self, address: u64, size: u64) -> bool {
        let start = self.superblock.base.checked_add(address);
        address != UNDEFINED
            && start
                .and_then(|start| start.checked_add(size))
                .is_some_and(|end| end <= self.len)
    }

    /// A structure of so many bytes.
    pub(super) fn structure(&self, address: u64, size: u64) -> Result<Vec<u8>, Error> {
        if size > LARGEST_STRUCTURE || !self.holds(address, size) {
            return outside();
        }
        // Several threads may ask at once; each then begins with all.
        let spend = |left: u64| left.checked_sub(size.max(8));
        let is_left = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, spend);
        if is_left.is_err() {
            return Error::damaged("Its structures refer to one another in circles.");
        }
        let mut bytes = vec![0; size as usize];
        self.read(address, &mut bytes)?;
        Ok(bytes)
    }

    /// A structure whose last 4 bytes are its checksum; without these.
    pub(super) fn checked(&self, address: u64, size: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = self.structure(address, size)?;
        let Some(at) = bytes.len().checked_sub(4) else {
            return outside();
        };
        let stated = Bytes(&bytes[at..]).u32()?;
        // A fuzzer would hardly find a checksum that is right.
        if !cfg!(fuzzing) && stated != lookup3(&bytes[..at]) {
            return Error::damaged("The checksum of one of its structures is wrong.");
        }
        bytes.truncate(at);
        Ok(bytes)
    }

    /// Refuse more bytes of values than the file can hold, `compressed` bytes of
    /// which become more.
    pub(super) fn check_size(&self, size: u64, compressed: u64) -> Result<usize, Error> {
        // What nobody has written takes no space, but nobody leaves much so.
        const UNWRITTEN: u64 = 4;
        // Deflate makes up to 1,032 bytes of one.
        const UNPACKED: u64 = 1100;
        let written = compressed.saturating_mul(UNPACKED);
        let most = self.len.saturating_mul(UNWRITTEN).saturating_add(written);
        match usize::try_from(size) {
            Ok(bytes) if size <= most => Ok(bytes),
            _ => Error::damaged("It claims more values than the file can hold."),
        }
    }

    /// The members of the group with that object header, `None` of what is no
    /// group.
    pub(super) fn links(&self, address: u64) -> Result<Option<Arc<Vec<Link>>>, Error> {
        const MOST_GROUPS: usize = 64;
        let mut cache = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(links) = cache.get(&address) {
            return Ok(Some(links.clone()));
        }
        let Some(links) = links(self, &Header::read(self, address)?)? else {
            return Ok(None);
        };
        let links = Arc::new(links);
        if cache.len() >= MOST_GROUPS {
            cache.clear();
        }
        cache.insert(address, links.clone());
        Ok(Some(links))
    }
}

fn outside<T>() -> Result<T, Error> {
    Error::damaged("One of its structures lies outside the file.")
}

fn system(error: io::Error) -> Error {
    Error::Damaged(format!("The system cannot read it: {error}."))
}

/// What tells a file from any other at its path, and from itself once it is
/// written to: size, time of the last change and, where there is one, inode.
///
/// # Errors
/// What the system says.
pub fn stamp(path: &Path) -> io::Result<String> {
    let about = fs::metadata(path)?;
    let changed = about
        .modified()?
        .duration_since(UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos());
    Ok(format!("{} {changed} {}", about.len(), identity(&about)))
}

#[cfg(unix)]
fn identity(about: &fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    about.ino().to_string()
}

#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> String {
    String::new()
}
