//! The matrix to rank: a view of sparse storage that belongs to the caller.

use super::Error;
use rayon::prelude::*;
use sprs::CsMatViewI;
use std::ops::Range;

/// What the slices of the storage are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Major {
    /// One slice a cell: CSR of cells x genes, or CSC of genes x cells.
    Cell,
    /// One slice a gene.
    Gene,
}

/// A sparse matrix of cells and genes in either layout, checked.
///
/// Values that are not stored are zeros, and so are stored zeros. Neither
/// values nor structure are ever copied as a whole or changed.
pub struct Expression<'a> {
    view: CsMatViewI<'a, f64, i32>,
    major: Major,
    /// Where the slices start and end, where they are some of the storage's.
    some: Option<Vec<Range<i32>>>,
}

/// Slices that one task checks or counts.
const CHUNK: usize = 1 << 12;
/// Stored values that are counted for an estimate, about.
const SAMPLE: usize = 1 << 15;

impl<'a> Expression<'a> {
    /// View compressed sparse storage.
    ///
    /// `p` holds the start of each slice in `idx` and `x`, one more entry
    /// than there are slices; `idx` the minor index of each stored value,
    /// ascending within a slice.
    ///
    /// # Errors
    /// [`Error::Matrix`] when the parts do not fit together: this is checked
    /// in full, so that storage built by hand cannot lead anywhere else.
    pub fn new(
        p: &'a [i32],
        idx: &'a [i32],
        x: &'a [f64],
        n_cells: usize,
        n_genes: usize,
        major: Major,
    ) -> Result<Self, Error> {
        let (n_slices, n_minor) = match major {
            Major::Cell => (n_cells, n_genes),
            Major::Gene => (n_genes, n_cells),
        };
        check_parts(p, idx, x.len(), n_slices, n_minor)?;
        check_ascending(p, idx, n_minor)?;
        // SAFETY: it has just been seen that `p` starts at 0, never decreases
        // and ends at the length of `idx` and `x`, and that indices ascend
        // within their slice and stay below `n_minor`: all that sprs asks of a
        // compressed matrix.
        let view = unsafe { CsMatViewI::new_unchecked(sprs::CSR, (n_slices, n_minor), p, idx, x) };
        Ok(Self {
            view,
            major,
            some: None,
        })
    }

    /// The same of some cells, where values are stored by cell: nothing is copied.
    ///
    /// # Panics
    /// Where there is no such cell, or values are stored by gene.
    pub(crate) fn of_cells(&self, cells: &[u32]) -> Self {
        assert!(self.major == Major::Cell, "values are stored by gene");
        let bounds = |&cell: &u32| {
            let slice = self.slice(cell as usize);
            slice.start as i32..slice.end as i32
        };
        Self {
            view: self.view,
            major: self.major,
            some: Some(cells.iter().map(bounds).collect()),
        }
    }

    pub fn major(&self) -> Major {
        self.major
    }

    pub fn n_cells(&self) -> usize {
        match self.major {
            Major::Cell => self.n_slices(),
            Major::Gene => self.view.cols(),
        }
    }

    pub fn n_genes(&self) -> usize {
        match self.major {
            Major::Cell => self.view.cols(),
            Major::Gene => self.view.rows(),
        }
    }

    /// Stored values, zeros among them.
    pub fn n_stored(&self) -> usize {
        match &self.some {
            None => self.view.data().len(),
            Some(slices) => slices.iter().map(|slice| slice.len()).sum(),
        }
    }

    fn n_slices(&self) -> usize {
        match &self.some {
            None => self.view.rows(),
            Some(slices) => slices.len(),
        }
    }

    /// Where the slices of the storage start, and where the last one ends.
    fn starts(&self) -> &[i32] {
        self.view.indptr().into_raw_storage()
    }

    pub(crate) fn indices(&self) -> &[i32] {
        self.view.indices()
    }

    pub(crate) fn values(&self) -> &[f64] {
        self.view.data()
    }

