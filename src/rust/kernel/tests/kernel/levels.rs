//! Ranking within levels gives what the matrix of each level's cells alone gives.

use crate::definition::{data, settings};
use crate::naive::Data;
use crate::pool::pool;
use proptest::prelude::*;
use wilcoxide_kernel::{
    gene_statistics, level_statistics, Comparison, Control, Error, Expression, GeneStatistics,
    Groups, Job, Level, Major, Means, StatisticsSettings, Weights,
};

/// What is compared within a level.
#[derive(Debug, Clone, Copy)]
struct Compared {
    comparison: Comparison,
    has_strata: bool,
    leaves_out: bool,
}

impl Compared {
    /// The groups that have two cells among these.
    fn among(self, data: &Data, cells: &[usize]) -> Option<Groups> {
        let codes: Vec<i32> = cells.iter().map(|&cell| data.codes[cell]).collect();
        let is_ranked = |group: u32| {
            let n = codes.iter().filter(|&&code| code == group as i32).count();
            n > 1 && self.comparison != Comparison::Reference(group)
        };
        let selected: Vec<u32> = (0..data.n_levels as u32)
            .filter(|&g| is_ranked(g))
            .collect();
        let groups = Groups::new(&codes, data.n_levels, &selected, self.comparison).ok()?;
        let groups = match self.leaves_out {
            true => groups.within(|place| cells[place] % 5 != 0),
            false => groups,
        };
        let strata: Vec<i32> = cells.iter().map(|&cell| (cell % 7 % 3) as i32).collect();
        match self.has_strata {
            true => groups.with_strata(&strata, 3, Weights::VanElteren).ok(),
            false => Some(groups),
        }
    }
}

/// The statistics of each level, or how many values are not numbers.
fn rank(
    data: &Data,
    levels: &[(Vec<u32>, Groups)],
    (major, threads): (Major, usize),
    settings: &StatisticsSettings,
) -> Result<Vec<GeneStatistics>, Error> {
    let (p, idx, x) = data.compress(major);
    pool(threads).install(|| {
        let matrix = Expression::new(&p, &idx, &x, data.n_cells(), data.n_genes, major)?;
        let levels = levels.iter();
        let levels = levels.map(|(cells, groups)| Level::new(cells, groups));
        let levels = levels.collect::<Result<Vec<_>, _>>()?;
        level_statistics(&matrix, &levels, settings, &Control::default())
    })
}

fn rank_alone(
    data: &Data,
    cells: &[usize],
    groups: &Groups,
    settings: &StatisticsSettings,
) -> Result<GeneStatistics, Error> {
    let alone = Data {
        stored: cells.iter().map(|&c| data.stored[c].clone()).collect(),
        ..data.clone()
    };
    let (p, idx, x) = alone.compress(Major::Gene);
    let matrix = Expression::new(&p, &idx, &x, cells.len(), data.n_genes, Major::Gene)?;
    gene_statistics(&Job::new(&matrix, groups, settings)?, &Control::default())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn levels_rank_as_their_cells_alone(
        data in data(),
        settings in settings(),
        means in prop_oneof![
            Just(Means::OfLogarithms),
            any::<Option<bool>>().prop_map(|single| Means::OfLinear { single }),
        ],
        has_reference: bool,
        has_strata: bool,
        leaves_out: bool,
        n_levels in 1..5usize,
        n_not_a_number in 0..3usize,
        seed: u64,
    ) {
        let mut data = data;
        let compared = Compared {
            comparison: match has_reference {
                true => Comparison::Reference(0),
                false => Comparison::Rest,
            },
            has_strata,
            leaves_out,
        };
        let settings = StatisticsSettings { means, value_sums: true, ..settings.statistics };
        // Every now and then cells are in no level, or have values that are no
        // numbers.
        let number = |cell: usize| (seed.rotate_left(cell as u32) % 11) as usize;
        for bad in 0..n_not_a_number {
            let (cell, gene) = (number(bad) % data.n_cells(), number(bad + 20) % data.n_genes);
            data.stored[cell][gene] = Some(f64::NAN);
        }
        let mut levels: Vec<(Vec<u32>, Groups)> = Vec::new();
        let mut expected = Ok(Vec::new());
        for level in 0..n_levels {
            let is_own = |&cell: &usize| number(cell) % (n_levels + 1) == level;
            let cells: Vec<usize> = (0..data.n_cells()).filter(is_own).collect();
            let Some(groups) = compared.among(&data, &cells) else {
                continue;
            };
            let alone = rank_alone(&data, &cells, &groups, &settings);
            levels.push((cells.iter().map(|&cell| cell as u32).collect(), groups));
            expected = match (expected, alone) {
                (Ok(mut all), Ok(statistics)) => {
                    all.push(statistics);
                    Ok(all)
                }
                (
                    Err(Error::NotANumber { count, first_gene }),
                    Err(Error::NotANumber { count: more, first_gene: other }),
                ) => Err(Error::NotANumber {
                    count: count + more,
                    first_gene: first_gene.min(other),
                }),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
        }
        for major in [Major::Cell, Major::Gene] {
            for threads in [1, 2, 6] {
                let ranked = rank(&data, &levels, (major, threads), &settings);
                // As text, in which NaN equals itself and every bit shows.
                prop_assert_eq!(format!("{ranked:?}"), format!("{expected:?}"));
            }
        }
    }
}

#[test]
fn levels_that_do_not_fit_the_matrix_are_refused() {
    let data = Data {
        n_genes: 1,
        stored: vec![vec![Some(1.0)]; 6],
        codes: vec![0, 1, 0, 1, 0, 1],
        n_levels: 2,
    };
    let groups = Groups::new(&[0, 0, 1, 1], 2, &[0, 1], Comparison::Rest).unwrap();
    assert!(Level::new(&[0, 1, 2], &groups).is_err());
    assert!(Level::new(&[0, 2, 2, 3], &groups).is_err());
    let refused = |cells: &[&[u32]]| {
        let levels: Vec<_> = cells.iter().map(|c| (c.to_vec(), groups.clone())).collect();
        let settings = StatisticsSettings::default();
        [Major::Cell, Major::Gene].map(|major| {
            let ranked = rank(&data, &levels, (major, 1), &settings);
            matches!(ranked, Err(Error::Groups(_)))
        })
    };
    assert_eq!(refused(&[&[0, 1, 2, 5]]), [false; 2]);
    assert_eq!(refused(&[&[0, 1, 2, 6]]), [true; 2]);
    assert_eq!(refused(&[&[0, 1, 2, 3], &[2, 3, 4, 5]]), [true; 2]);
}
