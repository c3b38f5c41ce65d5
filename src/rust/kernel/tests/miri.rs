//! One small ranking in each way, for Miri, which takes minutes for what other
//! tests do in milliseconds.

use wilcoxide_kernel::{
    rank_genes_groups, Comparison, Control, Expression, Groups, Major, Ranking, Settings,
    StatisticsSettings,
};

fn rank(
    (p, idx, x): (&[i32], &[i32], &[f64]),
    (n_cells, n_genes): (usize, usize),
    major: Major,
    comparison: Comparison,
) -> Ranking {
    let matrix = Expression::new(p, idx, x, n_cells, n_genes, major).expect("a matrix");
    let groups = Groups::new(&[0, 0, 1, 1, -1], 2, &[0], comparison).expect("groups");
    let settings = Settings {
        statistics: StatisticsSettings {
            tie_correct: true,
            pts: true,
            tile_size: Some(3),
            ..Default::default()
        },
        ..Default::default()
    };
    rank_genes_groups(&matrix, &groups, &settings, &Control::default()).expect("a ranking")
}

#[test]
fn both_layouts_agree() {
    for value in [1.0, -1.0, 0.1] {
        let x = [1.0, 0.5, value, 1.0, 2.0, value, 1.0];
        // Cells 0 to 4; cell 3 is empty, and so is gene 2.
        let by_cell: (&[i32], &[i32]) = (&[0, 2, 4, 5, 5, 7], &[0, 1, 0, 1, 1, 0, 3]);
        let by_gene: (&[i32], &[i32]) = (&[0, 3, 6, 6, 7], &[0, 1, 4, 0, 1, 2, 4]);
        let of_gene = [x[0], x[2], x[5], x[1], x[3], x[4], x[6]];
        for comparison in [Comparison::Rest, Comparison::Reference(1)] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2);
            let (one, other) = pool.build().expect("threads").install(|| {
                (
                    rank((by_cell.0, by_cell.1, &x), (5, 4), Major::Cell, comparison),
                    rank(
                        (by_gene.0, by_gene.1, &of_gene),
                        (5, 4),
                        Major::Gene,
                        comparison,
                    ),
                )
            });
            // As text, in which NaN equals itself.
            let text = |ranking: Ranking| format!("{:?}", ranking.statistics);
            assert_eq!(text(one), text(other));
        }
    }
}
