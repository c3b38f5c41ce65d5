//! Stage 1: the statistics of every gene, by all threads.

use crate::input::{Error, Expression, Level, Major};
use crate::statistics::{GeneStatistics, Settings};
use crate::strategy::{rank, rank_levels};
use crate::tiles::{Job, LevelJob, Shared};
use crate::Control;

/// Rank every gene once and keep its statistics for every group.
///
/// Counts [`Job::work`] as done.
///
/// # Errors
/// [`Error::NotANumber`] when a ranked value is NaN, [`Error::Cancelled`] when
/// the caller cancels.
pub fn gene_statistics(job: &Job, control: &Control) -> Result<GeneStatistics, Error> {
    let shared = Shared::new(control);
    fill(job, &shared)
}

fn fill(job: &Job, shared: &Shared) -> Result<GeneStatistics, Error> {
    let mut statistics = GeneStatistics::zeros(job.groups, job.settings, job.n_ranked());
    rank(job, shared, &mut statistics)?;
    statistics.values = shared.values();
    Ok(statistics)
}

/// The same within each of some levels, which have no cell in common: what a
/// matrix of the cells of each level alone gives. The matrix is walked through
/// once, and nothing of it is copied but the values of one gene.
///
/// Counts the stored values of ranked genes as done, of cells that are in a level
/// at least.
///
/// # Errors
/// As [`gene_statistics`], values that are not numbers being counted in all
/// levels; [`Error::Groups`] when a cell does not exist or is in two levels.
pub fn level_statistics(
    expression: &Expression,
    levels: &[Level],
    settings: &Settings,
    control: &Control,
) -> Result<Vec<GeneStatistics>, Error> {
    Level::check_all(levels, expression.n_cells())?;
    if expression.major() == Major::Cell {
        return one_by_one(expression, levels, settings, control);
    }
    let job = LevelJob::new(expression, levels, settings)?;
    let n_ranked = job.layout.n_ranked(0..expression.n_genes());
    let zeros = |level: &Level| GeneStatistics::zeros(level.groups(), settings, n_ranked);
    let mut statistics: Vec<_> = levels.iter().map(zeros).collect();
    rank_levels(&job, &Shared::new(control), &mut statistics)?;
    Ok(statistics)
}

