//! The order of indices in compressed sparse storage: looked at, and made, here
//! alone.

use crate::Error;
use rayon::prelude::*;
use std::ops::Range;
use wilcoxide_control::Control;

/// How the sum of several values in one place is rounded: SciPy adds them up
/// one by one, in the order that they are stored in, as numbers of their type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    Single,
    Double,
}

impl Rounding {
    fn add(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Single => f64::from(a as f32 + b as f32),
            Self::Double => a + b,
        }
    }
}

/// Stored values of the slices that a thread takes at once.
const BATCH: usize = 1 << 20;

pub(crate) fn outside() -> Error {
    Error::Damaged("Some of its indices lie outside its shape.".into())
}

/// Are all indices below `bound`, and not negative?
///
/// # Errors
/// [`Error::Damaged`] where they are not.
pub(crate) fn check_bounds(indices: &[i32], bound: usize) -> Result<(), Error> {
    let is_inside = |&index: &i32| index >= 0 && (index as usize) < bound;
    match indices.iter().all(is_inside) {
        true => Ok(()),
        false => Err(outside()),
    }
}

/// Whether the indices of each slice ascend, each there once.
///
/// Counts one for each value as done.
///
/// # Errors
/// [`Error::Damaged`] where an index is not below `bound`;
/// [`Error::Cancelled`].
pub fn are_ordered(p: &[i32], idx: &[i32], bound: usize, control: &Control) -> Result<bool, Error> {
    let orders = batches(p).into_par_iter().map(|slices| {
        let p = &p[slices.start..=slices.end];
        let stored = p[0] as usize..p[p.len() - 1] as usize;
        control.checkpoint(stored.len() as u64)?;
        check_bounds(&idx[stored], bound)?;
        let ascends = |pair: &[i32]| {
            let slice = &idx[pair[0] as usize..pair[1] as usize];
            slice.is_sorted_by(|a, b| a < b)
        };
        Ok(p.windows(2).all(ascends))
    });
    orders.try_reduce(|| true, |a, b| Ok(a && b))
}

/// Sort each slice by its indices and sum several values in one place.
///
/// `p` is changed to what is left; returns how many values these are. The
/// rest of `idx` and `x` is of no use then.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn order_in_parallel(
    p: &mut [i32],
    idx: &mut [i32],
    x: &mut [f64],
    rounding: Rounding,
    control: &Control,
) -> Result<usize, Error> {
    let mut jobs = Vec::new();
    let (mut idx_left, mut x_left) = (&mut *idx, &mut *x);
    for slices in batches(p) {
        let first = p[slices.start] as usize;
        let n = p[slices.end] as usize - first;
        let starts: Vec<usize> = p[slices.start..=slices.end]
            .iter()
            .map(|&start| start as usize - first)
            .collect();
        let (idx_now, idx_later) = idx_left.split_at_mut(n);
        let (x_now, x_later) = x_left.split_at_mut(n);
        (idx_left, x_left) = (idx_later, x_later);
        jobs.push((first, slices, starts, idx_now, x_now));
    }
    let done: Vec<(usize, Range<usize>, Vec<usize>)> = jobs
        .into_par_iter()
        .map(|(first, slices, mut starts, idx, x)| {
            control.checkpoint(0)?;
            order_slices(&mut starts, idx, x, rounding);
            Ok((first, slices, starts))
        })
        .collect::<Result<_, Error>>()?;
    let mut kept = 0;
    for (first, slices, starts) in done {
        let n = starts[starts.len() - 1];
        if first != kept {
            idx.copy_within(first..first + n, kept);
            x.copy_within(first..first + n, kept);
        }
        for (p, start) in p[slices.start..=slices.end].iter_mut().zip(starts) {
            *p = (kept + start) as i32;
        }
        kept += n;
    }
    Ok(kept)
}

/// Slices of about as many values as are taken at once.
fn batches(p: &[i32]) -> Vec<Range<usize>> {
    let n_slices = p.len() - 1;
    let mut batches = Vec::new();
    let mut first = 0;
    while first < n_slices {
        let end = i64::from(p[first]) + BATCH as i64;
        let length = p[first + 1..].partition_point(|&start| i64::from(start) <= end);
        let next = (first + length.max(1)).min(n_slices);
        batches.push(first..next);
        first = next;
    }
    batches
}

