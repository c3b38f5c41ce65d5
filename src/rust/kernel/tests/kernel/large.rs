//! More cells than fit a matrix of doubles, or a product of 64 bits.

use crate::pool::pool;
use wilcoxide_kernel::{
    rank_genes_groups, Comparison, Control, Expression, Groups, Major, Ranking, Settings,
    StatisticsSettings, Table,
};

/// A gene whose values repeat: how many cells of the group, then of the rest,
/// have each, ascending; the first is 0 and not stored.
struct Runs(Vec<[u64; 2]>);

impl Runs {
    fn sizes(&self) -> [u64; 2] {
        [0, 1].map(|side| self.0.iter().map(|run| run[side]).sum())
    }

    /// Twice the rank sum of the group, from the definition.
    fn doubled_rank_sum(&self) -> u128 {
        let mut below = 0u128;
        let mut sum = 0;
        for &[group, rest] in &self.0 {
            let run = u128::from(group + rest);
            sum += u128::from(group) * (2 * below + run + 1);
            below += run;
        }
        sum
    }

    /// The score, all in integers but the last three steps.
    fn score(&self) -> f64 {
        let [n1, n2] = self.sizes().map(u128::from);
        let distance = self.doubled_rank_sum() as i128 - (n1 * (n1 + n2 + 1)) as i128;
        let variance = (n1 * n2 * (n1 + n2 + 1)) as f64 / 12.0;
        f64::from(((distance as f64 / 2.0) / variance.sqrt()) as f32)
    }

    /// The cells of the group come first.
    fn rank(&self, major: Major, settings: &StatisticsSettings) -> Ranking {
        let [n1, n2] = self.sizes().map(|n| n as usize);
        let mut codes = vec![1; n1 + n2];
        codes[..n1].fill(0);
        let (mut idx, mut x) = (vec![], vec![]);
        let mut cells = [0, n1 as u64];
        for (value, run) in self.0.iter().enumerate() {
            for side in [0, 1] {
                let from = cells[side];
                cells[side] += run[side];
                if value > 0 {
                    idx.extend((from..cells[side]).map(|cell| cell as i32));
                    x.extend((from..cells[side]).map(|_| value as f64));
                }
            }
        }
        let mut by_cell: Vec<(i32, f64)> = idx.into_iter().zip(x).collect();
        by_cell.sort_by_key(|&(cell, _)| cell);
        let (idx, x): (Vec<i32>, Vec<f64>) = by_cell.into_iter().unzip();
        let (p, idx) = match major {
            Major::Gene => (vec![0, idx.len() as i32], idx),
            Major::Cell => {
                let mut p = vec![0; codes.len() + 1];
                for &cell in &idx {
                    p[cell as usize + 1] = 1;
                }
                let mut stored = 0;
                for start in &mut p {
                    stored += *start;
                    *start = stored;
                }
                (p, vec![0; x.len()])
            }
        };
        let matrix = Expression::new(&p, &idx, &x, codes.len(), 1, major).expect("a matrix");
        let groups = Groups::new(&codes, 2, &[0, 1], Comparison::Rest).expect("groups");
        let settings = Settings {
            statistics: settings.clone(),
            ..Default::default()
        };
        let rank = || rank_genes_groups(&matrix, &groups, &settings, &Control::default());
        pool(3).install(rank).expect("a ranking")
    }

    fn check(&self) {
        for major in [Major::Cell, Major::Gene] {
            let ranking = self.rank(major, &StatisticsSettings::default());
            assert_eq!(
                u128::from(ranking.statistics.doubled_rank_sums[[0, 0]]),
                self.doubled_rank_sum()
            );
            assert_eq!(ranking[Table::Scores][[0, 0]], self.score());
            assert_eq!(ranking[Table::Scores][[1, 0]], -self.score());
        }
    }
}

/// The product under the root of the variance in NumPy's 64-bit integers,
/// which wrap around.
fn wrapped_product(n1: i64, n2: i64) -> i64 {
    n1.wrapping_mul(n2).wrapping_mul(n1 + n2 + 1)
}

#[test]
fn where_scanpy_overflows_the_score_is_right() {
    // Two halves: the product is the largest there is for so many cells.
    assert_eq!(
        1_664_510i64
            .checked_mul(1_664_510)
            .and_then(|x| x.checked_mul(3_329_021)),
        Some(wrapped_product(1_664_510, 1_664_510))
    );
    assert!(wrapped_product(1_664_510, 1_664_511) < 0);
    for n in [1_664_510, 1_664_511, 2_100_000] {
        Runs(vec![[n, n - 5_001], [0, 2_500], [0, 2_501]]).check();
    }

    // With 4.2 million cells Scanpy's score is 15.7 times too large.
    let n = 2_100_000;
    let exact = n as f64 * n as f64 * (2.0 * n as f64 + 1.0);
    let times_too_large = (exact / wrapped_product(n, n) as f64).sqrt();
    assert!((times_too_large - 15.69).abs() < 0.01, "{times_too_large}");
}

#[test]
fn ties_of_millions_of_cells_are_corrected() {
    let runs = Runs(vec![[2_100_000, 2_000_000], [0, 60_000], [0, 40_000]]);
    for major in [Major::Cell, Major::Gene] {
        let settings = StatisticsSettings {
            tie_correct: true,
            ..Default::default()
        };
        let ranking = runs.rank(major, &settings);
        let ties: f64 = [4_100_000.0f64, 60_000.0, 40_000.0]
            .iter()
            .map(|c| (c * c) * c - c)
            .sum();
        let n = 4_200_000.0f64;
        let factor = 1.0 - ties / ((n * n) * n - n);
        assert_eq!(ranking.statistics.tie_factors[[0, 0]], factor);
        let z = f64::from((runs.score() / factor.sqrt()) as f32);
        assert!((ranking[Table::Scores][[0, 0]] / z - 1.0).abs() < 1e-6);
    }
}

#[test]
fn more_than_46341_cells_a_side_do_not_overflow_32_bits() {
    // 46,341 squared is the first square beyond 2^31.
    for n in [46_340, 46_341, 70_000] {
        Runs(vec![[n - 30_000, n - 9], [10_000, 4], [20_000, 5]]).check();
        Runs(vec![[2, n], [0, 3], [n, 0]]).check();
    }
}

/// A sweep through a part of the values counts fewer cells than 2^21.
#[test]
fn values_of_more_than_2_to_the_21_cells_are_ranked_by_many_threads() {
    for most in [2_097_151, 2_097_152, 2_200_000] {
        Runs(vec![[90, 200], [most - 800, 500], [200, 100], [0, 50]]).check();
    }
}

/// Doubles no longer hold such rank sums, nor halves of them.
#[test]
#[ignore = "takes 3 GB of memory"]
fn rank_sums_beyond_2_to_the_53_are_exact() {
    let runs = Runs(vec![[99_999_983, 99_999_000], [7, 993], [10, 7]]);
    assert!(runs.doubled_rank_sum() > 2 << 53);
    assert_ne!(
        runs.doubled_rank_sum() as f64 as u128,
        runs.doubled_rank_sum()
    );
    runs.check();
}
