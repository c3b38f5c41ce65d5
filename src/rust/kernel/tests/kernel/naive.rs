//! The definition: a plain dense implementation, and the kernel compared with
//! it bit by bit, in every layout, number of threads and tile size.

use crate::pool::pool;
use wilcoxide_kernel::{
    math, rank_genes_groups, two_sided_p, Comparison, Control, Correction, Error, Expression,
    Groups, Major, Means, Ranking, Settings, Table,
};

/// A dense matrix, cell by cell; `None` is not stored.
#[derive(Debug, Clone)]
pub struct Data {
    pub n_genes: usize,
    pub stored: Vec<Vec<Option<f64>>>,
    pub codes: Vec<i32>,
    pub n_levels: usize,
}

impl Data {
    pub fn n_cells(&self) -> usize {
        self.stored.len()
    }

    pub fn value(&self, cell: usize, gene: usize) -> f64 {
        self.stored[cell][gene].unwrap_or(0.0)
    }

    pub fn compress(&self, major: Major) -> (Vec<i32>, Vec<i32>, Vec<f64>) {
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

    pub fn rank(
        &self,
        major: Major,
        threads: usize,
        selected: &[u32],
        comparison: Comparison,
        settings: &Settings,
    ) -> Result<Ranking, Error> {
        let (p, idx, x) = self.compress(major);
        pool(threads).install(|| {
            let matrix = Expression::new(&p, &idx, &x, self.n_cells(), self.n_genes, major)?;
            let groups = Groups::new(&self.codes, self.n_levels, selected, comparison)?;
            rank_genes_groups(&matrix, &groups, settings, &Control::default())
        })
    }
}

/// One group's tables by the definition.
pub struct Defined {
    pub genes: Vec<i32>,
    pub scores: Vec<f64>,
    pub fold_changes: Vec<f64>,
    pub p_values: Vec<f64>,
    pub p_values_adjusted: Vec<f64>,
    pub counts: Vec<(u32, u32)>,
}

/// Fold change of the means of linear values: the mean of the rest is what the
/// weighted means of all cells leave without the group.
fn linear_fold_change(
    data: &Data,
    gene: usize,
    group: u32,
    selected: &[u32],
    comparison: Comparison,
    (single, log_base): (bool, Option<f64>),
) -> f64 {
    let linear = |x: f64| match (log_base, single) {
        (None, true) => f64::from(math::exp_m1(x) as f32),
        (None, false) => math::exp_m1(x),
        (Some(base), _) => math::exp_m1(x * math::ln(base)),
    };
    let size_and_mean = |is_in: &dyn Fn(i32) -> bool| {
        let cells = (0..data.n_cells()).filter(|&cell| is_in(data.codes[cell]));
        let values: Vec<f64> = cells.map(|cell| linear(data.value(cell, gene))).collect();
        let sum = values.iter().fold(0.0, |sum, x| sum + x);
        (values.len() as f64, sum / values.len().max(1) as f64)
    };
    let of = |group: u32| size_and_mean(&|code| code == group as i32);
    let (n, mean) = of(group);
    let opposite = match comparison {
        Comparison::Reference(other) => of(other).1,
        Comparison::Rest => {
            let mut total = 0.0;
            for &group in selected {
                total += of(group).0 * of(group).1;
            }
            let (n_left, left) = size_and_mean(&|code| !selected.iter().any(|&g| g as i32 == code));
            total += n_left * left;
            (total - n * mean) / (data.n_cells() as f64 - n)
        }
    };
    f64::from(math::log2((mean + 1e-9) / (opposite + 1e-9)) as f32)
}

/// Whether single precision holds all values of some genes in all cells that
/// are compared.
fn are_singles(data: &Data, genes: &[usize], comparison: Comparison, selected: &[u32]) -> bool {
    let takes_part = |code: i32| match comparison {
        Comparison::Rest => true,
        Comparison::Reference(other) => {
            let group = u32::try_from(code).ok();
            group == Some(other) || selected.iter().any(|&g| group == Some(g))
        }
    };
    (0..data.n_cells()).all(|cell| {
        let mut values = genes.iter().map(|&gene| data.value(cell, gene));
        !takes_part(data.codes[cell]) || values.all(|x| f64::from(x as f32) == x)
    })
}

pub fn define(
    data: &Data,
    group: u32,
    selected: &[u32],
    comparison: Comparison,
    settings: &Settings,
) -> Defined {
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
            None => math::exp_m1(mean),
            Some(base) => math::exp_m1(mean * math::ln(base)),
        };
        let ratio = (linear(mean(&a)) + 1e-9) / (linear(mean(&b)) + 1e-9);
        changes.push(match settings.statistics.means {
            Means::OfLogarithms => f64::from(math::log2(ratio) as f32),
            Means::OfLinear { single } => {
                let single =
                    single.unwrap_or_else(|| are_singles(data, &genes, comparison, selected));
                let how = (single, settings.statistics.log_base);
                linear_fold_change(data, gene, group, selected, comparison, how)
            }
        });
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
        adjusted[gene] = match settings.ranking.correction {
            Correction::Bonferroni => (p[gene] * m).min(1.0),
            Correction::BenjaminiHochberg => {
                smallest = smallest.min(p[gene] / ((i + 1) as f64 / m));
                smallest.min(1.0)
            }
            other => panic!("the definition has no {other:?}"),
        };
    }
    let key = |gene: usize| match settings.ranking.rankby_abs {
        true => z[gene].abs(),
        false => z[gene],
    };
    let mut order: Vec<usize> = (0..z.len()).collect();
    order.sort_by(|&a, &b| key(b).partial_cmp(&key(a)).unwrap());
    order.truncate(settings.ranking.n_rows.unwrap_or(usize::MAX));
    let pick = |x: &[f64]| order.iter().map(|&gene| x[gene]).collect();
    let singles: Vec<f64> = z.iter().map(|&z| f64::from(z as f32)).collect();
    Defined {
        genes: order.iter().map(|&gene| gene as i32).collect(),
        scores: pick(&singles),
        fold_changes: pick(&changes),
        p_values: pick(&p),
        p_values_adjusted: pick(&adjusted),
        counts,
    }
}

