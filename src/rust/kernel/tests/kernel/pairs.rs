//! Each group against every other single group, against the definition: every
//! cell of one with every cell of the other.

use crate::definition::{data, settings, unless_too_small};
use crate::naive::{bits, Data};
use proptest::prelude::*;
use wilcoxide_kernel::{
    gene_statistics, rank_statistics, Comparison, Control, Error, Expression, GeneStatistics,
    GroupRows, Groups, Job, Major, Ranking, Settings, Table, Weights,
};

const TABLES: [Table; 5] = [
    Table::LowestAuc,
    Table::MeanAuc,
    Table::MedianAuc,
    Table::HighestAuc,
    Table::BestPlace,
];

/// `2 U` of every ranked gene of one group against another.
fn doubled_us(data: &Data, genes: &[usize], group: u32, other: u32) -> Vec<u64> {
    let cells_of = |group: u32| {
        let cells = 0..data.n_cells();
        cells.filter(move |&cell| data.codes[cell] == group as i32)
    };
    let of_gene = |&gene: &usize| {
        let pairs = cells_of(group).flat_map(|a| cells_of(other).map(move |b| (a, b)));
        let worth = pairs.map(|(a, b)| {
            let (a, b) = (data.value(a, gene), data.value(b, gene));
            u64::from(a > b) + u64::from(a >= b)
        });
        worth.sum()
    };
    genes.iter().map(of_gene).collect()
}

/// The tables of a group by the definition, one value per ranked gene.
fn define(data: &Data, genes: &[usize], group: u32, selected: &[u32]) -> [Vec<f64>; 5] {
    let size = |group: u32| data.codes.iter().filter(|&&c| c == group as i32).count();
    let others: Vec<u32> = selected.iter().copied().filter(|&h| h != group).collect();
    let us: Vec<Vec<u64>> = others
        .iter()
        .map(|&other| doubled_us(data, genes, group, other))
        .collect();
    let mut tables = [(); 5].map(|()| Vec::new());
    for gene in 0..genes.len() {
        let areas = us.iter().zip(&others).map(|(us, &other)| {
            let pairs = (size(group) * size(other)) as f64;
            us[gene] as f64 / 2.0 / pairs
        });
        let areas: Vec<f64> = areas.collect();
        let mut sorted = areas.clone();
        sorted.sort_by(f64::total_cmp);
        let n = areas.len();
        let places = us.iter().map(|us| {
            let is_before = |&at: &usize| us[at] > us[gene] || (us[at] == us[gene] && at <= gene);
            (0..genes.len()).filter(is_before).count()
        });
        let values = match n {
            0 => [f64::NAN; 5],
            _ => [
                sorted[0],
                areas.iter().sum::<f64>() / n as f64,
                (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0,
                sorted[n - 1],
                places.min().unwrap_or_default() as f64,
            ],
        };
        for (table, value) in tables.iter_mut().zip(values) {
            table.push(value);
        }
    }
    tables
}

/// The settings with pairs, and all of their tables.
fn with_pairs(settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    settings.statistics.pairwise = true;
    settings.ranking.tables.extend(TABLES);
    settings
}

fn ranked_genes(data: &Data, settings: &Settings) -> Vec<usize> {
    match &settings.statistics.genes {
        None => (0..data.n_genes).collect(),
        Some(genes) => genes.iter().map(|&gene| gene as usize).collect(),
    }
}

fn check(data: &Data, ranking: &Ranking, selected: &[u32], settings: &Settings) {
    let genes = ranked_genes(data, settings);
    for (slot, &group) in selected.iter().enumerate() {
        let defined = define(data, &genes, group, selected);
        let order = ranking.genes.row(slot);
        for (table, defined) in TABLES.into_iter().zip(&defined) {
            let expected = order.iter().map(|&gene| defined[gene as usize]);
            assert_eq!(
                bits(ranking[table].row(slot).iter().copied()),
                bits(expected),
                "{} of slot {slot}",
                table.name()
            );
        }
    }
}

/// Rank as workers do: statistics of each gene by itself, sent and bound.
fn rank_by_gene(
    data: &Data,
    selected: &[u32],
    settings: &Settings,
) -> Result<GeneStatistics, Error> {
    let (p, idx, x) = data.compress(Major::Gene);
    let matrix = Expression::new(&p, &idx, &x, data.n_cells(), data.n_genes, Major::Gene)?;
    let groups = Groups::new(&data.codes, data.n_levels, selected, Comparison::Rest)?;
    let mut blocks = Vec::new();
    for gene in ranked_genes(data, settings) {
        let mut statistics = settings.statistics.clone();
        statistics.genes = Some(vec![gene as u32]);
        let job = Job::new(&matrix, &groups, &statistics)?;
        blocks.push(gene_statistics(&job, &Control::default())?.pack());
    }
    Ok(GeneStatistics::bind(&blocks, &groups, &settings.statistics).expect("blocks that fit"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_global_rejects: 50_000, ..ProptestConfig::with_cases(300)
    })]

    #[test]
    fn of_cells_one_by_one_in_every_way(data in data(), settings in settings(), seed: u32) {
        let mut selected: Vec<u32> = (0..data.n_levels as u32).collect();
        selected.rotate_left(seed as usize % data.n_levels);
        selected.truncate(1 + seed as usize / 7 % data.n_levels);
        let mut plain = None;
        unless_too_small(
            data.rank(Major::Cell, 1, &selected, Comparison::Rest, &settings)
                .map(|ranking| plain = Some(ranking)),
        )?;
        let plain = plain.ok_or_else(|| TestCaseError::fail("no ranking"))?;
        let mut settings = with_pairs(&settings);
        let mut kept = None;
        for (major, threads, tile_size) in [
            (Major::Cell, 1, None),
            (Major::Cell, 2, Some(7)),
            (Major::Gene, 1, None),
            (Major::Gene, 3, Some(1)),
        ] {
            settings.statistics.tile_size = tile_size;
            let ranking = data
                .rank(major, threads, &selected, Comparison::Rest, &settings)
                .expect("the same data rank");
            check(&data, &ranking, &selected, &settings);
            // All else is as without pairs.
            prop_assert_eq!(&ranking.genes, &plain.genes);
            for (table, values) in &plain.tables {
                let bits = |x: &ndarray::Array2<f64>| bits(x.iter().copied());
                prop_assert_eq!(bits(&ranking[*table]), bits(values));
            }
            kept = Some(ranking.statistics);
        }
        let kept = kept.expect("some way");
        let sent = rank_by_gene(&data, &selected, &settings).expect("the same data rank");
        prop_assert_eq!(sent.doubled_us, kept.doubled_us);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        max_global_rejects: 50_000, ..ProptestConfig::with_cases(200)
    })]

    #[test]
    fn of_strata_one_by_one(data in data(), settings in settings(), is_by_cell: bool, seed: u64) {
        let major = if is_by_cell { Major::Cell } else { Major::Gene };
        let settings = with_pairs(&settings);
        let (p, idx, x) = data.compress(major);
        let matrix = Expression::new(&p, &idx, &x, data.n_cells(), data.n_genes, major).unwrap();
        let selected: Vec<u32> = (0..data.n_levels as u32).collect();
        let mut groups = None;
        let made = Groups::new(&data.codes, data.n_levels, &selected, Comparison::Rest);
        unless_too_small(made.map(|made| groups = Some(made)))?;
        let groups = groups.ok_or_else(|| TestCaseError::fail("no groups"))?;
        let codes: Vec<i32> = (0..data.n_cells())
            .map(|cell| (seed.rotate_left(cell as u32) & 3) as i32)
            .collect();

        let us = |groups: &Groups| {
            let job = Job::new(&matrix, groups, &settings.statistics).unwrap();
            gene_statistics(&job, &Control::default()).unwrap().doubled_us
        };
        let alone = (0..4).map(|stratum| us(&groups.within(|cell| codes[cell] == stratum)));
        let alone = alone.reduce(|sum, us| sum + us).unwrap();
        let together = groups.with_strata(&codes, 4, Weights::default()).unwrap();
        prop_assert_eq!(us(&together), alone);
    }
}

