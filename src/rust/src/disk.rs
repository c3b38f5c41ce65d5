//! Reading matrices from HDF5 files, and ranking them in blocks of genes.

use crate::rank::Call;
use crate::runtime::{run, Stop};
use crate::statistics::pack;
use extendr_api::prelude::*;
use extendr_ffi::SEXPTYPE;
use std::ops::Range;
use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::{self as disk, About, Dense, Number, Partitions, Sparse};
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

/// Do the indices of each slice ascend, below a bound?
///
/// @param p,idx Compressed sparse storage.
/// @param bound Indices must be below.
/// @return `"ok"`, `"outside"` where an index is not below the bound or
///   negative, `"unsorted"`.
/// @noRd
#[extendr]
fn slices_order(p: &[i32], idx: &[i32], bound: i32) -> &'static str {
    if idx.iter().any(|&index| index < 0 || index >= bound) {
        return "outside";
    }
    let ascends = |pair: &[i32]| {
        let slice = idx.get(pair[0] as usize..pair[1] as usize);
        slice.is_some_and(|slice| slice.is_sorted_by(|a, b| a < b))
    };
    if p.windows(2).all(ascends) {
        "ok"
    } else {
        "unsorted"
    }
}

/// Read stored values of a compressed sparse matrix.
///
/// @param path Path of the file.
/// @param matrix A list of `indices` and `data`, see `h5_location()`.
/// @param from,n First of the values, from 0, and how many.
/// @param threads Number of threads.
/// @param tick As for `rank_matrix()`.
/// @return A list: `status`, `"ok"` or as [stopped()] has it; `idx` and `x`.
/// @noRd
#[extendr]
fn read_sparse(
    path: &str,
    matrix: List,
    from: f64,
    n: f64,
    threads: i32,
    tick: Nullable<Function>,
) -> List {
    // Not filled first, which would take as long as reading: the vectors go
    // back to R only when all their places have been written.
    let mut idx = Robj::alloc_vector(SEXPTYPE::INTSXP, n as usize);
    let mut x = Robj::alloc_vector(SEXPTYPE::REALSXP, n as usize);
    let (Some(idx_out), Some(x_out)) = (idx.as_integer_slice_mut(), x.as_real_slice_mut()) else {
        return stopped(Stop::Fault("R gave no memory".into()));
    };
    let abouts = abouts(&matrix);
    let outcome = run_on(threads, &tick, |control| {
        let file = disk::File::open(Path::new(path))?;
        sparse(&file, &abouts?)?.read(from as u64, idx_out, x_out, control)?;
        Ok(())
    });
    match outcome {
        Ok(()) => list!(status = "ok", idx = idx, x = x),
        Err(stop) => stopped(stop),
    }
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
    let abouts = abouts(&matrix);
    let n_genes = n_genes as usize;
    let outcome = run_on(threads, &Null, |_| {
        let file = disk::File::open(Path::new(path))?;
        let abouts = abouts?;
        Ok(match abouts.indices {
            Some(_) => sparse(&file, &abouts)?.gene_sizes(n as u64, n_genes)?,
            None => {
                let n = dense(&file, &abouts)?.n_values(run as u64)?;
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
type Dealt = Option<Partitions>;

/// Room for values dealt out by gene.
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
) -> ExternalPtr<Dealt> {
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
    if let Ok(mut partitions) = ExternalPtr::<Dealt>::try_from(partitions) {
        *partitions.addr_mut() = None;
    }
}

/// Deal out all values of a matrix in a file.
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
    let abouts = abouts(&matrix);
    with_partitions(partitions, |partitions| {
        let outcome = run_on(threads, &tick, |control| {
            let file = disk::File::open(Path::new(path))?;
            let abouts = abouts?;
            match abouts.indices {
                Some(_) => {
                    let matrix = sparse(&file, &abouts)?;
                    matrix.deal(&starts, run as u64, partitions, control)?;
                }
                None => dense(&file, &abouts)?.deal(run as u64, partitions, control)?,
            }
            Ok(())
        });
        match outcome {
            Ok(()) => list!(status = "ok"),
            Err(stop) => stopped(stop),
        }
    })
}

/// Deal out the values of some neighbouring cells.
///
/// @param partitions What `partitions_new()` returned.
/// @param first_cell The first of the cells, from 0.
/// @param p,idx,x Compressed sparse storage of these cells.
/// @return A list: `status` as for `read_sparse()`.
/// @noRd
#[extendr]
fn partitions_add(partitions: Robj, first_cell: i32, p: &[i32], idx: &[i32], x: &[f64]) -> List {
    let mut starts: Vec<usize> = p.iter().map(|&start| start as usize).collect();
    let (mut genes, mut values) = (idx.to_vec(), x.to_vec());
    with_partitions(partitions, |partitions| {
        let first_cell = first_cell as usize;
        match disk::deal_run(first_cell, &mut starts, &mut genes, &mut values, partitions) {
            Ok(()) => list!(status = "ok"),
            Err(error) => stopped(Stop::Refused(Failure::Disk(error))),
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
) -> std::result::Result<Vec<kernel::GeneStatistics>, Failure> {
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
    fn add(&mut self, error: kernel::Error, start: usize) -> std::result::Result<(), Failure> {
        let kernel::Error::NotANumber { count, first_gene } = error else {
            return Err(error.into());
        };
        self.count += count;
        self.first_gene.get_or_insert(start + first_gene);
        Ok(())
    }

    fn check(self) -> std::result::Result<(), Failure> {
        match self.first_gene {
            None => Ok(()),
            Some(first_gene) => Err(Failure::Kernel(kernel::Error::NotANumber {
                count: self.count,
                first_gene,
            })),
        }
    }
}

fn with_partitions(partitions: Robj, work: impl FnOnce(&Partitions) -> List) -> List {
    let partitions = ExternalPtr::<Dealt>::try_from(partitions);
    match partitions.as_ref().map(|partitions| partitions.addr()) {
        Ok(Some(partitions)) => work(partitions),
        _ => stopped(Stop::Fault("the partitions are closed".into())),
    }
}

/// What may go wrong in reading and ranking.
enum Failure {
    Disk(disk::Error),
    Kernel(kernel::Error),
}

impl From<disk::Error> for Failure {
    fn from(error: disk::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<kernel::Error> for Failure {
    fn from(error: kernel::Error) -> Self {
        Self::Kernel(error)
    }
}

fn run_on<T: Send>(
    threads: i32,
    tick: &Nullable<Function>,
    work: impl FnOnce(&Control) -> std::result::Result<T, Failure> + Send,
) -> std::result::Result<T, Stop<Failure>> {
    let control = Control::default();
    let tick = match tick {
        NotNull(tick) => Some(tick),
        Null => None,
    };
    run(threads.max(1) as usize, &control, tick, || work(&control))
}

/// `status` and `message` for R: `"unsupported"` where HDF5 should try,
/// `"damaged"`, `"spill"`, or what the kernel says.
fn stopped(stop: Stop<Failure>) -> List {
    let (status, message) = match stop {
        Stop::Refused(Failure::Disk(error)) => match error {
            disk::Error::Unsupported(reason) => ("unsupported", reason),
            disk::Error::Damaged(reason) => ("damaged", reason),
            disk::Error::Spill(reason) => ("spill", reason),
            disk::Error::Cancelled => ("interrupted", String::new()),
        },
        Stop::Refused(Failure::Kernel(error)) => return crate::rank::stopped(Stop::Refused(error)),
        Stop::Interrupted => ("interrupted", String::new()),
        Stop::Fault(message) => ("fault", message),
    };
    list!(status = status, message = message)
}

/// What R knows of the datasets of a matrix.
struct Abouts {
    indices: Option<About>,
    data: About,
}

fn abouts(matrix: &List) -> std::result::Result<Abouts, Failure> {
    let get = |name| matrix.dollar(name).ok().filter(|about| !about.is_null());
    let unknown = || disk::Error::Unsupported("the dataset is of an unknown kind".into());
    let indices = match get("indices") {
        Some(list) => Some(about(&list).ok_or_else(unknown)?),
        None => None,
    };
    let data = get("data").as_ref().and_then(about).ok_or_else(unknown)?;
    Ok(Abouts { indices, data })
}

fn about(list: &Robj) -> Option<About> {
    let list = list.as_list()?;
    let numbers = |name| -> Option<Vec<u64>> {
        let numbers = list.dollar(name).ok()?.as_real_vector()?;
        Some(numbers.into_iter().map(|number| number as u64).collect())
    };
    Some(About {
        address: *numbers("address")?.first()?,
        dims: numbers("dims")?,
        chunk: numbers("chunk")?,
        number: Number::from_name(list.dollar("type").ok()?.as_str()?)?,
    })
}

fn sparse<'f>(
    file: &'f disk::File,
    abouts: &Abouts,
) -> std::result::Result<Sparse<'f>, disk::Error> {
    let indices = abouts.indices.as_ref().unwrap_or(&abouts.data);
    Sparse::open(file, indices, &abouts.data)
}

fn dense<'f>(file: &'f disk::File, abouts: &Abouts) -> std::result::Result<Dense<'f>, disk::Error> {
    Dense::open(file, &abouts.data)
}

extendr_module! {
    mod disk;
    fn file_stamp;
    fn slices_order;
    fn read_sparse;
    fn sample_sizes;
    fn partitions_new;
    fn partitions_close;
    fn partitions_read;
    fn partitions_add;
    fn partitions_statistics;
}
