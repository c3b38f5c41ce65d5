//! Sweeping within strata: the values of each are swept in bands of its own.
//!
//! A sweep through a band counts the values of its stratum, from which its zeros
//! follow. So the cells are read as they are without strata.

use super::bands::{deal_all, sampling_step, weight, Bands, Dealt};
use super::parts::Part;
use super::ranks::TOO_MANY_CELLS;
use crate::gene::ties::EXACT_CELLS;
use crate::input::Strata;
use crate::tiles::Job;

/// Entries of the tables of all strata for each stored value, at most: filling
/// tables takes time, too.
const ENTRIES_A_VALUE: usize = 1;
/// So many entries take next to no time, and little memory.
const FEW_ENTRIES: usize = 1 << 20;
/// Stored values of a matrix for each entry of the tables of a tile, at least:
/// they take a sixth of its memory.
const VALUES_AN_ENTRY: usize = 4;
/// The fewest genes that a tile is worth its while with.
const FEWEST_GENES: usize = 1 << 8;

/// Whether the strata of a job suit sweeping.
pub(super) fn suit(job: &Job, strata: &Strata) -> bool {
    let all = entries_a_gene(job, strata) * job.layout.sizes.len();
    let n_stored = job.layout.expression.n_stored();
    // In larger ones a sum of ties depends on its order.
    let most_cells = match job.settings.tie_correct {
        true => EXACT_CELLS,
        false => u64::from(TOO_MANY_CELLS) - 1,
    };
    strata.len() <= usize::from(u16::MAX)
        && all <= (ENTRIES_A_VALUE * n_stored).max(FEW_ENTRIES)
        && widest_tile(job, strata) >= FEWEST_GENES
        && strata
            .members()
            .iter()
            .all(|m| m.n_compared() <= most_cells)
}

/// Genes that a tile may have, for the memory of the tables of all strata.
pub(super) fn widest_tile(job: &Job, strata: &Strata) -> usize {
    let room = job.layout.expression.n_stored() / VALUES_AN_ENTRY;
    room.max(FEW_ENTRIES) / entries_a_gene(job, strata)
}

fn entries_a_gene(job: &Job, strata: &Strata) -> usize {
    strata.len().max(1) * (job.groups.len() + 1)
}

/// Cut the values of each stratum into bands of as much work, about `n` in all.
pub(super) fn cut(strata: &Strata, parts: &[Part], n: usize) -> Vec<Bands> {
    let one_each = || strata.members().iter().map(|_| Bands::one()).collect();
    if n <= strata.len() {
        return one_each();
    }
    let step = sampling_step(parts, n);
    let mut samples = vec![Vec::new(); strata.len()];
    for part in parts {
        let sets = part.level_sets.sets.iter().zip(&part.level_sets.values);
        let sets = sets.zip(part.strata_of_sets(strata)).step_by(step);
        for ((set, value), stratum) in sets {
            samples[stratum].push((value.to_bits(), set.len));
        }
    }
    let total: u64 = samples.iter().map(|sample| weight(sample)).sum();
    let share = (total / n as u64).max(1);
    let cut = |sample: Vec<(u64, u32)>| match (weight(&sample) + share / 2) / share {
        0 | 1 => Bands::one(),
        n => Bands::of_sample(sample, n as usize, parts.len()),
    };
    samples.into_iter().map(cut).collect()
}

