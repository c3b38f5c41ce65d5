//! Files of results: their columns, and how they are read.

use crate::runtime::run_here;
use crate::status::{fault, stopped, Status};
use extendr_api::prelude::*;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use wilcoxide_kernel::Table;
use wilcoxide_output::{Column, Kind, Read, Reader};

/// Where the values of a column come from.
pub(crate) enum Source {
    /// The names of the levels.
    Level,
    /// The names of the groups.
    Group,
    /// The names of the genes.
    Gene,
    /// Cells of each group.
    Size,
    /// Cells of the other side of each group.
    OppositeSize,
    /// A table.
    Table { table: Table, single: bool },
}

/// The names that columns are of.
pub(crate) struct Names {
    levels: Arc<[String]>,
    groups: Arc<[String]>,
    genes: Arc<[String]>,
}

impl Names {
    pub(crate) fn from_list(list: &List) -> Option<Self> {
        let texts = |name| Some(list.dollar(name).ok()?.as_string_vector()?.into());
        Some(Self {
            levels: texts("levels")?,
            groups: texts("groups")?,
            genes: texts("genes")?,
        })
    }
}

/// Columns of a file, of the list that R has of them, and where they come from;
/// `None` where the list is not what it should be.
pub(crate) fn columns_of(list: &List, names: &Names) -> Option<(Vec<Column>, Vec<Source>)> {
    let of_list = Listed::new(list)?;
    let pairs = of_list.each().map(|(name, source, single)| {
        let (kind, source) = match source {
            "level" => (Kind::Names(names.levels.clone()), Source::Level),
            "group" => (Kind::Names(names.groups.clone()), Source::Group),
            "gene" => (Kind::Names(names.genes.clone()), Source::Gene),
            "group_size" => (Kind::Integers, Source::Size),
            "opposite_size" => (Kind::Integers, Source::OppositeSize),
            table => {
                let table = Table::from_name(table)?;
                (number_kind(single), Source::Table { table, single })
            }
        };
        let name = name.to_string();
        Some((Column { name, kind }, source))
    });
    pairs.collect()
}

fn number_kind(single: bool) -> Kind {
    match single {
        true => Kind::Singles,
        false => Kind::Doubles,
    }
}

/// The list that R has of the columns of a file.
struct Listed {
    names: Vec<String>,
    sources: Vec<String>,
    single: Vec<bool>,
}

impl Listed {
    fn new(list: &List) -> Option<Self> {
        let texts = |name| list.dollar(name).ok()?.as_string_vector();
        let single = list.dollar("single").ok()?;
        let single = single.as_logical_slice()?;
        Some(Self {
            names: texts("name")?,
            sources: texts("source")?,
            single: single.iter().map(|single| single.is_true()).collect(),
        })
    }

    fn each(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        let names = self.names.iter().map(String::as_str);
        let sources = self.sources.iter().map(String::as_str);
        let triples = names.zip(sources).zip(&self.single);
        triples.map(|((name, source), &single)| (name, source, single))
    }
}

/// Read the rows of some groups of a result in a file.
///
/// @param path The file.
/// @param columns As for `draft_new()`.
/// @param starts What `draft_finish()` told of the file.
/// @param parts,places For each group to read, the part of the file that has its
///   rows, and its place among the groups of this part, from 0.
/// @param n_rows Rows of each group.
/// @param wanted Columns to read, from 0.
/// @return A list: `status`, `"output"` where the file cannot be read;
///   `columns`, a list of vectors.
/// @noRd
#[extendr]
fn output_read(
    path: &str,
    columns: List,
    starts: &[f64],
    parts: &[i32],
    places: &[i32],
    n_rows: i32,
    wanted: &[i32],
) -> List {
    let Some(listed) = Listed::new(&columns) else {
        return fault("the columns of a file are not what they should be");
    };
    let columns = listed.each().map(|(name, source, single)| Column {
        name: name.into(),
        kind: match source {
            "level" | "group" | "gene" => Kind::Names(Arc::new([])),
            "group_size" | "opposite_size" => Kind::Integers,
            _ => number_kind(single),
        },
    });
    let columns: Vec<Column> = columns.collect();
    let wanted: Vec<usize> = wanted.iter().map(|&column| column as usize).collect();
    let outcome = run_here(|| {
        let starts = starts.iter().map(|&start| start as u64).collect();
        let reader = Reader::open(Path::new(path), columns, starts).map_err(Status::Output)?;
        let n_rows = n_rows as usize;
        let places: Vec<(usize, usize)> = parts
            .iter()
            .zip(places)
            .map(|(&part, &place)| (part as usize, place as usize))
            .collect();
        let mut read: Vec<Read> = Vec::new();
        // Groups that lie together are read at once.
        for together in places.chunk_by(|one, other| one.0 == other.0) {
            let part = together[0].0;
            let places = || together.iter().map(|&(_, place)| place);
            let (Some(first), Some(last)) = (places().min(), places().max()) else {
                continue;
            };
            let rows = first * n_rows..(last + 1) * n_rows;
            let some = reader.read(part, rows, &wanted).map_err(Status::Output)?;
            for place in places() {
                let start = (place - first) * n_rows;
                join(&mut read, &some, start..start + n_rows);
            }
        }
        Ok(read)
    });
    match outcome {
        Ok(read) => {
            let vectors = read.into_iter().map(|column| match column {
                Read::Names(names) => Strings::from_values(names).into_robj(),
                Read::Integers(values) => Integers::from_values(values).into_robj(),
                Read::Doubles(values) => Doubles::from_values(values).into_robj(),
            });
            list!(status = "ok", columns = List::from_values(vectors))
        }
        Err(stop) => stopped(stop),
    }
}

/// Put some rows of columns after others, of which there may be none yet.
fn join(all: &mut Vec<Read>, more: &[Read], rows: Range<usize>) {
    if all.is_empty() {
        all.extend(more.iter().map(|column| match column {
            Read::Names(_) => Read::Names(Vec::new()),
            Read::Integers(_) => Read::Integers(Vec::new()),
            Read::Doubles(_) => Read::Doubles(Vec::new()),
        }));
    }
    for (all, more) in all.iter_mut().zip(more) {
        match (all, more) {
            (Read::Names(all), Read::Names(more)) => all.extend_from_slice(&more[rows.clone()]),
            (Read::Integers(all), Read::Integers(more)) => all.extend(&more[rows.clone()]),
            (Read::Doubles(all), Read::Doubles(more)) => all.extend(&more[rows.clone()]),
            _ => panic!("a column has two types"),
        }
    }
}

extendr_module! {
    mod output;
    fn output_read;
}
