//! The cells of each gene in the order of their values, which a sweep passes.

use super::level_sets::LevelSet;
use super::sweep::ask_ahead;
use crate::gene::sort::{entry, key, payload};

/// Above the slot of a cell whose value is another than that of the cell before.
const ANOTHER: u16 = 1 << 15;
/// So many slots fit below it.
pub(super) const MOST_SLOTS: usize = ANOTHER as usize;

/// For each gene of a tile, the slots of its cells by ascending value.
#[derive(Default)]
pub(super) struct Orders {
    /// One gene after the other.
    slots: Vec<u16>,
    /// Where the next cell of each gene goes, at last where its cells end, and
    /// the number of the run that its last cell is in.
    next: Vec<(u32, u32)>,
}

impl Orders {
    /// Follow the sorted level sets of a band; `numbers` has for each gene how
    /// many cells are in them.
    pub fn make(
        &mut self,
        sorted: &[u64],
        sets: &[LevelSet],
        genes: &[&[u16]],
        numbers: impl Iterator<Item = u32>,
    ) {
        let mut start = 0;
        self.next.clear();
        self.next.extend(numbers.map(|n| {
            let next = (start, 0);
            start += n;
            next
        }));
        self.slots.resize(start as usize, 0);
        let mut at = 0;
        let runs = sorted.chunk_by(|&a, &b| key(a) == key(b));
        for (run, number) in runs.zip(1..) {
            for &entry in run {
                ask_ahead(sorted, at, sets, genes);
                at += 1;
                let set = sets[payload(entry) as usize];
                for &gene in set.genes(genes) {
                    let (next, last) = &mut self.next[gene as usize];
                    let another = if *last == number { 0 } else { ANOTHER };
                    self.slots[*next as usize] = set.slot | another;
                    *next += 1;
                    *last = number;
                }
            }
        }
    }

    fn of(&self, gene: usize) -> &[u16] {
        let start = match gene {
            0 => 0,
            _ => self.next[gene - 1].0,
        };
        &self.slots[start as usize..self.next[gene].0 as usize]
    }
}

/// Add the cells of a gene from bands whose values are above all before: entries
/// of which equal ones have one key. `alike` if all of these bands are of one
/// value.
pub(super) fn add_entries<'a>(
    entries: &mut Vec<u64>,
    bands: impl Iterator<Item = &'a Orders>,
    gene: usize,
    alike: bool,
) {
    let mut number = entries.last().map_or(0, |&last| key(last) + 1);
    for band in bands {
        entries.extend(band.of(gene).iter().map(|&slot| {
            number += u32::from(!alike && slot & ANOTHER != 0);
            entry(number, u32::from(slot & !ANOTHER))
        }));
    }
}
