//! Random data of many kinds against the definition, and data that end early
//! or take other ways through the kernel.

use crate::naive::{check, Data, Way};
use proptest::prelude::*;
use wilcoxide_kernel::{
    rank_genes_groups, Comparison, Control, Correction, Error, Expression, Groups, Major, Means,
    RankingSettings, Settings, StatisticsSettings,
};

/// Values of one kind for a whole matrix, by how single-cell data come.
fn values() -> impl Strategy<Value = BoxedStrategy<f64>> {
    let log = |count: u32, size: u32| {
        f64::from((f64::from(count) * 1e4 / f64::from(size)).ln_1p() as f32)
    };
    prop_oneof![
        // Logarithms of counts over the size of the cell, as float32.
        Just(
            (1..6u32, 900..905u32)
                .prop_map(move |(c, s)| log(c, s))
                .boxed()
        ),
        // Heavy ties.
        Just(prop_oneof![Just(1.0), Just(2.0), Just(0.5)].boxed()),
        // Doubles that no float32 holds, some equal when rounded.
        Just(prop_oneof![0.1..5.0f64, Just(1.0), Just(1.0 + f64::EPSILON)].boxed()),
        // Negative values among the zeros.
        Just((-4..5i32).prop_map(f64::from).boxed()),
        Just((-2.0..2.0f64).boxed()),
        // A range too wide for exact sums.
        Just(prop_oneof![Just(1e-30), Just(1e20), Just(3.0), Just(f64::from(0.1f32))].boxed()),
        Just(
            prop_oneof![3 => 0.1..2.0f64, 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY)]
                .boxed()
        ),
    ]
}

pub fn data() -> impl Strategy<Value = Data> {
    (4..40usize, 1..12usize, 2..6usize, values(), 0.05..0.9f64).prop_flat_map(
        |(n_cells, n_genes, n_levels, value, density)| {
            let stored = prop_oneof![
                1 => Just(Some(0.0)),
                20 => prop::option::weighted(density, value),
            ];
            let rows = prop::collection::vec(prop::collection::vec(stored, n_genes), n_cells);
            let codes = prop::collection::vec(-1..n_levels as i32, n_cells);
            (rows, codes).prop_map(move |(stored, codes)| Data {
                n_genes,
                stored,
                codes,
                n_levels,
            })
        },
    )
}

pub fn settings() -> impl Strategy<Value = Settings> {
    (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        prop_oneof![Just(None), Just(Some(2.0)), Just(Some(10.0))],
        prop::option::of(1..5usize),
        any::<bool>(),
    )
        .prop_map(
            |(tie_correct, rankby_abs, bonferroni, log_base, n_rows, masked)| Settings {
                statistics: StatisticsSettings {
                    tie_correct,
                    pts: true,
                    pairwise: false,
                    log_base,
                    means: Means::default(),
                    genes: masked.then(|| vec![0]),
                    ..Default::default()
                },
                ranking: RankingSettings {
                    rankby_abs,
                    correction: match bonferroni {
                        true => Correction::Bonferroni,
                        false => Correction::BenjaminiHochberg,
                    },
                    n_rows,
                    ..Default::default()
                },
            },
        )
}

pub const WAYS: [Way; 6] = [
    (1, None),
    (1, Some(1)),
    (2, Some(7)),
    (3, Some(50)),
    (6, None),
    (16, Some(20)),
];

/// Random groups may have too few cells.
pub fn unless_too_small(outcome: Result<(), Error>) -> Result<(), TestCaseError> {
    outcome.map_err(|error| match error {
        Error::Groups(_) => TestCaseError::reject("groups"),
        error => TestCaseError::fail(error.to_string()),
    })
}