/// The same of some slices whose `starts` count from 0, by this thread alone.
pub(crate) fn order_slices(
    starts: &mut [usize],
    idx: &mut [i32],
    x: &mut [f64],
    rounding: Rounding,
) -> usize {
    let mut pairs = Vec::new();
    let mut kept = 0;
    for slice in 0..starts.len() - 1 {
        let stored = starts[slice]..starts[slice + 1];
        starts[slice] = kept;
        if idx[stored.clone()].is_sorted_by(|a, b| a < b) {
            if stored.start != kept {
                idx.copy_within(stored.clone(), kept);
                x.copy_within(stored.clone(), kept);
            }
            kept += stored.len();
            continue;
        }
        pairs.clear();
        let both = idx[stored.clone()].iter().zip(&x[stored]);
        pairs.extend(both.map(|(&index, &value)| (index, value)));
        // Stable: sums depend on the order.
        pairs.sort_by_key(|&(index, _)| index);
        for same in pairs.chunk_by(|a, b| a.0 == b.0) {
            let values = same.iter().map(|&(_, value)| value);
            idx[kept] = same[0].0;
            x[kept] = values.reduce(|a, b| rounding.add(a, b)).unwrap_or(0.0);
            kept += 1;
        }
    }
    let end = starts.len() - 1;
    starts[end] = kept;
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const P: [i32; 5] = [0, 2, 2, 6, 9];
    const IDX: [i32; 9] = [0, 3, 4, 1, 4, 1, 2, 0, 1];
    const X: [f64; 9] = [1.0, 2.0, 0.1, 3.0, 0.2, 4.0, 5.0, 6.0, 7.0];

    fn ordered(rounding: Rounding) -> (Vec<i32>, Vec<i32>, Vec<f64>) {
        let (mut p, mut idx, mut x) = (P, IDX, X);
        let control = Control::default();
        let n = order_in_parallel(&mut p, &mut idx, &mut x, rounding, &control).unwrap();
        (p.to_vec(), idx[..n].to_vec(), x[..n].to_vec())
    }

    #[test]
    fn slices_are_sorted_and_what_is_in_one_place_is_summed() {
        let (p, idx, x) = ordered(Rounding::Double);
        assert_eq!(p, [0, 2, 2, 4, 7]);
        assert_eq!(idx, [0, 3, 1, 4, 0, 1, 2]);
        assert_eq!(x, [1.0, 2.0, 7.0, 0.1 + 0.2, 6.0, 7.0, 5.0]);
        let (_, _, x) = ordered(Rounding::Single);
        assert_eq!(x[3], f64::from(0.1f32 + 0.2f32));
        assert_eq!(are_ordered(&p, &idx, 5, &Control::default()), Ok(true));
    }

    #[test]
    fn sums_are_made_in_the_order_of_storage() {
        let (mut idx, mut x) = ([1, 0, 1, 1], [1e16, 5.0, 1.0, -1e16]);
        let mut starts = [0, 4];
        let n = order_slices(&mut starts, &mut idx, &mut x, Rounding::Double);
        assert_eq!((n, starts), (2, [0, 2]));
        assert_eq!(
            (idx[..2].to_vec(), x[..2].to_vec()),
            (vec![0, 1], vec![5.0, 0.0])
        );
    }

    #[test]
    fn the_order_of_indices_is_seen() {
        let control = Control::default();
        let look = |p: &[i32], idx: &[i32], bound| are_ordered(p, idx, bound, &control);
        assert_eq!(look(&[0, 2, 3], &[1, 3, 0], 4), Ok(true));
        assert_eq!(look(&[0, 2, 3], &[1, 1, 0], 4), Ok(false));
        assert_eq!(look(&[0, 2, 3], &[3, 1, 0], 4), Ok(false));
        assert_eq!(look(&[0, 2, 3], &[1, 3, 0], 3), Err(outside()));
        assert_eq!(look(&[0, 2, 3], &[-1, 3, 0], 4), Err(outside()));
        assert_eq!(look(&[0], &[], 4), Ok(true));
        control.cancel();
        assert_eq!(look(&[0, 1], &[0], 4), Err(Error::Cancelled));
    }

    #[test]
    fn batches_are_all_slices_in_their_order() {
        let size = BATCH as i32;
        assert_eq!(
            batches(&[0, 1, 2]).as_slice(),
            std::slice::from_ref(&(0..2))
        );
        assert_eq!(batches(&[0, size, size + 1, 4 * size]), [0..1, 1..2, 2..3]);
        assert_eq!(batches(&[0]), []);
    }
}
