//! The values of some cells in a tile as level sets.

use super::dictionary::{Dictionary, SKIPPED};
use super::reset;
use crate::input::{Error, Groups};
use crate::tiles::{Cursors, Job, Shared};
use std::ops::Range;

/// Level sets must be this many times fewer than stored values to pay.
const LEAST_GAIN: usize = 12;
/// Stored values that are not enough to tell.
const LEAST_VALUES: usize = 1 << 14;
/// Values of a cell among which the smallest is taken for its most common.
const GLANCE: usize = 6;
/// Values of a cell besides its most common one that are worth setting the next
/// apart, too.
const MANY_OTHERS: usize = 24;
/// Cells between two looks at whether to go on.
const CELLS_A_CHECK: usize = 4096;
/// Values of a cell that are asked for ahead.
const VALUES_AHEAD: usize = 64;

/// Genes of one cell that have the same value.
#[derive(Clone, Copy)]
pub(super) struct LevelSet {
    pub slot: u16,
    pub part: u16,
    pub first: u32,
    pub len: u32,
}

impl LevelSet {
    /// Its genes, of those of the sets of each part.
    #[inline(always)]
    pub fn genes<'a>(&self, of_parts: &[&'a [u16]]) -> &'a [u16] {
        &of_parts[self.part as usize][self.first as usize..][..self.len as usize]
    }
}

/// The level sets of a part of the cells in a tile, cell after cell, and what
/// was seen of the values. Genes count from the tile's first.
pub(super) struct LevelSets {
    part: u16,
    /// The slots of the cells; tables have one row for each.
    pub slots: Range<usize>,
    pub n_genes: usize,
    pub sets: Vec<LevelSet>,
    /// The value of each set.
    pub values: Vec<f64>,
    /// Where the sets of each cell end.
    pub ends: Vec<u32>,
    /// Whether all values are float32.
    pub are_singles: bool,
    /// The smallest and the largest value.
    pub extremes: (f64, f64),
    /// For each gene, how many of its stored values do not count: zeros and those
    /// of cells that are not compared.
    pub missing: Vec<u32>,
    /// The sum of each slot's values, in the order of cells: one column per gene.
    pub sums: Vec<f64>,
    /// How many cells of each slot express a gene, where it is asked for.
    pub expressing: Vec<u32>,
    /// The genes of all sets, one set after the other.
    genes: Vec<u16>,
    filled: usize,
    /// Places of the cell's values that are not its most common one.
    others: Vec<u32>,
    dictionary: Dictionary,
}

impl LevelSets {
    pub fn new(part: usize, slots: Range<usize>) -> Self {
        Self {
            part: part as u16,
            slots,
            n_genes: 0,
            sets: Vec::new(),
            values: Vec::new(),
            ends: Vec::new(),
            are_singles: true,
            extremes: (f64::INFINITY, 0.0),
            missing: Vec::new(),
            sums: Vec::new(),
            expressing: Vec::new(),
            genes: Vec::new(),
            filled: 0,
            others: Vec::new(),
            dictionary: Dictionary::default(),
        }
    }

    /// The genes of all sets.
    #[inline(always)]
    pub fn genes(&self) -> &[u16] {
        &self.genes
    }

    /// Forget the last tile; the next has so many genes, and probably so many
    /// values here.
    pub fn clear(&mut self, job: &Job, n_genes: usize, likely: usize) {
        self.n_genes = n_genes;
        self.sets.clear();
        self.values.clear();
        self.ends.clear();
        self.are_singles = true;
        self.extremes = (f64::INFINITY, 0.0);
        self.filled = 0;
        reset(&mut self.missing, n_genes);
        let table = self.slots.len() * n_genes;
        reset(&mut self.sums, table);
        reset(
            &mut self.expressing,
            if job.settings.pts { table } else { 0 },
        );
        self.make_room(likely);
    }

    fn make_room(&mut self, n: usize) {
        if self.genes.is_empty() {
            self.genes = vec![0; n];
        } else if self.genes.len() < n {
            self.genes.resize(n, 0);
        }
    }

