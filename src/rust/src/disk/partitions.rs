//! Matrices in blocks of genes: partitioned as they are read, ranked block by
//! block.

use super::file::with_file;
use super::slices::{rounding, slices_list};
use crate::draft::{with_draft, Draft};
use crate::in_chunks::NotNumbers;
use crate::rank::Call;
use crate::runtime::run_on;
use crate::split::{pack_all, statistics_of};
use crate::status::{fault, stopped, Status};
use extendr_api::prelude::*;
use std::ops::Range;
use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::{Dense, Partitions, Sparse};
use wilcoxide_kernel as kernel;

/// About how many values each gene of a matrix has.
///
/// @param file,part,threads As for `read_sparse()`.
/// @param n Values that a sparse matrix has; not a number for a dense one.
/// @param n_genes Number of genes.
/// @param run As for `partitions_read()`.
/// @return A list: `status` as for `read_sparse()`, `sizes`.
/// @noRd
#[extendr]
fn sample_sizes(file: Robj, part: &str, n: f64, n_genes: i32, run: f64, threads: i32) -> List {
    let n_genes = n_genes as usize;
    with_file(file, |file| {
        let outcome = run_on(threads, &Null, |_| {
            if n.is_nan() {
                let n = Dense::open(file, part)?.n_values(run as u64)?;
                return Ok(vec![n.div_ceil(n_genes as u64); n_genes]);
            }
            Ok(Sparse::open(file, part)?.gene_sizes(n as u64, n_genes)?)
        });
        match outcome {
            Ok(sizes) => {
                let sizes: Vec<f64> = sizes.into_iter().map(|size| size as f64).collect();
                list!(status = "ok", sizes = sizes)
            }
            Err(stop) => stopped(stop),
        }
    })
}

/// Partitions of a matrix, until they are closed.
type OpenPartitions = Option<Partitions>;

/// Room for values in partitions by gene.
///
/// @param n_cells,n_genes Size of the matrix.
/// @param genes Genes to keep, from 0.
/// @param sizes About how many values each gene has.
/// @param limit About how many values a partition has.
/// @param memory Bytes to keep in memory.
/// @param directory Where a temporary file goes.
/// @return An external pointer.
/// @noRd
#[extendr]
fn partitions_new(
    n_cells: i32,
    n_genes: i32,
    genes: &[i32],
    sizes: &[f64],
    limit: f64,
    memory: f64,
    directory: &str,
) -> ExternalPtr<OpenPartitions> {
    let mut wanted = vec![false; n_genes as usize];
    for &gene in genes {
        if let Some(wanted) = wanted.get_mut(gene as usize) {
            *wanted = true;
        }
    }
    let mut sizes: Vec<u64> = sizes.iter().map(|&size| size as u64).collect();
    sizes.resize(n_genes as usize, 0);
    ExternalPtr::new(Some(Partitions::new(
        n_cells as usize,
        wanted,
        &sizes,
        limit as u64,
        memory as u64,
        Path::new(directory),
    )))
}

/// Let partitions go, and their temporary file.
///
/// @param partitions What `partitions_new()` returned.
/// @noRd
#[extendr]
fn partitions_close(partitions: Robj) {
    if let Ok(mut partitions) = ExternalPtr::<OpenPartitions>::try_from(partitions) {
        *partitions.addr_mut() = None;
    }
}

/// Partition all values of a matrix in a file by gene.
///
/// @param partitions What `partitions_new()` returned.
/// @param file,part,threads,tick As for `read_sparse()`.
/// @param starts First value of each cell of a sparse matrix, and the number
///   of values; `NULL` of a dense one.
/// @param run Values to read at once.
/// @return A list: `status` as for `read_sparse()`.
/// @noRd
#[extendr]
fn partitions_read(
    partitions: Robj,
    file: Robj,
    part: &str,
    starts: Nullable<&[f64]>,
    run: f64,
    threads: i32,
    tick: Nullable<Function>,
) -> List {
    with_partitions(partitions, |partitions| {
        with_file(file, |file| {
            let starts = match starts {
                NotNull(starts) => Some(starts.iter().map(|&start| start as u64)),
                Null => None,
            };
            let starts: Option<Vec<u64>> = starts.map(Iterator::collect);
            let outcome = run_on(threads, &tick, |control| {
                let run = run as u64;
                let done = match starts {
                    Some(starts) => Sparse::open(file, part)?
                        .partition_by_gene(&starts, run, partitions, control),
                    None => Dense::open(file, part)?.partition_by_gene(run, partitions, control),
                };
                Ok(done?)
            });
            match outcome {
                Ok(()) => list!(status = "ok"),
                Err(stop) => stopped(stop),
            }
        })
    })
}

/// Add the values of some neighbouring cells.
///
/// @param partitions What `partitions_new()` returned.
/// @param first_cell The first of the cells, from 0.
/// @param p,idx,x Compressed sparse storage of these cells, genes in any order.
/// @param is_single Are the values stored in single precision?
/// @return A list: `status` as for `read_sparse()`.
/// @noRd
#[extendr]
fn partitions_add(
    partitions: Robj,
    first_cell: i32,
    p: &[i32],
    idx: &[i32],
    x: &[f64],
    is_single: bool,
) -> List {
    let mut starts: Vec<usize> = p.iter().map(|&start| start as usize).collect();
    let (mut genes, mut values) = (idx.to_vec(), x.to_vec());
    with_partitions(partitions, |partitions| {
        let first_cell = first_cell as usize;
        let rounding = rounding(is_single);
        match partitions.add_cells(first_cell, &mut starts, &mut genes, &mut values, rounding) {
            Ok(()) => list!(status = "ok"),
            Err(error) => stopped(error),
        }
    })
}

