//! The kernel against a plain dense implementation, written from the
//! definition: every table, bit by bit, for every layout, number of threads
//! and block size.

use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use wilcoxide_kernel::{
    rank_genes_groups, two_sided_p, Comparison, Control, Correction, Error, Expression, Groups,
    Major, Ranking, Settings, StatisticsSettings,
};

/// A dense matrix, cell by cell; `None` is not stored.
#[derive(Debug, Clone)]
struct Data {
    n_genes: usize,
    stored: Vec<Vec<Option<f64>>>,
    codes: Vec<i32>,
    n_levels: usize,
}

impl Data {
    fn n_cells(&self) -> usize {
        self.stored.len()
    }

    fn value(&self, cell: usize, gene: usize) -> f64 {
        self.stored[cell][gene].unwrap_or(0.0)
    }

    fn compress(&self, major: Major) -> (Vec<i32>, Vec<i32>, Vec<f64>) {
        let (n_slices, n_minor) = match major {
            Major::Cell => (self.n_cells(), self.n_genes),
            Major::Gene => (self.n_genes, self.n_cells()),
        };
        let (mut p, mut idx, mut x) = (vec![0], vec![], vec![]);
        for slice in 0..n_slices {
            for minor in 0..n_minor {
                let value = match major {
                    Major::Cell => self.stored[slice][minor],
                    Major::Gene => self.stored[minor][slice],
                };
                if let Some(value) = value {
                    idx.push(minor as i32);
                    x.push(value);
                }
            }
            p.push(idx.len() as i32);
        }
        (p, idx, x)
    }

    fn rank(
        &self,
        major: Major,
        threads: usize,
        selected: &[u32],
        comparison: Comparison,
        settings: &Settings,
    ) -> Result<Ranking, Error> {
        let (p, idx, x) = self.compress(major);
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        pool.install(|| {
            let matrix = Expression::new(&p, &idx, &x, self.n_cells(), self.n_genes, major)?;
            let groups = Groups::new(&self.codes, self.n_levels, selected, comparison)?;
            rank_genes_groups(&matrix, &groups, settings, &Control::default())
        })
    }
}

/// One group's table by the definition.
struct Table {
    genes: Vec<i32>,
    scores: Vec<f64>,
    fold_changes: Vec<f64>,
    p_values: Vec<f64>,
    p_values_adjusted: Vec<f64>,
    counts: Vec<(u32, u32)>,
}

fn define(data: &Data, group: u32, comparison: Comparison, settings: &Settings) -> Table {
    let in_group = |cell: &usize| data.codes[*cell] == group as i32;
    let in_other = |cell: &usize| match comparison {
        Comparison::Rest => data.codes[*cell] != group as i32,
        Comparison::Reference(other) => data.codes[*cell] == other as i32,
    };
    let ours: Vec<usize> = (0..data.n_cells()).filter(in_group).collect();
    let others: Vec<usize> = (0..data.n_cells()).filter(in_other).collect();
    let (n1, n2) = (ours.len() as f64, others.len() as f64);
    let n = n1 + n2;
    let genes: Vec<usize> = match &settings.statistics.genes {
        None => (0..data.n_genes).collect(),
        Some(genes) => genes.iter().map(|&gene| gene as usize).collect(),
    };

    let (mut z, mut changes, mut counts) = (vec![], vec![], vec![]);
    for &gene in &genes {
        let of = |cells: &[usize]| -> Vec<f64> {
            cells.iter().map(|&cell| data.value(cell, gene)).collect()
        };
        let (a, b) = (of(&ours), of(&others));
        let all: Vec<f64> = a.iter().chain(&b).copied().collect();
        let rank = |x: f64| {
            let below = all.iter().filter(|&&y| y < x).count() as f64;
            let equal = all.iter().filter(|&&y| y == x).count() as f64;
            below + (equal + 1.0) / 2.0
        };
        let rank_sum: f64 = a.iter().map(|&x| rank(x)).sum();
        let sd = if settings.statistics.tie_correct {
            let mut sorted = all.clone();
            sorted.sort_by(|x, y| x.partial_cmp(y).unwrap());
            let mut ties = 0.0;
            for run in sorted.chunk_by(|x, y| x == y) {
                let c = run.len() as f64;
                ties += c * c * c - c;
            }
            let factor = 1.0 - ties / (n * n * n - n);
            (factor * n1 * n2 * (n + 1.0) / 12.0).sqrt()
        } else {
            (n1 * n2 * (n + 1.0) / 12.0).sqrt()
        };
        let score = (rank_sum - n1 * (n + 1.0) / 2.0) / sd;
        z.push(if score.is_nan() { 0.0 } else { score });

        // Zeros first: adding them changes nothing but the sign of a zero.
        let mean = |x: &[f64]| x.iter().fold(0.0, |sum, x| sum + x) / x.len() as f64;
        let linear = |mean: f64| match settings.statistics.log_base {
            None => mean.exp_m1(),
            Some(base) => (mean * base.ln()).exp_m1(),
        };
        let ratio = (linear(mean(&a)) + 1e-9) / (linear(mean(&b)) + 1e-9);
        changes.push(f64::from(ratio.log2() as f32));
        let expressing = |x: &[f64]| x.iter().filter(|&&x| x != 0.0).count() as u32;
        counts.push((expressing(&a), expressing(&b)));
    }

    let p: Vec<f64> = z.iter().map(|&z| two_sided_p(z)).collect();
    let m = p.len() as f64;
    let mut by_p: Vec<usize> = (0..p.len()).collect();
    by_p.sort_by(|&a, &b| p[a].partial_cmp(&p[b]).unwrap());
    let mut adjusted = vec![0.0; p.len()];
    let mut smallest = f64::INFINITY;
    for (i, &gene) in by_p.iter().enumerate().rev() {
        adjusted[gene] = match settings.correction {
            Correction::Bonferroni => (p[gene] * m).min(1.0),
            Correction::BenjaminiHochberg => {
                smallest = smallest.min(p[gene] / ((i + 1) as f64 / m));
                smallest.min(1.0)
            }
        };
    }
    let key = |gene: usize| match settings.by_magnitude {
        true => z[gene].abs(),
        false => z[gene],
    };
    let mut order: Vec<usize> = (0..z.len()).collect();
    order.sort_by(|&a, &b| key(b).partial_cmp(&key(a)).unwrap());
    order.truncate(settings.n_rows.unwrap_or(usize::MAX));
    let pick = |x: &[f64]| order.iter().map(|&gene| x[gene]).collect();
    let singles: Vec<f64> = z.iter().map(|&z| f64::from(z as f32)).collect();
    Table {
        genes: order.iter().map(|&gene| gene as i32).collect(),
        scores: pick(&singles),
        fold_changes: pick(&changes),
        p_values: pick(&p),
        p_values_adjusted: pick(&adjusted),
        counts,
    }
}