/// Deal the level sets of every part out to the bands of all strata.
pub(super) fn deal(strata: &Strata, bands: &[Bands], parts: &[Part], dealt: &mut Vec<Dealt>) {
    let mut n_bands = 0;
    let firsts: Vec<usize> = bands
        .iter()
        .map(|bands| {
            let first = n_bands;
            n_bands += bands.len();
            first
        })
        .collect();
    deal_all(parts, dealt, n_bands, |number, part| {
        let firsts = &firsts;
        let band_of = move |(&value, stratum): (&f64, usize)| {
            let within = bands[stratum].of(value, number, parts.len());
            (firsts[stratum] + within) as u16
        };
        let values = part.level_sets.values.iter();
        values.zip(part.strata_of_sets(strata)).map(band_of)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Comparison, Expression, Groups, Major, Weights};
    use crate::statistics::{Columns, Definition, GeneStatistics, Means, Settings};
    use crate::strategy::{rank, sorted::sort};
    use crate::tiles::Shared;
    use crate::Control;

    /// Numbers that look random.
    struct Random(u64);

    impl Random {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (self.0 >> 33) as usize % n
        }
    }

    /// Cells by genes, stored by cell.
    struct Matrix {
        n_genes: usize,
        p: Vec<i32>,
        idx: Vec<i32>,
        x: Vec<f64>,
    }

    impl Matrix {
        /// Cells whose values are those of `value`, of a cell and a small count.
        fn random(random: &mut Random, n_cells: usize, value: fn(usize, usize) -> f64) -> Self {
            let n_genes = 1 + random.below(40);
            let (mut p, mut idx, mut x) = (vec![0], Vec::new(), Vec::new());
            for cell in 0..n_cells {
                for gene in 0..n_genes {
                    match random.below(8) {
                        0..4 => continue,
                        4 => x.push(0.0),
                        count => x.push(value(cell, count - 4)),
                    }
                    idx.push(gene as i32);
                }
                p.push(idx.len() as i32);
            }
            Self { n_genes, p, idx, x }
        }

        fn view(&self) -> Expression<'_> {
            let n_cells = self.p.len() - 1;
            let Self { n_genes, p, idx, x } = self;
            Expression::new(p, idx, x, n_cells, *n_genes, Major::Cell).unwrap()
        }
    }

    /// Logarithms of counts over the size of the cell, as float32.
    fn log(cell: usize, count: usize) -> f64 {
        f64::from(((count * 100) as f64 / (7 + cell % 5) as f64).ln_1p() as f32)
    }

    /// The same, as doubles that no float32 holds, and whose sums round.
    fn double(cell: usize, count: usize) -> f64 {
        ((count * 100) as f64 / (7 + cell % 5) as f64).ln_1p()
    }

    fn alike(_: usize, _: usize) -> f64 {
        2.0
    }

    /// The statistics of all genes swept by some threads, and sorted; how many
    /// tiles were swept, and in how many bands at most.
    fn both_ways(job: &Job, threads: usize) -> ([String; 2], usize, usize) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let control = Control::default();
            let all = || GeneStatistics::zeros(job.groups, job.settings, job.n_ranked());
            let (shared, mut swept) = (Shared::new(&control), all());
            rank(job, &shared, &mut swept).unwrap();
            swept.values = shared.values();
            let (n_swept, most_bands) = (shared.n_swept(), shared.most_bands());
            let (shared, mut sorted) = (Shared::new(&control), all());
            sort(job, &shared, 1 << 16, 0, Columns::all(&mut sorted)).unwrap();
            sorted.values = shared.values();
            // As text, in which NaN equals itself and every bit shows.
            let texts = [swept, sorted].map(|statistics| format!("{statistics:?}"));
            (texts, n_swept, most_bands)
        })
    }

    #[test]
    fn strata_that_are_swept_have_the_bits_of_sorted_ones() {
        let mut random = Random(1);
        let mut most_bands_of_a_stratum = 0;
        for round in 0..120 {
            let values = [log, double, alike][round % 3];
            let n_cells = 20 + random.below(500);
            let matrix = Matrix::random(&mut random, n_cells, values);
            let n_levels = 1 + random.below(5);
            // Some cells are in no group, and some groups not selected.
            let codes: Vec<i32> = (0..n_cells)
                .map(|_| random.below(n_levels + 1) as i32 - 1)
                .collect();
            let selected: Vec<u32> = (0..n_levels.div_ceil(2) as u32).rev().collect();
            let n_strata = 1 + random.below(6);
            // The first has groups of one level only, the last no cells at all.
            let strata: Vec<i32> = codes
                .iter()
                .map(|&code| match random.below(n_strata) {
                    0 if code != 0 => 1 % n_strata as i32,
                    stratum => stratum as i32,
                })
                .collect();
            let weights = [Weights::VanElteren, Weights::Equal][random.below(2)];
            let leaves_out = random.below(2) == 0;
            let groups = Groups::new(&codes, n_levels, &selected, Comparison::Rest).unwrap();
            let groups = groups.within(|cell| !leaves_out || cell % 7 != 0);
            let groups = groups.with_strata(&strata, n_strata + 1, weights).unwrap();
            let settings = Settings {
                genes: (random.below(4) == 0)
                    .then(|| (0..matrix.n_genes as u32).step_by(2).collect()),
                tie_correct: random.below(2) == 0,
                pts: random.below(2) == 0,
                value_sums: random.below(2) == 0,
                pairwise: random.below(2) == 0,
                means: match random.below(3) {
                    0 => Means::OfLinear { single: None },
                    _ => Means::OfLogarithms,
                },
                definition: match random.below(4) {
                    0 => Definition::Seurat { pseudocount: 1.0 },
                    _ => Definition::default(),
                },
                tile_size: (random.below(2) == 0).then_some(1 + matrix.x.len() / 3),
                ..Default::default()
            };
            let view = matrix.view();
            let job = Job::new(&view, &groups, &settings).unwrap();
            for threads in [1, 2, 16] {
                let ([swept, sorted], n_swept, most_bands) = both_ways(&job, threads);
                assert!(n_swept > 0, "round {round}");
                assert_eq!(swept, sorted, "round {round}, {threads} threads");
                most_bands_of_a_stratum = most_bands_of_a_stratum.max(most_bands / (n_strata + 1));
            }
        }
        assert!(most_bands_of_a_stratum > 1, "strata were cut into bands");
    }
}
