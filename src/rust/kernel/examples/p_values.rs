//! Two-sided normal p-values of the scores on standard input, to standard
//! output: doubles as raw little-endian bytes, for the comparison with SciPy.

use std::io::{self, Read, Write};
use wilcoxide_kernel::two_sided_p;

fn main() -> io::Result<()> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    for double in bytes.chunks_exact_mut(8) {
        let mut raw = [0; 8];
        raw.copy_from_slice(double);
        double.copy_from_slice(&two_sided_p(f64::from_le_bytes(raw)).to_le_bytes());
    }
    io::stdout().lock().write_all(&bytes)
}
