//! Folders are layers: each uses those below it only.

use std::fs;
use std::path::{Path, PathBuf};

/// From below; `math` and `statistics` know of nothing but what is before them.
/// Stage 2 is beside the way that leads to stage 1.
const LAYERS: [&[&str]; 6] = [
    &["math", "input"],
    &["statistics"],
    &["gene", "test"],
    &["tiles", "stage2"],
    &["strategy"],
    &["stage1"],
];

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

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

/// The modules of this crate that a source names.
fn named_modules(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|&c| is_part(c)).collect())
        .collect()
}

#[test]
fn no_folder_uses_one_above_it_or_beside_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut n_arrows = 0;
    for path in sources(&src) {
        let inside = path.strip_prefix(&src).expect("a source of this crate");
        let module = inside.iter().next().and_then(|part| part.to_str());
        let module = module.map_or("", |part| part.trim_end_matches(".rs"));
        let Some(own) = layer_of(module) else {
            continue;
        };
        let text = fs::read_to_string(&path).expect("a source");
        for used in named_modules(&text) {
            let Some(layer) = layer_of(&used) else {
                continue;
            };
            n_arrows += 1;
            assert!(
                used == module || layer < own,
                "{} must not use {used}, which is not below {module}",
                inside.display()
            );
        }
    }
    assert!(n_arrows > 20, "the imports were not found");
}
