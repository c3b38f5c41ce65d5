//! Comparisons within strata against van Elteren's test written out, and against
//! the test without strata where these leave nothing to do.

use crate::definition::{data, settings, unless_too_small};
use crate::naive::{bits, Data};
use crate::pool::pool;
use proptest::prelude::*;
use wilcoxide_kernel::{
    rank_genes_groups, two_sided_p, Comparison, Control, Error, Expression, Groups, Major, Ranking,
    Settings, Table, Weights,
};

type Strata<'a> = Option<(&'a [i32], Weights)>;

fn rank(
    data: &Data,
    strata: Strata,
    (major, threads): (Major, usize),
    comparison: Comparison,
    settings: &Settings,
) -> Result<Ranking, Error> {
    let (p, idx, x) = data.compress(major);
    let selected = selected(data, comparison);
    pool(threads).install(|| {
        let matrix = Expression::new(&p, &idx, &x, data.n_cells(), data.n_genes, major)?;
        let mut groups = Groups::new(&data.codes, data.n_levels, &selected, comparison)?;
        if let Some((codes, weights)) = strata {
            groups = groups.with_strata(codes, 4, weights)?;
        }
        rank_genes_groups(&matrix, &groups, settings, &Control::default())
    })
}

fn selected(data: &Data, comparison: Comparison) -> Vec<u32> {
    let levels = 0..data.n_levels as u32;
    match comparison {
        Comparison::Rest => levels.collect(),
        Comparison::Reference(other) => levels.filter(|&level| level != other).collect(),
    }
}

