//! A data set that `data.py` made, and what a process has used.

use std::ops::Range;
use std::path::{Path, PathBuf};

pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The matrix as it lies in R: cells one after another.
pub struct Cells {
    pub starts: Vec<i32>,
    pub genes: Vec<i32>,
    pub values: Vec<f64>,
    pub groups: Vec<i32>,
    pub n_genes: usize,
}

fn read<T, const N: usize>(path: PathBuf, of_bytes: fn([u8; N]) -> T) -> Outcome<Vec<T>> {
    let bytes = std::fs::read(path)?;
    let chunks = bytes.chunks_exact(N);
    chunks
        .map(|chunk| Ok(of_bytes(chunk.try_into()?)))
        .collect()
}

impl Cells {
    pub fn read(folder: &Path) -> Outcome<Self> {
        Ok(Self {
            starts: read(folder.join("p"), i32::from_le_bytes)?,
            genes: read(folder.join("i"), i32::from_le_bytes)?,
            values: read(folder.join("x"), f64::from_le_bytes)?,
            groups: read(folder.join("g"), i32::from_le_bytes)?,
            n_genes: read(folder.join("dim"), i32::from_le_bytes)?[0] as usize,
        })
    }

    /// Neighbouring cells, one part a thread, of about as many values.
    pub fn parts(&self, n: usize) -> Vec<Range<usize>> {
        let border = |part: usize| {
            let before = (self.values.len() * part / n) as i32;
            self.starts.partition_point(|&start| start < before)
        };
        let last = self.starts.len() - 1;
        (0..n)
            .map(|part| border(part).min(last)..border(part + 1).min(last))
            .collect()
    }

    pub fn stored(&self, cells: &Range<usize>) -> Range<usize> {
        self.starts[cells.start] as usize..self.starts[cells.end] as usize
    }

    pub fn count(&self, cells: &Range<usize>) -> Vec<usize> {
        let mut counts = vec![0; self.n_genes];
        for &gene in &self.genes[self.stored(cells)] {
            counts[gene as usize] += 1;
        }
        counts
    }
}

/// Seconds this process has computed for, on all cores.
pub fn cpu_seconds() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is there to be written to.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Megabytes, of the process.
pub fn memory(what: &str) -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(what));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("no such line")?.parse::<f64>()? / 1024.0)
}
