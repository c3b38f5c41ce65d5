//! Values dealt out by gene, in memory as long as there is room, then in a
//! temporary file.

use crate::file::{read_exact_at, write_all_at};
use crate::number::{Number, Target};
use crate::Error;
use rayon::prelude::*;
use std::borrow::Cow;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use wilcoxide_kernel::Control;

/// Values of some neighbouring cells: cell-major compressed storage.
///
/// What it borrows is used as scratch.
pub struct Run<'a> {
    pub first_cell: usize,
    /// Where the values of each cell start, and where the last ones end.
    pub starts: &'a mut [usize],
    /// Genes, ascending within a cell.
    pub genes: &'a mut [i32],
    pub values: &'a mut [f64],
    /// The genes that the run may hold values of.
    pub range: Range<usize>,
}

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

/// A temporary file that no path leads to: it is gone with its last handle,
/// however the process ends.
struct Spill {
    directory: PathBuf,
    file: OnceLock<Result<File, String>>,
    end: AtomicU64,
}

/// The values of a run in a partition: how many each cell has, in 16 bits,
/// then all genes, then all values.
struct Segment {
    first_cell: usize,
    n_cells: usize,
    first_gene: usize,
    n_values: usize,
    is_double: bool,
    place: Place,
}

enum Place {
    Memory(Vec<u8>),
    Spilled(u64),
}

/// Genes of a partition, and values of a cell in it, at most.
const WIDEST: usize = u16::MAX as usize;
const COUNT: usize = size_of::<u16>();
const GENE: usize = size_of::<u16>();

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
            spill: Spill {
                directory: directory.into(),
                file: OnceLock::new(),
                end: AtomicU64::new(0),
            },
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
        self.spill.end.load(Ordering::Relaxed)
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

    /// Deal out the values of a run.
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
        let mut counts = vec![0; n_cells];
        for (part, bounds) in self.bounds.windows(2).enumerate() {
            if bounds[1] <= run.range.start || bounds[0] >= run.range.end {
                continue;
            }
            let mut n_values = 0;
            for (cell, count) in counts.iter_mut().enumerate() {
                let rest = &run.genes[cursors[cell]..run.starts[cell + 1]];
                *count = rest.partition_point(|&gene| (gene as usize) < bounds[1]);
                n_values += *count;
            }
            let mut bytes = vec![0; n_cells * COUNT + n_values * (GENE + width(is_double))];
            let (head, tail) = bytes.split_at_mut(n_cells * COUNT);
            let (mut genes, mut values) = tail.split_at_mut(n_values * GENE);
            for (cell, &count) in counts.iter().enumerate() {
                let taken = cursors[cell]..cursors[cell] + count;
                cursors[cell] += count;
                let field = &mut head[cell * COUNT..][..COUNT];
                field.copy_from_slice(&(count as u16).to_le_bytes());
                let (now, later) = genes.split_at_mut(count * GENE);
                genes = later;
                for (out, gene) in now.chunks_exact_mut(GENE).zip(&run.genes[taken.clone()]) {
                    let within = *gene as usize - bounds[0];
                    out.copy_from_slice(&(within as u16).to_le_bytes());
                }
                let (now, later) = values.split_at_mut(count * width(is_double));
                values = later;
                encode(&run.values[taken], is_double, now);
            }
            self.keep(part, &run, n_values, is_double, bytes)?;
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

    fn keep(
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
    /// [`Error::Damaged`] unless each cell was dealt out once and the storage
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
                .try_for_each(|segment| wanted.put(segment, &mut next, idx, x))
        })
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
            return Err(Error::Damaged("not each cell was dealt out once".into()));
        }
        Ok(bands)
    }
}

/// The genes of a partition that are read.
struct Wanted<'a> {
    spill: &'a Spill,
    /// Whether these are all its genes.
    all: bool,
    /// The genes, from the first of the partition.
    within: Range<usize>,
}