/// Score and area of one gene in one group, from all pairs of cells of each
/// stratum.
fn define(
    data: &Data,
    gene: usize,
    group: i32,
    comparison: Comparison,
    (codes, weights): (&[i32], Weights),
    tie_correct: bool,
) -> (f64, f64) {
    let is_opposite = |code: i32| match comparison {
        Comparison::Rest => code != group,
        Comparison::Reference(other) => code == other as i32,
    };
    let (mut distance, mut variance) = (0.0, 0.0);
    let (mut u, mut pairs) = (0.0, 0.0);
    for stratum in 0..4 {
        let values = |takes: &dyn Fn(i32) -> bool| -> Vec<f64> {
            let cells = (0..data.n_cells())
                .filter(|&cell| codes[cell] == stratum && takes(data.codes[cell]));
            cells.map(|cell| data.value(cell, gene)).collect()
        };
        let (a, b) = (values(&|code| code == group), values(&is_opposite));
        let (n1, n2) = (a.len() as f64, b.len() as f64);
        if n1 * n2 == 0.0 {
            continue;
        }
        let wins = |x: f64, y: f64| match x.partial_cmp(&y).unwrap() {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        let of_stratum: f64 = a
            .iter()
            .map(|&x| b.iter().map(|&y| wins(x, y)).sum::<f64>())
            .sum();
        let n = n1 + n2;
        let all: Vec<f64> = a.iter().chain(&b).copied().collect();
        // Over all cells, each of a run of t cells has its t^2 - 1.
        let run = |x: f64| all.iter().filter(|&&y| x == y).count() as f64;
        let ties: f64 = match tie_correct {
            true => all.iter().map(|&x| run(x) * run(x) - 1.0).sum(),
            false => 0.0,
        };
        let weight = match weights {
            Weights::VanElteren => 1.0 / (n + 1.0),
            Weights::Equal => 1.0,
        };
        distance += weight * (of_stratum - n1 * n2 / 2.0);
        variance += weight * weight * n1 * n2 / 12.0 * ((n + 1.0) - ties / (n * (n - 1.0)));
        u += of_stratum;
        pairs += n1 * n2;
    }
    let z = match distance == 0.0 {
        true => 0.0,
        false => distance / variance.sqrt(),
    };
    (z, if pairs == 0.0 { 0.5 } else { u / pairs })
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_global_rejects: 50_000, ..ProptestConfig::with_cases(200)
    })]

    #[test]
    fn strata_rank_as_van_elteren_defined(
        data in data(),
        settings in settings(),
        has_reference: bool,
        is_equal: bool,
        seed: u64,
    ) {
        let mut settings = settings;
        settings.ranking.tables.push(Table::Auc);
        let comparison = match has_reference {
            true => Comparison::Reference(0),
            false => Comparison::Rest,
        };
        let weights = if is_equal { Weights::Equal } else { Weights::VanElteren };
        let codes: Vec<i32> = (0..data.n_cells())
            .map(|cell| (seed.rotate_left(3 * cell as u32) & 3) as i32)
            .collect();
        let ways = [(Major::Cell, 1), (Major::Gene, 1), (Major::Cell, 3), (Major::Gene, 2)];
        let mut first = None;
        for way in ways {
            let outcome = rank(&data, Some((&codes, weights)), way, comparison, &settings);
            let mut ranked = None;
            unless_too_small(outcome.map(|ranking| ranked = Some(ranking)))?;
            let ranking = ranked.ok_or_else(|| TestCaseError::fail("no ranking"))?;
            let text = format!("{ranking:?}");
            let first = first.get_or_insert_with(|| (text.clone(), ranking));
            prop_assert_eq!(&first.0, &text);
        }
        let (_, ranking) = first.ok_or_else(|| TestCaseError::fail("no ranking"))?;

        let plain = rank(&data, None, ways[0], comparison, &settings).unwrap().statistics;
        prop_assert_eq!(&plain.expressing, &ranking.statistics.expressing);
        let change_bits = |changes: &ndarray::ArrayView2<f32>| {
            bits(changes.iter().map(|&change| f64::from(change)))
        };
        prop_assert_eq!(
            change_bits(&plain.fold_changes()),
            change_bits(&ranking.statistics.fold_changes())
        );

        let genes: Vec<u32> = settings.statistics.genes.clone()
            .unwrap_or_else(|| (0..data.n_genes as u32).collect());
        for (slot, &group) in selected(&data, comparison).iter().enumerate() {
            for rank in 0..ranking.genes.ncols() {
                let gene = genes[ranking.genes[[slot, rank]] as usize] as usize;
                let (z, area) = define(
                    &data,
                    gene,
                    group as i32,
                    comparison,
                    (&codes, weights),
                    settings.statistics.tie_correct,
                );
                let score = ranking[Table::Scores][[slot, rank]];
                prop_assert!((score - z).abs() <= 1e-6 * z.abs() + 1e-12, "{} {}", score, z);
                let p = ranking[Table::PValues][[slot, rank]];
                let expected = two_sided_p(z);
                prop_assert!((p - expected).abs() <= 1e-10 * expected, "{} {}", p, expected);
                prop_assert!((ranking[Table::Auc][[slot, rank]] - area).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn one_stratum_of_all_cells_changes_no_bit(
        data in data(),
        settings in settings(),
        has_reference: bool,
        is_equal: bool,
        is_by_cell: bool,
    ) {
        let mut settings = settings;
        settings.ranking.tables.push(Table::Auc);
        let comparison = match has_reference {
            true => Comparison::Reference(0),
            false => Comparison::Rest,
        };
        let weights = if is_equal { Weights::Equal } else { Weights::VanElteren };
        let way = (if is_by_cell { Major::Cell } else { Major::Gene }, 2);
        let codes = vec![2; data.n_cells()];
        let mut ranked = None;
        let outcome = rank(&data, None, way, comparison, &settings);
        unless_too_small(outcome.map(|ranking| ranked = Some(ranking)))?;
        let expected = ranked.ok_or_else(|| TestCaseError::fail("no ranking"))?;
        let ranking = rank(&data, Some((&codes, weights)), way, comparison, &settings).unwrap();
        prop_assert_eq!(&ranking.genes, &expected.genes);
        prop_assert_eq!(format!("{:?}", ranking.tables), format!("{:?}", expected.tables));
    }
}
