//! Matrices out of datasets, whole or dealt out by gene.

use crate::dataset::{About, Dataset};
use crate::filters::Decoder;
use crate::partition::{Partitions, Run};
use crate::{Error, File};
use rayon::prelude::*;
use std::ops::Range;
use wilcoxide_control::Control;

/// The two datasets of a compressed sparse matrix.
pub struct Sparse<'a> {
    indices: Dataset<'a>,
    data: Dataset<'a>,
}

impl<'a> Sparse<'a> {
    /// Find the chunks of both.
    ///
    /// # Errors
    /// As [`Dataset::open`], and [`Error::Unsupported`] unless both have one
    /// dimension and the indices are whole numbers.
    pub fn open(file: &'a File, indices: &About, data: &About) -> Result<Self, Error> {
        if indices.dims.len() != 1 || data.dims.len() != 1 || !indices.number.is_whole() {
            return Error::unsupported("the datasets are none of a sparse matrix");
        }
        Ok(Self {
            indices: Dataset::open(file, indices)?,
            data: Dataset::open(file, data)?,
        })
    }

    fn check(&self, values: Range<u64>) -> Result<(), Error> {
        if values.end > self.indices.dims()[0].min(self.data.dims()[0]) {
            return Error::unsupported("the matrix has fewer values");
        }
        Ok(())
    }

    /// Read the stored values `from` on, as many as there is room for.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Cancelled`].
    pub fn read(
        &self,
        from: u64,
        idx: &mut [i32],
        x: &mut [f64],
        control: &Control,
    ) -> Result<(), Error> {
        self.check(from..from + idx.len().max(x.len()) as u64)?;
        control.expect((idx.len() + x.len()) as u64);
        let index_jobs = jobs(&self.indices, from, idx);
        let data_jobs = jobs(&self.data, from, x);
        let read_indices = || {
            index_jobs.into_par_iter().try_for_each_init(
                Decoder::default,
                |decoder, (range, out)| {
                    control.checkpoint(out.len() as u64)?;
                    self.indices.read(range, decoder, out)
                },
            )
        };
        let read_data = || {
            data_jobs.into_par_iter().try_for_each_init(
                Decoder::default,
                |decoder, (range, out)| {
                    control.checkpoint(out.len() as u64)?;
                    self.data.read(range, decoder, out)
                },
            )
        };
        let (indices, data) = rayon::join(read_indices, read_data);
        indices.and(data)
    }

    /// About how many values each gene has, by some of the indices of a
    /// cell-major matrix of `n` values.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Damaged`].
    pub fn gene_sizes(&self, n: u64, n_genes: usize) -> Result<Vec<u64>, Error> {
        self.check(0..n)?;
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

    /// Deal out a cell-major matrix, in runs of about `run` values.
    ///
    /// `starts` are the first values of the cells, and the number of values.
    ///
    /// # Errors
    /// [`Error::Damaged`] where the indices are none, or one is there twice
    /// in a cell; [`Error::Unsupported`], [`Error::Spill`],
    /// [`Error::Cancelled`].
    pub fn deal(
        &self,
        starts: &[u64],
        run: u64,
        partitions: &Partitions,
        control: &Control,
    ) -> Result<(), Error> {
        let n = starts[starts.len() - 1];
        self.check(0..n)?;
        control.expect(n);
        let chunk = self.indices.chunk()[0].max(self.data.chunk()[0]);
        // The chunks at both ends of a run are decoded for its neighbours,
        // too.
        runs(starts, run.max(4 * chunk.min(n)))
            .into_par_iter()
            .try_for_each_init(RunScratch::default, |scratch, cells| {
                let values = starts[cells.start]..starts[cells.end];
                let n = (values.end - values.start) as usize;
                let RunScratch {
                    decoder,
                    genes,
                    values: x,
                    starts: own,
                } = scratch;
                genes.resize(n, 0);
                x.resize(n, 0.0);
                self.indices.read(values.clone(), decoder, genes)?;
                self.data.read(values, decoder, x)?;
                let first = starts[cells.start];
                own.clear();
                own.extend(
                    starts[cells.start..=cells.end]
                        .iter()
                        .map(|&start| (start - first) as usize),
                );
                deal_run(cells.start, own, genes, x, partitions)?;
                Ok(control.checkpoint(n as u64)?)
            })
    }
}

/// A dataset of cells x genes with all its zeros.
pub struct Dense<'a> {
    data: Dataset<'a>,
}

impl<'a> Dense<'a> {
    /// Find its chunks.
    ///
    /// # Errors
    /// As [`Dataset::open`], and [`Error::Unsupported`] unless it has two
    /// dimensions.
    pub fn open(file: &'a File, data: &About) -> Result<Self, Error> {
        if data.dims.len() != 2 {
            return Error::unsupported("the dataset is no matrix");
        }
        let data = Dataset::open(file, data)?;
        Ok(Self { data })
    }

    /// About how many values that are not zero the matrix has, by some of its
    /// tiles.
    ///
    /// # Errors
    /// [`Error::Unsupported`].
    pub fn n_values(&self, tile: u64) -> Result<u64, Error> {
        let tiles = self.tiles(tile);
        let (seen, values) = evenly(tiles.len(), SAMPLED)
            .into_par_iter()
            .map(|at| {
                let mut scratch = RunScratch::default();
                self.read_tile(&tiles[at], &mut scratch)?;
                let stored = scratch.values.iter().filter(|&&x| x != 0.0).count();
                Ok::<_, Error>((scratch.values.len() as u64, stored as u64))
            })
            .try_reduce(|| (0, 0), |a, b| Ok((a.0 + b.0, a.1 + b.1)))?;
        let all = self.data.dims().iter().product::<u64>() as f64;
        Ok((all * (values as f64 / seen.max(1) as f64)).ceil() as u64)
    }

