//! Whatever takes long stops when its caller cancels it.

use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::{Dense, Error, File, Partitions, Slices, Sparse};

const GZIP: &str = "../../../tests/testthat/fixtures/hdf5-earliest.h5";
/// Values of the sparse matrix, each added as a cell of its own.
const N: usize = 38;

fn partitions(n_cells: usize) -> Partitions {
    let directory = std::env::temp_dir();
    Partitions::new(n_cells, vec![true; 6], &[8; 6], 1000, 1000, &directory)
}

#[test]
fn a_reader_that_is_cancelled_stops() {
    let path = Path::new("../../../tests/testthat/fixtures/storage.h5ad");
    let stored = File::open(path).expect("the file");
    let sparse = Sparse::open(&stored, "X").expect("a matrix");
    let dense = Dense::open(&stored, "layers/dense_float32").expect("a matrix");
    let file = File::open(Path::new(GZIP)).expect("the file");
    let gzip = file
        .node("layout/gzip")
        .expect("a file")
        .expect("a dataset");
    let starts: Vec<u64> = (0..=N as u64).collect();
    let (mut idx, mut x, mut p) = (vec![0; N], vec![0.0; N], vec![0; N + 1]);
    let read = |sparse: &Sparse, control: &Control| {
        let slices = Slices {
            starts: &[0],
            p: &mut [0, N as i32],
            idx: &mut [0; N],
            x: &mut [0.0; N],
        };
        sparse.read(slices, 12, control).map(drop)
    };
    let (going, cancelled) = (Control::default(), Control::default());
    cancelled.cancel();
    for (control, expected) in [(going, Ok(())), (cancelled, Err(Error::Cancelled))] {
        assert_eq!(read(&sparse, &control), expected);
        assert_eq!(gzip.values(&control).map(drop), expected);
        assert_eq!(
            dense.partition_by_gene(9, &partitions(12), &control),
            expected
        );
        let added = partitions(N);
        assert_eq!(
            sparse.partition_by_gene(&starts, 4, &added, &control),
            expected
        );
        // Where all is there, it is the reading out of partitions that stops.
        let added = partitions(N);
        sparse
            .partition_by_gene(&starts, 4, &added, &Control::default())
            .expect("all cells");
        let filled = added.fill(0..6, &mut p, &mut idx, &mut x, &control);
        assert_eq!(filled, expected);
        assert_eq!(added.gene_slices(&control).map(drop), expected);
    }
}
