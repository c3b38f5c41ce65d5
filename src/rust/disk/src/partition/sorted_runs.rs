//! Numbers in sorted runs, more than memory holds all together.

use super::spill::Spill;
use crate::Error;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::path::Path;

/// Numbers that are written, and read, together.
const CHUNK: usize = 1 << 12;

/// Runs of numbers, in memory and, when that is full, in a temporary file.
pub struct SortedRuns {
    room: u64,
    spill: Spill,
    runs: Vec<Run>,
}

#[derive(Default)]
struct Run {
    /// Whole chunks.
    chunks: Vec<Place>,
    /// What has come since.
    last: Vec<f64>,
}

enum Place {
    Memory(Vec<f64>),
    File { offset: u64 },
}

impl SortedRuns {
    /// So many empty runs; so many bytes of them are kept in memory, others in a
    /// file in this folder.
    pub fn new(n: usize, memory: u64, directory: &Path) -> Self {
        Self {
            room: memory,
            spill: Spill::new(directory),
            runs: std::iter::repeat_with(Run::default).take(n).collect(),
        }
    }

    /// Put a number at the end of a run.
    ///
    /// # Errors
    /// [`Error::Spill`] where the file cannot be written.
    pub fn push(&mut self, run: usize, value: f64) -> Result<(), Error> {
        let run = &mut self.runs[run];
        run.last.push(value);
        if run.last.len() < CHUNK {
            return Ok(());
        }
        let size = (CHUNK * size_of::<f64>()) as u64;
        let chunk = std::mem::take(&mut run.last);
        run.chunks.push(if size <= self.room {
            self.room -= size;
            Place::Memory(chunk)
        } else {
            let bytes: Vec<u8> = chunk.iter().flat_map(|value| value.to_le_bytes()).collect();
            // Its memory is used again.
            run.last = chunk;
            let offset = self.spill.write(&bytes)?;
            run.last.clear();
            Place::File { offset }
        });
        Ok(())
    }

    /// How many numbers all runs have together.
    pub fn len(&self) -> usize {
        let n = |run: &Run| run.chunks.len() * CHUNK + run.last.len();
        self.runs.iter().map(n).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn n_chunks(&self, run: usize) -> usize {
        self.runs[run].chunks.len() + 1
    }

    fn chunk(&self, run: usize, chunk: usize) -> Result<Cow<'_, [f64]>, Error> {
        let run = &self.runs[run];
        Ok(match run.chunks.get(chunk) {
            None => Cow::Borrowed(&run.last),
            Some(Place::Memory(values)) => Cow::Borrowed(values),
            Some(&Place::File { offset }) => {
                let bytes = self.spill.read(offset, CHUNK * size_of::<f64>())?;
                let values = bytes.chunks_exact(size_of::<f64>()).map(|own| {
                    let mut number = [0; size_of::<f64>()];
                    number.copy_from_slice(own);
                    f64::from_le_bytes(number)
                });
                Cow::Owned(values.collect())
            }
        })
    }

    /// All numbers of a run.
    ///
    /// # Errors
    /// [`Error::Spill`] where the file cannot be read.
    pub fn read(&self, run: usize) -> Result<Vec<f64>, Error> {
        let mut all = Vec::new();
        for chunk in 0..self.n_chunks(run) {
            all.extend_from_slice(&self.chunk(run, chunk)?);
        }
        Ok(all)
    }

    /// Go through the numbers of all runs, which are sorted ascending each, in
    /// one order: do something with each number and its run.
    ///
    /// # Errors
    /// [`Error::Spill`] where the file cannot be read, and what `work` returns.
    pub fn merge(
        &self,
        ascending: bool,
        mut work: impl FnMut(usize, f64) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut heads = BinaryHeap::with_capacity(self.runs.len());
        let mut cursors = Vec::with_capacity(self.runs.len());
        let sign = if ascending { -1.0 } else { 1.0 };
        for run in 0..self.runs.len() {
            let mut cursor = Cursor::new(self, run, ascending);
            if let Some(value) = cursor.next(self)? {
                heads.push(Head {
                    key: sign * value,
                    run,
                });
            }
            cursors.push(cursor);
        }
        while let Some(Head { key, run }) = heads.pop() {
            work(run, sign * key)?;
            if let Some(value) = cursors[run].next(self)? {
                heads.push(Head {
                    key: sign * value,
                    run,
                });
            }
        }
        Ok(())
    }
}

/// The next number of a run.
struct Head {
    key: f64,
    run: usize,
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.total_cmp(&other.key)
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

/// A place in a run.
struct Cursor<'a> {
    run: usize,
    ascending: bool,
    /// Chunks that are not read.
    left: std::ops::Range<usize>,
    values: Cow<'a, [f64]>,
    n_taken: usize,
}

impl<'a> Cursor<'a> {
    fn new(runs: &SortedRuns, run: usize, ascending: bool) -> Self {
        Self {
            run,
            ascending,
            left: 0..runs.n_chunks(run),
            values: Cow::Borrowed(&[]),
            n_taken: 0,
        }
    }

    fn next(&mut self, runs: &'a SortedRuns) -> Result<Option<f64>, Error> {
        while self.n_taken == self.values.len() {
            let next = match self.ascending {
                true => self.left.next(),
                false => self.left.next_back(),
            };
            let Some(chunk) = next else {
                return Ok(None);
            };
            self.values = runs.chunk(self.run, chunk)?;
            self.n_taken = 0;
        }
        self.n_taken += 1;
        Ok(Some(match self.ascending {
            true => self.values[self.n_taken - 1],
            false => self.values[self.values.len() - self.n_taken],
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_merged_in_either_order_wherever_they_are() {
        let folder = tempfile::tempdir().unwrap();
        // Of several chunks, of one, of whole ones, and of none.
        let lengths = [2 * CHUNK + 5, 7, CHUNK, 0];
        for memory in [0, 8 * CHUNK as u64, u64::MAX] {
            let mut runs = SortedRuns::new(lengths.len(), memory, folder.path());
            let mut expected = Vec::new();
            for (run, n) in lengths.into_iter().enumerate() {
                for i in 0..n {
                    let value = (i * (run + 1)) as f64 / 1e3;
                    runs.push(run, value).unwrap();
                    expected.push(value);
                }
            }
            assert_eq!(runs.len(), expected.len());
            assert_eq!(runs.read(1).unwrap(), expected[lengths[0]..][..7]);
            expected.sort_by(f64::total_cmp);
            for ascending in [true, false] {
                let mut merged = Vec::new();
                let mut counts = [0; 4];
                let gone = runs.merge(ascending, |run, value| {
                    counts[run] += 1;
                    merged.push(value);
                    Ok(())
                });
                assert!(gone.is_ok());
                if !ascending {
                    merged.reverse();
                }
                assert_eq!(merged, expected);
                assert_eq!(counts, lengths);
            }
            assert_eq!(runs.spill.size() == 0, memory == u64::MAX);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let mut runs = SortedRuns::new(1, 0, Path::new("/no/such/folder"));
        let pushed = (0..CHUNK).map(|i| runs.push(0, i as f64)).last();
        assert!(matches!(pushed, Some(Err(Error::Spill(_)))));
        assert!(!runs.is_empty());
    }
}
