//! Groups that are ranked a batch at a time, where the statistics of all of them
//! do not fit into memory.
//!
//! Stage 1 makes the statistics of a [`Block`] of genes in all groups, stage 2
//! needs those of all genes in a few groups, a [`Batch`]. In between they are
//! bytes, which whoever calls keeps.

use super::fold_changes::opposite_sums;
use super::fractions::opposite_counts;
use super::rank::{rank_slots, GroupRows, OfSlots, RankingSettings};
use crate::input::{Error, Groups};
use crate::statistics::{take_columns, Definition, GeneStatistics, Settings, Statistic, Values};
use crate::Control;
use ndarray::Array2;
use std::borrow::Cow;
use std::ops::Range;

/// The sums over what each group is compared with, of all genes: one row per
/// group, one for all against a reference, none where they are not asked for.
pub(super) struct Opposites {
    /// Of what fold changes are made of.
    pub sums: Array2<f64>,
    /// Of the values as they are stored.
    pub value_sums: Array2<f64>,
    /// See [`opposite_counts`].
    pub expressing: Array2<u64>,
}

impl Opposites {
    pub fn new(statistics: &GeneStatistics, groups: &Groups, settings: &RankingSettings) -> Self {
        Self {
            sums: match settings.definition {
                Definition::Scanpy { .. } => Array2::zeros((0, statistics.n_genes())),
                _ => opposite_sums(&statistics.sums, groups),
            },
            value_sums: opposite_sums(&statistics.value_sums, groups),
            expressing: opposite_counts(statistics, groups),
        }
    }
}

/// The statistics of some neighbouring genes in all groups.
pub struct Block<'a> {
    statistics: &'a GeneStatistics,
    opposites: Opposites,
    n_slots: usize,
}

impl<'a> Block<'a> {
    /// A block that becomes tables by these settings.
    pub fn new(
        statistics: &'a GeneStatistics,
        groups: &Groups,
        settings: &RankingSettings,
    ) -> Self {
        Self {
            statistics,
            opposites: Opposites::new(statistics, groups, settings),
            n_slots: groups.len(),
        }
    }

    /// Bytes of what the block has of some neighbouring slots.
    pub fn bytes_of(&self, slots: Range<usize>) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.statistics
            .put_slots(slots.clone(), self.n_slots, &mut bytes);
        for sums in [&self.opposites.sums, &self.opposites.value_sums] {
            sums.put(rows_of(&slots, sums), &mut bytes);
        }
        let expressing = &self.opposites.expressing;
        expressing.put(0..expressing.nrows(), &mut bytes);
        bytes
    }

    /// Bytes that a gene takes, of all slots.
    pub fn bytes_per_gene(&self) -> usize {
        let opposites = [&self.opposites.sums, &self.opposites.value_sums];
        let sums: usize = opposites.map(|sums| sums.n_bytes(1)).iter().sum();
        self.statistics.bytes_per_gene() + sums + self.opposites.expressing.n_bytes(1)
    }
}

/// One row serves all slots.
fn rows_of(slots: &Range<usize>, sums: &Array2<f64>) -> Range<usize> {
    match sums.nrows() {
        n @ (0 | 1) => 0..n,
        _ => slots.clone(),
    }
}

/// The statistics of all genes in some neighbouring slots.
pub struct Batch {
    slots: Range<usize>,
    statistics: GeneStatistics,
    opposites: Opposites,
}

impl Batch {
    /// Put a batch together of the blocks of genes, in their order: how many
    /// genes each has, and the bytes that [`Block::bytes_of`] gave of the slots.
    ///
    /// `values` is what was seen of all values, of all blocks.
    ///
    /// # Errors
    /// What is wrong with the bytes, where they are of other slots, groups or
    /// settings.
    pub fn new(
        slots: Range<usize>,
        blocks: &[(usize, Cow<[u8]>)],
        values: Values,
        groups: &Groups,
        settings: (&Settings, &RankingSettings),
    ) -> Result<Self, String> {
        let n_genes = blocks.iter().map(|(n, _)| n).sum();
        let none = GeneStatistics::zeros(groups, settings.0, 0);
        let opposites = Opposites::new(&none, groups, settings.1);
        let room = |sums: &Array2<f64>| Array2::zeros((rows_of(&slots, sums).len(), n_genes));
        let mut batch = Self {
            statistics: none.room_for_slots(slots.clone(), groups.len(), n_genes),
            opposites: Opposites {
                sums: room(&opposites.sums),
                value_sums: room(&opposites.value_sums),
                expressing: Array2::zeros((opposites.expressing.nrows(), n_genes)),
            },
            slots,
        };
        let mut first = 0;
        for (n, bytes) in blocks {
            let mut left = bytes.as_ref();
            batch.statistics.take_columns(first, *n, &mut left)?;
            let opposites = &mut batch.opposites;
            for sums in [&mut opposites.sums, &mut opposites.value_sums] {
                let taken = take_columns(sums, first, *n, &mut left);
                taken.map_err(|()| "the sums of a block have another length".to_string())?;
            }
            take_columns(&mut opposites.expressing, first, *n, &mut left)
                .map_err(|()| "the counts of a block have another length".to_string())?;
            if !left.is_empty() {
                return Err("a block has more than its statistics".into());
            }
            first += n;
        }
        batch.statistics.values = values;
        Ok(batch)
    }

    /// Fill the tables of as many of its slots as there are, from `start` on, as
    /// [`super::rank_statistics`] does.
    ///
    /// # Errors
    /// [`Error::Cancelled`] when the caller cancels.
    pub fn rank(
        &self,
        start: usize,
        groups: &Groups,
        settings: &RankingSettings,
        control: &Control,
        tables: Vec<GroupRows>,
    ) -> Result<(), Error> {
        let of = OfSlots {
            statistics: &self.statistics,
            opposites: &self.opposites,
            first: self.slots.start,
        };
        rank_slots(&of, start, groups, settings, control, tables)
    }

    /// For each of its slots, how many genes have values that are equal among the
    /// cells compared; empty where tie factors were not kept.
    pub fn n_tied(&self) -> Vec<usize> {
        self.statistics.n_tied_of(self.slots.len())
    }
}
