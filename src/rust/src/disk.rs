//! Reading matrices from HDF5 files, and ranking them in blocks of genes.

use crate::rank::Call;
use crate::runtime::{run, Stop};
use crate::statistics::pack;
use crate::status::{fault, stopped, Status};
use extendr_api::prelude::*;
use extendr_ffi::SEXPTYPE;
use std::ops::Range;
use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::{
    self as disk, DatasetInfo, Dense, Number, Partitions, Rounding, Slices, Sparse,
};
use wilcoxide_kernel as kernel;

/// What tells a file from itself once it is written to, or replaced.
///
/// @param path Its path.
/// @return A string, `NULL` where there is no such file.
/// @noRd
#[extendr]
fn file_stamp(path: &str) -> Nullable<String> {
    match disk::stamp(Path::new(path)) {
        Ok(stamp) => NotNull(stamp),
        Err(_) => Null,
    }
}

/// Read slices of a compressed sparse matrix.
///
/// @param path Path of the file.
/// @param matrix A list of `indices` and `data`, see `h5_location()`.
/// @param starts First value of each slice in the file, from 0.
/// @param p Where the slices start in what is returned, and where the last one
///   ends.
/// @param bound Indices must be below.
/// @param threads Number of threads.
/// @param tick As for `rank_matrix()`.
/// @return A list: `status`, see `check_status()`; `p`, `idx` and `x`, the
///   indices of each slice ascending; several values in one place are summed.
/// @noRd
#[extendr]
fn read_sparse(
    path: &str,
    matrix: List,
    starts: &[f64],
    p: Robj,
    bound: i32,
    threads: i32,
    tick: Nullable<Function>,
) -> List {
    let Some(mut own_p) = p
        .as_integer_vector()
        .filter(|p| p.len() == starts.len() + 1)
    else {
        return fault("the slices have other starts");
    };
    let starts: Vec<u64> = starts.iter().map(|&start| start as u64).collect();
    let n = own_p[starts.len()] as usize;
    // Not filled first, which would take as long as reading: the vectors go
    // back to R only when all their places have been written.
    let mut idx = Robj::alloc_vector(SEXPTYPE::INTSXP, n);
    let mut x = Robj::alloc_vector(SEXPTYPE::REALSXP, n);
    let (Some(idx_out), Some(x_out)) = (idx.as_integer_slice_mut(), x.as_real_slice_mut()) else {
        return fault("R gave no memory");
    };
    let info = MatrixInfo::from_list(&matrix);
    let outcome = run_on(threads, &tick, |control| {
        let file = disk::File::open(Path::new(path))?;
        let slices = Slices {
            starts: &starts,
            p: &mut own_p,
            idx: idx_out,
            x: x_out,
        };
        Ok(info?.sparse(&file)?.read(slices, bound as usize, control)?)
    });
    match outcome {
        Ok(kept) if kept == n => list!(status = "ok", p = p, idx = idx, x = x),
        Ok(kept) => slices_list(&own_p, &idx_out[..kept], &x_out[..kept]),
        Err(stop) => stopped(stop),
    }
}

/// Make the indices of each slice ascend.
///
/// @param p,idx,x Compressed sparse storage, the indices in any order.
/// @param is_single Are the values stored in single precision?
/// @param bound,threads,tick As for `read_sparse()`.
/// @return As for `read_sparse()`.
/// @noRd
#[extendr]
fn order_slices(
    p: Robj,
    idx: Robj,
    x: Robj,
    is_single: bool,
    bound: i32,
    threads: i32,
    tick: Nullable<Function>,
) -> List {
    let slices = (
        p.as_integer_slice(),
        idx.as_integer_slice(),
        x.as_real_slice(),
    );
    let (Some(p_in), Some(idx_in), Some(x_in)) = slices else {
        return fault("the slices are of other types");
    };
    let outcome = run_on(threads, &tick, |control| {
        control.expect(idx_in.len() as u64);
        if disk::are_ordered(p_in, idx_in, bound as usize, control)? {
            return Ok(None);
        }
        let (mut p, mut idx, mut x) = (p_in.to_vec(), idx_in.to_vec(), x_in.to_vec());
        let rounding = rounding(is_single);
        let kept = disk::order_in_parallel(&mut p, &mut idx, &mut x, rounding, control)?;
        idx.truncate(kept);
        x.truncate(kept);
        Ok(Some((p, idx, x)))
    });
    match outcome {
        Ok(None) => list!(status = "ok", p = p, idx = idx, x = x),
        Ok(Some((p, idx, x))) => slices_list(&p, &idx, &x),
        Err(stop) => stopped(stop),
    }
}

