//! Gene statistics as plain data of R, which one process can send to another.

use extendr_api::prelude::*;
use std::borrow::Cow;
use wilcoxide_kernel::{GeneStatistics, Groups, Packed, StatisticsSettings, Values};

/// The statistics of a block of genes as a list: two flags, the number of
/// genes, and a raw vector per statistic.
pub fn pack(statistics: &GeneStatistics) -> List {
    let packed = statistics.pack();
    let fields = packed
        .fields
        .iter()
        .map(|(name, bytes)| (*name, Raw::from_bytes(bytes).into_robj()));
    let mut elements = vec![
        ("n_genes", (packed.n_genes as i32).into_robj()),
        ("are_singles", packed.values.are_singles.into_robj()),
        (
            "look_like_counts",
            packed.values.look_like_counts.into_robj(),
        ),
    ];
    elements.extend(fields);
    List::from_pairs(elements)
}

/// The statistics of all genes, from those of blocks in the order of genes.
///
/// # Errors
/// What is wrong with a block that did not come from [`pack`] with the same
/// groups and settings.
pub fn bind(
    blocks: &List,
    groups: &Groups,
    settings: &StatisticsSettings,
) -> std::result::Result<GeneStatistics, String> {
    let lists: Vec<List> = blocks
        .values()
        .map(|block| List::try_from(block).map_err(|_| "a block is not a list".to_string()))
        .collect::<std::result::Result<_, _>>()?;
    let contents: Vec<Vec<(&str, Robj)>> = lists.iter().map(|list| list.iter().collect()).collect();
    let packed: Vec<Packed> = contents
        .iter()
        .map(|elements| unpack(elements))
        .collect::<std::result::Result<_, _>>()?;
    GeneStatistics::bind(&packed, groups, settings)
}

fn unpack<'a>(elements: &'a [(&'a str, Robj)]) -> std::result::Result<Packed<'a>, String> {
    let get = |name: &str| {
        let found = elements.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value)
    };
    let flag = |name: &str| {
        let flag = get(name).and_then(|flag| flag.as_bool());
        flag.ok_or_else(|| format!("a block has no {name}"))
    };
    let n_genes = get("n_genes").and_then(|n| n.as_integer());
    let n_genes = n_genes.and_then(|n| usize::try_from(n).ok());
    let fields = elements.iter().filter_map(|(name, value)| {
        let bytes = value.as_raw_slice();
        bytes.map(|bytes| (*name, Cow::Borrowed(bytes)))
    });
    Ok(Packed {
        n_genes: n_genes.ok_or("a block has no number of genes")?,
        values: Values {
            are_singles: flag("are_singles")?,
            look_like_counts: flag("look_like_counts")?,
        },
        fields: fields.collect(),
    })
}
