//! The columns of many groups, one below the other.

use crate::runtime::run_on;
use crate::status::{fault, stopped};
use extendr_api::prelude::*;
use extendr_ffi::SEXPTYPE;
use rayon::prelude::*;

/// Stack the columns of tables, group after group.
///
/// What `unlist()` does, by all threads: most of the time goes into new memory.
///
/// @param tables List of tables, each a list of one double vector per group.
/// @param lengths How many rows each group has, in all tables.
/// @param threads Number of threads.
/// @return A list: `status`; `codes`, the number of each row's group, from 1;
///   `columns`, one double vector per table.
/// @noRd
#[extendr]
fn stack_columns(tables: List, lengths: &[i32], threads: i32) -> List {
    let lengths: Vec<usize> = lengths.iter().map(|&n| n.max(0) as usize).collect();
    let n_rows = lengths.iter().sum();
    let columns_of = |table: Robj| table.as_list().map(|groups| groups.values().collect());
    let Some(tables) = tables
        .values()
        .map(columns_of)
        .collect::<Option<Vec<Vec<Robj>>>>()
    else {
        return fault("a table is not a list");
    };

    // As R hands it out: all of it is filled below.
    let mut codes = Robj::alloc_vector(SEXPTYPE::INTSXP, n_rows);
    let mut stacked: Vec<Robj> = tables
        .iter()
        .map(|_| Robj::alloc_vector(SEXPTYPE::REALSXP, n_rows))
        .collect();
    let mut copies = Vec::with_capacity(tables.len() * lengths.len());
    for (groups, column) in tables.iter().zip(&mut stacked) {
        let from = groups.iter().map(|group| group.as_real_slice());
        let to = cut(column.as_real_slice_mut().unwrap_or_default(), &lengths);
        let fits = |(from, &n): (Option<&[f64]>, _)| from.map(<[f64]>::len) == Some(n);
        if groups.len() != lengths.len() || !from.clone().zip(&lengths).all(fits) {
            return fault("a table has not one column of numbers per group");
        }
        copies.extend(from.flatten().zip(to));
    }
    let numbers = cut(codes.as_integer_slice_mut().unwrap_or_default(), &lengths);
    let numbers: Vec<_> = (1..).zip(numbers).collect();

    let outcome = run_on(threads, &Null, |_| {
        let copies = copies.into_par_iter();
        copies.for_each(|(from, to)| to.copy_from_slice(from));
        let numbers = numbers.into_par_iter();
        numbers.for_each(|(number, to): (i32, &mut [i32])| to.fill(number));
        Ok(())
    });
    match outcome {
        Ok(()) => list!(
            status = "ok",
            codes = codes,
            columns = List::from_values(stacked)
        ),
        Err(stop) => stopped(stop),
    }
}

/// Cut a column, which is as long as all groups, into those of each.
fn cut<'a, T>(column: &'a mut [T], lengths: &[usize]) -> Vec<&'a mut [T]> {
    let mut rest = column;
    let groups = lengths.iter().map(|&n| {
        let (group, others) = std::mem::take(&mut rest).split_at_mut(n);
        rest = others;
        group
    });
    groups.collect()
}

extendr_module! {
    mod stack;
    fn stack_columns;
}
