//! Every stage of the kernel on small made-up cells, one thread each.
//! Nonzeros, genes or p-values a second, so that sizes do not matter.

use criterion::{criterion_group, criterion_main, BatchSize, Criterion, Throughput};
use std::hint::black_box;
use wilcoxide_kernel::stages::{adjust, Stages};
use wilcoxide_kernel::{
    gene_statistics, rank_statistics, two_sided_p, Comparison, Control, Correction, Expression,
    GroupRows, Groups, Job, Major, Settings,
};

const N_CELLS: usize = 4_000;
const N_GENES: usize = 1_000;
const N_GROUPS: usize = 10;

/// SplitMix64, as numbers from 0 to 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About normal.
    fn score(&mut self) -> f64 {
        10.0 * ((0..12).map(|_| self.next()).sum::<f64>() - 6.0)
    }
}

/// Cells one after another: logarithms of small counts, about a tenth of them
/// stored; genes differ in their level and cells in their depth.
struct Cells {
    starts: Vec<i32>,
    genes: Vec<i32>,
    values: Vec<f64>,
    codes: Vec<i32>,
}

impl Cells {
    fn make() -> Self {
        let mut random = Random(1);
        let levels: Vec<f64> = (0..N_GENES).map(|_| 0.1 / (0.02 + random.next())).collect();
        let mut cells = Self {
            starts: vec![0],
            genes: Vec::new(),
            values: Vec::new(),
            codes: (0..N_CELLS).map(|cell| (cell % N_GROUPS) as i32).collect(),
        };
        for _ in 0..N_CELLS {
            let depth = 0.5 + random.next();
            for (gene, level) in levels.iter().enumerate() {
                let count = (-(1.0 - random.next()).ln() * level * depth) as u32;
                if count > 0 {
                    let value = (f64::from(count) * 1e4 / (3e3 * depth)).ln_1p();
                    cells.genes.push(gene as i32);
                    cells.values.push(f64::from(value as f32));
                }
            }
            cells.starts.push(cells.genes.len() as i32);
        }
        cells
    }

    fn expression(&self) -> Expression<'_> {
        Expression::new(
            &self.starts,
            &self.genes,
            &self.values,
            N_CELLS,
            N_GENES,
            Major::Cell,
        )
        .expect("these cells are sound")
    }

    fn groups(&self) -> Groups {
        let all: Vec<u32> = (0..N_GROUPS as u32).collect();
        Groups::new(&self.codes, N_GROUPS, &all, Comparison::Rest).expect("these groups are sound")
    }
}

fn first_stage(criterion: &mut Criterion) {
    let cells = Cells::make();
    let (expression, groups, control) = (cells.expression(), cells.groups(), Control::default());
    let settings = Settings::default();
    let job = Job::new(&expression, &groups, &settings.statistics);
    let job = job.and_then(|job| job.counted()).expect("they fit");
    let mut stages = Stages::new(&job, &control);
    let mut bench = criterion.benchmark_group("nonzeros");
    bench.throughput(Throughput::Elements(cells.values.len() as u64));

    bench.bench_function("gather", |b| b.iter(|| stages.gather()));
    bench.bench_function("sweep", |b| b.iter(|| stages.sweep()));

    stages.gather().expect("these values are numbers");
    let genes = stages.gathered();
    bench.bench_function("sort", |b| {
        b.iter_batched_ref(
            || genes.clone(),
            |genes| {
                for entries in genes {
                    stages.sort(black_box(entries));
                }
            },
            BatchSize::LargeInput,
        )
    });

    let mut sorted = genes.clone();
    for entries in &mut sorted {
        stages.sort(entries);
    }
    let mut sums = [0; N_GROUPS + 1];
    bench.bench_function("rank", |b| {
        b.iter(|| {
            for entries in &sorted {
                sums.fill(0);
                stages.rank(entries, black_box(&mut sums));
            }
        })
    });

    let mut fold_changes = [0.0; N_GROUPS];
    bench.bench_function("rest sums", |b| {
        b.iter(|| {
            for entries in &genes {
                stages.rest_sums(entries, black_box(&mut fold_changes));
            }
        })
    });

    bench.bench_function("all of stage 1", |b| {
        b.iter(|| gene_statistics(&job, &control))
    });
    bench.finish();
}

fn second_stage(criterion: &mut Criterion) {
    let cells = Cells::make();
    let (expression, groups, control) = (cells.expression(), cells.groups(), Control::default());
    let settings = Settings::default();
    let job = Job::new(&expression, &groups, &settings.statistics);
    let job = job.and_then(|job| job.counted()).expect("they fit");
    let mut stages = Stages::new(&job, &control);
    let mut random = Random(2);
    let scores: Vec<f64> = (0..20_000).map(|_| random.score()).collect();
    let mut bench = criterion.benchmark_group("genes");
    bench.throughput(Throughput::Elements(scores.len() as u64));

    bench.bench_function("p-values", |b| {
        b.iter(|| scores.iter().map(|&z| two_sided_p(z)).sum::<f64>())
    });
    let mut sorted: Vec<f64> = scores.iter().map(|&z| two_sided_p(z)).collect();
    sorted.sort_by(f64::total_cmp);
    bench.bench_function("adjust", |b| {
        b.iter_batched_ref(
            || sorted.clone(),
            |p| adjust(Correction::BenjaminiHochberg, p),
            BatchSize::SmallInput,
        )
    });
    bench.bench_function("order", |b| b.iter(|| stages.order(&scores)));

    bench.throughput(Throughput::Elements((N_GENES * N_GROUPS) as u64));
    let statistics = gene_statistics(&job, &control).expect("these values are numbers");
    let mut genes = vec![[0; N_GENES]; N_GROUPS];
    let mut columns = vec![[[0.0; N_GENES]; 4]; N_GROUPS];
    bench.bench_function("all of stage 2", |b| {
        b.iter(|| {
            let rows = genes.iter_mut().zip(&mut columns);
            let rows = rows.map(|(genes, columns)| GroupRows {
                genes,
                tables: columns.iter_mut().map(|column| &mut column[..]).collect(),
            });
            let rows = rows.collect();
            rank_statistics(&statistics, &groups, &settings.ranking, &control, rows)
        })
    });
    bench.finish();
}

/// One thread, however many the machine has.
fn on_one_thread() -> Criterion {
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()
        .expect("no pool was made before");
    Criterion::default()
}

criterion_group! {
    name = stages;
    config = on_one_thread();
    targets = first_stage, second_stage
}
criterion_main!(stages);
