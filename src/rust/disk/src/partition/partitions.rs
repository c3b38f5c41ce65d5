//! Values in partitions by gene, in memory as long as there is room, then in a
//! temporary file.

use super::segment::{pack, Place, Segment, Wanted};
use super::spill::Spill;
use super::Run;
use crate::slices::{check_bounds, order_slices, Rounding};
use crate::Error;
use rayon::prelude::*;
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use wilcoxide_control::Control;

/// All values of a matrix, in partitions of neighbouring genes.
///
/// A gene within its partition is written in 16 bits, a value as float32
/// where that is exact for its run, else as float64.
pub struct Partitions {
    n_cells: usize,
    /// Which genes are kept.
    wanted: Vec<bool>,
    /// First gene of each partition, and the number of genes.
    bounds: Vec<usize>,
    parts: Vec<Mutex<Vec<Segment>>>,
    gene_sizes: Mutex<Vec<u64>>,
    /// Bytes that may still be kept in memory.
    memory_left: AtomicU64,
    spill: Spill,
}

/// Genes of a partition, and values of a cell in it, at most.
const WIDEST: usize = u16::MAX as usize;

impl Partitions {
    /// Room for a matrix.
    ///
    /// Values of the genes that are not `wanted` are dropped. `sizes` are
    /// about the numbers of values of each gene. Partitions get about `limit`
    /// of them, or one gene. Up to `memory` bytes are kept in memory, the
    /// others in a file in `directory`.
    pub fn new(
        n_cells: usize,
        wanted: Vec<bool>,
        sizes: &[u64],
        limit: u64,
        memory: u64,
        directory: &Path,
    ) -> Self {
        let sizes: Vec<u64> = sizes
            .iter()
            .zip(&wanted)
            .map(|(&size, &wanted)| size * u64::from(wanted))
            .collect();
        let bounds = cut(&sizes, limit, 0..sizes.len());
        Self {
            n_cells,
            wanted,
            parts: bounds[1..].iter().map(|_| Mutex::default()).collect(),
            bounds,
            gene_sizes: Mutex::new(vec![0; sizes.len()]),
            memory_left: AtomicU64::new(memory),
            spill: Spill::new(directory),
        }
    }

    pub fn n_cells(&self) -> usize {
        self.n_cells
    }

    pub fn n_genes(&self) -> usize {
        self.bounds[self.bounds.len() - 1]
    }

    /// Bytes in the temporary file.
    pub fn spilled(&self) -> u64 {
        self.spill.size()
    }

    /// Stored values of each gene.
    pub fn gene_sizes(&self) -> Vec<u64> {
        lock(&self.gene_sizes).clone()
    }

    /// First genes of blocks of at most `limit` values, or of one gene, none
    /// in two partitions; and the number of genes.
    pub fn blocks(&self, limit: u64) -> Vec<usize> {
        let sizes = self.gene_sizes();
        let mut bounds = vec![0];
        for part in self.bounds.windows(2) {
            bounds.extend(&cut(&sizes, limit, part[0]..part[1])[1..]);
        }
        bounds
    }

    /// Stored values of a range of genes.
    pub fn n_values(&self, genes: Range<usize>) -> u64 {
        lock(&self.gene_sizes)[genes].iter().sum()
    }

    /// Add the values of some neighbouring cells, in any order and in
    /// several parts: cells whose genes do not ascend are sorted, and several
    /// values of one gene are summed, see [`Rounding`].
    ///
    /// # Errors
    /// [`Error::Damaged`] where an index is no gene; [`Error::Spill`].
    pub fn add_cells(
        &self,
        first_cell: usize,
        starts: &mut [usize],
        genes: &mut [i32],
        values: &mut [f64],
        rounding: Rounding,
    ) -> Result<(), Error> {
        let n_genes = self.n_genes();
        check_bounds(genes, n_genes)?;
        let n = order_slices(starts, genes, values, rounding);
        self.add(Run {
            first_cell,
            starts,
            genes: &mut genes[..n],
            values: &mut values[..n],
            range: 0..n_genes,
        })
    }

