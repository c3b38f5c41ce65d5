//! Damaged files: what is read of them is read as HDF5 has it, or refused.

use proptest::prelude::*;
use std::io::Write;
use wilcoxide_control::Control;
use wilcoxide_disk::{About, Dense, Error, File, Number, Sparse};

const WHOLE: &[u8] = include_bytes!("../../../../tests/testthat/fixtures/storage.h5ad");

/// Sparse matrices of the file: where the object headers of `indices` and
/// `data` are, how many values there are, whether they are in a chunk.
const SPARSE: [([u64; 2], u64, bool, [Number; 2]); 4] = [
    ([10_992, 6_248], 38, true, [Number::I32, Number::F32]),
    ([80_032, 77_336], 38, true, [Number::I32, Number::F64]),
    ([119_464, 116_768], 38, true, [Number::I32, Number::F64]),
    ([127_896, 125_200], 37, true, [Number::I32, Number::I64]),
];

/// Dense ones, of 12 cells and 6 genes.
const DENSE: [(u64, Number); 2] = [(84_960, Number::F32), (141_256, Number::U8)];

fn about(address: u64, dims: &[u64], chunked: bool, number: Number) -> About {
    About {
        address,
        dims: dims.to_vec(),
        chunk: if chunked { dims.to_vec() } else { Vec::new() },
        number,
    }
}

fn open(bytes: &[u8]) -> (tempfile::NamedTempFile, File) {
    let mut place = tempfile::NamedTempFile::new().expect("a temporary file");
    place.write_all(bytes).expect("room for it");
    let file = File::open(place.path()).expect("the file");
    (place, file)
}

fn read_sparse(file: &File, which: usize) -> Result<(Vec<i32>, Vec<f64>), Error> {
    let ([indices, data], n, chunked, numbers) = SPARSE[which];
    let indices = about(indices, &[n], chunked, numbers[0]);
    let data = about(data, &[n], chunked, numbers[1]);
    let matrix = Sparse::open(file, &indices, &data)?;
    matrix.gene_sizes(n, 12)?;
    let (mut idx, mut x) = (vec![0; n as usize], vec![0.0; n as usize]);
    matrix.read(0, &mut idx, &mut x, &Control::default())?;
    Ok((idx, x))
}

fn read_dense(file: &File, which: usize) -> Result<u64, Error> {
    let (address, number) = DENSE[which];
    Dense::open(file, &about(address, &[12, 6], false, number))?.n_values(20)
}

/// Bytes to change, near the structures of a matrix or anywhere.
fn edits() -> impl Strategy<Value = Vec<(usize, u8)>> {
    let near = (0..SPARSE.len(), 0..2usize, 0..2_700usize)
        .prop_map(|(which, part, at)| SPARSE[which].0[part] as usize + at);
    let dense = (0..DENSE.len(), 0..300usize).prop_map(|(which, at)| DENSE[which].0 as usize + at);
    let place = prop_oneof![4 => near, 2 => dense, 1 => 0..96usize, 1 => 0..WHOLE.len()];
    let byte = prop_oneof![any::<u8>(), Just(0), Just(1), Just(0xff)];
    prop::collection::vec((place, byte), 1..12)
}

#[test]
fn the_whole_file_is_read() {
    let (_place, file) = open(WHOLE);
    for which in 0..SPARSE.len() {
        let (idx, x) = read_sparse(&file, which).expect("a matrix");
        assert!(idx.iter().all(|&i| (0..12).contains(&i)));
        assert!(x.iter().all(|x| x.abs() < 10.0));
    }
    for which in 0..DENSE.len() {
        assert!((1..=72).contains(&read_dense(&file, which).expect("a matrix")));
    }
}

proptest! {
    // The environment variable PROPTEST_CASES makes them more.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(2_000),
        ..Default::default()
    })]

    #[test]
    fn a_damaged_file_is_read_or_refused(edits in edits(), length in 0..2 * WHOLE.len()) {
        let mut bytes = WHOLE.to_vec();
        for (at, byte) in edits {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        bytes.truncate(length);
        let (_place, file) = open(&bytes);
        for which in 0..SPARSE.len() {
            // Whatever it is, without a panic.
            let _ = read_sparse(&file, which);
        }
        for which in 0..DENSE.len() {
            let _ = read_dense(&file, which);
        }
    }
}
