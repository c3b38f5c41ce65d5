//! How far a ranking says it is.

use crate::naive::Data;
use wilcoxide_kernel::{
    gene_statistics, rank_genes_groups, Comparison, Control, Expression, Groups, Job, Major,
    Settings,
};

fn some_data() -> Data {
    Data {
        n_genes: 5,
        stored: (0..12)
            .map(|cell| {
                (0..5)
                    .map(|gene| Some(f64::from(cell * gene % 7)))
                    .collect()
            })
            .collect(),
        codes: (0..12).map(|cell| cell % 3).collect(),
        n_levels: 3,
    }
}

#[test]
fn each_stage_and_both_end_at_1() {
    let data = some_data();
    for major in [Major::Cell, Major::Gene] {
        let (p, idx, x) = data.compress(major);
        let matrix = Expression::new(&p, &idx, &x, 12, 5, major).unwrap();
        let groups = Groups::new(&data.codes, 3, &[0, 1, 2], Comparison::Rest).unwrap();
        for genes in [None, Some(vec![1, 4])] {
            let mut settings = Settings::default();
            settings.statistics.genes = genes;

            let control = Control::default();
            assert_eq!(control.fraction_done(), 0.0);
            rank_genes_groups(&matrix, &groups, &settings, &control).unwrap();
            assert_eq!(control.fraction_done(), 1.0);

            let control = Control::default();
            let job = Job::new(&matrix, &groups, &settings.statistics).unwrap();
            control.expect(2 * job.work());
            gene_statistics(&job, &control).unwrap();
            assert_eq!(control.fraction_done(), 0.5);
        }
    }
}
