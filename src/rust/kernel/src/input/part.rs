//! The values of some cells as a matrix of their own.

use super::{Error, Expression, Major};
use rayon::prelude::*;

/// Cells that belong to parts of a matrix, each to one at most.
///
/// Where values are stored by cell, every part is copied when its turn comes, and
/// the largest is what takes memory. Where they are stored by gene, one reading
/// deals them out to all parts.
pub struct Parts<'a> {
    expression: &'a Expression<'a>,
    cells: &'a [Vec<u32>],
    /// All parts that are still to be taken; empty where values are stored by
    /// cell.
    dealt_out: Vec<Part>,
}

/// A copy of some cells.
#[derive(Default)]
pub struct Part {
    p: Vec<i32>,
    idx: Vec<i32>,
    x: Vec<f64>,
    n_cells: usize,
    n_genes: usize,
    /// Whether slices are genes.
    by_gene: bool,
}

/// Slices that one task copies.
const CHUNK: usize = 1 << 8;

impl<'a> Parts<'a> {
    /// `cells` are those of each part, ascending.
    ///
    /// # Panics
    /// Where there is no such cell.
    pub fn new(expression: &'a Expression<'a>, cells: &'a [Vec<u32>]) -> Self {
        let dealt_out = match expression.major() {
            Major::Cell => Vec::new(),
            Major::Gene => deal_out(expression, cells),
        };
        Self {
            expression,
            cells,
            dealt_out,
        }
    }

    /// Take one part, each once, into the memory of another.
    pub fn take(&mut self, number: usize, part: &mut Part) {
        if let Some(dealt_out) = self.dealt_out.get_mut(number) {
            *part = std::mem::take(dealt_out);
            return;
        }
        let expression = self.expression;
        let cells = &self.cells[number];
        let lengths: Vec<usize> = cells
            .iter()
            .map(|&cell| expression.slice(cell as usize).len())
            .collect();
        part.begin(expression, cells.len(), &lengths);
        let slices = split(&lengths, &mut part.idx, &mut part.x);
        slices.into_par_iter().for_each(|(first, lengths, idx, x)| {
            let mut at = 0;
            for (&cell, &n) in cells[first..].iter().zip(lengths) {
                let stored = expression.slice(cell as usize);
                idx[at..at + n].copy_from_slice(&expression.indices()[stored.clone()]);
                x[at..at + n].copy_from_slice(&expression.values()[stored]);
                at += n;
            }
        });
    }
}

impl Part {
    /// Make room for slices of these lengths.
    fn begin(&mut self, expression: &Expression, n_cells: usize, lengths: &[usize]) {
        self.n_cells = n_cells;
        self.n_genes = expression.n_genes();
        self.by_gene = expression.major() == Major::Gene;
        let mut end = 0;
        self.p.clear();
        self.p.push(0);
        self.p.extend(lengths.iter().map(|n| {
            end += n;
            end as i32
        }));
        self.idx.resize(end, 0);
        self.x.resize(end, 0.0);
    }

    /// The matrix of these cells.
    ///
    /// # Errors
    /// As [`Expression::new`].
    pub fn view(&self) -> Result<Expression<'_>, Error> {
        let (n_cells, n_genes) = (self.n_cells, self.n_genes);
        let major = match self.by_gene {
            true => Major::Gene,
            false => Major::Cell,
        };
        Expression::new(&self.p, &self.idx, &self.x, n_cells, n_genes, major)
    }
}

