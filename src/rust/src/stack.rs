//! The columns of many groups, one below the other.

use crate::status::fault;
use extendr_api::prelude::*;
use extendr_api::robj::AsTypedSlice;
use extendr_ffi::{R_xlen_t, SET_STRING_ELT, SEXP, SEXPTYPE};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Stack the columns of tables, group after group.
///
/// What `unlist()` does, by all threads: most of the time goes into new memory.
/// Text can be written by R's thread only, while the others copy numbers.
///
/// @param tables List of tables, each a list of one vector per group, all of
///   them text or all of them doubles.
/// @param lengths How many rows each group has, in all tables.
/// @param threads Number of threads.
/// @return A list: `status`; `codes`, the number of each row's group, from 1;
///   `columns`, one vector per table.
/// @noRd
#[extendr]
fn stack_columns(tables: List, lengths: &[i32], threads: i32) -> List {
    let lengths: Vec<usize> = lengths.iter().map(|&n| n.max(0) as usize).collect();
    let n_rows = lengths.iter().sum();

    let mut stacks = Vec::with_capacity(tables.len());
    for table in tables.values() {
        let Some(groups) = table.as_list() else {
            return fault("a table is not a list");
        };
        let texts = slices::<Rstr>(&groups, &lengths).map(Groups::Text);
        let numbers = || slices(&groups, &lengths).map(Groups::Numbers);
        let Some(groups) = texts.or_else(numbers) else {
            return fault("a table has not one column of numbers, or of text, per group");
        };
        stacks.push(groups);
    }

    // As R hands it out: all of it is filled below.
    let mut codes = Robj::alloc_vector(SEXPTYPE::INTSXP, n_rows);
    let new_column = |groups: &Groups| Robj::alloc_vector(groups.r_type(), n_rows);
    let mut columns: Vec<Robj> = stacks.iter().map(new_column).collect();
    let mut numbers = Vec::new();
    let mut texts = Vec::new();
    for (groups, column) in stacks.into_iter().zip(&mut columns) {
        match groups {
            Groups::Text(groups) => texts.push((groups, column)),
            Groups::Numbers(groups) => {
                let to = cut(column.as_real_slice_mut().unwrap_or_default(), &lengths);
                numbers.extend(groups.into_iter().zip(to));
            }
        }
    }

    let numbers = Mutex::new(numbers.into_iter());
    let codes_of_groups = cut(codes.as_integer_slice_mut().unwrap_or_default(), &lengths);
    let codes_of_groups = Mutex::new((1..).zip(codes_of_groups));
    let write_numbers = || {
        while let Some((from, to)) = next_of(&numbers) {
            to.copy_from_slice(from);
        }
        while let Some((code, to)) = next_of(&codes_of_groups) {
            to.fill(code);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // One that can't start is not missed: this one writes what is left.
            let _ = thread::Builder::new().spawn_scoped(scope, write_numbers);
        }
        for (groups, column) in texts {
            write_text(column, &groups);
        }
        write_numbers();
    });
    list!(
        status = "ok",
        codes = codes,
        columns = List::from_values(columns)
    )
}

/// A table's vectors of all groups.
enum Groups<'a> {
    Text(Vec<&'a [Rstr]>),
    Numbers(Vec<&'a [f64]>),
}

impl Groups<'_> {
    fn r_type(&self) -> SEXPTYPE {
        match self {
            Self::Text(_) => SEXPTYPE::STRSXP,
            Self::Numbers(_) => SEXPTYPE::REALSXP,
        }
    }
}

/// The vectors of all groups in place, if they are of this type and length.
fn slices<'a, T>(groups: &List, lengths: &[usize]) -> Option<Vec<&'a [T]>>
where
    Robj: AsTypedSlice<'a, T>,
    T: 'a,
{
    if groups.len() != lengths.len() {
        return None;
    }
    let slices = groups.values().zip(lengths).map(|(group, &n)| {
        let slice = group.as_typed_slice()?;
        (slice.len() == n).then_some(slice)
    });
    slices.collect()
}

/// What comes next, for the thread that asks first.
fn next_of<T>(items: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    items.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// Write the texts of all groups, one after the other, into a new column that
/// is as long as all of them.
fn write_text(column: &Robj, groups: &[&[Rstr]]) {
    // SAFETY: this is R's thread.
    let column = unsafe { column.get() };
    let mut row: R_xlen_t = 0;
    for group in groups {
        for text in *group {
            // SAFETY: `Rstr` is nothing but R's pointer to a text, and `column`
            // has this row: R neither jumps nor allocates here.
            unsafe { SET_STRING_ELT(column, row, *std::ptr::from_ref(text).cast::<SEXP>()) };
            row += 1;
        }
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
