//! Compressed sparse matrices.

use crate::hdf5::{Dataset, Decoder, File, Number, Target};
use crate::partition::Partitions;
use crate::slices::{are_ordered, order_in_parallel, outside, Rounding};
use crate::{evenly, Error, SAMPLED};
use rayon::prelude::*;
use std::ops::Range;
use wilcoxide_control::Control;

/// The two datasets of a compressed sparse matrix.
pub struct Sparse<'a> {
    indices: Dataset<'a>,
    data: Dataset<'a>,
}

impl<'a> Sparse<'a> {
    /// Find the chunks of `indices` and `data` of the group at a path.
    ///
    /// # Errors
    /// [`Error::Damaged`] where they are none of a matrix;
    /// [`Error::Unsupported`].
    pub fn open(file: &'a File, path: &str) -> Result<Self, Error> {
        let indices = Dataset::open(file, &format!("{path}/indices"))?;
        let data = Dataset::open(file, &format!("{path}/data"))?;
        if indices.dims().len() != 1 || data.dims().len() != 1 {
            return Error::damaged("Its indices or its values have more than one dimension.");
        }
        Ok(Self { indices, data })
    }

    fn check(&self, end: u64) -> Result<(), Error> {
        if end > self.indices.dims()[0].min(self.data.dims()[0]) {
            return Error::damaged("It has fewer values than its pointers say.");
        }
        Ok(())
    }

    /// How SciPy rounds sums of these values.
    fn rounding(&self) -> Rounding {
        match self.data.number() {
            Number::F32 => Rounding::Single,
            _ => Rounding::Double,
        }
    }

    /// Read slices: of each, `p[i + 1] - p[i]` values from `starts[i]` on.
    ///
    /// Indices ascend in each slice of what is returned, below `bound`; `p`
    /// and the lengths of `idx` and `x` are those of the values as stored.
    /// Where several of them were in one place, these are summed; `p` is then
    /// changed, and the return value is how many there are in the end.
    ///
    /// # Errors
    /// [`Error::Damaged`] where an index is not below `bound`;
    /// [`Error::Unsupported`], [`Error::Cancelled`].
    pub fn read(&self, slices: Slices, bound: usize, control: &Control) -> Result<usize, Error> {
        let Slices { starts, p, idx, x } = slices;
        let n = idx.len() as u64;
        // Once for each of both, once for their order.
        control.expect(3 * n);
        let ranges = ranges(starts, p)?;
        self.check(ranges.iter().map(|range| range.end).max().unwrap_or(0))?;
        let index_jobs = jobs(&self.indices, &ranges, idx);
        let data_jobs = jobs(&self.data, &ranges, x);
        let (indices, data) = rayon::join(
            || read_all(&self.indices, index_jobs, control),
            || read_all(&self.data, data_jobs, control),
        );
        indices.and(data)?;
        if are_ordered(p, idx, bound, control)? {
            return Ok(idx.len());
        }
        order_in_parallel(p, idx, x, self.rounding(), control)
    }

    /// About how many values each gene has, by some of the indices of a
    /// cell-major matrix of `n` values.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Damaged`].
    pub fn gene_sizes(&self, n: u64, n_genes: usize) -> Result<Vec<u64>, Error> {
        self.check(n)?;
        let pieces: Vec<_> = self.indices.pieces(0..n).collect();
        let some = evenly(pieces.len(), SAMPLED);
        let counts = some
            .into_par_iter()
            .map(|at| {
                let piece = pieces[at].clone();
                let mut genes = vec![0i32; (piece.end - piece.start) as usize];
                self.indices
                    .read(piece, &mut Decoder::default(), &mut genes)?;
                let mut counts = vec![0; n_genes];
                for gene in genes {
                    let count = usize::try_from(gene).ok().and_then(|g| counts.get_mut(g));
                    *count.ok_or_else(outside)? += 1;
                }
                Ok::<_, Error>(counts)
            })
            .try_reduce(
                || vec![0u64; n_genes],
                |mut counts, more| {
                    for (count, more) in counts.iter_mut().zip(more) {
                        *count += more;
                    }
                    Ok(counts)
                },
            )?;
        let seen: u64 = counts.iter().sum();
        let scale = n as f64 / seen.max(1) as f64;
        Ok(counts
            .into_iter()
            .map(|count| (count as f64 * scale).ceil() as u64)
            .collect())
    }

