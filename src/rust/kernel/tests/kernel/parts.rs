//! Parts of a matrix, groups and settings that need not fit together: the
//! kernel refuses them or ranks, whatever they are.

use crate::pool::pool;
use arbitrary::{Result, Unstructured};
use wilcoxide_kernel::{
    rank_genes_groups, Comparison, Control, Correction, Error, Expression, Groups, Major, Means,
    RankingSettings, Settings, StatisticsSettings, Table,
};

/// What a caller hands over.
#[derive(Debug)]
struct Parts {
    p: Vec<i32>,
    idx: Vec<i32>,
    x: Vec<f64>,
    n_cells: usize,
    n_genes: usize,
    major: Major,
    codes: Vec<i32>,
    n_levels: usize,
    selected: Vec<u32>,
    comparison: Comparison,
    settings: Settings,
    threads: usize,
}

/// Hand over what `bytes` stand for.
pub fn check(bytes: &[u8]) {
    if let Ok(parts) = Parts::draw(&mut Unstructured::new(bytes)) {
        pool(parts.threads).install(|| parts.rank());
    }
}

impl Parts {
    fn rank(&self) {
        let expression = Expression::new(
            &self.p,
            &self.idx,
            &self.x,
            self.n_cells,
            self.n_genes,
            self.major,
        );
        let groups = Groups::new(&self.codes, self.n_levels, &self.selected, self.comparison);
        let (Ok(expression), Ok(groups)) = (expression, groups) else {
            return;
        };
        let ranking =
            match rank_genes_groups(&expression, &groups, &self.settings, &Control::default()) {
                Ok(ranking) => ranking,
                Err(Error::NotANumber { count, first_gene }) => {
                    let there = self.x.iter().filter(|x| x.is_nan()).count() as u64;
                    assert!((1..=there).contains(&count) && first_gene < self.n_genes);
                    return;
                }
                Err(_) => return,
            };
        let n_ranked = ranking.statistics.n_genes() as i32;
        for slot in 0..groups.len() {
            let mut genes = ranking.genes.row(slot).to_vec();
            genes.sort();
            assert!(genes.iter().all(|gene| (0..n_ranked).contains(gene)));
            assert!(genes.windows(2).all(|pair| pair[0] < pair[1]));
            let is_p = |p: &f64| (0.0..=1.0).contains(p);
            assert!(ranking[Table::PValues].row(slot).iter().all(is_p));
            let adjusted = ranking[Table::AdjustedPValues].row(slot);
            assert!(adjusted.iter().all(is_p));
            let mut pairs = adjusted.iter().zip(ranking[Table::PValues].row(slot));
            assert!(pairs.all(|(adjusted, p)| adjusted >= p));
            assert!(!ranking[Table::Scores].row(slot).iter().any(|z| z.is_nan()));
        }
    }

    /// Mostly a matrix that fits, with some parts of it spoilt.
    fn draw(u: &mut Unstructured) -> Result<Self> {
        let n_cells: usize = u.int_in_range(0..=24)?;
        let n_genes: usize = u.int_in_range(0..=12)?;
        let major = if u.arbitrary()? {
            Major::Cell
        } else {
            Major::Gene
        };
        let (n_slices, n_minor) = match major {
            Major::Cell => (n_cells, n_genes),
            Major::Gene => (n_genes, n_cells),
        };
        let (mut p, mut idx, mut x) = (vec![0], vec![], vec![]);
        for _ in 0..n_slices {
            let stored: u32 = u.arbitrary()?;
            for minor in (0..n_minor).filter(|minor| stored >> minor & 1 == 1) {
                idx.push(minor as i32);
                x.push(value(u)?);
            }
            p.push(idx.len() as i32);
        }
        let n_levels: usize = u.int_in_range(0..=6)?;
        let codes = (0..n_cells)
            .map(|_| u.int_in_range(-1..=n_levels as i32 - 1))
            .collect::<Result<_>>()?;
        let mut parts = Self {
            p,
            idx,
            x,
            n_cells,
            n_genes,
            major,
            codes,
            n_levels,
            selected: indices(u, n_levels)?,
            comparison: match u.arbitrary()? {
                true => Comparison::Rest,
                false => Comparison::Reference(u.int_in_range(0..=7)?),
            },
            settings: settings(u, n_genes)?,
            threads: *u.choose(&[1, 2, 5])?,
        };
        for _ in 0..u.int_in_range(0..=3)? {
            parts.spoil(u)?;
        }
        Ok(parts)
    }

