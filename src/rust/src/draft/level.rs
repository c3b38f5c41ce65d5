//! One ranking of a file: that of all cells, or of the cells of one level.

use super::family::Adjusted;
use crate::output::Source;
use crate::rank::Call;
use crate::status::Status;
use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::Shelf;
use wilcoxide_kernel::{
    Batch, Block, Error, GeneStatistics, GroupRows, Groups, RankingSettings, Table, Values as Seen,
};
use wilcoxide_output::{Part, Values};

/// Bytes of the statistics that are made at once, those of all groups.
pub(super) const LARGEST_CHUNK: u64 = 1 << 28;
/// Bytes of the statistics that are ranked at once, those of all genes.
const LARGEST_BATCH: u64 = 1 << 26;
/// Rows that are encoded at once, and that a row group of Parquet has: as many as
/// are read and compressed well, unless a group alone has more.
const ROWS_OF_A_PART: usize = 1 << 17;

/// A group whose rows are written.
pub(super) struct Written {
    /// Its place among the names of groups.
    pub name: u32,
    /// Its cells, and those of the other side.
    pub size: i32,
    pub opposite_size: i32,
}

/// Its statistics, until those of all genes are there.
pub(super) struct Level {
    /// Its place among the names of levels.
    pub name: u32,
    pub call: Call,
    pub groups: Groups,
    /// Those of the groups that have rows, which come first.
    pub written: Vec<Written>,
    pub n_rows: usize,
    /// Groups of a part, and of a batch.
    pub groups_of_part: usize,
    groups_of_batch: usize,
    shelf: Shelf,
    bytes_per_gene: u64,
    /// Genes of each block that is kept.
    n_genes: Vec<usize>,
    pub seen: Seen,
}

impl Level {
    /// `n_genes` are ranked in all; a file has room for so many parts of this
    /// level.
    pub fn new(
        name: u32,
        call: Call,
        codes: &[i32],
        written: Vec<Written>,
        (n_genes, most_parts): (usize, usize),
        memory: u64,
        directory: &Path,
    ) -> Result<Self, Error> {
        let groups = call.groups(codes)?;
        let n_groups = groups.len();
        let none = GeneStatistics::zeros(&groups, &call.settings.statistics, 0);
        let per_gene = Block::new(&none, &groups, &call.settings.ranking).bytes_per_gene() as u64;
        let n_rows = call.settings.n_rows(n_genes);
        let groups_of_part = (ROWS_OF_A_PART / n_rows.max(1))
            .max(n_groups.div_ceil(most_parts))
            .clamp(1, n_groups.max(1));
        let per_group = per_gene * n_genes as u64 / n_groups.max(1) as u64;
        let groups_of_batch = memory.min(LARGEST_BATCH) / per_group.max(1);
        let parts_of_batch = (groups_of_batch as usize / groups_of_part).max(1);
        Ok(Self {
            name,
            n_rows,
            groups_of_part,
            groups_of_batch: match call.settings.statistics.pairwise {
                // A pair is of two groups, wherever they are.
                true => n_groups.max(1),
                false => groups_of_part * parts_of_batch,
            },
            shelf: Shelf::new(memory.min(LARGEST_CHUNK), directory),
            bytes_per_gene: per_gene,
            n_genes: Vec::new(),
            seen: Seen::default(),
            written,
            groups,
            call,
        })
    }

    pub fn bytes_per_gene(&self) -> u64 {
        self.bytes_per_gene
    }

    /// How many genes it has.
    pub fn n_genes(&self) -> usize {
        self.n_genes.iter().sum()
    }

    pub fn spilled(&self) -> u64 {
        self.shelf.spilled()
    }

    pub fn keep(&mut self, statistics: &GeneStatistics) -> Result<(), Status> {
        let block = Block::new(statistics, &self.groups, &self.call.settings.ranking);
        let n = statistics.n_genes();
        let batches = self.batches();
        let size = self.bytes_per_gene * n as u64;
        self.shelf.add(batches.len(), size, |batch| {
            block.bytes_of(batches[batch].clone())
        })?;
        self.n_genes.push(n);
        self.seen = self.seen.and(statistics.values);
        Ok(())
    }

    /// The groups that are ranked at once.
    pub fn batches(&self) -> Vec<Range<usize>> {
        ranges(0..self.groups.len(), self.groups_of_batch)
    }

