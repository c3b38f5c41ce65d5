//! All that is in a file, which may be damaged.

use wilcoxide_control::Control;
use wilcoxide_disk::File;

/// Look at everything in a file; how many datasets could be read.
pub fn read_all(file: &File) -> usize {
    let mut paths = vec![String::new()];
    let (mut n_left, mut n_read) = (1000, 0);
    while let Some(path) = paths.pop() {
        let Ok(Some(node)) = file.node(&path) else {
            continue;
        };
        for name in ["encoding-type", "shape", "number 7", "text", "none"] {
            let _ = node.has_attribute(name);
            let _ = node.attribute(name, &Control::default());
        }
        if node.values(&Control::default()).is_ok() {
            n_read += 1;
        }
        // Groups may be in themselves.
        for member in node.members() {
            if n_left > 0 && path.matches('/').count() < 5 {
                n_left -= 1;
                paths.push(format!("{path}/{member}"));
            }
        }
    }
    n_read
}
