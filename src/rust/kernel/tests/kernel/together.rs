//! All threads on one tile: cells in so many parts and values in so many bands
//! must not matter.

use crate::naive::{check, Data, Way};
use crate::pool::pool;
use wilcoxide_kernel::{
    rank_genes_groups, Comparison, Control, Error, Expression, Groups, Major, Means, Settings,
    StatisticsSettings,
};

const WAYS: [Way; 6] = [
    (1, None),
    (2, None),
    (3, None),
    (6, None),
    (16, None),
    (16, Some(4_000)),
];

/// Cells of a few groups and of none, each value a function of a number and of
/// the cell.
fn cells(n_cells: usize, n_genes: usize, value: impl Fn(u64, usize) -> f64) -> Data {
    let mut state = 7u64;
    let mut random = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        state >> 33
    };
    let mut stored = |cell| {
        let number = random();
        (number % 5 > 0).then(|| value(number / 5, cell))
    };
    Data {
        n_genes,
        stored: (0..n_cells)
            .map(|cell| (0..n_genes).map(|_| stored(cell)).collect())
            .collect(),
        codes: (0..n_cells)
            .map(|cell| (cell * 7 % 11 % 5) as i32 - 1)
            .collect(),
        n_levels: 4,
    }
}

/// The logarithm of a count over the size of the cell.
fn log(count: u64, cell: usize) -> f64 {
    ((count + 1) as f64 * 1e4 / (900 + cell % 97) as f64).ln_1p()
}

fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

fn check_all(data: &Data, statistics: &StatisticsSettings) {
    let settings = Settings {
        statistics: statistics.clone(),
        ..Default::default()
    };
    check(data, &[2, 0, 3], Comparison::Rest, &settings, &WAYS).expect("a ranking");
}

fn kinds() -> [Data; 5] {
    [
        cells(1_500, 9, |number, cell| single(log(number % 6, cell))),
        // The sums of these round.
        cells(1_500, 9, |number, cell| log(number % 6, cell)),
        // One value is most of them, and one all of them.
        cells(1_500, 7, |number, _| (number % 40 / 36 + 1) as f64),
        cells(1_500, 7, |_, _| 0.25),
        // Fewer cells than there are parts, zeros among the values.
        cells(23, 9, |number, cell| {
            single(log(number % 3, cell)) * (number % 2) as f64
        }),
    ]
}

#[test]
fn logarithms_and_their_ties_are_ranked_as_defined() {
    for data in kinds() {
        check_all(
            &data,
            &StatisticsSettings {
                tie_correct: true,
                pts: true,
                ..Default::default()
            },
        );
    }
}

#[test]
fn means_of_linear_values_are_added_in_the_order_of_cells() {
    for data in kinds() {
        for single in [None, Some(true), Some(false)] {
            check_all(
                &data,
                &StatisticsSettings {
                    means: Means::OfLinear { single },
                    genes: Some(vec![0, 3, 4]),
                    ..Default::default()
                },
            );
        }
    }
}

/// Of cells with many values, the two most common ones are set apart first.
#[test]
fn cells_of_many_values_are_ranked_as_defined() {
    const COUNTS: [u64; 11] = [0, 0, 0, 0, 1, 1, 2, 3, 1, 5, 9];
    let count = |number: u64| COUNTS[number as usize % COUNTS.len()];
    let kinds = [
        cells(400, 150, |number, cell| single(log(count(number), cell))),
        // Some zeros among them, and all other values alike.
        cells(200, 120, |number, cell| {
            let is_stored = number % 7 > 0;
            single(log(number % 2, cell)) * f64::from(u8::from(is_stored))
        }),
    ];
    for data in kinds {
        for genes in [None, Some((0..data.n_genes as u32).step_by(3).collect())] {
            check_all(
                &data,
                &StatisticsSettings {
                    tie_correct: true,
                    pts: true,
                    genes,
                    ..Default::default()
                },
            );
        }
    }
}

/// Of many groups a part of the cells has only some.
#[test]
fn cells_of_many_groups_are_ranked_as_defined() {
    let mut data = cells(900, 6, |number, cell| log(number % 4, cell));
    data.n_levels = 100;
    data.codes = (0..900).map(|cell| cell * 37 % 103 - 1).collect();
    data.codes.iter_mut().for_each(|code| *code %= 100);
    let selected: Vec<u32> = (0..90).rev().collect();
    let settings = Settings::default();
    check(&data, &selected, Comparison::Rest, &settings, &WAYS).expect("a ranking");
}

#[test]
fn one_thread_that_meets_what_is_no_number_stops_all() {
    let mut data = cells(2_000, 9, |number, cell| single(log(number % 6, cell)));
    data.stored[1_234][5] = Some(f64::NAN);
    for threads in [1, 2, 16] {
        let settings = Settings::default();
        let ranked = data.rank(Major::Cell, threads, &[0, 1], Comparison::Rest, &settings);
        let (count, first_gene) = (1, 5);
        assert_eq!(ranked.err(), Some(Error::NotANumber { count, first_gene }));
    }
}

#[test]
fn a_cancelled_ranking_stops_all_threads() {
    let data = cells(2_000, 9, |number, cell| single(log(number % 6, cell)));
    let (p, idx, x) = data.compress(Major::Cell);
    let matrix = Expression::new(&p, &idx, &x, 2_000, 9, Major::Cell).expect("a matrix");
    let groups = Groups::new(&data.codes, 4, &[0, 1], Comparison::Rest).expect("groups");
    for threads in [1, 2, 16] {
        let control = Control::default();
        control.cancel();
        let rank = || rank_genes_groups(&matrix, &groups, &Settings::default(), &control);
        assert_eq!(pool(threads).install(rank).err(), Some(Error::Cancelled));
    }
}
