//! What a change of the input may change of the result, and what not.
//!
//! Scores, p-values and counts depend on nothing but which cells have which
//! values. Fold changes come from sums in the order of cells: another order
//! may round them differently, unless no order rounds.

use crate::definition::{data, settings, unless_too_small};
use crate::naive::Data;
use proptest::prelude::*;
use wilcoxide_kernel::{Comparison, Major, Ranking, Settings, Table};

/// Rank all groups of `data`, in the order of their codes.
fn rank(
    data: &Data,
    major: Major,
    comparison: Comparison,
    settings: &Settings,
) -> Result<Ranking, TestCaseError> {
    let selected: Vec<u32> = match comparison {
        Comparison::Rest => (0..data.n_levels as u32).collect(),
        Comparison::Reference(other) => (0..data.n_levels as u32).filter(|&g| g != other).collect(),
    };
    rank_selected(data, major, &selected, comparison, settings)
}

fn rank_selected(
    data: &Data,
    major: Major,
    selected: &[u32],
    comparison: Comparison,
    settings: &Settings,
) -> Result<Ranking, TestCaseError> {
    let mut ranking = None;
    unless_too_small(
        data.rank(major, 1, selected, comparison, settings)
            .map(|done| ranking = Some(done)),
    )?;
    ranking.ok_or_else(|| TestCaseError::fail("no ranking"))
}

fn layout() -> impl Strategy<Value = Major> {
    prop_oneof![Just(Major::Cell), Just(Major::Gene)]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop_oneof![Just(Comparison::Rest), Just(Comparison::Reference(1))]
}

/// An order of `n` things, from a seed.
fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    let mut state = seed;
    for i in (1..n).rev() {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        order.swap(i, (state >> 33) as usize % (i + 1));
    }
    order
}

/// Whether sums of these values round in no order, as far as can be said at a
/// glance: multiples of 1/8 that are not large.
fn never_rounds(data: &Data) -> bool {
    let stored = data.stored.iter().flatten().flatten();
    stored
        .clone()
        .all(|x| x.abs() < 1e6 && (8.0 * x).fract() == 0.0)
}

/// The same bits, with every NaN the same.
fn bits(x: &ndarray::Array2<f64>) -> Vec<u64> {
    crate::naive::bits(x.iter().copied())
}

fn all_but_fold_changes_agree(one: &Ranking, other: &Ranking) -> Result<(), TestCaseError> {
    prop_assert_eq!(&one.genes, &other.genes);
    prop_assert_eq!(bits(&one[Table::Scores]), bits(&other[Table::Scores]));
    prop_assert_eq!(bits(&one[Table::PValues]), bits(&other[Table::PValues]));
    prop_assert_eq!(
        bits(&one[Table::AdjustedPValues]),
        bits(&other[Table::AdjustedPValues])
    );
    prop_assert_eq!(
        &one.statistics.doubled_rank_sums,
        &other.statistics.doubled_rank_sums
    );
    prop_assert_eq!(&one.statistics.expressing, &other.statistics.expressing);
    prop_assert_eq!(
        bits(&one.statistics.tie_factors),
        bits(&other.statistics.tie_factors)
    );
    Ok(())
}