fn means() -> impl Strategy<Value = Means> {
    prop_oneof![
        2 => Just(Means::OfLogarithms),
        1 => any::<Option<bool>>().prop_map(|single| Means::OfLinear { single }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 20_000, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn against_the_rest(data in data(), mut settings in settings(), means in means(), seed: u32) {
        settings.statistics.means = means;
        let mut selected: Vec<u32> = (0..data.n_levels as u32).collect();
        selected.rotate_left(seed as usize % data.n_levels);
        selected.truncate(1 + seed as usize / 7 % data.n_levels);
        unless_too_small(check(&data, &selected, Comparison::Rest, &settings, &WAYS))?;
    }

    #[test]
    fn against_a_reference(data in data(), mut settings in settings(), means in means(), seed: u32) {
        settings.statistics.means = means;
        let reference = seed % data.n_levels as u32;
        let selected: Vec<u32> =
            (0..data.n_levels as u32).rev().filter(|&group| group != reference).collect();
        let comparison = Comparison::Reference(reference);
        unless_too_small(check(&data, &selected, comparison, &settings, &WAYS))?;
    }
}

#[test]
fn values_that_are_not_numbers_are_counted() {
    let mut data = Data {
        n_genes: 3,
        stored: vec![vec![Some(1.0), None, Some(2.5)]; 6],
        codes: vec![0, 0, 0, 1, 1, 1],
        n_levels: 2,
    };
    data.stored[4][1] = Some(f64::NAN);
    data.stored[5][2] = Some(f64::NAN);
    for major in [Major::Cell, Major::Gene] {
        let refused = |settings| {
            data.rank(major, 2, &[0, 1], Comparison::Rest, &settings)
                .err()
        };
        let error = refused(Settings::default());
        let (count, first_gene) = (2, 1);
        assert_eq!(error, Some(Error::NotANumber { count, first_gene }));
        let statistics = StatisticsSettings {
            genes: Some(vec![0]),
            ..Default::default()
        };
        let masked = Settings {
            statistics,
            ..Default::default()
        };
        assert_eq!(refused(masked), None);
    }
}

#[test]
fn a_cancelled_ranking_stops() {
    let (p, idx, x) = (vec![0, 1, 2, 3, 4], vec![0; 4], vec![1.0, 2.0, 3.0, 4.0]);
    let matrix = Expression::new(&p, &idx, &x, 4, 1, Major::Cell).unwrap();
    let groups = Groups::new(&[0, 0, 1, 1], 2, &[0, 1], Comparison::Rest).unwrap();
    let control = Control::default();
    control.cancel();
    let ranking = rank_genes_groups(&matrix, &groups, &Settings::default(), &control);
    assert_eq!(ranking.unwrap_err(), Error::Cancelled);
}

/// Values from a generator, `distinct` in all.
fn many_values(n_cells: usize, n_genes: usize, distinct: u64, as_single: bool) -> Data {
    let mut state = 1u64;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let mut value = || {
        let value = ((random(distinct) + 1) as f64 / distinct as f64 * 100.0).ln_1p();
        let value = if as_single {
            f64::from(value as f32)
        } else {
            value
        };
        (random(4) > 0).then_some(value)
    };
    Data {
        n_genes,
        stored: (0..n_cells)
            .map(|_| (0..n_genes).map(|_| value()).collect())
            .collect(),
        codes: (0..n_cells as i32).map(|cell| cell % 7 - 1).collect(),
        n_levels: 6,
    }
}

#[test]
fn cells_with_many_distinct_values_rank_alike_in_both_layouts() {
    // Few values, more than a cell may have for sweeping, and few enough for
    // a cell while all cells together have too many. And more genes than are
    // gathered at once.
    let many = 1 << 20;
    for (n_cells, n_genes, distinct) in [
        (90, 300, 5),
        (90, 300, many),
        (900, 60, many),
        (20, 2_600, many),
    ] {
        for as_single in [true, false] {
            let data = many_values(n_cells, n_genes, distinct, as_single);
            for threads in [1, 2, 16] {
                let rank = |major| {
                    let settings = Settings {
                        statistics: StatisticsSettings {
                            tie_correct: true,
                            pts: true,
                            ..Default::default()
                        },
                        ..Default::default()
                    };
                    data.rank(major, threads, &[0, 1, 2, 3], Comparison::Rest, &settings)
                        .expect("a ranking")
                };
                assert!(rank(Major::Cell) == rank(Major::Gene));
            }
        }
    }
}