    /// Deal out what is not zero, in tiles of about `tile` values.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Spill`], [`Error::Cancelled`].
    pub fn deal(&self, tile: u64, partitions: &Partitions, control: &Control) -> Result<(), Error> {
        control.expect(self.data.dims().iter().product());
        let tiles = self.tiles(tile);
        tiles
            .into_par_iter()
            .try_for_each_init(RunScratch::default, |scratch, tile| {
                self.read_tile(&tile, scratch)?;
                let RunScratch {
                    genes,
                    values,
                    starts,
                    ..
                } = scratch;
                let work = values.len() as u64;
                genes.clear();
                starts.clear();
                let first_gene = tile.columns.start as usize;
                let width = (tile.columns.end - tile.columns.start) as usize;
                let mut kept = 0;
                for at in 0..values.len() {
                    if at % width == 0 {
                        starts.push(kept);
                    }
                    if values[at] != 0.0 {
                        values[kept] = values[at];
                        genes.push((first_gene + at % width) as i32);
                        kept += 1;
                    }
                }
                starts.push(kept);
                partitions.add(Run {
                    first_cell: tile.rows.start as usize,
                    starts,
                    genes,
                    values: &mut values[..kept],
                    range: first_gene..first_gene + width,
                })?;
                Ok(control.checkpoint(work)?)
            })
    }

    fn read_tile(&self, tile: &Tile, scratch: &mut RunScratch) -> Result<(), Error> {
        let Tile { rows, columns } = tile.clone();
        let n = (rows.end - rows.start) * (columns.end - columns.start);
        scratch.values.resize(n as usize, 0.0);
        let RunScratch {
            decoder, values, ..
        } = scratch;
        self.data.read_tile(rows, columns, decoder, values)
    }

    /// The matrix in tiles of whole chunks, of as many rows of them as make
    /// about `size` values, or of some chunks side by side.
    fn tiles(&self, size: u64) -> Vec<Tile> {
        let (dims, chunk) = (self.data.dims(), self.data.chunk());
        let step = |size: u64, length: u64, chunk: u64| (size / chunk).max(1) * chunk.min(length);
        let width =
            step(size / chunk[0], dims[1], chunk[1]).min(dims[1].next_multiple_of(chunk[1]));
        let height = step(size / width, dims[0], chunk[0]);
        let side = |step: u64, length: u64| {
            (0..length.div_ceil(step)).map(move |i| i * step..((i + 1) * step).min(length))
        };
        side(height, dims[0])
            .flat_map(|rows| {
                side(width, dims[1]).map(move |columns| Tile {
                    rows: rows.clone(),
                    columns,
                })
            })
            .collect()
    }
}

#[derive(Clone)]
struct Tile {
    rows: Range<u64>,
    columns: Range<u64>,
}

/// Memory used again from run to run.
#[derive(Default)]
struct RunScratch {
    decoder: Decoder,
    genes: Vec<i32>,
    values: Vec<f64>,
    starts: Vec<usize>,
}

/// Pieces that are looked at to tell how many values genes have.
const SAMPLED: usize = 64;

/// Deal out a run of a sparse matrix; cells whose genes do not ascend are
/// sorted.
///
/// # Errors
/// [`Error::Damaged`] where an index is no gene, or one is there twice in a
/// cell; [`Error::Spill`].
pub fn deal_run(
    first_cell: usize,
    starts: &mut [usize],
    genes: &mut [i32],
    values: &mut [f64],
    partitions: &Partitions,
) -> Result<(), Error> {
    let n_genes = partitions.n_genes();
    if genes
        .iter()
        .any(|&gene| gene < 0 || gene as usize >= n_genes)
    {
        return Err(outside());
    }
    let mut sorted = Vec::new();
    for cell in starts.windows(2).map(|pair| pair[0]..pair[1]) {
        if genes[cell.clone()].is_sorted_by(|a, b| a < b) {
            continue;
        }
        sorted.clear();
        let pairs = genes[cell.clone()].iter().zip(&values[cell.clone()]);
        sorted.extend(pairs.map(|(&gene, &value)| (gene, value)));
        sorted.sort_unstable_by_key(|&(gene, _)| gene);
        if !sorted.is_sorted_by(|a, b| a.0 < b.0) {
            let reason = "It has several values in one place.";
            return Err(Error::Damaged(reason.into()));
        }
        for (at, &(gene, value)) in cell.zip(&sorted) {
            genes[at] = gene;
            values[at] = value;
        }
    }
    partitions.add(Run {
        first_cell,
        starts,
        genes,
        values,
        range: 0..n_genes,
    })
}

fn outside() -> Error {
    Error::Damaged("It has indices outside of its shape.".into())
}

/// Each piece of a dataset with the place its values go to.
fn jobs<'o, T>(
    dataset: &Dataset,
    from: u64,
    mut out: &'o mut [T],
) -> Vec<(Range<u64>, &'o mut [T])> {
    let all = from..from + out.len() as u64;
    let mut jobs = Vec::new();
    for piece in dataset.pieces(all) {
        let (now, later) = out.split_at_mut((piece.end - piece.start) as usize);
        out = later;
        jobs.push((piece, now));
    }
    jobs
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

/// Up to `some` of the numbers below `all`, evenly spread.
fn evenly(all: usize, some: usize) -> Vec<usize> {
    let n = some.min(all);
    (0..n).map(|i| i * all / n).collect()
}