    #[inline(always)]
    pub(crate) fn slice(&self, major: usize) -> Range<usize> {
        let Range { start, end } = match &self.some {
            None => {
                let starts = self.starts();
                starts[major]..starts[major + 1]
            }
            Some(slices) => slices[major].clone(),
        };
        start as usize..end as usize
    }

    /// Stored values of each gene, counted.
    pub(crate) fn gene_sizes(&self) -> Vec<u32> {
        match self.major {
            Major::Gene => self
                .starts()
                .windows(2)
                .map(|pair| (pair[1] - pair[0]) as u32)
                .collect(),
            Major::Cell => self.count_every(1),
        }
    }

    /// Stored values of each gene, and whether they were counted: of many that are
    /// stored by cell, only those of some cells all over the matrix are.
    pub(crate) fn likely_gene_sizes(&self) -> (Vec<u32>, bool) {
        let step = self.n_stored() / SAMPLE;
        match self.major {
            Major::Cell if step > 1 => (self.count_every(step), false),
            _ => (self.gene_sizes(), true),
        }
    }

    /// Stored values of each gene in the first of every `step` cells, where values
    /// are stored by cell.
    fn count_every(&self, step: usize) -> Vec<u32> {
        // A cell has a gene once at most, and small counters stay in the cache.
        const _: () = assert!(CHUNK <= u16::MAX as usize);
        let count = |mut counts: Vec<u32>, range: Range<usize>| {
            let mut of_chunk = vec![0u16; self.n_genes()];
            for cell in range {
                for &gene in &self.indices()[self.slice(cell * step)] {
                    of_chunk[gene as usize] += 1;
                }
            }
            for (count, more) in counts.iter_mut().zip(of_chunk) {
                *count += u32::from(more);
            }
            counts
        };
        self.add_up(self.n_slices().div_ceil(step), count)
    }

    /// How many stored values of each gene satisfy `keep(cell, value)`.
    fn count_by_gene(&self, keep: impl Fn(usize, f64) -> bool + Sync + Send) -> Vec<u32> {
        let count = |mut counts: Vec<u32>, range: Range<usize>| {
            for slice in range {
                for k in self.slice(slice) {
                    let minor = self.indices()[k] as usize;
                    let (cell, gene) = match self.major {
                        Major::Cell => (slice, minor),
                        Major::Gene => (minor, slice),
                    };
                    counts[gene] += u32::from(keep(cell, self.values()[k]));
                }
            }
            counts
        };
        self.add_up(self.n_slices(), count)
    }

    /// Count per gene, in all chunks of `n` slices.
    fn add_up(
        &self,
        n: usize,
        count: impl Fn(Vec<u32>, Range<usize>) -> Vec<u32> + Sync + Send,
    ) -> Vec<u32> {
        let zeros = || vec![0u32; self.n_genes()];
        chunks(n)
            .fold(zeros, count)
            .reduce(zeros, |mut counts, more| {
                for (count, more) in counts.iter_mut().zip(more) {
                    *count += more;
                }
                counts
            })
    }

    /// The error that tells how many stored values are not numbers, among
    /// the genes and cells that are asked for.
    pub(crate) fn not_a_number(
        &self,
        is_wanted: impl Fn(usize) -> bool,
        takes_part: impl Fn(usize) -> bool + Sync + Send,
    ) -> Error {
        let counts = self.count_by_gene(|cell, value| value.is_nan() && takes_part(cell));
        let holding = || (0..counts.len()).filter(|&gene| counts[gene] > 0 && is_wanted(gene));
        Error::NotANumber {
            count: holding().map(|gene| u64::from(counts[gene])).sum(),
            first_gene: holding().next().unwrap_or(0),
        }
    }
}

fn chunks(n: usize) -> impl ParallelIterator<Item = Range<usize>> {
    (0..n.div_ceil(CHUNK))
        .into_par_iter()
        .map(move |i| i * CHUNK..((i + 1) * CHUNK).min(n))
}

