//! Whatever takes long stops when its caller cancels it.

use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::{
    ByteOrder, DatasetInfo, Dense, Error, File, Number, Partitions, Slices, Sparse,
};

/// Values of the sparse matrix, each added as a cell of its own.
const N: usize = 38;

fn info(address: u64, dims: &[u64], is_chunked: bool, number: Number) -> DatasetInfo {
    DatasetInfo {
        address,
        dims: dims.to_vec(),
        chunk: if is_chunked { dims.into() } else { Vec::new() },
        number,
        order: ByteOrder::Little,
    }
}

fn partitions(n_cells: usize) -> Partitions {
    let directory = std::env::temp_dir();
    Partitions::new(n_cells, vec![true; 6], &[8; 6], 1000, 1000, &directory)
}

#[test]
fn a_reader_that_is_cancelled_stops() {
    let path = Path::new("../../../tests/testthat/fixtures/storage.h5ad");
    let file = File::open(path).expect("the file");
    let indices = info(10_992, &[N as u64], true, Number::I32);
    let data = info(6_248, &[N as u64], true, Number::F32);
    let sparse = Sparse::open(&file, &indices, &data).expect("a matrix");
    let dense = info(84_960, &[12, 6], false, Number::F32);
    let dense = Dense::open(&file, &dense).expect("a matrix");
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
