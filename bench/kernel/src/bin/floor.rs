//! `floor FOLDER THREADS`: times a bare parallel counting transpose of the
//! data set in FOLDER (see `data.py`), from cells to genes: what any method
//! does, and more, that looks at genes one by one where cells are stored one
//! after another. Each value becomes an entry of 8 bytes, float32 and group.
//! Prints one line of JSON.

use rayon::prelude::*;
use std::path::Path;
use std::time::Instant;
use wilcoxide_bench::{cpu_seconds, memory, Cells, Outcome};

/// Room for entries that all threads write to, each to places of its own.
struct Room(*mut u64);
unsafe impl Sync for Room {}

impl Room {
    /// Asks for huge pages: writing all over the place is twice as fast then.
    fn new(entries: &mut Vec<u64>) -> Self {
        let start = entries.as_mut_ptr();
        let page = start.align_offset(4096 / 8);
        // SAFETY: advice on whole pages of memory that `entries` owns.
        unsafe {
            let length = 8 * entries.capacity().saturating_sub(page);
            libc::madvise(start.add(page).cast(), length, libc::MADV_HUGEPAGE);
        }
        Self(start)
    }
}

/// Entries of all genes, one gene after another.
fn transpose(cells: &Cells) -> Vec<u64> {
    let parts = cells.parts(rayon::current_num_threads());
    let mut places: Vec<Vec<usize>> = parts.par_iter().map(|part| cells.count(part)).collect();
    let mut next = 0;
    for gene in 0..cells.n_genes {
        for part in &mut places {
            let count = std::mem::replace(&mut part[gene], next);
            next += count;
        }
    }
    let mut entries = Vec::with_capacity(next);
    let room = &Room::new(&mut entries);
    parts
        .par_iter()
        .zip(&mut places)
        .for_each(|(part, places)| {
            for cell in part.clone() {
                let group = cells.groups[cell] as u32;
                let stored = cells.stored(&(cell..cell + 1));
                for (&gene, &value) in cells.genes[stored.clone()]
                    .iter()
                    .zip(&cells.values[stored])
                {
                    let place = &mut places[gene as usize];
                    let entry = u64::from((value as f32).to_bits()) << 32 | u64::from(group);
                    // SAFETY: the places counted for this part and gene are its
                    // own, and lie within the capacity.
                    unsafe { room.0.add(*place).write(entry) };
                    *place += 1;
                }
            }
        });
    // SAFETY: every place up to `next` was written to.
    unsafe { entries.set_len(next) };
    entries
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, threads] = &arguments[..] else {
        return Err("usage: floor FOLDER THREADS".into());
    };
    let cells = Cells::read(Path::new(folder))?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.parse()?)
        .build_global()?;
    let loaded = memory("VmRSS")?;
    std::fs::write("/proc/self/clear_refs", "5")?;
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let entries = rayon::scope(|_| transpose(&cells));
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let extra = memory("VmHWM")? - loaded;
    assert_eq!(entries.len(), cells.values.len());
    println!("{{\"wall\": {wall:.4}, \"cpu\": {cpu:.4}, \"extra_mb\": {extra:.1}}}");
    Ok(())
}