pub fn bits(x: impl IntoIterator<Item = f64>) -> Vec<u64> {
    let quiet = |x: f64| if x.is_nan() { f64::NAN } else { x };
    x.into_iter().map(|x| quiet(x).to_bits()).collect()
}

/// A number of threads and a tile size, which must not matter.
pub type Way = (usize, Option<usize>);

/// Rank in either layout and all `ways`, and compare with the definition.
///
/// # Errors
/// What the kernel says of data that cannot be ranked.
pub fn check(
    data: &Data,
    selected: &[u32],
    comparison: Comparison,
    settings: &Settings,
    ways: &[Way],
) -> Result<(), Error> {
    let mut first: Option<Ranking> = None;
    for major in [Major::Cell, Major::Gene] {
        for &(threads, tile_size) in ways {
            let mut settings = settings.clone();
            settings.statistics.tile_size = tile_size;
            let ranking = data.rank(major, threads, selected, comparison, &settings)?;
            if let Some(first) = &first {
                assert_eq!(
                    first.statistics.doubled_rank_sums,
                    ranking.statistics.doubled_rank_sums
                );
            }
            for (slot, &group) in selected.iter().enumerate() {
                let table = define(data, group, selected, comparison, &settings);
                compare(&ranking, slot, &table, comparison, &settings);
            }
            first.get_or_insert(ranking);
        }
    }
    Ok(())
}

fn compare(
    ranking: &Ranking,
    slot: usize,
    table: &Defined,
    comparison: Comparison,
    settings: &Settings,
) {
    assert_eq!(
        ranking.genes.row(slot).to_vec(),
        table.genes,
        "genes of slot {slot}"
    );
    for (name, got, expected) in [
        ("scores", &ranking[Table::Scores], &table.scores),
        (
            "fold changes",
            &ranking[Table::FoldChanges],
            &table.fold_changes,
        ),
        ("p", &ranking[Table::PValues], &table.p_values),
        (
            "adjusted p",
            &ranking[Table::AdjustedPValues],
            &table.p_values_adjusted,
        ),
    ] {
        let got = bits(got.row(slot).iter().copied());
        assert_eq!(got, bits(expected.iter().copied()), "{name} of slot {slot}");
    }
    if !settings.statistics.pts {
        return;
    }
    for (gene, &(ours, others)) in table.counts.iter().enumerate() {
        let counts = ranking.statistics.expressing.column(gene);
        assert_eq!(counts[slot], ours);
        let opposite = match comparison {
            Comparison::Rest => counts.sum() - counts[slot],
            Comparison::Reference(_) => counts[counts.len() - 1],
        };
        assert_eq!(opposite, others);
    }
}
