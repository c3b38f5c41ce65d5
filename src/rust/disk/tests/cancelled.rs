//! Whatever takes long stops when its caller cancels it.

use std::path::Path;
use wilcoxide_control::Control;
use wilcoxide_disk::{About, Dense, Error, File, Number, Partitions, Sparse};

/// Values of the sparse matrix, each dealt out as a cell of its own.
const N: usize = 38;

fn about(address: u64, dims: &[u64], is_chunked: bool, number: Number) -> About {
    About {
        address,
        dims: dims.to_vec(),
        chunk: if is_chunked { dims.into() } else { Vec::new() },
        number,
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
    let indices = about(10_992, &[N as u64], true, Number::I32);
    let data = about(6_248, &[N as u64], true, Number::F32);
    let sparse = Sparse::open(&file, &indices, &data).expect("a matrix");
    let dense = about(84_960, &[12, 6], false, Number::F32);
    let dense = Dense::open(&file, &dense).expect("a matrix");
    let starts: Vec<u64> = (0..=N as u64).collect();
    let (mut idx, mut x, mut p) = (vec![0; N], vec![0.0; N], vec![0; N + 1]);
    let (going, cancelled) = (Control::default(), Control::default());
    cancelled.cancel();
    for (control, expected) in [(going, Ok(())), (cancelled, Err(Error::Cancelled))] {
        assert_eq!(sparse.read(0, &mut idx, &mut x, &control), expected);
        assert_eq!(dense.deal(9, &partitions(12), &control), expected);
        let dealt = partitions(N);
        assert_eq!(sparse.deal(&starts, 4, &dealt, &control), expected);
        // Where all is there, it is the reading out of partitions that stops.
        let dealt = partitions(N);
        sparse
            .deal(&starts, 4, &dealt, &Control::default())
            .expect("all cells");
        let filled = dealt.fill(0..6, &mut p, &mut idx, &mut x, &control);
        assert_eq!(filled, expected);
    }
}