    /// Those of a batch that are written together.
    pub fn parts(&self, batch: Range<usize>) -> Vec<Range<usize>> {
        let end = batch.end.min(self.written.len());
        ranges(batch.start..end, self.groups_of_part)
    }

    pub fn batch(&self, number: usize, slots: Range<usize>) -> Result<Batch, Status> {
        let bytes = self.shelf.batch(number)?;
        let blocks: Vec<(usize, Cow<[u8]>)> = self.n_genes.iter().copied().zip(bytes).collect();
        let settings = &self.call.settings;
        let settings = (&settings.statistics, &settings.ranking);
        let batch = Batch::new(slots, &blocks, self.seen, &self.groups, settings);
        batch.map_err(Status::Fault)
    }

    /// The rows of some groups of a batch: genes, and each table that is asked
    /// for.
    pub fn tables(
        &self,
        batch: &Batch,
        slots: &Range<usize>,
        ranking: &RankingSettings,
        n_rows: usize,
        control: &Control,
    ) -> Result<(Vec<i32>, Vec<Vec<f64>>), Error> {
        let mut genes = vec![0i32; slots.len() * n_rows];
        let mut tables = vec![vec![0f64; slots.len() * n_rows]; ranking.tables.len()];
        if n_rows > 0 {
            let mut rows: Vec<GroupRows> = genes
                .chunks_exact_mut(n_rows)
                .map(|genes| GroupRows {
                    genes,
                    tables: Vec::with_capacity(ranking.tables.len()),
                })
                .collect();
            for table in &mut tables {
                for (group, column) in rows.iter_mut().zip(table.chunks_exact_mut(n_rows)) {
                    group.tables.push(column);
                }
            }
            batch.rank(slots.start, &self.groups, ranking, control, rows)?;
        }
        Ok((genes, tables))
    }

    /// The rows of some groups as they are written; `adjusted` has the p-values
    /// of the batch where all groups are one family.
    pub fn part(
        &self,
        batch: &Batch,
        slots: Range<usize>,
        sources: &[Source],
        adjusted: Option<&Adjusted>,
        control: &Control,
    ) -> Result<Part, Error> {
        let n_rows = self.n_rows;
        let ranking = &self.call.settings.ranking;
        let (genes, mut tables) = self.tables(batch, &slots, ranking, n_rows, control)?;
        if let Some(adjusted) = adjusted {
            for (&table, values) in ranking.tables.iter().zip(&mut tables) {
                adjusted.put(table, values);
            }
        }
        let per_group = |value: &dyn Fn(&Written) -> i32| -> Vec<i32> {
            let values = self.written[slots.clone()].iter().map(value);
            values
                .flat_map(|value| std::iter::repeat_n(value, n_rows))
                .collect()
        };
        let names = |value: &dyn Fn(&Written) -> u32| -> Vec<u32> {
            let values = self.written[slots.clone()].iter().map(value);
            values
                .flat_map(|value| std::iter::repeat_n(value, n_rows))
                .collect()
        };
        let columns = sources.iter().map(|source| match source {
            Source::Level => Values::Names(names(&|_| self.name)),
            Source::Group => Values::Names(names(&|group| group.name)),
            Source::Gene => Values::Names(genes.iter().map(|&gene| gene as u32).collect()),
            Source::Size => Values::Integers(per_group(&|group| group.size)),
            Source::OppositeSize => Values::Integers(per_group(&|group| group.opposite_size)),
            &Source::Table { table, single } => {
                let values = column(&tables, &ranking.tables, table);
                match single {
                    true => Values::Singles(values.map(|&value| value as f32).collect()),
                    false => Values::Doubles(values.copied().collect()),
                }
            }
        });
        Ok(columns.collect())
    }
}

fn column<'a>(
    tables: &'a [Vec<f64>],
    known: &[Table],
    table: Table,
) -> impl Iterator<Item = &'a f64> {
    let place = known.iter().position(|&known| known == table);
    place.map(|place| &tables[place]).into_iter().flatten()
}

/// Ranges of `n` each, the last of what is left.
fn ranges(all: Range<usize>, n: usize) -> Vec<Range<usize>> {
    let starts = all.clone().step_by(n);
    starts.map(|start| start..all.end.min(start + n)).collect()
}
