//! The reader of files and the keeper of values know nothing of each other.

use std::fs;
use std::path::Path;

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
        let entries = fs::read_dir(src.join(folder)).expect("a folder of sources");
        let mut n_sources = 0;
        for entry in entries {
            let path = entry.expect("an entry").path();
            let text = fs::read_to_string(&path).expect("a source");
            for other in others {
                assert!(!text.contains(other), "{} uses {other}", path.display());
            }
            n_sources += 1;
        }
        assert!(n_sources > 2, "the sources were not found");
    }
}
