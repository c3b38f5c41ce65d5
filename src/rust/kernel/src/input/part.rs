//! The values of some cells as a matrix of their own.

use super::{Error, Expression, Major};
use rayon::prelude::*;

/// Cells that belong to parts of a matrix, each to one at most.
///
/// Where values are stored by cell, nothing is copied. Where they are stored by
/// gene, one reading deals them out to all parts.
pub struct Parts<'a> {
    expression: &'a Expression<'a>,
    cells: &'a [Vec<u32>],
    /// All parts that are still to be taken, and the one taken last; none where
    /// values are stored by cell.
    dealt_out: Vec<Part>,
    at_hand: Part,
}

/// A copy of some cells, by gene.
#[derive(Default)]
struct Part {
    p: Vec<i32>,
    idx: Vec<i32>,
    x: Vec<f64>,
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
            at_hand: Part::default(),
        }
    }

    /// The matrix of one part, each once.
    ///
    /// # Errors
    /// As [`Expression::new`].
    pub fn take(&mut self, number: usize) -> Result<Expression<'_>, Error> {
        let cells = &self.cells[number];
        let Some(dealt_out) = self.dealt_out.get_mut(number) else {
            return Ok(self.expression.of_cells(cells));
        };
        self.at_hand = std::mem::take(dealt_out);
        let Part { p, idx, x } = &self.at_hand;
        Expression::new(
            p,
            idx,
            x,
            cells.len(),
            self.expression.n_genes(),
            Major::Gene,
        )
    }
}

impl Part {
    /// Room for genes of these numbers of values.
    fn new(lengths: &[usize]) -> Self {
        let mut end = 0;
        let ends = lengths.iter().map(|n| {
            end += n;
            end as i32
        });
        let p: Vec<i32> = std::iter::once(0).chain(ends).collect();
        Self {
            p,
            idx: vec![0; end],
            x: vec![0.0; end],
        }
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
    for number in 0..cells.len() {
        let of_part = counts.iter().map(|of_gene| of_gene[number] as usize);
        let of_part: Vec<usize> = of_part.collect();
        parts.push(Part::new(&of_part));
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
            for (number, cells) in parts.iter().enumerate() {
                let part = split.take(number).unwrap();
                let (p, idx, x) = compress(cells, major);
                let expected = Expression::new(&p, &idx, &x, cells.len(), n_genes, major).unwrap();
                assert_eq!(part.n_cells(), cells.len());
                assert_eq!(part.n_stored(), x.len());
                assert_eq!(part.gene_sizes(), expected.gene_sizes());
                for slice in 0..p.len() - 1 {
                    let (own, all) = (part.slice(slice), expected.slice(slice));
                    assert_eq!(part.indices()[own.clone()], idx[all.clone()]);
                    assert_eq!(part.values()[own], x[all]);
                }
            }
        }
    }
}