/// Levels one after another, where the values of each are there as they are.
fn one_by_one(
    expression: &Expression,
    levels: &[Level],
    settings: &Settings,
    control: &Control,
) -> Result<Vec<GeneStatistics>, Error> {
    let mut all = Vec::with_capacity(levels.len());
    let mut bad: Option<(u64, usize)> = None;
    let (sizes, _) = expression.likely_gene_sizes();
    for level in levels {
        let of_level = expression.of_cells(level.cells());
        let job = Job::of_level(&of_level, level.groups(), settings, &sizes)?;
        match gene_statistics(&job, control) {
            Err(Error::NotANumber { count, first_gene }) => {
                let (so_far, first) = bad.unwrap_or((0, first_gene));
                bad = Some((so_far + count, first.min(first_gene)));
            }
            statistics => all.push(statistics?),
        }
    }
    match bad {
        None => Ok(all),
        Some((count, first_gene)) => Err(Error::NotANumber { count, first_gene }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Comparison, Groups};

    /// Made-up cells: their values are so many distinct ones.
    struct Made {
        n_cells: usize,
        n_genes: usize,
        n_groups: usize,
        distinct: usize,
    }

    impl Made {
        fn of(distinct: usize) -> Self {
            Self {
                n_cells: 300,
                n_genes: 400,
                n_groups: 3,
                distinct,
            }
        }

        /// How many tiles were swept, in how many bands of values at most, and
        /// what came of it.
        fn swept(
            &self,
            comparison: Comparison,
            major: Major,
            threads: usize,
        ) -> (usize, usize, GeneStatistics) {
            let (n_cells, n_genes) = (self.n_cells, self.n_genes);
            let (n_slices, n_minor) = match major {
                Major::Cell => (n_cells, n_genes),
                Major::Gene => (n_genes, n_cells),
            };
            let p: Vec<i32> = (0..=n_slices).map(|i| (i * n_minor) as i32).collect();
            let idx: Vec<i32> = (0..n_slices * n_minor)
                .map(|i| (i % n_minor) as i32)
                .collect();
            // The same matrix either way.
            let value = |cell: usize, gene: usize| {
                let mixed = ((cell * n_genes + gene) as u64 * 2_654_435_761) >> 9;
                (mixed % self.distinct as u64 + 1) as f64 * 0.5
            };
            let x: Vec<f64> = (0..n_slices * n_minor)
                .map(|i| match major {
                    Major::Cell => value(i / n_minor, i % n_minor),
                    Major::Gene => value(i % n_minor, i / n_minor),
                })
                .collect();
            let code = |cell: usize| (cell % self.n_groups) as i32;
            let codes: Vec<i32> = (0..n_cells).map(code).collect();
            let matrix = Expression::new(&p, &idx, &x, n_cells, n_genes, major).unwrap();
            let chosen: Vec<u32> = (1..self.n_groups as u32).collect();
            let groups = Groups::new(&codes, self.n_groups, &chosen, comparison).unwrap();
            let settings = Settings {
                tile_size: Some(n_cells * n_genes / 2),
                pairwise: comparison == Comparison::Rest && self.n_groups < 10,
                tie_correct: true,
                ..Default::default()
            };
            let job = Job::new(&matrix, &groups, &settings).unwrap();
            let control = Control::default();
            let shared = Shared::new(&control);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let statistics = pool.unwrap().install(|| fill(&job, &shared)).unwrap();
            (shared.n_swept(), shared.most_bands(), statistics)
        }
    }

    fn swept(
        distinct: usize,
        comparison: Comparison,
        major: Major,
        threads: usize,
    ) -> (usize, usize, GeneStatistics) {
        Made::of(distinct).swept(comparison, major, threads)
    }

    #[test]
    fn few_values_a_cell_are_swept_and_all_else_is_sorted() {
        let n_swept = |distinct, comparison, major| swept(distinct, comparison, major, 2).0;
        // Not two tiles but three: genes weigh one more than they have values.
        assert_eq!(n_swept(4, Comparison::Rest, Major::Cell), 3);
        assert_eq!(n_swept(1 << 20, Comparison::Rest, Major::Cell), 0);
        assert_eq!(n_swept(4, Comparison::Reference(0), Major::Cell), 0);
        assert_eq!(n_swept(4, Comparison::Rest, Major::Gene), 0);
    }

    #[test]
    fn many_threads_sweep_the_same_tiles_in_bands_of_values() {
        for threads in [1, 2, 3, 6, 16] {
            // A single value of many cells is dealt out, too.
            for distinct in [1, 4] {
                let (tiles, bands, all) = swept(distinct, Comparison::Rest, Major::Cell, threads);
                assert_eq!(tiles, 3);
                assert!(threads < 16 || bands >= threads, "{bands} bands");
                assert_eq!(bands == 1, threads == 1);
                assert_eq!(all, swept(distinct, Comparison::Rest, Major::Gene, 1).2);
            }
        }
    }

    #[test]
    fn more_cells_than_16_bits_count_have_one_value() {
        let made = Made {
            n_cells: 66_000,
            n_genes: 40,
            ..Made::of(1)
        };
        let (tiles, _, all) = made.swept(Comparison::Rest, Major::Cell, 1);
        assert!(tiles > 1);
        assert_eq!(all, made.swept(Comparison::Rest, Major::Gene, 1).2);
    }

    #[test]
    fn ranks_of_many_groups_are_laid_out_and_come_to_the_same_sums() {
        // The values of the first are counted before, of others while they are swept.
        for (n_groups, n_cells) in [(60, 150), (60, 300), (1100, 2200)] {
            for distinct in [1, 4, 9] {
                let made = Made {
                    n_cells,
                    n_groups,
                    ..Made::of(distinct)
                };
                let (_, _, sorted) = made.swept(Comparison::Rest, Major::Gene, 1);
                for threads in [1, 2, 5, 16] {
                    let (tiles, bands, all) = made.swept(Comparison::Rest, Major::Cell, threads);
                    assert!(tiles > 1);
                    assert!(bands >= threads, "{bands} bands");
                    assert_eq!(all, sorted);
                }
            }
        }
    }
}
