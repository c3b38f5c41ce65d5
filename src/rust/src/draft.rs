//! A result that becomes a file: statistics are kept until those of all genes are
//! there, and the tables of one batch of groups after another are written.

use crate::in_chunks::NotNumbers;
use crate::output::{columns_of, Source};
use crate::rank::Call;
use crate::runtime::run_on;
use crate::statistics::bind;
use crate::status::{fault, stopped, Status};
use extendr_api::prelude::*;
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::Shelf;
use wilcoxide_kernel::{
    self as kernel, Batch, Block, Error, Expression, GeneStatistics, GroupRows, Groups, Job,
    Values as Seen,
};
use wilcoxide_output::{Encoded, Format, NewFile, Part, Values, Writer};

/// Bytes of the statistics that are made at once, those of all groups.
const LARGEST_CHUNK: u64 = 1 << 28;
/// Bytes of the statistics that are ranked at once, those of all genes.
const LARGEST_BATCH: u64 = 1 << 26;
/// Rows that are encoded at once, and that a row group of Parquet has: as many as
/// are read and compressed well, unless a group alone has more.
const ROWS_OF_A_PART: usize = 1 << 17;
/// The most row groups that a Parquet file has room for.
const MOST_PARTS: usize = i16::MAX as usize;
/// Bytes that parts being encoded take, all together.
const LARGEST_PARTS: usize = 1 << 27;
/// Bytes that a value takes from its table to its file.
const BYTES_OF_A_VALUE: usize = 24;

/// A file in the making.
pub(crate) struct Draft {
    call: Call,
    groups: Groups,
    n_rows: usize,
    /// Genes whose statistics are made at once.
    chunk: usize,
    /// Groups of a part, and of a batch.
    groups_of_part: usize,
    groups_of_batch: usize,
    shelf: Shelf,
    bytes_per_gene: u64,
    /// Genes of each block that is kept.
    n_genes: Vec<usize>,
    seen: Seen,
    sources: Vec<Source>,
    format: Format,
    writer: Writer<NewFile>,
}

/// A draft until it is finished or given up.
type OpenDraft = Option<Draft>;

/// What a whole file is known by.
struct Written {
    starts: Vec<u64>,
    n_tied: Vec<usize>,
}

/// Begin the file of a result.
///
/// @param codes,settings As for `rank_matrix()`; the genes are all that are
///   ranked.
/// @param path The file.
/// @param columns A list: `name`; `source`, `"group"`, `"gene"`, `"group_size"`,
///   `"opposite_size"` or a table; `single`, whether its values are of single
///   precision.
/// @param groups,genes Names of the groups and of the genes that are ranked.
/// @param sizes,opposite_sizes Cells of the groups, and of the other sides.
/// @param memory Bytes to use.
/// @param directory Where a temporary file goes.
/// @return A list: `status`, `"output"` where the file cannot be made; `draft`,
///   an external pointer; `groups_of_part`, of how many groups the rows are that
///   lie together; `genes_at_once`, genes whose statistics have room in memory.
/// @noRd
#[extendr]
#[allow(clippy::too_many_arguments)]
fn draft_new(
    codes: &[i32],
    settings: List,
    path: &str,
    columns: List,
    groups: Vec<String>,
    genes: Vec<String>,
    sizes: &[i32],
    opposite_sizes: &[i32],
    memory: f64,
    directory: &str,
) -> List {
    let call = match Call::from_list(&settings) {
        Ok(call) => call,
        Err(name) => return crate::rank::bad_setting(name),
    };
    let sides = (sizes, opposite_sizes);
    let Some((columns, sources)) = columns_of(&columns, groups, genes, sides) else {
        return fault("the columns of a file are not what they should be");
    };
    match Draft::new(
        call,
        codes,
        Path::new(path),
        (columns, sources),
        memory,
        directory,
    ) {
        Ok(draft) => list!(
            status = "ok",
            groups_of_part = draft.groups_of_part as i32,
            genes_at_once = draft.chunk.min(i32::MAX as usize) as i32,
            draft = ExternalPtr::<OpenDraft>::new(Some(draft))
        ),
        Err(status) => stopped(status),
    }
}

/// Keep the statistics of further genes.
///
/// @param draft What `draft_new()` returned.
/// @param blocks List of the `statistics` that `gene_statistics()` gave, in
///   the order of the genes.
/// @return A list: `status`.
/// @noRd
#[extendr]
fn draft_add(draft: Robj, blocks: List) -> List {
    let Ok(mut draft) = ExternalPtr::<OpenDraft>::try_from(draft) else {
        return fault("this is no draft");
    };
    let Some(draft) = draft.addr_mut() else {
        return fault("the draft is closed");
    };
    for block in blocks.values() {
        let one = List::from_values([block]);
        let statistics = match bind(&one, &draft.groups, &draft.call.settings.statistics) {
            Ok(statistics) => statistics,
            Err(reason) => return fault(reason),
        };
        let threads = draft.call.n_threads() as i32;
        if let Err(stop) = run_on(threads, &Null, |_| draft.keep(&statistics)) {
            return stopped(stop);
        }
    }
    list!(status = "ok")
}