    fn spoil(&mut self, u: &mut Unstructured) -> Result<()> {
        match u.int_in_range(0..=8)? {
            0 => edit(u, &mut self.p),
            1 => edit(u, &mut self.idx),
            2 => edit(u, &mut self.codes),
            3 => edit(u, &mut self.x),
            4 => edit(u, &mut self.selected),
            5 => edit(u, self.settings.statistics.genes.get_or_insert_default()),
            // Sizes that nothing else supports are refused before they cost
            // memory; those of genes and levels cost some by right.
            6 => u.arbitrary().map(|n| self.n_cells = n),
            7 if self.major == Major::Gene => u.arbitrary().map(|n| self.n_genes = n),
            _ => u.arbitrary::<u8>().map(|n| self.n_levels = n.into()),
        }
    }
}

/// Put something else in the place of one entry, or change their number.
fn edit<'a, T: arbitrary::Arbitrary<'a> + Copy>(
    u: &mut Unstructured<'a>,
    entries: &mut Vec<T>,
) -> Result<()> {
    let value = u.arbitrary()?;
    let at = u.int_in_range(0..=entries.len())?;
    match (entries.get_mut(at), u.arbitrary()?) {
        (Some(entry), true) => *entry = value,
        (Some(_), false) => drop(entries.remove(at)),
        (None, _) => entries.push(value),
    }
    Ok(())
}

/// A value of any kind, often one that ties with others.
fn value(u: &mut Unstructured) -> Result<f64> {
    const COMMON: [f64; 8] = [1.0, 2.0, 0.5, -1.0, 0.0, -0.0, f64::INFINITY, 5e-324];
    match u.int_in_range(0..=9)? {
        0 => u.arbitrary(),
        1 => u.arbitrary::<f32>().map(f64::from),
        _ => u.choose(&COMMON).copied(),
    }
}

fn indices(u: &mut Unstructured, n: usize) -> Result<Vec<u32>> {
    let chosen: u32 = u.arbitrary()?;
    Ok((0..n as u32).filter(|i| chosen >> i & 1 == 1).collect())
}

fn settings(u: &mut Unstructured, n_genes: usize) -> Result<Settings> {
    const BASES: [f64; 6] = [2.0, 10.0, 0.5, 1.0, -1.0, f64::NAN];
    Ok(Settings {
        statistics: StatisticsSettings {
            genes: match u.arbitrary()? {
                true => Some(indices(u, n_genes)?),
                false => None,
            },
            tie_correct: u.arbitrary()?,
            pts: u.arbitrary()?,
            ties_but_largest: u.arbitrary()?,
            above_zero: u.arbitrary()?,
            sums: u.arbitrary()?,
            pairwise: u.arbitrary()?,
            log_base: match u.arbitrary()? {
                true => Some(*u.choose(&BASES)?),
                false => None,
            },
            tile_size: u.arbitrary::<Option<u8>>()?.map(usize::from),
            means: match u.arbitrary()? {
                true => Means::OfLogarithms,
                false => Means::OfLinear {
                    single: u.arbitrary()?,
                },
            },
            ..Default::default()
        },
        ranking: RankingSettings {
            rankby_abs: u.arbitrary()?,
            correction: match u.arbitrary()? {
                true => Correction::Bonferroni,
                false => Correction::BenjaminiHochberg,
            },
            n_rows: u.arbitrary::<Option<u8>>()?.map(usize::from),
            ..Default::default()
        },
    })
}
