//! A result that becomes a file: statistics are kept until those of all genes are
//! there, and the tables of one batch of groups after another are written.

mod family;
mod level;

use crate::in_chunks::NotNumbers;
use crate::output::{columns_of, Names, Source};
use crate::rank::Call;
use crate::runtime::run_on;
use crate::split::statistics_of;
use crate::statistics::bind;
use crate::status::{fault, stopped, Status};
use extendr_api::prelude::*;
use family::Family;
use level::{Level, Written, LARGEST_CHUNK};
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use wilcoxide_control::Control;
use wilcoxide_kernel::{self as kernel, Expression, GeneStatistics};
use wilcoxide_output::{Column, Encoded, Format, NewFile, Writer};

/// The most row groups that a Parquet file has room for.
const MOST_PARTS: usize = i16::MAX as usize;
/// Bytes that parts being encoded take, all together.
const LARGEST_PARTS: usize = 1 << 27;
/// Bytes that a value takes from its table to its file.
const BYTES_OF_A_VALUE: usize = 24;

/// A file in the making.
pub(crate) struct Draft {
    /// What was asked for of all cells.
    call: Call,
    /// One, or those that the call has.
    levels: Vec<Level>,
    /// Genes whose statistics are made at once.
    chunk: usize,
    /// Bytes that a level may use.
    memory: u64,
    directory: PathBuf,
    sources: Vec<Source>,
    format: Format,
    writer: Writer<NewFile>,
}

/// A draft until it is finished or given up.
type OpenDraft = Option<Draft>;

/// What a whole file is known by.
struct Finished {
    starts: Vec<u64>,
    /// Of each level.
    n_tied: Vec<Vec<usize>>,
}

/// Begin the file of a result.
///
/// @param codes,settings As for `rank_matrix()`; the genes are all that are
///   ranked.
/// @param path The file.
/// @param columns A list: `name`; `source`, `"level"`, `"group"`, `"gene"`,
///   `"group_size"`, `"opposite_size"` or a table; `single`, whether its values
///   are of single precision.
/// @param names A list of the names of all `levels`, `groups` and `genes`.
/// @param written For each level, or for all cells, the groups that have rows, a
///   list: `name`, their place among the names, from 0; `size` and
///   `opposite_size`, how many cells they and the other sides have.
/// @param memory Bytes to use.
/// @param directory Where a temporary file goes.
/// @return A list: `status`, `"output"` where the file cannot be made; `draft`,
///   an external pointer; `groups_of_part`, for each level, of how many groups the
///   rows are that lie together; `genes_at_once`, genes whose statistics have room
///   in memory.
/// @noRd
#[extendr]
#[allow(clippy::too_many_arguments)]
fn draft_new(
    codes: &[i32],
    settings: List,
    path: &str,
    columns: List,
    names: List,
    written: List,
    memory: f64,
    directory: &str,
) -> List {
    let call = match Call::from_list(&settings) {
        Ok(call) => call,
        Err(name) => return crate::rank::bad_setting(name),
    };
    let columns = Names::from_list(&names).and_then(|names| columns_of(&columns, &names));
    let (Some(columns), Some(written)) = (columns, written_of(&written)) else {
        return fault("the columns of a file are not what they should be");
    };
    let memory = memory as u64 / 4;
    match Draft::new(
        call,
        codes,
        written,
        Path::new(path),
        columns,
        (memory, Path::new(directory)),
    ) {
        Ok(draft) => {
            let levels = draft.levels.iter();
            let groups_of_part = levels.map(|level| level.groups_of_part as i32);
            list!(
                status = "ok",
                groups_of_part = groups_of_part.collect_robj(),
                genes_at_once = draft.chunk.min(i32::MAX as usize) as i32,
                draft = ExternalPtr::<OpenDraft>::new(Some(draft))
            )
        }
        Err(status) => stopped(status),
    }
}

