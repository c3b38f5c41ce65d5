//! A file that has its name only once it is whole.

use crate::{in_words, Result};
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file beside the one that is to be made, which takes the place of that one
/// when it is finished, and is gone where it is dropped before.
pub struct NewFile {
    file: BufWriter<NamedTempFile<File>>,
    path: PathBuf,
}

impl NewFile {
    /// Begin a file, in the folder where it is to be.
    ///
    /// # Errors
    /// What the system says where no file can be made there.
    pub fn create(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        let prefix = format!(".{name}.");
        builder.prefix(&prefix).suffix(".part");
        if let Some(permissions) = usual_permissions() {
            builder.permissions(permissions);
        }
        let file = builder.tempfile_in(folder).map_err(in_words)?;
        Ok(Self {
            file: BufWriter::with_capacity(1 << 20, file),
            path: path.into(),
        })
    }

    /// Give the file its name, in the place of any other of that name.
    ///
    /// # Errors
    /// What the system says where the last bytes, or the name, cannot be written.
    pub fn finish(self) -> Result<()> {
        let file = self.file.into_inner().map_err(in_words)?;
        file.persist(&self.path)
            .map_err(|error| in_words(error.error))?;
        Ok(())
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Those of any file that a user makes, not those of a temporary file.
#[cfg(unix)]
fn usual_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn usual_permissions() -> Option<Permissions> {
    None
}