/// The values of all genes that were kept.
///
/// @param partitions What `partitions_new()` returned.
/// @param threads,tick As for `read_sparse()`.
/// @return A list: `status` as for `read_sparse()`, or `"too_large"` where there
///   are more values than R's sparse matrices have; `p`, `idx` and `x`, a slice
///   for each gene that was kept, in their order.
/// @noRd
#[extendr]
fn partitions_values(partitions: Robj, threads: i32, tick: Nullable<Function>) -> List {
    with_partitions(partitions, |partitions| {
        if i32::try_from(partitions.n_values(0..partitions.n_genes())).is_err() {
            return list!(status = "too_large");
        }
        let outcome = run_on(threads, &tick, |control| {
            Ok(partitions.gene_slices(control)?)
        });
        match outcome {
            Ok(slices) => slices_list(&slices.p, &slices.idx, &slices.x),
            Err(stop) => stopped(stop),
        }
    })
}

/// The statistics of all genes that were kept, block by block.
///
/// @param partitions What `partitions_new()` returned.
/// @param limit Values that a block may have, but for blocks of one gene.
/// @param codes,settings,tick As for `rank_matrix()`.
/// @return A list: `status`; `statistics`, a list as `rank_statistics()` takes
///   it, empty where the settings have a `draft`; `looks_like_counts`; `single`, `NA`, as a file tells that itself;
///   `n_blocks`; `spilled`, the bytes that were in
///   the temporary file.
/// @noRd
#[extendr]
fn partitions_statistics(
    partitions: Robj,
    limit: f64,
    codes: &[i32],
    settings: List,
    tick: Nullable<Function>,
) -> List {
    let call = match Call::from_list(&settings) {
        Ok(call) => call,
        Err(name) => return crate::rank::bad_setting(name),
    };
    with_partitions(partitions, |partitions| {
        let outcome = with_draft(&settings, |draft| {
            call.run(&tick, |control| {
                block_by_block(partitions, limit as u64, codes, &call, draft, control)
            })
        });
        match outcome {
            Ok(blocks) => list!(
                status = "ok",
                statistics = List::from_values(blocks.iter().map(|block| pack_all(&call, block))),
                looks_like_counts = blocks
                    .iter()
                    .flatten()
                    .all(|statistics| statistics.values.look_like_counts),
                single = Rbool::na(),
                n_blocks = blocks.len() as i32,
                spilled = partitions.spilled() as f64
            ),
            Err(stop) => stopped(stop),
        }
    })
}

fn block_by_block(
    partitions: &Partitions,
    limit: u64,
    codes: &[i32],
    call: &Call,
    mut draft: Option<&mut Draft>,
    control: &Control,
) -> std::result::Result<Vec<Vec<kernel::GeneStatistics>>, Status> {
    let bounds = partitions.blocks(limit);
    let blocks: Vec<(Range<usize>, Call)> = bounds
        .windows(2)
        .map(|pair| (pair[0]..pair[1], call.of_block(pair[0]..pair[1])))
        .filter(|(_, call)| !call.is_empty())
        .collect();
    // Once for reading, once for ranking.
    control.expect(2 * partitions.n_values(0..partitions.n_genes()));
    let mut statistics = Vec::with_capacity(blocks.len());
    let mut not_numbers = NotNumbers::default();
    let (mut p, mut idx, mut x) = (vec![0; partitions.n_cells() + 1], Vec::new(), Vec::new());
    for (genes, call) in blocks {
        let n = partitions.n_values(genes.clone());
        idx.resize(n as usize, 0);
        x.resize(n as usize, 0.0);
        partitions.fill(genes.clone(), &mut p, &mut idx, &mut x, control)?;
        let expression = call.expression(&p, &idx, &x)?;
        if let Some(draft) = draft.as_deref_mut() {
            draft.rank(
                &call,
                &expression,
                codes,
                genes.start,
                &mut not_numbers,
                control,
            )?;
            continue;
        }
        match statistics_of(&call, &expression, codes, control) {
            Ok(block) => statistics.push(block),
            Err(error) => not_numbers.add(error, genes.start)?,
        }
    }
    not_numbers.check()?;
    Ok(statistics)
}

fn with_partitions(partitions: Robj, work: impl FnOnce(&Partitions) -> List) -> List {
    let partitions = ExternalPtr::<OpenPartitions>::try_from(partitions);
    match partitions.as_ref().map(|partitions| partitions.addr()) {
        Ok(Some(partitions)) => work(partitions),
        _ => fault("the partitions are closed"),
    }
}

extendr_module! {
    mod partitions;
    fn sample_sizes;
    fn partitions_new;
    fn partitions_close;
    fn partitions_read;
    fn partitions_add;
    fn partitions_values;
    fn partitions_statistics;
}