/// Check all but the indices.
fn check_parts(
    p: &[i32],
    idx: &[i32],
    n_values: usize,
    n_slices: usize,
    n_minor: usize,
) -> Result<(), Error> {
    let wrong = |reason: String| Err(Error::Matrix(reason));
    // Ranks and counts of cells are kept in 32 bits.
    if n_slices.max(n_minor) > i32::MAX as usize {
        return wrong(format!(
            "there are {n_slices} slices of {n_minor} values, more than 2^31 - 1"
        ));
    }
    if p.len() != n_slices + 1 {
        return wrong(format!(
            "p has {} entries for {n_slices} slices, not {}",
            p.len(),
            n_slices + 1
        ));
    }
    if idx.len() != n_values {
        return wrong(format!(
            "there are {} indices for {n_values} values",
            idx.len()
        ));
    }
    if p[0] != 0 || p[n_slices] as usize != n_values {
        return wrong(format!(
            "p goes from {} to {}, not from 0 to {n_values}",
            p[0], p[n_slices]
        ));
    }
    if let Some(slice) = p.windows(2).position(|pair| pair[0] > pair[1]) {
        return wrong(format!("p decreases after slice {slice}"));
    }
    Ok(())
}

/// Check that the indices of each slice ascend and stay below `n_minor`.
fn check_ascending(p: &[i32], idx: &[i32], n_minor: usize) -> Result<(), Error> {
    let bad = chunks(p.len() - 1).find_map_first(|mut range| {
        range.find(|&slice| !ascends_below(slice_of(p, idx, slice), n_minor))
    });
    match bad {
        None => Ok(()),
        Some(slice) => Err(Error::Matrix(format!(
            "the indices of slice {slice} do not ascend from 0 to below {n_minor}"
        ))),
    }
}

fn slice_of<'a>(p: &[i32], idx: &'a [i32], slice: usize) -> &'a [i32] {
    &idx[p[slice] as usize..p[slice + 1] as usize]
}