    /// Add the values of a run.
    ///
    /// # Errors
    /// [`Error::Spill`] where the temporary file cannot be written.
    pub fn add(&self, mut run: Run) -> Result<(), Error> {
        if !self.wanted[run.range.clone()].iter().all(|&wanted| wanted) {
            self.drop_unwanted(&mut run);
        }
        self.count(&run);
        let is_double = run.values.iter().any(|&x| f64::from(x as f32) != x);
        let n_cells = run.starts.len() - 1;
        let mut cursors = run.starts[..n_cells].to_vec();
        for (part, bounds) in self.bounds.windows(2).enumerate() {
            if bounds[1] <= run.range.start || bounds[0] >= run.range.end {
                continue;
            }
            let (packed, n_values) = pack(&run, bounds[0]..bounds[1], is_double, &mut cursors);
            self.store(part, &run, n_values, is_double, packed)?;
        }
        Ok(())
    }

    fn drop_unwanted(&self, run: &mut Run) {
        let mut kept = 0;
        for cell in 0..run.starts.len() - 1 {
            let stored = run.starts[cell]..run.starts[cell + 1];
            run.starts[cell] = kept;
            for at in stored {
                if self.wanted[run.genes[at] as usize] {
                    run.genes[kept] = run.genes[at];
                    run.values[kept] = run.values[at];
                    kept += 1;
                }
            }
        }
        let end = run.starts.len() - 1;
        run.starts[end] = kept;
        run.genes = &mut std::mem::take(&mut run.genes)[..kept];
        run.values = &mut std::mem::take(&mut run.values)[..kept];
    }

    fn count(&self, run: &Run) {
        let mut sizes = vec![0u32; run.range.len()];
        for &gene in run.genes.iter() {
            sizes[gene as usize - run.range.start] += 1;
        }
        let mut all = lock(&self.gene_sizes);
        for (all, size) in all[run.range.clone()].iter_mut().zip(sizes) {
            *all += u64::from(size);
        }
    }

    fn store(
        &self,
        part: usize,
        run: &Run,
        n_values: usize,
        is_double: bool,
        bytes: Vec<u8>,
    ) -> Result<(), Error> {
        let size = bytes.len() as u64;
        let take = |left: u64| left.checked_sub(size);
        let fits = self
            .memory_left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        let place = match fits {
            Ok(_) => Place::Memory(bytes),
            Err(_) => Place::Spilled(self.spill.write(&bytes)?),
        };
        lock(&self.parts[part]).push(Segment {
            first_cell: run.first_cell,
            n_cells: run.starts.len() - 1,
            first_gene: run.range.start,
            n_values,
            is_double,
            place,
        });
        Ok(())
    }

    /// Fill cell-major compressed storage with the values of `genes`, which
    /// are of one partition; there they count from 0.
    ///
    /// # Errors
    /// [`Error::Damaged`] unless every cell was added once and the storage
    /// has the right size; [`Error::Spill`], [`Error::Cancelled`].
    pub fn fill(
        &self,
        genes: Range<usize>,
        p: &mut [i32],
        idx: &mut [i32],
        x: &mut [f64],
        control: &Control,
    ) -> Result<(), Error> {
        let part = self.bounds.partition_point(|&first| first <= genes.start) - 1;
        let fits = self
            .bounds
            .get(part + 1)
            .is_some_and(|&end| genes.end <= end)
            && p.len() == self.n_cells + 1
            && idx.len() as u64 == self.n_values(genes.clone())
            && idx.len() == x.len()
            && i32::try_from(idx.len()).is_ok();
        if !fits {
            return Err(Error::Damaged("the storage has another size".into()));
        }
        let mut segments = lock(&self.parts[part]);
        segments.sort_unstable_by_key(|segment| (segment.first_cell, segment.first_gene));
        let bands = self.bands(&segments)?;
        let wanted = Wanted {
            spill: &self.spill,
            all: genes == (self.bounds[part]..self.bounds[part + 1]),
            within: genes.start - self.bounds[part]..genes.end - self.bounds[part],
        };

        p.fill(0);
        let mut jobs = Vec::with_capacity(bands.len());
        let mut rest = &mut p[1..];
        for &band in &bands {
            let (counts, later) = rest.split_at_mut(band[0].n_cells);
            rest = later;
            jobs.push((band, counts));
        }
        jobs.into_par_iter().try_for_each(|(band, counts)| {
            band.iter()
                .try_for_each(|segment| wanted.count(segment, counts))
        })?;
        let mut end = 0;
        for start in p.iter_mut() {
            end += *start;
            *start = end;
        }

        let p = &*p;
        let mut jobs = Vec::with_capacity(bands.len());
        let (mut idx, mut x) = (idx, x);
        for band in bands {
            let starts = &p[band[0].first_cell..=band[0].first_cell + band[0].n_cells];
            let n = (starts[starts.len() - 1] - starts[0]) as usize;
            let (idx_now, idx_later) = idx.split_at_mut(n);
            let (x_now, x_later) = x.split_at_mut(n);
            (idx, x) = (idx_later, x_later);
            jobs.push((band, starts, idx_now, x_now));
        }
        jobs.into_par_iter().try_for_each(|(band, starts, idx, x)| {
            control.checkpoint(idx.len() as u64)?;
            let first = starts[0];
            let mut next: Vec<usize> = starts.iter().map(|&at| (at - first) as usize).collect();
            band.iter()
                .try_for_each(|segment| wanted.copy(segment, &mut next, idx, x))
        })
    }

