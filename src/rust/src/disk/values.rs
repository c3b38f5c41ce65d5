//! Values of a file as vectors of R.

use crate::status::{stopped, Status};
use extendr_api::prelude::*;
use wilcoxide_disk::{Text, Values};

/// The answer of `hdf5_values()`.
pub(super) fn values_list(values: &Values) -> List {
    match vector(values) {
        Ok(values_in_r) => list!(status = "ok", values = values_in_r, exact = exact(values)),
        Err(status) => stopped(status),
    }
}

/// The answer of `hdf5_attribute()`.
pub(super) fn attribute_list(values: &Values) -> List {
    match vector(values) {
        Ok(values) => list!(status = "ok", is_there = true, values = values),
        Err(status) => stopped(status),
    }
}

fn vector(values: &Values) -> std::result::Result<Robj, Status> {
    Ok(match values {
        Values::Whole(x) => whole(x),
        Values::Large(x, _) | Values::Float(x) => x.as_slice().into_robj(),
        Values::Enum(x) => x.iter().map(|&x| x != 0.0).collect_robj(),
        Values::Text(text) => strings(text)?,
        Values::Records(members) => {
            let columns: std::result::Result<Vec<Robj>, Status> = members
                .iter()
                .map(|(name, values)| vector(values).map_err(|status| status.of_member(name)))
                .collect();
            named(members, columns?)
        }
    })
}

fn exact(values: &Values) -> Robj {
    match values {
        Values::Large(_, text) => text.iter().map(String::as_str).collect_robj(),
        Values::Records(members) => named(
            members,
            members.iter().map(|(_, values)| exact(values)).collect(),
        ),
        _ => ().into_robj(),
    }
}

fn named(members: &[(String, Values)], columns: Vec<Robj>) -> Robj {
    let names = members.iter().map(|(name, _)| name.as_str());
    List::from_names_and_values(names, columns).map_or_else(|_| ().into_robj(), Robj::from)
}

/// Integers of R where all fit.
fn whole(x: &[f64]) -> Robj {
    if x.iter().all(|x| x.abs() <= f64::from(i32::MAX)) {
        x.iter().map(|&x| x as i32).collect_robj()
    } else {
        x.into_robj()
    }
}

fn strings(text: &Text) -> std::result::Result<Robj, Status> {
    match text.n_invalid() {
        0 => Ok(text
            .iter()
            .map(|text| std::str::from_utf8(text).unwrap_or_default())
            .collect_robj()),
        count => Err(Status::NotText {
            count,
            total: text.len(),
            member: None,
        }),
    }
}
