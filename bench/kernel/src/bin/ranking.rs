//! `ranking FOLDER THREADS [OPTION...]`: times the kernel by itself on the data
//! set in FOLDER (see `data.py`), from memory of this process, with no R. Prints
//! one line of JSON; `hash` is one of all numbers of the result.
//!
//! Options: `reference` compares with the largest group, `gene` ranks a matrix
//! that is stored by gene; `double` makes values that are no float32,
//! `negative` some that are below 0, `counts` whole numbers; `ties` corrects for
//! ties, `pts` counts the expressing cells, `linear` takes means of linear
//! values.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::time::Instant;
use wilcoxide_bench::{cpu_seconds, memory, Cells, Outcome};
use wilcoxide_kernel::{
    rank_genes_groups, Comparison, Control, Expression, Groups, Major, Means, Ranking, Settings,
};

/// The same matrix, genes one after another.
fn by_gene(cells: Cells) -> Cells {
    let mut starts = vec![0i32; cells.n_genes + 1];
    for &gene in &cells.genes {
        starts[gene as usize + 1] += 1;
    }
    for gene in 0..cells.n_genes {
        starts[gene + 1] += starts[gene];
    }
    let mut next = starts.clone();
    let mut minor = vec![0; cells.values.len()];
    let mut values = vec![0.0; cells.values.len()];
    for cell in 0..cells.groups.len() {
        for at in cells.stored(&(cell..cell + 1)) {
            let place = &mut next[cells.genes[at] as usize];
            minor[*place as usize] = cell as i32;
            values[*place as usize] = cells.values[at];
            *place += 1;
        }
    }
    Cells {
        starts,
        genes: minor,
        values,
        ..cells
    }
}

fn hash(ranking: &Ranking) -> u64 {
    let mut hasher = DefaultHasher::new();
    ranking.genes.iter().for_each(|gene| gene.hash(&mut hasher));
    for (_, table) in &ranking.tables {
        for value in table {
            value.to_bits().hash(&mut hasher);
        }
    }
    let statistics = &ranking.statistics;
    for sum in &statistics.doubled_rank_sums {
        sum.hash(&mut hasher);
    }
    for count in &statistics.expressing {
        count.hash(&mut hasher);
    }
    hasher.finish()
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, threads, options @ ..] = &arguments[..] else {
        return Err("usage: ranking FOLDER THREADS [OPTION...]".into());
    };
    let has = |name: &str| options.iter().any(|option| option == name);
    let mut cells = Cells::read(Path::new(folder))?;
    for (at, value) in cells.values.iter_mut().enumerate() {
        if has("double") {
            *value *= 1.0 + 1e-9;
        }
        if has("counts") {
            *value = value.exp_m1().round().clamp(1.0, 4.0);
        }
        if has("negative") && at % 9 == 0 {
            *value = -*value;
        }
    }
    let n_levels = cells
        .groups
        .iter()
        .max()
        .map_or(0, |&code| code as usize + 1);
    let mut sizes = vec![0; n_levels];
    for &code in &cells.groups {
        sizes[code as usize] += 1;
    }
    let largest = (0..n_levels).max_by_key(|&code| sizes[code]).unwrap_or(0) as u32;
    let (comparison, left_out) = match has("reference") {
        true => (Comparison::Reference(largest), Some(largest)),
        false => (Comparison::Rest, None),
    };
    let selected: Vec<u32> = (0..n_levels as u32)
        .filter(|&code| Some(code) != left_out)
        .collect();
    let major = match has("gene") {
        true => {
            cells = by_gene(cells);
            Major::Gene
        }
        false => Major::Cell,
    };
    let mut settings = Settings::default();
    settings.statistics.tie_correct = has("ties");
    settings.statistics.pts = has("pts");
    if has("linear") {
        settings.statistics.means = Means::OfLinear { single: None };
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.parse()?)
        .build()?;
    let loaded = memory("VmRSS")?;
    std::fs::write("/proc/self/clear_refs", "5")?;
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let ranking = pool.install(|| {
        let expression = Expression::new(
            &cells.starts,
            &cells.genes,
            &cells.values,
            cells.groups.len(),
            cells.n_genes,
            major,
        )?;
        let groups = Groups::new(&cells.groups, n_levels, &selected, comparison)?;
        rank_genes_groups(&expression, &groups, &settings, &Control::default())
    })?;
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let extra = memory("VmHWM")? - loaded;
    println!(
        "{{\"wall\": {wall:.4}, \"cpu\": {cpu:.4}, \"extra_mb\": {extra:.1}, \
         \"stored\": {}, \"hash\": \"{:016x}\"}}",
        cells.values.len(),
        hash(&ranking)
    );
    Ok(())
}
