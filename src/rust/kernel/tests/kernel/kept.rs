//! What stage 1 keeps where it is asked for: sums, cells above zero, and ties
//! without the largest value.

use crate::definition::{data, unless_too_small};
use crate::naive::Data;
use crate::pool::pool;
use proptest::prelude::*;
use wilcoxide_kernel::{
    gene_statistics, math, Comparison, Control, Error, Expression, GeneStatistics, Groups, Job,
    Major, Means, StatisticsSettings,
};

fn statistics(
    data: &Data,
    major: Major,
    selected: &[u32],
    settings: &StatisticsSettings,
) -> Result<GeneStatistics, Error> {
    let (p, idx, x) = data.compress(major);
    pool(2).install(|| {
        let matrix = Expression::new(&p, &idx, &x, data.n_cells(), data.n_genes, major)?;
        let groups = Groups::new(&data.codes, data.n_levels, selected, Comparison::Rest)?;
        let job = Job::new(&matrix, &groups, settings)?;
        gene_statistics(&job, &Control::default())
    })
}

/// The values of one gene in the cells of one slot.
fn values<'a>(
    data: &'a Data,
    gene: usize,
    selected: &'a [u32],
    slot: usize,
) -> impl Iterator<Item = f64> + 'a {
    let slot_of = |&code: &i32| {
        let found = selected.iter().position(|&level| level as i32 == code);
        found.unwrap_or(selected.len())
    };
    let cells = data.codes.iter().enumerate();
    let cells = cells.filter(move |(_, code)| slot_of(code) == slot);
    cells.map(move |(cell, _)| data.value(cell, gene))
}

fn check(data: &Data, selected: &[u32], means: Means, all: bool) -> Result<(), Error> {
    let settings = StatisticsSettings {
        tie_correct: true,
        ties_but_largest: !all,
        pts: true,
        above_zero: true,
        sums: true,
        means,
        ..Default::default()
    };
    for major in [Major::Cell, Major::Gene] {
        let kept = statistics(data, major, selected, &settings)?;
        for gene in 0..data.n_genes {
            for slot in 0..=selected.len() {
                let of_slot = || values(data, gene, selected, slot);
                let summand = |value: f64| match means {
                    Means::OfLogarithms => value,
                    Means::OfLinear { .. } => math::exp_m1(value),
                };
                let sum = of_slot()
                    .filter(|&x| x != 0.0)
                    .map(summand)
                    .fold(0.0, |a, b| a + b);
                let found = kept.sums[[slot, gene]];
                assert!(
                    found == sum || found.is_nan() && sum.is_nan(),
                    "{found} {sum}"
                );
                let above = of_slot().filter(|&value| value > 0.0).count();
                assert_eq!(kept.expressing[[slot, gene]], above as u32);
            }
            let factor = kept.tie_factors[[0, gene]];
            assert!((factor - tie_factor(data, gene, all)).abs() < 1e-12);
        }
    }
    Ok(())
}

fn tie_factor(data: &Data, gene: usize, all: bool) -> f64 {
    let mut sorted: Vec<f64> = (0..data.n_cells())
        .map(|cell| data.value(cell, gene))
        .collect();
    sorted.sort_by(f64::total_cmp);
    let runs: Vec<&[f64]> = sorted.chunk_by(|a, b| a == b).collect();
    let largest_stored = runs.iter().rposition(|run| run[0] != 0.0);
    let counted = runs
        .iter()
        .enumerate()
        .filter(|&(at, _)| all || Some(at) != largest_stored);
    let cube_less = |n: usize| (n as f64).powi(3) - n as f64;
    let ties: f64 = counted.map(|(_, run)| cube_less(run.len())).sum();
    1.0 - ties / cube_less(sorted.len())
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 20_000, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn is_what_one_gene_after_the_other_gives(data in data(), linear: bool, all: bool) {
        let means = match linear {
            true => Means::OfLinear { single: Some(false) },
            false => Means::OfLogarithms,
        };
        let selected: Vec<u32> = (0..data.n_levels as u32).collect();
        unless_too_small(check(&data, &selected, means, all))?;
    }
}
