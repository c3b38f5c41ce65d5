//! What is in an HDF5 file.

use super::values::{attribute_list, values_list};
use crate::runtime::{run_here, run_on};
use crate::status::{fault, stopped, Status};
use extendr_api::prelude::*;
use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::{self as disk, Dataspace, Datatype, Node};

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

/// A file, until it is closed.
type OpenFile = Option<disk::File>;

/// Open an HDF5 file for reading, past HDF5.
///
/// @param path Its path.
/// @param root Path of the group that paths of parts count from, `NULL` for that
///   of the file.
/// @return A list: `status`, see `check_status()`; `file`, an external pointer.
/// @noRd
#[extendr]
fn hdf5_open(path: &str, root: Nullable<&str>) -> List {
    let opened = run_here(|| {
        let mut file = disk::File::open(Path::new(path))?;
        if let NotNull(root) = root {
            if !file.enter(root)? {
                return Err(disk::Error::Damaged(format!("{root} is missing.")).into());
            }
        }
        Ok(file)
    });
    match opened {
        Ok(file) => list!(
            status = "ok",
            file = ExternalPtr::<OpenFile>::new(Some(file))
        ),
        Err(stop) => stopped(stop),
    }
}

/// Close a file.
///
/// @param file What `hdf5_open()` returned.
/// @noRd
#[extendr]
fn hdf5_close(file: Robj) {
    if let Ok(mut file) = ExternalPtr::<OpenFile>::try_from(file) {
        *file.addr_mut() = None;
    }
}

/// What an object of a file is.
///
/// @param file What `hdf5_open()` returned.
/// @param part Path of the object from the root on.
/// @return A list: `status`; `kind`, `"group"`, `"dataset"`, `"other"` or
///   `"none"`. Of a dataset also `space`, `"null"`, `"scalar"` or `"simple"`;
///   `dims`, the slowest first; and `datatype`: a
///   list of the name that HDF5 gives
///   to its `class`, the `size` of a value in bytes, whether it is text of one
///   length, `is_fixed`, and of records their `members`, by name.
/// @noRd
#[extendr]
fn hdf5_node(file: Robj, part: &str) -> List {
    with_file(file, |file| {
        let outcome = run_here(|| {
            let Some(node) = file.node(part)? else {
                return Ok(("none", None));
            };
            Ok(match (node.is_group(), node.is_dataset()) {
                (true, _) => ("group", None),
                (_, true) => ("dataset", Some(node.about()?)),
                _ => ("other", None),
            })
        });
        match outcome {
            Ok((kind, None)) => list!(status = "ok", kind = kind),
            Ok((kind, Some(about))) => {
                let space = match about.space {
                    Dataspace::Null => "null",
                    Dataspace::Scalar => "scalar",
                    Dataspace::Simple { .. } => "simple",
                };
                let dims: Vec<f64> = about.space.dims().iter().map(|&dim| dim as f64).collect();
                list!(
                    status = "ok",
                    kind = kind,
                    space = space,
                    dims = dims,
                    datatype = type_list(&about.datatype)
                )
            }
            Err(stop) => stopped(stop),
        }
    })
}

fn type_list(datatype: &Datatype) -> List {
    let members = match datatype {
        Datatype::Record { members, .. } => {
            let types = members.iter().map(|member| type_list(&member.datatype));
            let names = members.iter().map(|member| member.name.as_str());
            // Both are of one length.
            List::from_names_and_values(names, types).map_or(Null, NotNull)
        }
        _ => Null,
    };
    list!(
        class = datatype.class(),
        size = datatype.size() as f64,
        is_fixed = matches!(datatype, Datatype::FixedText { .. }),
        members = members
    )
}

/// Names of the members of a group.
///
/// @param file,part As for `hdf5_node()`.
/// @return A list: `status`; `members`, in their order.
/// @noRd
#[extendr]
fn hdf5_members(file: Robj, part: &str) -> List {
    with_file(file, |file| {
        let outcome = run_here(|| {
            let node = find(file, part)?;
            Ok(node.members().map(str::to_owned).collect::<Vec<_>>())
        });
        match outcome {
            Ok(members) => list!(status = "ok", members = members),
            Err(stop) => stopped(stop),
        }
    })
}

/// The value of an attribute.
///
/// @param file,part As for `hdf5_node()`.
/// @param name Its name.
/// @return A list: `status`; `is_there`; `values`, see `hdf5_values()`.
/// @noRd
#[extendr]
fn hdf5_attribute(file: Robj, part: &str, name: &str) -> List {
    with_file(file, |file| {
        let outcome = run_here(|| Ok(find(file, part)?.attribute(name, &Control::default())?));
        match outcome {
            Ok(None) => list!(status = "ok", is_there = false),
            Ok(Some(values)) => attribute_list(&values),
            Err(stop) => stopped(stop),
        }
    })
}

/// Whether there is an attribute, of whatever type.
///
/// @param file,part,name As for `hdf5_attribute()`.
/// @return A list: `status`; `is_there`.
/// @noRd
#[extendr]
fn hdf5_has_attribute(file: Robj, part: &str, name: &str) -> List {
    with_file(file, |file| {
        match run_here(|| Ok(find(file, part)?.has_attribute(name)?)) {
            Ok(is_there) => list!(status = "ok", is_there = is_there),
            Err(stop) => stopped(stop),
        }
    })
}

/// All values of a dataset.
///
/// @param file,part As for `hdf5_node()`.
/// @return A list: `status`; `values`: numbers, whole ones as integers where
///   they fit; logical values of an enumeration; text; or a list of all these
///   of records, by name. `exact` has whole numbers as text where some are of
///   2^53 or more, and is else `NULL`; of records, a list.
/// @noRd
#[extendr]
fn hdf5_values(file: Robj, part: &str) -> List {
    with_file(file, |file| {
        let outcome = run_on(1, &Null, |control| Ok(find(file, part)?.values(control)?));
        match outcome {
            Ok(values) => values_list(&values),
            Err(stop) => stopped(stop),
        }
    })
}

fn find<'f>(file: &'f disk::File, part: &str) -> std::result::Result<Node<'f>, Status> {
    match file.node(part)? {
        Some(node) => Ok(node),
        None => Err(Status::Damaged("It is missing.".into())),
    }
}

pub(super) fn with_file(file: Robj, work: impl FnOnce(&disk::File) -> List) -> List {
    let file = ExternalPtr::<OpenFile>::try_from(file);
    match file.as_ref().map(|file| file.addr()) {
        Ok(Some(file)) => work(file),
        _ => fault("the file is closed"),
    }
}

extendr_module! {
    mod file;
    fn file_stamp;
    fn hdf5_open;
    fn hdf5_close;
    fn hdf5_node;
    fn hdf5_members;
    fn hdf5_attribute;
    fn hdf5_has_attribute;
    fn hdf5_values;
}
