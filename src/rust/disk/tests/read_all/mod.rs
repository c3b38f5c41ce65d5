//! All that is in a file, which may be damaged.

use wilcoxide_control::Control;
use wilcoxide_disk::{Dense, Error, File, Slices, Sparse};

/// What there is in a file.
#[derive(Debug, Default)]
pub struct Seen {
    /// Datasets whose values could be read.
    pub n_read: usize,
    /// Bytes of the largest of all datasets, by what is said of their types and
    /// shapes.
    pub most_bytes: u64,
}

impl Seen {
    /// Refuse more memory than a file of so many bytes may need: 64 times as
    /// much, and what values become that were compressed.
    pub fn check_memory(&self, memory: usize, len: u64) {
        let unpacked = match self.most_bytes > 4 * len {
            true => self.most_bytes.min(1104 * len),
            false => 0,
        };
        let most = 64 * len.max(10_000) + 32 * unpacked;
        assert!(memory as u64 <= most, "{memory} bytes for {len}");
    }
}

/// Look at everything in a file.
pub fn read_all(file: &File) -> Seen {
    let mut seen = Seen::default();
    let mut paths = vec![String::new()];
    let mut n_left = 1000;
    while let Some(path) = paths.pop() {
        let Ok(Some(node)) = file.node(&path) else {
            continue;
        };
        for name in ["encoding-type", "shape", "number 7", "text", "none"] {
            let _ = node.has_attribute(name);
            let _ = node.attribute(name, &Control::default());
        }
        if let Ok(about) = node.about() {
            let n = about.space.n_values().unwrap_or(0);
            let bytes = n.saturating_mul(about.datatype.size() as u64);
            seen.most_bytes = seen.most_bytes.max(bytes);
        }
        if node.values(&Control::default()).is_ok() {
            seen.n_read += 1;
        }
        let _ = read_matrix(file, &path);
        // Groups may be in themselves.
        for member in node.members() {
            if n_left > 0 && path.matches('/').count() < 5 {
                n_left -= 1;
                paths.push(format!("{path}/{member}"));
            }
        }
    }
    seen
}

/// Read what is at a path as a matrix.
fn read_matrix(file: &File, path: &str) -> Result<(), Error> {
    const N_INDICES: usize = 12;
    if let Ok(matrix) = Dense::open(file, path) {
        matrix.n_values(20)?;
    }
    let Some(indices) = file.node(&format!("{path}/indices"))? else {
        return Ok(());
    };
    let n = indices.about()?.space.n_values().unwrap_or(0);
    let matrix = Sparse::open(file, path)?;
    // Or it is nothing but what nobody has written.
    if n > file.len() {
        return Ok(());
    }
    matrix.gene_sizes(n, N_INDICES)?;
    let n = n as usize;
    let slices = Slices {
        starts: &[0],
        p: &mut [0, n as i32],
        idx: &mut vec![0; n],
        x: &mut vec![0.0; n],
    };
    matrix.read(slices, N_INDICES, &Control::default())?;
    Ok(())
}
