//! The reader of files and the keeper of values know nothing of each other.

use std::fs;
use std::path::{Path, PathBuf};

/// All sources in a folder, and in those in it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of sources");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => sources(&path),
            false => vec![path],
        })
        .collect()
}

#[test]
fn neither_folder_uses_the_other() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (folder, others) in [
        (
            "hdf5",
            ["crate::partition", "crate::sparse", "crate::dense"],
        ),
        (
            "partition",
            ["crate::hdf5", "crate::sparse", "crate::dense"],
        ),
    ] {
        let sources = sources(&src.join(folder));
        assert!(sources.len() > 2, "the sources were not found");
        for path in sources {
            let text = fs::read_to_string(&path).expect("a source");
            for other in others {
                assert!(!text.contains(other), "{} uses {other}", path.display());
            }
        }
    }
}