    /// The values of all wanted genes as gene-major compressed storage, one
    /// slice per wanted gene.
    ///
    /// # Errors
    /// As [`Partitions::fill`]; [`Error::Damaged`] where there are more values
    /// than 32 bits count.
    pub fn gene_slices(&self, control: &Control) -> Result<GeneSlices, Error> {
        let sizes = self.gene_sizes();
        let n = sizes.iter().sum::<u64>();
        if i32::try_from(n).is_err() {
            return Err(Error::Damaged("There are too many values.".into()));
        }
        control.expect(n);
        // Where the next value of each gene goes.
        let mut next = Vec::with_capacity(sizes.len());
        let mut slices = GeneSlices {
            p: vec![0],
            idx: vec![0; n as usize],
            x: vec![0.0; n as usize],
        };
        let mut end = 0;
        for (&size, &wanted) in sizes.iter().zip(&self.wanted) {
            next.push(end);
            end += size as usize;
            if wanted {
                slices.p.push(end as i32);
            }
        }
        let (mut p, mut idx, mut x) = (vec![0; self.n_cells + 1], Vec::new(), Vec::new());
        for part in self.bounds.windows(2) {
            let n = self.n_values(part[0]..part[1]) as usize;
            idx.resize(n, 0);
            x.resize(n, 0.0);
            self.fill(part[0]..part[1], &mut p, &mut idx, &mut x, control)?;
            for (cell, stored) in p.windows(2).enumerate() {
                for at in stored[0] as usize..stored[1] as usize {
                    let place = &mut next[part[0] + idx[at] as usize];
                    slices.idx[*place] = cell as i32;
                    slices.x[*place] = x[at];
                    *place += 1;
                }
            }
        }
        Ok(slices)
    }

    /// The segments in groups of the same cells, which follow one another.
    fn bands<'s>(&self, segments: &'s [Segment]) -> Result<Vec<&'s [Segment]>, Error> {
        let same = |a: &Segment, b: &Segment| a.first_cell == b.first_cell;
        let bands: Vec<&[Segment]> = segments.chunk_by(same).collect();
        let mut next = 0;
        for band in &bands {
            let same_length = band
                .iter()
                .all(|segment| segment.n_cells == band[0].n_cells);
            if band[0].first_cell != next || !same_length {
                next = usize::MAX;
                break;
            }
            next += band[0].n_cells;
        }
        if next != self.n_cells {
            return Err(Error::Damaged("not every cell was added once".into()));
        }
        Ok(bands)
    }
}

/// Gene-major compressed storage.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneSlices {
    /// Where the values of each gene start, and where the last ones end.
    pub p: Vec<i32>,
    /// Cells, ascending within a gene.
    pub idx: Vec<i32>,
    pub x: Vec<f64>,
}

/// Bounds of pieces of a range of genes that have at most `limit` values, or
/// one gene.
fn cut(sizes: &[u64], limit: u64, range: Range<usize>) -> Vec<usize> {
    let mut bounds = vec![range.start];
    let mut start = range.start;
    let mut n_values = 0;
    for gene in range.clone() {
        let is_full = n_values + sizes[gene] > limit || gene - start >= WIDEST;
        if gene > start && is_full {
            bounds.push(gene);
            start = gene;
            n_values = 0;
        }
        n_values += sizes[gene];
    }
    bounds.push(range.end);
    bounds
}

/// What a panic of another thread left is not used: that panic ends the call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