/// Write the tables of all groups, and give the file its name.
///
/// @param draft What `draft_new()` returned; it is closed then.
/// @param tick As for `rank_matrix()`.
/// @return A list: `status` as for `rank_matrix()`, or `"output"`, `"spill"`;
///   `starts`, where each part of the file begins, if the file does not say so;
///   `looks_like_counts`, `n_tied` as for `rank_matrix()`; `spilled`, the bytes
///   that were in a temporary file.
/// @noRd
#[extendr]
fn draft_finish(draft: Robj, tick: Nullable<Function>) -> List {
    let Ok(mut pointer) = ExternalPtr::<OpenDraft>::try_from(draft) else {
        return fault("this is no draft");
    };
    let Some(draft) = pointer.addr_mut().take() else {
        return fault("the draft is closed");
    };
    let spilled = draft.shelf.spilled() as f64;
    let looks_like_counts = draft.seen.look_like_counts;
    let threads = draft.call.n_threads() as i32;
    match run_on(threads, &tick, |control| draft.write(control)) {
        Ok(written) => {
            let n_tied = written.n_tied.into_iter().map(|n| n as i32);
            list!(
                status = "ok",
                starts = Doubles::from_values(written.starts.iter().map(|&at| at as f64)),
                looks_like_counts = looks_like_counts,
                n_tied = n_tied.collect_robj(),
                spilled = spilled
            )
        }
        Err(stop) => stopped(stop),
    }
}

/// Give a file up.
///
/// @param draft What `draft_new()` returned.
/// @noRd
#[extendr]
fn draft_close(draft: Robj) {
    if let Ok(mut draft) = ExternalPtr::<OpenDraft>::try_from(draft) {
        *draft.addr_mut() = None;
    }
}

/// Do work with the draft that settings have, if they have one.
pub(crate) fn with_draft<T>(settings: &List, work: impl FnOnce(Option<&mut Draft>) -> T) -> T {
    let draft = settings.dollar("draft").ok();
    let draft = draft.and_then(|draft| ExternalPtr::<OpenDraft>::try_from(draft).ok());
    match draft {
        Some(mut draft) => work(draft.addr_mut().as_mut()),
        None => work(None),
    }
}

impl Draft {
    fn new(
        call: Call,
        codes: &[i32],
        path: &Path,
        (columns, sources): (Vec<wilcoxide_output::Column>, Vec<Source>),
        memory: f64,
        directory: &str,
    ) -> std::result::Result<Self, Status> {
        let groups = call.groups(codes)?;
        let (n_groups, n_genes) = (groups.len(), call.genes().len());
        let none = GeneStatistics::zeros(&groups, &call.settings.statistics, 0);
        let per_gene = Block::new(&none, &groups, &call.settings.ranking).bytes_per_gene() as u64;
        let memory = memory as u64 / 4;
        let chunk = memory.min(LARGEST_CHUNK) / per_gene.max(1);
        let n_rows = call.settings.n_rows(n_genes);
        let groups_of_part = (ROWS_OF_A_PART / n_rows.max(1))
            .max(n_groups.div_ceil(MOST_PARTS))
            .clamp(1, n_groups.max(1));
        let per_group = per_gene * n_genes as u64 / n_groups.max(1) as u64;
        let groups_of_batch = memory.min(LARGEST_BATCH) / per_group.max(1);
        let parts_of_batch = (groups_of_batch as usize / groups_of_part).max(1);
        let unknown = || Status::Fault("the file's name says no format".into());
        let format = Format::of_path(path, columns)
            .map_err(Status::Fault)?
            .ok_or_else(unknown)?;
        let file = NewFile::create(path).map_err(Status::Output)?;
        Ok(Self {
            n_rows,
            chunk: (chunk as usize).max(1),
            groups_of_part,
            groups_of_batch: groups_of_part * parts_of_batch,
            shelf: Shelf::new(memory.min(LARGEST_CHUNK), Path::new(directory)),
            bytes_per_gene: per_gene,
            n_genes: Vec::new(),
            seen: Seen::default(),
            sources,
            writer: Writer::new(&format, file).map_err(Status::Output)?,
            format,
            groups,
            call,
        })
    }

