//! The temporary file that takes what memory has no room for.

use crate::io_at::{read_exact_at, write_all_at};
use crate::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;

/// A temporary file that no path leads to: it is gone with its last handle,
/// however the process ends.
pub(crate) struct Spill {
    directory: PathBuf,
    file: OnceLock<Result<File, String>>,
    end: AtomicU64,
}

impl Spill {
    /// The file is made when there is something to write.
    pub fn new(directory: &Path) -> Self {
        Self {
            directory: directory.into(),
            file: OnceLock::new(),
            end: AtomicU64::new(0),
        }
    }

    /// Bytes in it.
    pub fn size(&self) -> u64 {
        self.end.load(Ordering::Relaxed)
    }

    /// Write bytes at the end; returns where they are.
    pub fn write(&self, bytes: &[u8]) -> Result<u64, Error> {
        let file = self.file.get_or_init(|| {
            tempfile::tempfile_in(&self.directory).map_err(|error| error.to_string())
        });
        let file = file.as_ref().map_err(|error| Error::Spill(error.clone()))?;
        let offset = self.end.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        write_all_at(file, offset, bytes).map_err(|error| Error::Spill(error.to_string()))?;
        Ok(offset)
    }

    pub fn read(&self, offset: u64, n: usize) -> Result<Vec<u8>, Error> {
        let Some(Ok(file)) = self.file.get() else {
            return Err(Error::Spill("there is none".into()));
        };
        let mut bytes = vec![0; n];
        read_exact_at(file, offset, &mut bytes).map_err(|error| Error::Spill(error.to_string()))?;
        Ok(bytes)
    }
}