fn ascends_below(indices: &[i32], n_minor: usize) -> bool {
    let (Some(&first), Some(&last)) = (indices.first(), indices.last()) else {
        return true;
    };
    // Without a branch in the loop the compiler compares several at once.
    let ascends = indices
        .windows(2)
        .fold(true, |so_far, pair| so_far & (pair[0] < pair[1]));
    ascends && first >= 0 && (last as usize) < n_minor
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(p: &[i32], idx: &[i32], x: &[f64]) -> bool {
        Expression::new(p, idx, x, 2, 3, Major::Cell).is_err()
    }

    #[test]
    fn storage_that_does_not_fit_is_refused() {
        let x = [1.0, 2.0, 3.0];
        assert!(!refused(&[0, 1, 3], &[2, 0, 1], &x));
        assert!(refused(&[0, 1], &[2, 0, 1], &x));
        assert!(refused(&[], &[], &[]));
        assert!(refused(&[0, 1, 3], &[2, 0], &x));
        assert!(refused(&[1, 1, 3], &[2, 0, 1], &x));
        assert!(refused(&[0, 1, 2], &[2, 0, 1], &x));
        assert!(refused(&[0, 4, 3], &[2, 0, 1], &x));
        assert!(refused(&[0, -1, 3], &[2, 0, 1], &x));
        assert!(refused(&[0, 1, 3], &[2, 1, 0], &x));
        assert!(refused(&[0, 1, 3], &[2, 1, 1], &x));
        assert!(refused(&[0, 1, 3], &[3, 0, 1], &x));
        assert!(refused(&[0, 1, 3], &[-1, 0, 1], &x));
    }

    #[test]
    fn sizes_beyond_32_bits_are_refused() {
        for size in [1 << 31, usize::MAX] {
            for (n_cells, n_genes) in [(size, 1), (1, size)] {
                for major in [Major::Cell, Major::Gene] {
                    let p = [0, 0];
                    assert!(Expression::new(&p, &[], &[], n_cells, n_genes, major).is_err());
                }
            }
        }
        let most = i32::MAX as usize;
        assert!(Expression::new(&[0, 0], &[], &[], 1, most, Major::Cell).is_ok());
        assert!(Expression::new(&[0, 0], &[], &[], most, 1, Major::Gene).is_ok());
    }

    #[test]
    fn genes_are_counted_in_both_layouts() {
        let x = [1.0, 2.0, 3.0];
        let by_cell = Expression::new(&[0, 1, 3], &[2, 0, 2], &x, 2, 3, Major::Cell).unwrap();
        assert_eq!(by_cell.gene_sizes(), [1, 0, 2]);
        let by_gene = Expression::new(&[0, 1, 1, 3], &[1, 0, 1], &x, 2, 3, Major::Gene).unwrap();
        assert_eq!(by_gene.gene_sizes(), [1, 0, 2]);
    }

    #[test]
    fn many_values_are_counted_in_some_cells_all_over_the_matrix() {
        // All cells have gene 0, the second half gene 1, too.
        let sizes = |n_cells: usize, major: Major| {
            let both = n_cells / 2;
            let (p, idx): (Vec<i32>, Vec<i32>) = match major {
                Major::Cell => {
                    let p = (0..=n_cells).map(|cell| cell + cell.saturating_sub(both));
                    let genes = (0..n_cells).flat_map(|cell| 0..1 + i32::from(cell >= both));
                    (p.map(|start| start as i32).collect(), genes.collect())
                }
                Major::Gene => {
                    let cells = (0..n_cells).chain(both..n_cells);
                    let p = [0, n_cells, 2 * n_cells - both];
                    (
                        p.map(|start| start as i32).into(),
                        cells.map(|cell| cell as i32).collect(),
                    )
                }
            };
            let x = vec![1.0; idx.len()];
            let view = Expression::new(&p, &idx, &x, n_cells, 2, major).unwrap();
            view.likely_gene_sizes()
        };
        let few = SAMPLE;
        assert_eq!(
            sizes(few, Major::Cell),
            (vec![few as u32, few as u32 / 2], true)
        );
        let many = 20 * SAMPLE;
        // Of one and a half values a cell, every thirtieth is counted.
        let [all, second_half] = [many.div_ceil(30), many.div_ceil(60)];
        let counted = vec![all as u32, second_half as u32];
        assert_eq!(sizes(many, Major::Cell), (counted, false));
        let counted = vec![many as u32, many as u32 / 2];
        assert_eq!(sizes(many, Major::Gene), (counted, true));
    }

    #[test]
    fn genes_are_counted_over_many_chunks_of_cells() {
        // Every cell has gene 0, every other one gene 1, those of the second
        // chunk none.
        let n_cells = 3 * CHUNK + 5;
        let genes = |cell: usize| match cell {
            cell if (CHUNK..2 * CHUNK).contains(&cell) => &[][..],
            cell if cell % 2 == 0 => &[0, 1],
            _ => &[0],
        };
        let mut idx: Vec<i32> = (0..n_cells).flat_map(genes).copied().collect();
        let mut p = vec![0];
        p.extend((0..n_cells).scan(0, |end, cell| {
            *end += genes(cell).len() as i32;
            Some(*end)
        }));
        let x = vec![1.0; idx.len()];
        // One thread counts several chunks one after another.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let pool = pool.unwrap();
        let new = |idx: &[i32]| {
            let view = || Expression::new(&p, idx, &x, n_cells, 2, Major::Cell);
            pool.install(view).map(|all| all.gene_sizes())
        };
        let (all, even) = (2 * CHUNK + 5, CHUNK + 3);
        assert_eq!(new(&idx).unwrap(), [all as u32, even as u32]);

        // Of two bad cells the first is named.
        for cell in [n_cells - 1, CHUNK - 2] {
            idx[p[cell] as usize] = 2;
        }
        let error = new(&idx).unwrap_err().to_string();
        assert!(error.contains(&format!("slice {} ", CHUNK - 2)), "{error}");
    }
}