    /// Partition a cell-major matrix by gene, in runs of about `run` values.
    ///
    /// `starts` are the first values of the cells, and the number of values.
    ///
    /// # Errors
    /// [`Error::Damaged`] where an index is no gene; [`Error::Unsupported`],
    /// [`Error::Spill`], [`Error::Cancelled`].
    pub fn partition_by_gene(
        &self,
        starts: &[u64],
        run: u64,
        partitions: &Partitions,
        control: &Control,
    ) -> Result<(), Error> {
        let n = starts[starts.len() - 1];
        self.check(n)?;
        control.expect(n);
        let chunk = self.indices.chunk()[0].max(self.data.chunk()[0]);
        // The chunks at both ends of a run are decoded for its neighbours,
        // too.
        runs(starts, run.max(4 * chunk.min(n)))
            .into_par_iter()
            .try_for_each_init(Scratch::default, |scratch, cells| {
                let first = starts[cells.start];
                let stored = first..starts[cells.end];
                let n = (stored.end - stored.start) as usize;
                let Scratch {
                    decoder,
                    genes,
                    values,
                    starts: own,
                } = scratch;
                genes.resize(n, 0);
                values.resize(n, 0.0);
                self.indices.read(stored.clone(), decoder, genes)?;
                self.data.read(stored, decoder, values)?;
                own.clear();
                let cell_starts = starts[cells.start..=cells.end].iter();
                own.extend(cell_starts.map(|&start| (start - first) as usize));
                partitions.add_cells(cells.start, own, genes, values, self.rounding())?;
                Ok(control.checkpoint(n as u64)?)
            })
    }
}

/// The slices to read, and the memory they are read into.
pub struct Slices<'a> {
    /// First value of each slice among all stored ones.
    pub starts: &'a [u64],
    /// Where each slice starts in memory, and where the last one ends.
    pub p: &'a mut [i32],
    pub idx: &'a mut [i32],
    pub x: &'a mut [f64],
}

/// Memory used again from run to run.
#[derive(Default)]
struct Scratch {
    decoder: Decoder,
    genes: Vec<i32>,
    values: Vec<f64>,
    starts: Vec<usize>,
}

/// What is read of the file, slices that follow one another together.
fn ranges(starts: &[u64], p: &[i32]) -> Result<Vec<Range<u64>>, Error> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for (&start, pair) in starts.iter().zip(p.windows(2)) {
        let end = start.checked_add((pair[1] - pair[0]) as u64);
        let Some(end) = end else {
            return Error::damaged("It has fewer values than its pointers say.");
        };
        match ranges.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => ranges.push(start..end),
        }
    }
    Ok(ranges)
}

/// Each piece of a dataset with the place its values go to.
fn jobs<'o, T>(
    dataset: &Dataset,
    ranges: &[Range<u64>],
    mut out: &'o mut [T],
) -> Vec<(Range<u64>, &'o mut [T])> {
    let mut jobs = Vec::new();
    for range in ranges.iter().filter(|range| !range.is_empty()) {
        for piece in dataset.pieces(range.clone()) {
            let (now, later) = out.split_at_mut((piece.end - piece.start) as usize);
            out = later;
            jobs.push((piece, now));
        }
    }
    jobs
}

fn read_all<T: Target>(
    dataset: &Dataset,
    jobs: Vec<(Range<u64>, &mut [T])>,
    control: &Control,
) -> Result<(), Error> {
    jobs.into_par_iter()
        .try_for_each_init(Decoder::default, |decoder, (range, out)| {
            control.checkpoint(out.len() as u64)?;
            dataset.read(range, decoder, out)
        })
}

/// Ranges of cells of at most `limit` values, or of one cell.
fn runs(starts: &[u64], limit: u64) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut first = 0;
    for cell in 1..starts.len() {
        let is_last = cell + 1 == starts.len();
        if is_last || starts[cell + 1] - starts[first] > limit {
            runs.push(first..cell);
            first = cell;
        }
    }
    runs
}
