//! Small matrices of any values, ranked in every way there is, against the
//! definition.

use crate::naive::{self, Data, Way};
use crate::pool::pool;
use arbitrary::{Result, Unstructured};
use wilcoxide_kernel::{
    Comparison, Correction, Error, Means, RankingSettings, Settings, StatisticsSettings,
};

/// Rank and compare what `bytes` stand for.
pub fn check(bytes: &[u8]) {
    let Ok(case) = Case::draw(&mut Unstructured::new(bytes)) else {
        return;
    };
    let ways = [(1, None), case.way];
    // From inside of the pool, as waking a thread takes longer than its work.
    let outcome = pool(1).install(|| {
        naive::check(
            &case.data,
            &case.selected,
            case.comparison,
            &case.settings,
            &ways,
        )
    });
    match outcome {
        Ok(()) => {}
        // Groups may be too small, and the reference among the selected.
        Err(Error::Groups(_)) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Tiles of one gene, of some, and of all of them.
const WAYS: [Way; 8] = [
    (1, Some(1)),
    (1, Some(1)),
    (1, Some(9)),
    (1, Some(9)),
    (1, Some(40)),
    (1, Some(40)),
    (1, None),
    (2, Some(9)),
];

#[derive(Debug)]
struct Case {
    data: Data,
    selected: Vec<u32>,
    comparison: Comparison,
    settings: Settings,
    way: Way,
}

impl Case {
    fn draw(u: &mut Unstructured) -> Result<Self> {
        let n_cells: usize = u.int_in_range(4..=24)?;
        let n_genes: usize = u.int_in_range(1..=8)?;
        let n_levels: usize = u.int_in_range(1..=5)?;
        let codes = (0..n_cells)
            .map(|_| u.int_in_range(-1..=n_levels as i32 - 1))
            .collect::<Result<_>>()?;
        let single = u.arbitrary()?;
        let positive = u.arbitrary()?;
        let mut stored = Vec::with_capacity(n_cells);
        for _ in 0..n_cells {
            let row = (0..n_genes).map(|_| value(u, single, positive));
            stored.push(row.collect::<Result<_>>()?);
        }
        let which: u8 = u.arbitrary()?;
        let of = |which: u8, n: usize| (0..n as u32).filter(move |i| which >> i & 1 == 1);
        let mut selected: Vec<u32> = of(which, n_levels).collect();
        if u.arbitrary()? {
            selected.reverse();
        }
        let genes: Option<u8> = u.arbitrary()?;
        Ok(Self {
            data: Data {
                n_genes,
                stored,
                codes,
                n_levels,
            },
            selected,
            comparison: match u.arbitrary()? {
                true => Comparison::Rest,
                false => Comparison::Reference(u.int_in_range(0..=n_levels as u32 - 1)?),
            },
            settings: Settings {
                statistics: StatisticsSettings {
                    genes: genes.map(|genes| of(genes, n_genes).collect()),
                    tie_correct: u.arbitrary()?,
                    pts: u.arbitrary()?,
                    pairwise: u.arbitrary()?,
                    log_base: *u.choose(&[None, Some(2.0), Some(10.0), Some(0.5)])?,
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
            },
            way: *u.choose(&WAYS)?,
        })
    }
}

/// Nothing, a value that ties with others, or any number.
fn value(u: &mut Unstructured, single: bool, positive: bool) -> Result<Option<f64>> {
    const COMMON: [f64; 4] = [0.5, 1.0, 2.0, 1.5];
    let kind: u8 = u.arbitrary()?;
    let value = match kind % 16 {
        0..=6 => return Ok(None),
        7 => 0.0,
        8 => f64::INFINITY,
        9 if single => f64::from(u.arbitrary::<f32>()?),
        9 => u.arbitrary()?,
        10 => f64::from(u.arbitrary::<u8>()?) / 8.0,
        _ => COMMON[usize::from(kind / 16 % 4)],
    };
    // What is no number has tests of its own.
    let value = if value.is_nan() { 1.0 } else { value };
    let negative = kind >= 128 && !positive;
    Ok(Some(if positive {
        value.abs()
    } else if negative {
        -value
    } else {
        value
    }))
}