    /// Make the statistics of the genes of a matrix, some genes at a time, and
    /// keep them; `start` is the place of the first gene among those that were
    /// asked for.
    pub(crate) fn rank(
        &mut self,
        call: &Call,
        expression: &Expression,
        codes: &[i32],
        start: usize,
        not_numbers: &mut NotNumbers,
        control: &Control,
    ) -> std::result::Result<(), Status> {
        let groups = call.groups(codes)?;
        let n = call.genes().len();
        for first in (0..n).step_by(self.chunk) {
            let call = match n > self.chunk {
                true => &call.of_some(first..n.min(first + self.chunk)),
                false => call,
            };
            let job = Job::new(expression, &groups, &call.settings.statistics)?;
            match kernel::gene_statistics(&job, control) {
                Ok(statistics) => self.keep(&statistics)?,
                Err(error) => not_numbers.add(error, start)?,
            }
        }
        Ok(())
    }

    fn keep(&mut self, statistics: &GeneStatistics) -> std::result::Result<(), Status> {
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

    fn batches(&self) -> Vec<Range<usize>> {
        ranges(0..self.groups.len(), self.groups_of_batch)
    }

    fn write(mut self, control: &Control) -> std::result::Result<Written, Status> {
        let n_genes: usize = self.n_genes.iter().sum();
        if n_genes != self.call.genes().len() {
            return Err(Status::Fault("the statistics are of other genes".into()));
        }
        let ranking = &self.call.settings.ranking;
        control.expect(kernel::work_of_ranking(self.groups.len(), n_genes, ranking));
        let part_bytes = BYTES_OF_A_VALUE * self.sources.len() * self.n_rows * self.groups_of_part;
        let most = 2 * rayon::current_num_threads();
        let at_once = (LARGEST_PARTS / part_bytes.max(1)).clamp(1, most);
        let mut n_tied = Vec::new();
        for (number, slots) in self.batches().into_iter().enumerate() {
            let batch = self.batch(number, slots.clone())?;
            n_tied.extend(batch.n_tied());
            for parts in ranges(slots, self.groups_of_part).chunks(at_once) {
                let encoded = parts.par_iter().map(|slots| {
                    let part = self.part(&batch, slots.clone(), control)?;
                    self.format.encode(&part).map_err(Status::Fault)
                });
                let encoded: Vec<Encoded> = encoded.collect::<std::result::Result<_, Status>>()?;
                for part in encoded {
                    self.writer.append(part).map_err(Status::Output)?;
                }
            }
        }
        let (file, starts) = self.writer.finish().map_err(Status::Output)?;
        file.finish().map_err(Status::Output)?;
        Ok(Written { starts, n_tied })
    }

    fn batch(&self, number: usize, slots: Range<usize>) -> std::result::Result<Batch, Status> {
        let bytes = self.shelf.batch(number)?;
        let blocks: Vec<(usize, Cow<[u8]>)> = self.n_genes.iter().copied().zip(bytes).collect();
        let settings = &self.call.settings;
        let settings = (&settings.statistics, &settings.ranking);
        let batch = Batch::new(slots, &blocks, self.seen, &self.groups, settings);
        batch.map_err(Status::Fault)
    }

    /// The rows of some groups.
    fn part(
        &self,
        batch: &Batch,
        slots: Range<usize>,
        control: &Control,
    ) -> std::result::Result<Part, Error> {
        let n_rows = self.n_rows;
        let ranking = &self.call.settings.ranking;
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
        let per_group = |value: &dyn Fn(usize) -> i32| {
            let values = slots.clone().map(value);
            values
                .flat_map(|value| std::iter::repeat_n(value, n_rows))
                .collect()
        };
        let columns = self.sources.iter().map(|source| match source {
            Source::Group => {
                let codes = slots.clone().map(|slot| slot as u32);
                Values::Names(
                    codes
                        .flat_map(|code| std::iter::repeat_n(code, n_rows))
                        .collect(),
                )
            }
            Source::Gene => Values::Names(genes.iter().map(|&gene| gene as u32).collect()),
            Source::Cells(sizes) => Values::Integers(per_group(&|slot| sizes[slot])),
            &Source::Table { table, single } => {
                let place = ranking.tables.iter().position(|&known| known == table);
                let values = place.map(|place| &tables[place]).into_iter().flatten();
                match single {
                    true => Values::Singles(values.map(|&value| value as f32).collect()),
                    false => Values::Doubles(values.copied().collect()),
                }
            }
        });
        Ok(columns.collect())
    }
}

/// Ranges of `n` each, the last of what is left.
fn ranges(all: Range<usize>, n: usize) -> Vec<Range<usize>> {
    let starts = all.clone().step_by(n);
    starts.map(|start| start..all.end.min(start + n)).collect()
}

extendr_module! {
    mod draft;
    fn draft_new;
    fn draft_add;
    fn draft_finish;
    fn draft_close;
}
