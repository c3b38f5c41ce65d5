//! Within a stratum cells of others take no part: what comes out is what the
//! matrix of the stratum's cells alone gives.

use crate::definition::{data, settings, unless_too_small};
use crate::naive::Data;
use crate::pool::pool;
use proptest::prelude::*;
use wilcoxide_kernel::{
    rank_genes_groups, Comparison, Control, Error, Expression, Groups, Major, Means, Ranking,
    Settings,
};

fn rank(
    data: &Data,
    stratum: Option<&[bool]>,
    major: Major,
    comparison: Comparison,
    settings: &Settings,
) -> Result<Ranking, Error> {
    let (p, idx, x) = data.compress(major);
    let selected: Vec<u32> = match comparison {
        Comparison::Rest => (0..data.n_levels as u32).collect(),
        Comparison::Reference(other) => (0..data.n_levels as u32).filter(|&g| g != other).collect(),
    };
    pool(2).install(|| {
        let matrix = Expression::new(&p, &idx, &x, data.n_cells(), data.n_genes, major)?;
        let mut groups = Groups::new(&data.codes, data.n_levels, &selected, comparison)?;
        if let Some(stratum) = stratum {
            groups = groups.within(|cell| stratum[cell]);
        }
        rank_genes_groups(&matrix, &groups, settings, &Control::default())
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_global_rejects: 50_000, ..ProptestConfig::with_cases(300)
    })]

    #[test]
    fn a_stratum_ranks_as_its_cells_alone(
        data in data(),
        settings in settings(),
        single in any::<Option<bool>>(),
        is_linear: bool,
        has_reference: bool,
        is_by_cell: bool,
        seed: u64,
    ) {
        let mut settings = settings;
        if is_linear {
            settings.statistics.means = Means::OfLinear { single };
        }
        let comparison = match has_reference {
            true => Comparison::Reference(0),
            false => Comparison::Rest,
        };
        let major = if is_by_cell { Major::Cell } else { Major::Gene };
        let stratum: Vec<bool> = (0..data.n_cells())
            .map(|cell| seed.rotate_left(cell as u32) & 3 != 0)
            .collect();
        let inside = |cell: &usize| stratum[*cell];
        let cells: Vec<usize> = (0..data.n_cells()).filter(inside).collect();
        let alone = Data {
            stored: cells.iter().map(|&cell| data.stored[cell].clone()).collect(),
            codes: cells.iter().map(|&cell| data.codes[cell]).collect(),
            ..data.clone()
        };
        // Groups of the stratum alone may be too small to be ranked.
        let mut expected = None;
        let outcome = rank(&alone, None, major, comparison, &settings);
        unless_too_small(outcome.map(|ranking| expected = Some(ranking)))?;
        let ranking = rank(&data, Some(&stratum), major, comparison, &settings)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        let expected = expected.ok_or_else(|| TestCaseError::fail("no ranking"))?;
        // As text, in which NaN equals itself and every bit shows.
        prop_assert_eq!(format!("{ranking:?}"), format!("{expected:?}"));
    }
}