impl Wanted<'_> {
    /// Add to the number of values of each cell.
    fn count(&self, segment: &Segment, counts: &mut [i32]) -> Result<(), Error> {
        let head = segment.n_cells * COUNT;
        if self.all {
            let bytes = segment.bytes(self.spill, head)?;
            for (count, more) in counts.iter_mut().zip(segment.counts(&bytes)) {
                *count += more as i32;
            }
            return Ok(());
        }
        let bytes = segment.bytes(self.spill, head + segment.n_values * GENE)?;
        let mut genes = numbers(&bytes[head..]);
        for (count, more) in counts.iter_mut().zip(segment.counts(&bytes)) {
            let among = genes.by_ref().take(more);
            *count += among.filter(|gene| self.within.contains(gene)).count() as i32;
        }
        Ok(())
    }

    /// Put the values of each cell where its next ones go.
    fn put(
        &self,
        segment: &Segment,
        next: &mut [usize],
        idx: &mut [i32],
        x: &mut [f64],
    ) -> Result<(), Error> {
        let bytes = segment.bytes(self.spill, segment.size())?;
        let (head, tail) = bytes.split_at(segment.n_cells * COUNT);
        let (genes, values) = tail.split_at(segment.n_values * GENE);
        let mut genes = numbers(genes);
        let mut values = values.chunks_exact(width(segment.is_double));
        for (next, count) in next.iter_mut().zip(segment.counts(head)) {
            for (gene, value) in genes.by_ref().zip(values.by_ref()).take(count) {
                if self.all || self.within.contains(&gene) {
                    idx[*next] = (gene - self.within.start) as i32;
                    x[*next] = decode(value, segment.is_double);
                    *next += 1;
                }
            }
        }
        Ok(())
    }
}

impl Segment {
    fn size(&self) -> usize {
        self.n_cells * COUNT + self.n_values * (GENE + width(self.is_double))
    }

    /// The first bytes of the segment, from where they are.
    fn bytes<'s>(&'s self, spill: &Spill, n: usize) -> Result<Cow<'s, [u8]>, Error> {
        match &self.place {
            Place::Memory(bytes) => Ok(Cow::Borrowed(&bytes[..n])),
            Place::Spilled(offset) => spill.read(*offset, n).map(Cow::Owned),
        }
    }

    /// How many values each cell has.
    fn counts<'b>(&self, bytes: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
        numbers(&bytes[..self.n_cells * COUNT])
    }
}

impl Spill {
    /// Write bytes at the end; returns where they are.
    fn write(&self, bytes: &[u8]) -> Result<u64, Error> {
        let file = self.file.get_or_init(|| {
            tempfile::tempfile_in(&self.directory).map_err(|error| error.to_string())
        });
        let file = file.as_ref().map_err(|error| Error::Spill(error.clone()))?;
        let offset = self.end.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        write_all_at(file, offset, bytes).map_err(|error| Error::Spill(error.to_string()))?;
        Ok(offset)
    }

    fn read(&self, offset: u64, n: usize) -> Result<Vec<u8>, Error> {
        let Some(Ok(file)) = self.file.get() else {
            return Err(Error::Spill("there is none".into()));
        };
        let mut bytes = vec![0; n];
        read_exact_at(file, offset, &mut bytes).map_err(|error| Error::Spill(error.to_string()))?;
        Ok(bytes)
    }
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

fn numbers(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let pairs = bytes.chunks_exact(size_of::<u16>());
    pairs.map(|pair| usize::from(u16::from_le_bytes([pair[0], pair[1]])))
}

fn width(is_double: bool) -> usize {
    if is_double {
        size_of::<f64>()
    } else {
        size_of::<f32>()
    }
}

fn encode(values: &[f64], is_double: bool, out: &mut [u8]) {
    if is_double {
        for (out, &value) in out.chunks_exact_mut(size_of::<f64>()).zip(values) {
            out.copy_from_slice(&value.to_le_bytes());
        }
    } else {
        for (out, &value) in out.chunks_exact_mut(size_of::<f32>()).zip(values) {
            out.copy_from_slice(&(value as f32).to_le_bytes());
        }
    }
}

/// The one value that the bytes hold.
fn decode(bytes: &[u8], is_double: bool) -> f64 {
    let mut value = [0.0];
    let number = if is_double { Number::F64 } else { Number::F32 };
    f64::decode(number, bytes, &mut value);
    value[0]
}

/// What a panic of another thread left is not used: that panic ends the call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const N_CELLS: usize = 7;
    const N_GENES: usize = 9;

    fn value(cell: usize, gene: usize) -> Option<f64> {
        let step = (5 * cell + 3 * gene + cell * gene) % 7;
        // Some runs have values that are no float32.
        (step < 4).then_some(step as f64 + if cell > 4 { 0.1 } else { 0.5 })
    }