/// The groups that have rows, of each level; `None` where the list is not what it
/// should be.
fn written_of(list: &List) -> Option<Vec<Vec<Written>>> {
    let of_level = |level: Robj| {
        let level = List::try_from(level).ok()?;
        let integers = |name| level.dollar(name).ok()?.as_integer_vector();
        let (names, sizes) = (integers("name")?, integers("size")?);
        let opposite_sizes = integers("opposite_size")?;
        let groups = names.into_iter().zip(sizes).zip(opposite_sizes);
        let groups = groups.map(|((name, size), opposite_size)| Written {
            name: name as u32,
            size,
            opposite_size,
        });
        Some(groups.collect())
    };
    list.values().map(of_level).collect()
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
    let has_levels = !draft.call.levels.is_empty();
    for block in blocks.values() {
        let of_levels = match has_levels {
            true => List::try_from(block).unwrap_or_default(),
            false => List::from_values([block]),
        };
        if of_levels.len() != draft.levels.len() {
            return fault("a block has other levels");
        }
        let threads = draft.call.n_threads() as i32;
        for (level, block) in draft.levels.iter_mut().zip(of_levels.values()) {
            let one = List::from_values([block]);
            let statistics = match bind(&one, &level.groups, &level.call.settings.statistics) {
                Ok(statistics) => statistics,
                Err(reason) => return fault(reason),
            };
            if let Err(stop) = run_on(threads, &Null, |_| level.keep(&statistics)) {
                return stopped(stop);
            }
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
///   `looks_like_counts`; `n_tied` as for `rank_matrix()`, of each level;
///   `spilled`, the bytes that were in a temporary file.
/// @noRd
#[extendr]
fn draft_finish(draft: Robj, tick: Nullable<Function>) -> List {
    let Ok(mut pointer) = ExternalPtr::<OpenDraft>::try_from(draft) else {
        return fault("this is no draft");
    };
    let Some(draft) = pointer.addr_mut().take() else {
        return fault("the draft is closed");
    };
    let levels = || draft.levels.iter();
    let spilled = levels().map(|level| level.spilled() as f64).sum::<f64>();
    let looks_like_counts = levels().all(|level| level.seen.look_like_counts);
    let threads = draft.call.n_threads() as i32;
    match run_on(threads, &tick, |control| draft.write(control)) {
        Ok(written) => {
            let n_tied = written.n_tied.into_iter().map(|of_level| {
                let of_level = of_level.into_iter().map(|n| n as i32);
                of_level.collect_robj()
            });
            list!(
                status = "ok",
                starts = Doubles::from_values(written.starts.iter().map(|&at| at as f64)),
                looks_like_counts = looks_like_counts,
                n_tied = List::from_values(n_tied),
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
        written: Vec<Vec<Written>>,
        path: &Path,
        (columns, sources): (Vec<Column>, Vec<Source>),
        (memory, directory): (u64, &Path),
    ) -> std::result::Result<Self, Status> {
        let whole = [(codes, &call)];
        let of_levels: Vec<(&[i32], &Call)> = match call.levels.is_empty() {
            true => whole.to_vec(),
            false => call.levels.calls().collect(),
        };
        if of_levels.len() != written.len() {
            return Err(Status::Fault("a file has other levels".into()));
        }
        let n_genes = call.genes().len();
        let memory = memory / of_levels.len().max(1) as u64;
        let room = (n_genes, (MOST_PARTS / of_levels.len().max(1)).max(1));
        let levels = of_levels.into_iter().zip(written).zip(0..);
        let levels = levels.map(|(((codes, call), written), name)| {
            Level::new(name, call.clone(), codes, written, room, memory, directory)
        });
        let levels = levels.collect::<std::result::Result<Vec<_>, _>>()?;
        let per_gene: u64 = levels.iter().map(Level::bytes_per_gene).sum();
        let all = memory * levels.len() as u64;
        let chunk = all.min(LARGEST_CHUNK) / per_gene.max(1);
        let unknown = || Status::Fault("the file's name says no format".into());
        let format = Format::of_path(path, columns)
            .map_err(Status::Fault)?
            .ok_or_else(unknown)?;
        let file = NewFile::create(path).map_err(Status::Output)?;
        Ok(Self {
            levels,
            chunk: (chunk as usize).max(1),
            memory,
            directory: directory.into(),
            sources,
            writer: Writer::new(&format, file).map_err(Status::Output)?,
            format,
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
        let n = call.genes().len();
        for first in (0..n).step_by(self.chunk) {
            let call = match n > self.chunk {
                true => &call.of_some(first..n.min(first + self.chunk)),
                false => call,
            };
            match statistics_of(call, expression, codes, control) {
                Ok(statistics) => self.keep(&statistics)?,
                Err(error) => not_numbers.add(error, start)?,
            }
        }
        Ok(())
    }

    fn keep(&mut self, statistics: &[GeneStatistics]) -> std::result::Result<(), Status> {
        let mut levels = self.levels.iter_mut().zip(statistics);
        levels.try_for_each(|(level, statistics)| level.keep(statistics))
    }

    fn write(mut self, control: &Control) -> std::result::Result<Finished, Status> {
        let n_genes = self.call.genes().len();
        if self.levels.iter().any(|level| level.n_genes() != n_genes) {
            return Err(Status::Fault("the statistics are of other genes".into()));
        }
        for level in &self.levels {
            let ranking = &level.call.settings.ranking;
            let work = kernel::work_of_ranking(level.groups.len(), n_genes, ranking);
            let n_times = 1 + u64::from(self.call.together.is_some());
            control.expect(n_times * work);
        }
        let mut n_tied = Vec::new();
        for level in std::mem::take(&mut self.levels) {
            n_tied.push(self.write_level(&level, control)?);
        }
        let (file, starts) = self.writer.finish().map_err(Status::Output)?;
        file.finish().map_err(Status::Output)?;
        Ok(Finished { starts, n_tied })
    }

    fn write_level(
        &mut self,
        level: &Level,
        control: &Control,
    ) -> std::result::Result<Vec<usize>, Status> {
        let part_bytes =
            BYTES_OF_A_VALUE * self.sources.len() * level.n_rows * level.groups_of_part;
        let most = 2 * rayon::current_num_threads();
        let at_once = (LARGEST_PARTS / part_bytes.max(1)).clamp(1, most);
        let family = match self.call.together {
            None => None,
            Some(correction) => {
                let memory = self.memory.min(LARGEST_CHUNK);
                let family = Family::new(level, correction, memory, &self.directory, control);
                Some(family?)
            }
        };
        let mut n_tied = Vec::new();
        for (number, slots) in level.batches().into_iter().enumerate() {
            let batch = level.batch(number, slots.clone())?;
            let adjusted = match &family {
                None => None,
                Some(family) => Some(family.of_batch(number)?),
            };
            n_tied.extend(batch.n_tied());
            for parts in level.parts(slots).chunks(at_once) {
                let encoded = parts.par_iter().map(|slots| {
                    let (slots, adjusted) = (slots.clone(), adjusted.as_ref());
                    let part = level.part(&batch, slots, &self.sources, adjusted, control)?;
                    self.format.encode(&part).map_err(Status::Fault)
                });
                let encoded: Vec<Encoded> = encoded.collect::<std::result::Result<_, Status>>()?;
                for part in encoded {
                    self.writer.append(part).map_err(Status::Output)?;
                }
            }
        }
        n_tied.truncate(level.written.len());
        Ok(n_tied)
    }
}

extendr_module! {
    mod draft;
    fn draft_new;
    fn draft_add;
    fn draft_finish;
    fn draft_close;
}
