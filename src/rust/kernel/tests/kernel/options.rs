//! Every table under every option: the same bits on every way through the
//! kernel, means and fold changes by their definitions.

use crate::definition::{data, unless_too_small, WAYS};
use crate::naive::Data;
use proptest::prelude::*;
use wilcoxide_kernel::{
    Alternative, Comparison, Correction, Definition, Error, Major, Means, PValues, Ranking,
    RankingSettings, Settings, StatisticsSettings, Table,
};

fn definitions() -> impl Strategy<Value = Definition> {
    let pseudocount = prop_oneof![Just(1.0), Just(1e-9), Just(0.5)];
    (pseudocount, 0..4usize).prop_map(|(pseudocount, which)| match which {
        0 => Definition::Scanpy { pseudocount },
        1 => Definition::Seurat { pseudocount },
        2 => Definition::Seurat4 { pseudocount },
        _ => Definition::MeanDifference,
    })
}

fn p_values() -> impl Strategy<Value = PValues> {
    let alternative = prop_oneof![
        Just(Alternative::TwoSided),
        Just(Alternative::Greater),
        Just(Alternative::Less),
    ];
    (alternative, any::<bool>(), any::<bool>()).prop_map(|(alternative, correct, exact)| PValues {
        alternative,
        correct,
        exact,
    })
}

/// All tables but those of pairs of groups, which have settings of their own.
fn tables() -> Vec<Table> {
    vec![
        Table::Scores,
        Table::FoldChanges,
        Table::PValues,
        Table::AdjustedPValues,
        Table::ZScores,
        Table::LogPValues,
        Table::AdjustedLogPValues,
        Table::Means,
        Table::OppositeMeans,
        Table::Auc,
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    (
        definitions(),
        p_values(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(definition, p_values, tie_correct, bonferroni, linear)| Settings {
                statistics: StatisticsSettings {
                    tie_correct: tie_correct || p_values.exact,
                    definition,
                    value_sums: true,
                    means: match linear {
                        true => Means::OfLinear { single: None },
                        false => Means::OfLogarithms,
                    },
                    ..Default::default()
                },
                ranking: RankingSettings {
                    tie_correct,
                    p_values,
                    definition,
                    correction: match bonferroni {
                        true => Correction::Bonferroni,
                        false => Correction::BenjaminiHochberg,
                    },
                    tables: tables(),
                    ..Default::default()
                },
            },
        )
}

fn bits(ranking: &Ranking) -> Vec<u64> {
    let tables = ranking.tables.iter().flat_map(|(_, table)| table.iter());
    let bits = tables.map(|value| match value.is_nan() {
        true => u64::MAX,
        false => value.to_bits(),
    });
    bits.chain(ranking.genes.iter().map(|&gene| gene as u64))
        .collect()
}

/// Whether two numbers are alike, up to roundings of numbers so large.
fn are_near(found: f64, expected: f64, magnitude: f64) -> bool {
    found == expected
        || (found.is_nan() && expected.is_nan())
        || (found - expected).abs() <= 1e-12 * magnitude.max(1.0)
        // What cancels out, or overflows, is anything.
        || !magnitude.is_finite()
}

fn check(
    data: &Data,
    selected: &[u32],
    comparison: Comparison,
    settings: &Settings,
) -> Result<(), Error> {
    let first = data.rank(Major::Gene, 1, selected, comparison, settings)?;
    for major in [Major::Gene, Major::Cell] {
        for (threads, tile_size) in WAYS {
            let mut settings = settings.clone();
            settings.statistics.tile_size = tile_size;
            let again = data.rank(major, threads, selected, comparison, &settings)?;
            assert_eq!(bits(&again), bits(&first));
        }
    }
    for (slot, &group) in selected.iter().enumerate() {
        let is_in = |code: i32| code == group as i32;
        let is_opposite = |code: i32| match comparison {
            Comparison::Rest => !is_in(code),
            Comparison::Reference(reference) => code == reference as i32,
        };
        for (row, &gene) in first.genes.row(slot).iter().enumerate() {
            let values = |is_side: &dyn Fn(i32) -> bool| -> Vec<f64> {
                let cells = data.codes.iter().enumerate();
                let cells = cells.filter(|(_, &code)| is_side(code));
                cells
                    .map(|(cell, _)| data.value(cell, gene as usize))
                    .collect()
            };
            check_sums(
                settings.ranking.definition,
                [&values(&is_in), &values(&is_opposite)],
                &|table| first[table][[slot, row]],
            );
        }
    }
    Ok(())
}

fn check_sums(definition: Definition, sides: [&[f64]; 2], found: &dyn Fn(Table) -> f64) {
    let mean = |side: &[f64]| side.iter().sum::<f64>() / side.len() as f64;
    let magnitude = sides.iter().flat_map(|side| side.iter());
    let magnitude = magnitude.fold(0.0, |sum, value| sum + value.abs());
    let means = sides.map(mean);
    assert!(are_near(found(Table::Means), means[0], magnitude));
    assert!(are_near(found(Table::OppositeMeans), means[1], magnitude));
    // Logarithms of sums that nearly cancel are not compared.
    let is_plain = sides
        .iter()
        .all(|side| side.iter().all(|x| (0.0..50.0).contains(x)));
    let of_linear = |side: &[f64]| side.iter().map(|x| x.exp_m1()).sum::<f64>();
    let sum = |of: fn(f64, f64, f64) -> f64, pseudocount: f64| {
        let [own, opposite] = sides.map(|side| of(of_linear(side), side.len() as f64, pseudocount));
        own - opposite
    };
    let expected = match definition {
        Definition::Scanpy { .. } => return,
        Definition::MeanDifference => means[0] - means[1],
        _ if !is_plain => return,
        Definition::Seurat { pseudocount } => sum(|sum, n, c| ((sum + c) / n).log2(), pseudocount),
        Definition::Seurat4 { pseudocount } => sum(|sum, n, c| (sum / n + c).log2(), pseudocount),
    };
    let change = found(Table::FoldChanges);
    let roundings = match definition {
        Definition::MeanDifference => magnitude,
        _ => 10.0 * expected.abs(),
    };
    assert!(are_near(change, expected, roundings), "{change} {expected}");
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 20_000, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn every_table_has_the_same_bits_on_every_way(data in data(), settings in settings(), seed: u32) {
        let mut selected: Vec<u32> = (0..data.n_levels as u32).collect();
        selected.rotate_left(seed as usize % data.n_levels);
        selected.truncate(1 + seed as usize / 7 % data.n_levels);
        unless_too_small(check(&data, &selected, Comparison::Rest, &settings))?;
        let reference = selected.pop().expect("a group");
        if !selected.is_empty() {
            let comparison = Comparison::Reference(reference);
            unless_too_small(check(&data, &selected, comparison, &settings))?;
        }
    }
}
