//! The formats of files do not know of each other, and what both stand on knows
//! of neither.

use std::fs;
use std::path::Path;

#[test]
fn modules_use_those_below_them_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let forbidden = [
        ("column.rs", vec!["csv", "format", "new_file", "parquet"]),
        ("number_text.rs", vec!["column", "csv", "format", "parquet"]),
        ("new_file.rs", vec!["column", "csv", "format", "parquet"]),
        ("csv.rs", vec!["new_file", "parquet"]),
        ("parquet.rs", vec!["csv", "new_file", "number_text"]),
        ("format.rs", vec!["new_file"]),
    ];
    for (file, modules) in forbidden {
        let text = fs::read_to_string(src.join(file)).expect("a source");
        for module in modules {
            let name = format!("crate::{module}");
            assert!(!text.contains(&name), "{file} uses {module}");
        }
    }
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = fs::read_to_string(manifest).expect("a manifest");
    assert!(
        !manifest.contains("../"),
        "it needs no other crate of this project"
    );
}