/// The values of all parts of a matrix that is stored by gene.
fn deal_out(expression: &Expression, cells: &[Vec<u32>]) -> Vec<Part> {
    // Cells of no part have one more part.
    let mut places = vec![(cells.len() as u32, 0); expression.n_cells()];
    for (cells, part) in cells.iter().zip(0..) {
        for (&cell, place) in cells.iter().zip(0..) {
            places[cell as usize] = (part, place);
        }
    }
    let counts = count(expression, &places, cells.len());
    let mut parts: Vec<Part> = Vec::with_capacity(cells.len());
    let mut lengths = Vec::with_capacity(cells.len());
    for (number, cells) in cells.iter().enumerate() {
        let of_part = counts.iter().map(|of_gene| of_gene[number] as usize);
        let of_part: Vec<usize> = of_part.collect();
        let mut part = Part::default();
        part.begin(expression, cells.len(), &of_part);
        parts.push(part);
        lengths.push(of_part);
    }
    // For some neighbouring genes, the room of every part.
    let mut tasks: Vec<Vec<Slices>> = Vec::new();
    for (part, lengths) in parts.iter_mut().zip(&lengths) {
        let slices = split(lengths, &mut part.idx, &mut part.x);
        tasks.resize_with(slices.len(), Vec::new);
        for (task, slices) in tasks.iter_mut().zip(slices) {
            task.push(slices);
        }
    }
    tasks.into_par_iter().for_each(|mut rooms| {
        let Some(&(first, lengths, ..)) = rooms.first() else {
            return;
        };
        let starts = &expression.starts()[first..=first + lengths.len()];
        let stored = starts[0] as usize..starts[lengths.len()] as usize;
        let mut filled = vec![0; rooms.len()];
        let values = &expression.values()[stored.clone()];
        for (&cell, &value) in expression.indices()[stored].iter().zip(values) {
            let (part, place) = places[cell as usize];
            if let Some((_, _, idx, x)) = rooms.get_mut(part as usize) {
                let at = filled[part as usize];
                idx[at] = place;
                x[at] = value;
                filled[part as usize] += 1;
            }
        }
    });
    parts
}

/// For each gene, its stored values in every part.
fn count(expression: &Expression, places: &[(u32, i32)], n_parts: usize) -> Vec<Vec<u32>> {
    let genes = (0..expression.n_genes()).into_par_iter();
    let counts = genes.map(|gene| {
        let mut counts = vec![0; n_parts + 1];
        for &cell in &expression.indices()[expression.slice(gene)] {
            counts[places[cell as usize].0 as usize] += 1;
        }
        counts
    });
    counts.collect()
}

type Slices<'a> = (usize, &'a [usize], &'a mut [i32], &'a mut [f64]);

/// Some neighbouring slices each: the first, their lengths, and their room.
fn split<'a>(lengths: &'a [usize], idx: &'a mut [i32], x: &'a mut [f64]) -> Vec<Slices<'a>> {
    let (mut idx, mut x) = (idx, x);
    let mut slices = Vec::new();
    for (number, lengths) in lengths.chunks(CHUNK).enumerate() {
        let n = lengths.iter().sum();
        let (own_idx, other_idx) = idx.split_at_mut(n);
        let (own_x, other_x) = x.split_at_mut(n);
        slices.push((number * CHUNK, lengths, own_idx, own_x));
        (idx, x) = (other_idx, other_x);
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_the_values_of_their_cells_in_either_layout() {
        let (n_cells, n_genes) = (700, 600);
        let value = |cell: usize, gene: usize| (cell * 31 + gene * 17) % 7;
        let parts: Vec<Vec<u32>> = vec![
            (0..n_cells as u32).filter(|cell| cell % 3 == 1).collect(),
            vec![],
            vec![0, 5, 699],
        ];
        let compress = |cells: &[u32], major| {
            let (mut p, mut idx, mut x) = (vec![0], vec![], vec![]);
            let (n_slices, n_minor) = match major {
                Major::Cell => (cells.len(), n_genes),
                Major::Gene => (n_genes, cells.len()),
            };
            for slice in 0..n_slices {
                for minor in 0..n_minor {
                    let (cell, gene) = match major {
                        Major::Cell => (slice, minor),
                        Major::Gene => (minor, slice),
                    };
                    let value = value(cells[cell] as usize, gene);
                    if value > 2 {
                        idx.push(minor as i32);
                        x.push(value as f64);
                    }
                }
                p.push(idx.len() as i32);
            }
            (p, idx, x)
        };
        let all: Vec<u32> = (0..n_cells as u32).collect();
        for major in [Major::Cell, Major::Gene] {
            let (p, idx, x) = compress(&all, major);
            let matrix = Expression::new(&p, &idx, &x, n_cells, n_genes, major).unwrap();
            let mut split = Parts::new(&matrix, &parts);
            let mut part = Part::default();
            for (number, cells) in parts.iter().enumerate() {
                split.take(number, &mut part);
                let expected = compress(cells, major);
                assert_eq!((part.p.clone(), part.idx.clone(), part.x.clone()), expected);
                assert_eq!(part.view().unwrap().n_cells(), cells.len());
            }
        }
    }
}