fn bits(x: impl IntoIterator<Item = f64>) -> Vec<u64> {
    let quiet = |x: f64| if x.is_nan() { f64::NAN } else { x };
    x.into_iter().map(|x| quiet(x).to_bits()).collect()
}

fn check(
    data: &Data,
    selected: &[u32],
    comparison: Comparison,
    settings: &Settings,
) -> Result<(), TestCaseError> {
    let mut first: Option<Ranking> = None;
    for major in [Major::Cell, Major::Gene] {
        for (threads, block_size) in [(1, None), (1, Some(1)), (2, Some(7)), (3, Some(50))] {
            let mut settings = settings.clone();
            settings.statistics.block_size = block_size;
            let ranking = match data.rank(major, threads, selected, comparison, &settings) {
                Ok(ranking) => ranking,
                // Random groups may be too small.
                Err(Error::Groups(_)) => return Err(TestCaseError::reject("groups")),
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            };
            for (slot, &group) in selected.iter().enumerate() {
                let table = define(data, group, comparison, &settings);
                prop_assert_eq!(ranking.genes.row(slot).to_vec(), table.genes);
                for (name, got, expected) in [
                    ("scores", &ranking.scores, table.scores),
                    ("fold changes", &ranking.fold_changes, table.fold_changes),
                    ("p", &ranking.p_values, table.p_values),
                    (
                        "adjusted p",
                        &ranking.p_values_adjusted,
                        table.p_values_adjusted,
                    ),
                ] {
                    let got = bits(got.row(slot).iter().copied());
                    prop_assert_eq!(got, bits(expected), "{} of group {}", name, group);
                }
                for (gene, &(ours, others)) in table.counts.iter().enumerate() {
                    let counts = ranking.statistics.counts.column(gene);
                    prop_assert_eq!(counts[slot], ours);
                    let opposite = match comparison {
                        Comparison::Rest => counts.sum() - counts[slot],
                        Comparison::Reference(_) => counts[selected.len()],
                    };
                    prop_assert_eq!(opposite, others);
                }
            }
            if let Some(first) = &first {
                prop_assert_eq!(
                    &first.statistics.doubled_rank_sums,
                    &ranking.statistics.doubled_rank_sums
                );
            }
            first.get_or_insert(ranking);
        }
    }
    Ok(())
}

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

fn data() -> impl Strategy<Value = Data> {
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

fn settings() -> impl Strategy<Value = Settings> {
    (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        prop_oneof![Just(None), Just(Some(2.0)), Just(Some(10.0))],
        prop::option::of(1..5usize),
        any::<bool>(),
    )
        .prop_map(
            |(tie_correct, by_magnitude, bonferroni, log_base, n_rows, masked)| Settings {
                statistics: StatisticsSettings {
                    tie_correct,
                    counts: true,
                    log_base,
                    genes: masked.then(|| vec![0]),
                    block_size: None,
                },
                by_magnitude,
                correction: match bonferroni {
                    true => Correction::Bonferroni,
                    false => Correction::BenjaminiHochberg,
                },
                n_rows,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 20_000, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn against_the_rest(data in data(), settings in settings(), seed: u32) {
        let mut selected: Vec<u32> = (0..data.n_levels as u32).collect();
        selected.rotate_left(seed as usize % data.n_levels);
        selected.truncate(1 + seed as usize / 7 % data.n_levels);
        check(&data, &selected, Comparison::Rest, &settings)?;
    }

    #[test]
    fn against_a_reference(data in data(), settings in settings(), seed: u32) {
        let reference = seed % data.n_levels as u32;
        let selected: Vec<u32> =
            (0..data.n_levels as u32).rev().filter(|&group| group != reference).collect();
        check(&data, &selected, Comparison::Reference(reference), &settings)?;
    }
}

#[test]
fn values_that_are_no_numbers_are_counted() {
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
    // a cell while all cells together have too many.
    for (n_cells, n_genes, distinct) in [(90, 300, 5), (90, 300, 1 << 20), (900, 60, 1 << 20)] {
        for as_single in [true, false] {
            let data = many_values(n_cells, n_genes, distinct, as_single);
            for threads in [1, 2] {
                let rank = |major| {
                    let settings = Settings {
                        statistics: StatisticsSettings {
                            tie_correct: true,
                            counts: true,
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