    /// All values of a range of genes, cell-major.
    fn slices(genes: Range<usize>, wanted: &[bool]) -> (Vec<i32>, Vec<i32>, Vec<f64>) {
        let (mut p, mut idx, mut x) = (vec![0], Vec::new(), Vec::new());
        for cell in 0..N_CELLS {
            for gene in genes.clone().filter(|&gene| wanted[gene]) {
                if let Some(value) = value(cell, gene) {
                    idx.push((gene - genes.start) as i32);
                    x.push(value);
                }
            }
            p.push(idx.len() as i32);
        }
        (p, idx, x)
    }

    /// Deal out tiles of some cells and genes.
    fn deal(partitions: &Partitions, height: usize, width: usize) -> Result<(), Error> {
        for first_cell in (0..N_CELLS).step_by(height) {
            for first_gene in (0..N_GENES).step_by(width).rev() {
                let range = first_gene..(first_gene + width).min(N_GENES);
                let (mut starts, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
                for cell in first_cell..(first_cell + height).min(N_CELLS) {
                    for gene in range.clone() {
                        if let Some(value) = value(cell, gene) {
                            genes.push(gene as i32);
                            values.push(value);
                        }
                    }
                    starts.push(genes.len());
                }
                partitions.add(Run {
                    first_cell,
                    starts: &mut starts,
                    genes: &mut genes,
                    values: &mut values,
                    range,
                })?;
            }
        }
        Ok(())
    }

    #[test]
    fn what_was_dealt_out_is_read_in_blocks() {
        let directory = std::env::temp_dir();
        let control = Control::default();
        let all = vec![true; N_GENES];
        let some: Vec<bool> = (0..N_GENES).map(|gene| gene % 3 != 1).collect();
        for wanted in [&all, &some] {
            for (height, width) in [(N_CELLS, N_GENES), (2, N_GENES), (3, 4), (1, 1)] {
                for (limit, memory) in [(1, 0), (9, 100), (9, 1 << 20), (1000, 50)] {
                    let sizes = [4; N_GENES];
                    let wanted = wanted.clone();
                    let dealt =
                        Partitions::new(N_CELLS, wanted.clone(), &sizes, limit, memory, &directory);
                    deal(&dealt, height, width).unwrap();
                    assert_eq!(dealt.spilled() == 0, memory == 1 << 20);
                    for limit in [1, 6, 1000] {
                        let bounds = dealt.blocks(limit);
                        assert_eq!(bounds.last(), Some(&N_GENES));
                        for pair in bounds.windows(2) {
                            let genes = pair[0]..pair[1];
                            let n = dealt.n_values(genes.clone());
                            assert!(n <= limit || genes.len() == 1);
                            let expected = slices(genes.clone(), &wanted);
                            let mut p = vec![9; N_CELLS + 1];
                            let mut idx = vec![9; n as usize];
                            let mut x = vec![9.0; n as usize];
                            dealt
                                .fill(genes, &mut p, &mut idx, &mut x, &control)
                                .unwrap();
                            assert_eq!((p, idx, x), expected);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn cells_that_are_missing_or_twice_there_are_noticed() {
        let new = || {
            let (wanted, directory) = (vec![true; N_GENES], std::env::temp_dir());
            Partitions::new(N_CELLS, wanted, &[4; N_GENES], 1000, 1000, &directory)
        };
        let fill = |dealt: &Partitions| {
            let n = dealt.n_values(0..N_GENES) as usize;
            let (mut p, mut idx, mut x) = (vec![0; N_CELLS + 1], vec![0; n], vec![0.0; n]);
            let control = Control::default();
            dealt.fill(0..N_GENES, &mut p, &mut idx, &mut x, &control)
        };
        let add = |dealt: &Partitions, first_cell, n_cells: usize| {
            let run = Run {
                first_cell,
                starts: &mut vec![0; n_cells + 1],
                genes: &mut [],
                values: &mut [],
                range: 0..N_GENES,
            };
            dealt.add(run).unwrap();
        };
        let dealt = new();
        add(&dealt, 0, 3);
        assert!(fill(&dealt).is_err());
        add(&dealt, 4, 3);
        assert!(fill(&dealt).is_err());
        add(&dealt, 3, 1);
        assert_eq!(fill(&dealt), Ok(()));
        add(&dealt, 3, 2);
        assert!(fill(&dealt).is_err());
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error() {
        let nowhere = Path::new("/nowhere/at/all");
        let dealt = Partitions::new(N_CELLS, vec![true; N_GENES], &[4; N_GENES], 9, 0, nowhere);
        assert!(matches!(deal(&dealt, 2, N_GENES), Err(Error::Spill(_))));
    }
}