fn all_agree(one: &Ranking, other: &Ranking) -> Result<(), TestCaseError> {
    all_but_fold_changes_agree(one, other)?;
    prop_assert_eq!(
        bits(&one[Table::FoldChanges]),
        bits(&other[Table::FoldChanges])
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_global_rejects: 20_000, ..ProptestConfig::with_cases(200)
    })]

    #[test]
    fn the_order_of_cells_shows_in_roundings_of_fold_changes_only(
        data in data(),
        settings in settings(),
        major in layout(),
        comparison in comparison(),
        seed: u64,
    ) {
        let order = shuffled(data.n_cells(), seed);
        let moved = Data {
            stored: order.iter().map(|&cell| data.stored[cell].clone()).collect(),
            codes: order.iter().map(|&cell| data.codes[cell]).collect(),
            ..data.clone()
        };
        let one = rank(&data, major, comparison, &settings)?;
        let other = rank(&moved, major, comparison, &settings)?;
        all_but_fold_changes_agree(&one, &other)?;
        if never_rounds(&data) {
            all_agree(&one, &other)?;
        }
    }

    #[test]
    fn the_order_of_genes_shows_in_the_order_of_ties_only(
        data in data(),
        settings in settings(),
        major in layout(),
        comparison in comparison(),
        seed: u64,
    ) {
        let mut settings = settings;
        settings.ranking.n_rows = None;
        settings.statistics.genes = None;
        let order = shuffled(data.n_genes, seed);
        let moved = Data {
            stored: data
                .stored
                .iter()
                .map(|cell| order.iter().map(|&gene| cell[gene]).collect())
                .collect(),
            ..data.clone()
        };
        let one = rank(&data, major, comparison, &settings)?;
        let other = rank(&moved, major, comparison, &settings)?;
        // The scores are in the same order, whichever genes they are of; by
        // magnitude, two of opposite signs may be tied.
        let magnitudes = |ranking: &Ranking| bits(&ranking[Table::Scores].mapv(f64::abs));
        prop_assert_eq!(magnitudes(&one), magnitudes(&other));
        prop_assert_eq!(bits(&one[Table::PValues]), bits(&other[Table::PValues]));
        prop_assert_eq!(bits(&one[Table::AdjustedPValues]), bits(&other[Table::AdjustedPValues]));
        for slot in 0..one.genes.nrows() {
            for (at, &gene) in order.iter().enumerate() {
                let of = |ranking: &Ranking, gene: usize| {
                    let place = ranking.genes.row(slot).iter().position(|&g| g == gene as i32);
                    let place = place.expect("every gene is ranked");
                    let row = [
                        &ranking[Table::Scores], &ranking[Table::FoldChanges],
                        &ranking[Table::PValues], &ranking[Table::AdjustedPValues],
                    ];
                    crate::naive::bits(row.map(|table| table[[slot, place]]))
                };
                prop_assert_eq!(of(&one, gene), of(&other, at));
            }
        }
    }

    #[test]
    fn names_of_groups_are_only_names(
        data in data(),
        settings in settings(),
        major in layout(),
        with_reference: bool,
        seed: u64,
    ) {
        let names = shuffled(data.n_levels, seed);
        let renamed = Data {
            codes: data
                .codes
                .iter()
                .map(|&code| usize::try_from(code).map_or(code, |code| names[code] as i32))
                .collect(),
            ..data.clone()
        };
        let selected: Vec<u32> = (1..data.n_levels as u32).collect();
        let same: Vec<u32> = selected.iter().map(|&group| names[group as usize] as u32).collect();
        let comparisons = match with_reference {
            true => [Comparison::Reference(0), Comparison::Reference(names[0] as u32)],
            false => [Comparison::Rest; 2],
        };
        let one = rank_selected(&data, major, &selected, comparisons[0], &settings)?;
        let other = rank_selected(&renamed, major, &same, comparisons[1], &settings)?;
        all_agree(&one, &other)?;
    }

    #[test]
    fn zeros_that_are_stored_are_zeros(
        data in data(),
        settings in settings(),
        major in layout(),
        comparison in comparison(),
        seed: u64,
    ) {
        let mut state = seed;
        let mut padded = data.clone();
        for value in padded.stored.iter_mut().flatten() {
            state = state.rotate_left(7).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let zero = if state & 1 == 0 { 0.0 } else { -0.0 };
            if state & 2 == 0 {
                value.get_or_insert(zero);
            }
        }
        let one = rank(&data, major, comparison, &settings)?;
        let other = rank(&padded, major, comparison, &settings)?;
        all_agree(&one, &other)?;
    }

    #[test]
    fn only_the_order_of_values_makes_the_score(
        data in data(),
        settings in settings(),
        major in layout(),
        comparison in comparison(),
    ) {
        // An increasing function that keeps zero, and never rounds two values
        // to one.
        let stretched = Data {
            stored: data
                .stored
                .iter()
                .map(|cell| cell.iter().map(|value| value.map(|x| 4.0 * x)).collect())
                .collect(),
            ..data.clone()
        };
        let one = rank(&data, major, comparison, &settings)?;
        let other = rank(&stretched, major, comparison, &settings)?;
        all_but_fold_changes_agree(&one, &other)?;
    }

    #[test]
    fn two_groups_mirror_each_other(
        data in data(),
        settings in settings(),
        major in layout(),
    ) {
        let mut settings = settings;
        settings.ranking.n_rows = None;
        let data = Data {
            codes: data.codes.iter().map(|&code| code.rem_euclid(2)).collect(),
            n_levels: 2,
            ..data
        };
        let both = rank(&data, major, Comparison::Rest, &settings)?;
        let doubled = &both.statistics.doubled_rank_sums;
        let n = data.n_cells() as u64;
        let of = |slot: usize, gene: i32| {
            let place = both.genes.row(slot).iter().position(|&g| g == gene);
            place.expect("every gene is ranked")
        };
        for gene in 0..both.statistics.n_genes() as i32 {
            // All ranks together.
            let column = doubled.column(gene as usize);
            prop_assert_eq!(column.sum(), n * (n + 1));

            let (a, b) = (of(0, gene), of(1, gene));
            let (z, opposite) = (both[Table::Scores][[0, a]], both[Table::Scores][[1, b]]);
            let (p, other_p) = (both[Table::PValues][[0, a]], both[Table::PValues][[1, b]]);
            if settings.statistics.tie_correct {
                // The variance is multiplied up in another order.
                prop_assert!((z + opposite).abs() <= f64::from(f32::EPSILON) * z.abs());
                prop_assert!((p - other_p).abs() <= 1e-13 * p);
            } else {
                prop_assert_eq!(z, -opposite);
                prop_assert_eq!(p, other_p);
            }
            let change = both[Table::FoldChanges][[0, a]];
            let mirrored = both[Table::FoldChanges][[1, b]];
            if change.is_finite() {
                let room = f64::from(f32::EPSILON) * change.abs() + 1e-14;
                prop_assert!((change + mirrored).abs() <= room, "{change} {mirrored}");
            }
        }

        // With the other group as the reference, the cells are the same.
        for (slot, comparison) in [(0, Comparison::Reference(1)), (1, Comparison::Reference(0))] {
            let one = rank(&data, major, comparison, &settings)?;
            prop_assert_eq!(one.genes.row(0), both.genes.row(slot));
            for (one, both) in [
                (&one[Table::Scores], &both[Table::Scores]),
                (&one[Table::FoldChanges], &both[Table::FoldChanges]),
                (&one[Table::PValues], &both[Table::PValues]),
                (&one[Table::AdjustedPValues], &both[Table::AdjustedPValues]),
            ] {
                let row = |x: &ndarray::Array2<f64>, slot| {
                    crate::naive::bits(x.row(slot).iter().copied())
                };
                prop_assert_eq!(row(one, 0), row(both, slot));
            }
        }
    }
}
