//! Dense matrices of cells x genes.

use crate::hdf5::{Dataset, Decoder, File};
use crate::partition::{Partitions, Run};
use crate::{evenly, Error, SAMPLED};
use rayon::prelude::*;
use std::ops::Range;
use wilcoxide_control::Control;

/// A dataset of cells x genes with all its zeros.
pub struct Dense<'a> {
    data: Dataset<'a>,
}

impl<'a> Dense<'a> {
    /// Find the chunks of the dataset at a path.
    ///
    /// # Errors
    /// [`Error::Damaged`] where it is not a matrix; [`Error::Unsupported`].
    pub fn open(file: &'a File, path: &str) -> Result<Self, Error> {
        let data = Dataset::open(file, path)?;
        if data.dims().len() != 2 {
            return Error::damaged("It is not a matrix: it has 1 dimension, and 2 are needed.");
        }
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
                let mut scratch = Scratch::default();
                self.read_tile(&tiles[at], &mut scratch)?;
                let stored = scratch.values.iter().filter(|&&x| x != 0.0).count();
                Ok::<_, Error>((scratch.values.len() as u64, stored as u64))
            })
            .try_reduce(|| (0, 0), |a, b| Ok((a.0 + b.0, a.1 + b.1)))?;
        let all = self.data.dims().iter().product::<u64>() as f64;
        Ok((all * (values as f64 / seen.max(1) as f64)).ceil() as u64)
    }

    /// Partition what is not zero, in tiles of about `tile` values.
    ///
    /// # Errors
    /// [`Error::Unsupported`], [`Error::Spill`], [`Error::Cancelled`].
    pub fn partition_by_gene(
        &self,
        tile: u64,
        partitions: &Partitions,
        control: &Control,
    ) -> Result<(), Error> {
        control.expect(self.data.dims().iter().product());
        let tiles = self.tiles(tile);
        tiles
            .into_par_iter()
            .try_for_each_init(Scratch::default, |scratch, tile| {
                self.read_tile(&tile, scratch)?;
                let Scratch {
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

    fn read_tile(&self, tile: &Tile, scratch: &mut Scratch) -> Result<(), Error> {
        let Tile { rows, columns } = tile.clone();
        let n = (rows.end - rows.start) * (columns.end - columns.start);
        scratch.values.resize(n as usize, 0.0);
        let Scratch {
            decoder, values, ..
        } = scratch;
        self.data.read_tile(rows, columns, decoder, values)
    }

    /// The matrix in tiles of whole chunks, of as many rows of them as make
    /// about `size` values, or of some chunks side by side.
    fn tiles(&self, size: u64) -> Vec<Tile> {
        let (dims, chunk) = (self.data.dims(), self.data.chunk());
        if dims.contains(&0) {
            return Vec::new();
        }
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

/// Memory used again from tile to tile.
#[derive(Default)]
struct Scratch {
    decoder: Decoder,
    genes: Vec<i32>,
    values: Vec<f64>,
    starts: Vec<usize>,
}
