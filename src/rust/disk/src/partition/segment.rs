//! The values of some neighbouring cells and genes, packed.

use super::spill::Spill;
use super::Run;
use crate::Error;
use std::borrow::Cow;
use std::ops::Range;

/// The values of a run in a partition: how many each cell has, in 16 bits,
/// then all genes, then all values.
pub(crate) struct Segment {
    pub first_cell: usize,
    pub n_cells: usize,
    pub first_gene: usize,
    pub n_values: usize,
    pub is_double: bool,
    pub place: Place,
}

pub(crate) enum Place {
    Memory(Vec<u8>),
    Spilled(u64),
}

const COUNT: usize = size_of::<u16>();
const GENE: usize = size_of::<u16>();

/// Pack the values of `genes`, those of one partition, from where `cursors` say
/// that each cell is read, and move these on; returns how many values there are,
/// too.
pub(crate) fn pack(
    run: &Run,
    genes: Range<usize>,
    is_double: bool,
    cursors: &mut [usize],
) -> (Vec<u8>, usize) {
    let ends = run.starts[1..].iter();
    let counts: Vec<usize> = ends
        .zip(&*cursors)
        .map(|(&end, &cursor)| {
            let rest = &run.genes[cursor..end];
            rest.partition_point(|&gene| (gene as usize) < genes.end)
        })
        .collect();
    let n_values = counts.iter().sum();
    let n_cells = counts.len();
    let mut bytes = vec![0; n_cells * COUNT + n_values * (GENE + width(is_double))];
    let (head, tail) = bytes.split_at_mut(n_cells * COUNT);
    let (mut packed_genes, mut packed_values) = tail.split_at_mut(n_values * GENE);
    let fields = head.chunks_exact_mut(COUNT);
    for ((field, &count), cursor) in fields.zip(&counts).zip(cursors) {
        let taken = *cursor..*cursor + count;
        *cursor += count;
        field.copy_from_slice(&(count as u16).to_le_bytes());
        let (now, later) = packed_genes.split_at_mut(count * GENE);
        packed_genes = later;
        for (out, gene) in now.chunks_exact_mut(GENE).zip(&run.genes[taken.clone()]) {
            let within = *gene as usize - genes.start;
            out.copy_from_slice(&(within as u16).to_le_bytes());
        }
        let (now, later) = packed_values.split_at_mut(count * width(is_double));
        packed_values = later;
        encode(&run.values[taken], is_double, now);
    }
    (bytes, n_values)
}

/// The genes of a partition that are read.
pub(crate) struct Wanted<'a> {
    pub spill: &'a Spill,
    /// Whether these are all its genes.
    pub all: bool,
    /// The genes, from the first of the partition.
    pub within: Range<usize>,
}

impl Wanted<'_> {
    /// Add to the number of values of each cell.
    pub fn count(&self, segment: &Segment, counts: &mut [i32]) -> Result<(), Error> {
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

    /// Copy the values of each cell to where its next ones go.
    pub fn copy(
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
    // The bytes are never of another length.
    if is_double {
        f64::from_le_bytes(bytes.try_into().unwrap_or_default())
    } else {
        f64::from(f32::from_le_bytes(bytes.try_into().unwrap_or_default()))
    }
}
