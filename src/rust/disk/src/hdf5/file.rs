//! A file that is read at many places at once.

use crate::io_at::read_exact_at;
use crate::Error;
use std::fs;
use std::io;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// An open file, and how long it was then.
pub struct File {
    file: fs::File,
    len: u64,
}

impl File {
    /// Open a file for reading.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where that is not possible.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let open = || {
            let file = fs::File::open(path)?;
            let len = file.metadata()?.len();
            io::Result::Ok(Self { file, len })
        };
        open().map_err(|error| Error::Unsupported(error.to_string()))
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Fill `bytes` from `offset` on.
    pub(crate) fn read(&self, offset: u64, bytes: &mut [u8]) -> Result<(), Error> {
        read_exact_at(&self.file, offset, bytes)
            .map_err(|error| Error::Unsupported(format!("reading at {offset}: {error}")))
    }
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