fn rounding(is_single: bool) -> Rounding {
    if is_single {
        Rounding::Single
    } else {
        Rounding::Double
    }
}

fn slices_list(p: &[i32], idx: &[i32], x: &[f64]) -> List {
    list!(status = "ok", p = p, idx = idx, x = x)
}

/// About how many values each gene of a matrix has.
///
/// @param path,matrix,threads As for `read_sparse()`; `matrix` may be a list
///   of `data` alone, of a dense matrix.
/// @param n Values that a sparse matrix has.
/// @param n_genes Number of genes.
/// @param run As for `partitions_read()`.
/// @return A list: `status` as for `read_sparse()`, `sizes`.
/// @noRd
#[extendr]
fn sample_sizes(path: &str, matrix: List, n: f64, n_genes: i32, run: f64, threads: i32) -> List {
    let info = MatrixInfo::from_list(&matrix);
    let n_genes = n_genes as usize;
    let outcome = run_on(threads, &Null, |_| {
        let file = disk::File::open(Path::new(path))?;
        let info = info?;
        Ok(match info.indices {
            Some(_) => info.sparse(&file)?.gene_sizes(n as u64, n_genes)?,
            None => {
                let n = info.dense(&file)?.n_values(run as u64)?;
                vec![n.div_ceil(n_genes as u64); n_genes]
            }
        })
    });
    match outcome {
        Ok(sizes) => {
            let sizes: Vec<f64> = sizes.into_iter().map(|size| size as f64).collect();
            list!(status = "ok", sizes = sizes)
        }
        Err(stop) => stopped(stop),
    }
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
/// @param path,matrix,threads,tick As for `sample_sizes()`.
/// @param starts First value of each cell of a sparse matrix, and the number
///   of values.
/// @param run Values to read at once.
/// @return A list: `status` as for `read_sparse()`.
/// @noRd
#[extendr]
fn partitions_read(
    partitions: Robj,
    path: &str,
    matrix: List,
    starts: &[f64],
    run: f64,
    threads: i32,
    tick: Nullable<Function>,
) -> List {
    let starts: Vec<u64> = starts.iter().map(|&start| start as u64).collect();
    let info = MatrixInfo::from_list(&matrix);
    with_partitions(partitions, |partitions| {
        let outcome = run_on(threads, &tick, |control| {
            let file = disk::File::open(Path::new(path))?;
            let info = info?;
            match info.indices {
                Some(_) => info
                    .sparse(&file)?
                    .partition_by_gene(&starts, run as u64, partitions, control)?,
                None => info
                    .dense(&file)?
                    .partition_by_gene(run as u64, partitions, control)?,
            }
            Ok(())
        });
        match outcome {
            Ok(()) => list!(status = "ok"),
            Err(stop) => stopped(stop),
        }
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
///   it; `looks_like_counts`; `single`, `NA`, as a file tells that itself;
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
        let outcome = call.run(&tick, |control| {
            block_by_block(partitions, limit as u64, codes, &call, control)
        });
        match outcome {
            Ok(blocks) => list!(
                status = "ok",
                statistics = List::from_values(blocks.iter().map(pack)),
                looks_like_counts = blocks.iter().all(|block| block.values.look_like_counts),
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
    control: &Control,
) -> std::result::Result<Vec<kernel::GeneStatistics>, Status> {
    let groups = call.groups(codes)?;
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
        let job = kernel::Job::new(&expression, &groups, &call.settings.statistics)?;
        match kernel::gene_statistics(&job, control) {
            Ok(block) => statistics.push(block),
            Err(error) => not_numbers.add(error, genes.start)?,
        }
    }
    not_numbers.check()?;
    Ok(statistics)
}

/// Values of all blocks that are not numbers.
#[derive(Default)]
struct NotNumbers {
    count: u64,
    first_gene: Option<usize>,
}

impl NotNumbers {
    /// Count those of a block that starts with the gene `start`; any other
    /// error goes on.
    fn add(&mut self, error: kernel::Error, start: usize) -> std::result::Result<(), Status> {
        let kernel::Error::NotANumber { count, first_gene } = error else {
            return Err(error.into());
        };
        self.count += count;
        self.first_gene.get_or_insert(start + first_gene);
        Ok(())
    }

    fn check(self) -> std::result::Result<(), Status> {
        match self.first_gene {
            None => Ok(()),
            Some(first_gene) => Err(Status::NotANumber {
                count: self.count,
                first_gene,
            }),
        }
    }
}

fn with_partitions(partitions: Robj, work: impl FnOnce(&Partitions) -> List) -> List {
    let partitions = ExternalPtr::<OpenPartitions>::try_from(partitions);
    match partitions.as_ref().map(|partitions| partitions.addr()) {
        Ok(Some(partitions)) => work(partitions),
        _ => fault("the partitions are closed"),
    }
}

fn run_on<T: Send>(
    threads: i32,
    tick: &Nullable<Function>,
    work: impl FnOnce(&Control) -> std::result::Result<T, Status> + Send,
) -> std::result::Result<T, Stop<Status>> {
    let control = Control::default();
    let tick = match tick {
        NotNull(tick) => Some(tick),
        Null => None,
    };
    run(threads.max(1) as usize, &control, tick, || work(&control))
}

/// What R knows of the datasets of a matrix.
struct MatrixInfo {
    /// `None` of a dense matrix.
    indices: Option<DatasetInfo>,
    data: DatasetInfo,
}

impl MatrixInfo {
    fn from_list(matrix: &List) -> std::result::Result<Self, Status> {
        let get = |name| matrix.dollar(name).ok().filter(|info| !info.is_null());
        let unknown = || disk::Error::Unsupported("its numbers are of an unusual type".into());
        let indices = match get("indices") {
            Some(list) => Some(dataset_info(&list).ok_or_else(unknown)?),
            None => None,
        };
        let data = get("data").as_ref().and_then(dataset_info);
        Ok(Self {
            indices,
            data: data.ok_or_else(unknown)?,
        })
    }

    fn sparse<'f>(&self, file: &'f disk::File) -> std::result::Result<Sparse<'f>, disk::Error> {
        let indices = self.indices.as_ref().unwrap_or(&self.data);
        Sparse::open(file, indices, &self.data)
    }

    fn dense<'f>(&self, file: &'f disk::File) -> std::result::Result<Dense<'f>, disk::Error> {
        Dense::open(file, &self.data)
    }
}

fn dataset_info(list: &Robj) -> Option<DatasetInfo> {
    let list = list.as_list()?;
    let numbers = |name| -> Option<Vec<u64>> {
        let numbers = list.dollar(name).ok()?.as_real_vector()?;
        Some(numbers.into_iter().map(|number| number as u64).collect())
    };
    let (number, order) = Number::from_name(list.dollar("type").ok()?.as_str()?)?;
    Some(DatasetInfo {
        address: *numbers("address")?.first()?,
        dims: numbers("dims")?,
        chunk: numbers("chunk")?,
        number,
        order,
    })
}

extendr_module! {
    mod disk;
    fn file_stamp;
    fn read_sparse;
    fn order_slices;
    fn sample_sizes;
    fn partitions_new;
    fn partitions_close;
    fn partitions_read;
    fn partitions_add;
    fn partitions_values;
    fn partitions_statistics;
}