#[test]
fn no_genes_have_no_pairs() {
    let groups = Groups::new(&[0, 0, 1, 1], 2, &[0, 1], Comparison::Rest).unwrap();
    let settings = with_pairs(&Settings::default());
    let statistics = GeneStatistics::zeros(&groups, &settings.statistics, 0);
    let rows = (0..2).map(|_| GroupRows {
        genes: &mut [],
        tables: settings
            .ranking
            .tables
            .iter()
            .map(|_| &mut [][..])
            .collect(),
    });
    let control = Control::default();
    rank_statistics(
        &statistics,
        &groups,
        &settings.ranking,
        &control,
        rows.collect(),
    )
    .unwrap();
}

#[test]
fn work_of_pairs_is_counted() {
    let data = Data {
        n_genes: 3,
        stored: (0..12)
            .map(|cell| vec![Some(f64::from(cell)), None, Some(1.0)])
            .collect(),
        codes: (0..12).map(|cell| cell % 4).collect(),
        n_levels: 4,
    };
    let (p, idx, x) = data.compress(Major::Cell);
    let matrix = Expression::new(&p, &idx, &x, 12, 3, Major::Cell).unwrap();
    let groups = Groups::new(&data.codes, 4, &[0, 1, 2, 3], Comparison::Rest).unwrap();
    let settings = with_pairs(&Settings::default());
    let control = Control::default();
    wilcoxide_kernel::rank_genes_groups(&matrix, &groups, &settings, &control).unwrap();
    assert_eq!(control.fraction_done(), 1.0);
    // Fewer than all would have ended at 1, too.
    control.expect(1);
    assert!(control.fraction_done() < 1.0);
}