    /// Collect the level sets of these cells. Adds up the values of each slot in
    /// the order of cells, and counts the expressing cells. Stops early where
    /// sweeping does not pay, and says so to all.
    ///
    /// Not inlined, nor is the sweep: there would be too few registers.
    #[inline(never)]
    pub fn collect<const MASKED: bool>(
        &mut self,
        job: &Job,
        shared: &Shared,
        tile: Range<usize>,
        cells: &[u32],
        cursors: &mut Cursors,
    ) -> Result<(), Error> {
        let layout = &job.layout;
        let is_ranked = |gene: i32| !MASKED || layout.is_ranked(gene as usize);
        for (at, &cell) in cells.iter().enumerate() {
            let slot = job.groups.slots()[cell as usize];
            let rest = cursors.rest_of::<VALUES_AHEAD>(layout, at, cell as usize);
            let idx = &layout.expression.indices()[rest.clone()];
            let x = &layout.expression.values()[rest.clone()];
            if slot == Groups::NO_SLOT {
                let idx = &idx[..idx.partition_point(|&gene| (gene as usize) < tile.end)];
                for &gene in idx.iter().filter(|&&gene| is_ranked(gene)) {
                    self.missing[gene as usize - tile.start] += 1;
                }
                cursors.set(at, rest.start + idx.len());
                self.ends.push(self.sets.len() as u32);
                continue;
            }
            let filled = self.filled;
            self.make_room(filled + idx.len().min(self.n_genes));
            let row = slot as usize - self.slots.start;
            let row = row * self.n_genes..(row + 1) * self.n_genes;

            // Most values of a cell are its smallest, the logarithm of one
            // count: those are set apart without a look at the dictionary,
            // and without a branch that cannot be foreseen.
            let common = smallest_positive(x.iter().copied());
            let (mut n_common, mut n_others) = (0, 0);
            let genes = &mut self.genes[filled..];
            let sums = &mut self.sums[row.clone()];
            if self.others.len() < idx.len() {
                self.others.resize(idx.len(), 0);
            }
            for (&gene, &value) in idx.iter().zip(x) {
                if gene as usize >= tile.end {
                    break;
                }
                let local = gene as usize - tile.start;
                sums[local] += value;
                genes[n_common] = local as u16;
                self.others[n_others] = (n_common + n_others) as u32;
                let is_common = value == common && is_ranked(gene);
                n_common += usize::from(is_common);
                n_others += usize::from(!is_common);
            }
            let taken = n_common + n_others;
            cursors.set(at, rest.start + taken);

            self.add_level_set(slot, common, n_common);
            if n_others >= MANY_OTHERS {
                let (first, others) = (tile.start, &mut self.others[..n_others]);
                let values = others.iter().map(|&at| x[at as usize]);
                let next = smallest_positive(values);
                let genes = &mut self.genes[self.filled..];
                let is_next = |at: usize| x[at] == next && is_ranked(idx[at]);
                let n_next = set_apart(others, genes, |at| idx[at] as usize - first, is_next);
                self.add_level_set(slot, next, n_next);
                n_others -= n_next;
            }

            self.dictionary.begin_cell(n_others);
            for (i, &at) in self.others[..n_others].iter().enumerate() {
                let (gene, value) = (idx[at as usize], x[at as usize]);
                if value == 0.0 || !is_ranked(gene) {
                    self.missing[gene as usize - tile.start] += u32::from(is_ranked(gene));
                    self.dictionary.skip(i);
                } else {
                    self.dictionary.add(i, value);
                }
            }
            if !self.dictionary.is_valid() {
                shared.give_sweep_up();
                return Ok(());
            }
            if job.settings.pts {
                let expressing = &mut self.expressing[row];
                for (&gene, &value) in idx[..taken].iter().zip(x) {
                    expressing[gene as usize - tile.start] += u32::from(value != 0.0);
                }
            }
            self.lay_out(slot, n_others, tile.start, idx);
            self.ends.push(self.sets.len() as u32);
            if at % CELLS_A_CHECK == 0 {
                shared.checkpoint(0)?;
                if !self.pays(shared) {
                    return Ok(());
                }
            }
        }
        if !self.are_singles {
            shared.note_doubles();
        }
        shared.note_fractions(self.values.iter().copied());
        self.pays(shared);
        Ok(())
    }

    /// Whether sweeping pays, so far and to others.
    fn pays(&self, shared: &Shared) -> bool {
        if self.sets.len() * LEAST_GAIN > self.filled + LEAST_VALUES {
            shared.give_sweep_up();
        }
        !shared.has_sweep_given_up()
    }

    /// Add a level set unless it is empty: the next of the genes are its own.
    fn add_level_set(&mut self, slot: u32, value: f64, len: usize) {
        if len == 0 {
            return;
        }
        self.extremes.0 = self.extremes.0.min(value);
        self.extremes.1 = self.extremes.1.max(value);
        self.are_singles &= f64::from(value as f32) == value;
        self.values.push(value);
        self.sets.push(LevelSet {
            slot: slot as u16,
            part: self.part,
            first: self.filled as u32,
            len: len as u32,
        });
        self.filled += len;
    }

    /// Lay the genes of a cell's `n` values out that are left, one level set after
    /// the other.
    fn lay_out(&mut self, slot: u32, n: usize, first_gene: usize, idx: &[i32]) {
        for code in 0..self.dictionary.n {
            let first = self.filled as u32;
            let next = self.dictionary.place(code, first);
            let value = self.dictionary.values[code];
            self.add_level_set(slot, value, (next - first) as usize);
        }
        // What is skipped goes behind; the next cell overwrites it.
        self.dictionary.place(SKIPPED, self.filled as u32);
        let [even, odd] = &mut self.dictionary.counts;
        let mut put = |places: &mut [u32; 256], code: u8, at: u32| {
            let place = &mut places[code as usize];
            self.genes[*place as usize] = (idx[at as usize] as usize - first_gene) as u16;
            *place += 1;
        };
        let codes = &self.dictionary.codes[..n];
        for (codes, others) in codes.chunks(2).zip(self.others[..n].chunks(2)) {
            put(even, codes[0], others[0]);
            if let ([_, code], [_, at]) = (codes, others) {
                put(odd, *code, *at);
            }
        }
    }

    /// The genes of a set.
    #[inline(always)]
    pub fn genes_of(&self, set: usize) -> &[u16] {
        let LevelSet { first, len, .. } = self.sets[set];
        &self.genes[first as usize..][..len as usize]
    }
}

/// The smallest of the first values above 0.
fn smallest_positive(values: impl Iterator<Item = f64>) -> f64 {
    let positive = values.take(GLANCE).filter(|&value| value > 0.0);
    positive.fold(f64::INFINITY, f64::min)
}

/// Set apart the places that `belong`, and write their genes down; returns how many
/// there are. The places that are left move to the front.
#[inline(always)]
fn set_apart(
    places: &mut [u32],
    genes: &mut [u16],
    gene_of: impl Fn(usize) -> usize,
    belongs: impl Fn(usize) -> bool,
) -> usize {
    let (mut n_apart, mut n_left) = (0, 0);
    for k in 0..places.len() {
        let place = places[k];
        genes[n_apart] = gene_of(place as usize) as u16;
        places[n_left] = place;
        let is_apart = belongs(place as usize);
        n_apart += usize::from(is_apart);
        n_left += usize::from(!is_apart);
    }
    n_apart
}
