//! Slices of compressed sparse matrices.

use super::file::with_file;
use crate::runtime::{run_here, run_on};
use crate::status::{fault, stopped};
use extendr_api::prelude::*;
use extendr_ffi::SEXPTYPE;
use wilcoxide_disk::{self as disk, Rounding, Slices, Sparse};

/// Read slices of a compressed sparse matrix.
///
/// @param file What `hdf5_open()` returned.
/// @param part Path of the matrix in the file.
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
    file: Robj,
    part: &str,
    starts: &[f64],
    p: Robj,
    bound: i32,
    threads: i32,
    tick: Nullable<Function>,
) -> List {
    with_file(file, |file| {
        let Some(mut own_p) = p
            .as_integer_vector()
            .filter(|p| p.len() == starts.len() + 1)
        else {
            return fault("the slices have other starts");
        };
        let starts: Vec<u64> = starts.iter().map(|&start| start as u64).collect();
        // Before memory is taken for what the file says that it holds.
        let matrix = match run_here(|| Ok(Sparse::open(file, part)?)) {
            Ok(matrix) => matrix,
            Err(stop) => return stopped(stop),
        };
        let n = own_p[starts.len()] as usize;
        // Not filled first, which would take as long as reading: the vectors go
        // back to R only when all their places have been written.
        let mut idx = Robj::alloc_vector(SEXPTYPE::INTSXP, n);
        let mut x = Robj::alloc_vector(SEXPTYPE::REALSXP, n);
        let (Some(idx_out), Some(x_out)) = (idx.as_integer_slice_mut(), x.as_real_slice_mut())
        else {
            return fault("R gave no memory");
        };
        let outcome = run_on(threads, &tick, |control| {
            let slices = Slices {
                starts: &starts,
                p: &mut own_p,
                idx: idx_out,
                x: x_out,
            };
            Ok(matrix.read(slices, bound as usize, control)?)
        });
        match outcome {
            Ok(kept) if kept == n => list!(status = "ok", p = p, idx = idx, x = x),
            Ok(kept) => slices_list(&own_p, &idx_out[..kept], &x_out[..kept]),
            Err(stop) => stopped(stop),
        }
    })
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

pub(super) fn rounding(is_single: bool) -> Rounding {
    if is_single {
        Rounding::Single
    } else {
        Rounding::Double
    }
}

pub(super) fn slices_list(p: &[i32], idx: &[i32], x: &[f64]) -> List {
    list!(status = "ok", p = p, idx = idx, x = x)
}

extendr_module! {
    mod slices;
    fn read_sparse;
    fn order_slices;
}
