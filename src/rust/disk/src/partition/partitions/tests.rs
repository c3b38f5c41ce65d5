use super::*;

const N_CELLS: usize = 7;
const N_GENES: usize = 9;

fn value(cell: usize, gene: usize) -> Option<f64> {
    let step = (5 * cell + 3 * gene + cell * gene) % 7;
    // Some runs have values that are no float32.
    (step < 4).then_some(step as f64 + if cell > 4 { 0.1 } else { 0.5 })
}

/// All values of a range of genes, cell-major.
fn slices(genes: Range<usize>, wanted: &[bool]) -> (Vec<i32>, Vec<i32>, Vec<f64>) {
    let (mut p, mut idx, mut x) = (vec![0], Vec::new(), Vec::new());
    for cell in 0..N_CELLS {
        for gene in genes.clone().filter(|&gene| wanted[gene]) {
            if let Some(value) = value(cell, gene) {
                idx.push((gene - genes.start) as i32);
                x.push(value);
            }
        }
        p.push(idx.len() as i32);
    }
    (p, idx, x)
}

/// Add tiles of some cells and genes.
fn add_tiles(partitions: &Partitions, height: usize, width: usize) -> Result<(), Error> {
    for first_cell in (0..N_CELLS).step_by(height) {
        for first_gene in (0..N_GENES).step_by(width).rev() {
            let range = first_gene..(first_gene + width).min(N_GENES);
            let (mut starts, mut genes, mut values) = (vec![0], Vec::new(), Vec::new());
            for cell in first_cell..(first_cell + height).min(N_CELLS) {
                for gene in range.clone() {
                    if let Some(value) = value(cell, gene) {
                        genes.push(gene as i32);
                        values.push(value);
                    }
                }
                starts.push(genes.len());
            }
            partitions.add(Run {
                first_cell,
                starts: &mut starts,
                genes: &mut genes,
                values: &mut values,
                range,
            })?;
        }
    }
    Ok(())
}

#[test]
fn what_was_added_is_read_in_blocks() {
    let directory = std::env::temp_dir();
    let control = Control::default();
    let all = vec![true; N_GENES];
    let some: Vec<bool> = (0..N_GENES).map(|gene| gene % 3 != 1).collect();
    for wanted in [&all, &some] {
        for (height, width) in [(N_CELLS, N_GENES), (2, N_GENES), (3, 4), (1, 1)] {
            for (limit, memory) in [(1, 0), (9, 100), (9, 1 << 20), (1000, 50)] {
                let sizes = [4; N_GENES];
                let wanted = wanted.clone();
                let partitions =
                    Partitions::new(N_CELLS, wanted.clone(), &sizes, limit, memory, &directory);
                add_tiles(&partitions, height, width).unwrap();
                assert_eq!(partitions.spilled() == 0, memory == 1 << 20);
                for limit in [1, 6, 1000] {
                    let bounds = partitions.blocks(limit);
                    assert_eq!(bounds.last(), Some(&N_GENES));
                    for pair in bounds.windows(2) {
                        let genes = pair[0]..pair[1];
                        let n = partitions.n_values(genes.clone());
                        assert!(n <= limit || genes.len() == 1);
                        let expected = slices(genes.clone(), &wanted);
                        let mut p = vec![9; N_CELLS + 1];
                        let mut idx = vec![9; n as usize];
                        let mut x = vec![9.0; n as usize];
                        partitions
                            .fill(genes, &mut p, &mut idx, &mut x, &control)
                            .unwrap();
                        assert_eq!((p, idx, x), expected);
                    }
                }
            }
        }
    }
}

#[test]
fn cells_that_are_missing_or_twice_there_are_noticed() {
    let new = || {
        let (wanted, directory) = (vec![true; N_GENES], std::env::temp_dir());
        Partitions::new(N_CELLS, wanted, &[4; N_GENES], 1000, 1000, &directory)
    };
    let fill = |partitions: &Partitions| {
        let n = partitions.n_values(0..N_GENES) as usize;
        let (mut p, mut idx, mut x) = (vec![0; N_CELLS + 1], vec![0; n], vec![0.0; n]);
        let control = Control::default();
        partitions.fill(0..N_GENES, &mut p, &mut idx, &mut x, &control)
    };
    let add = |partitions: &Partitions, first_cell, n_cells: usize| {
        let run = Run {
            first_cell,
            starts: &mut vec![0; n_cells + 1],
            genes: &mut [],
            values: &mut [],
            range: 0..N_GENES,
        };
        partitions.add(run).unwrap();
    };
    let partitions = new();
    add(&partitions, 0, 3);
    assert!(fill(&partitions).is_err());
    add(&partitions, 4, 3);
    assert!(fill(&partitions).is_err());
    add(&partitions, 3, 1);
    assert_eq!(fill(&partitions), Ok(()));
    add(&partitions, 3, 2);
    assert!(fill(&partitions).is_err());
}

#[test]
fn a_place_that_cannot_be_written_is_an_error() {
    let nowhere = Path::new("/nowhere/at/all");
    let partitions = Partitions::new(N_CELLS, vec![true; N_GENES], &[4; N_GENES], 9, 0, nowhere);
    assert!(matches!(
        add_tiles(&partitions, 2, N_GENES),
        Err(Error::Spill(_))
    ));
}
