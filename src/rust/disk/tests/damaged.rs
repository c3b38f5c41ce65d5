//! Damaged files: what is read of them is read as HDF5 has it, or refused.

use proptest::prelude::*;
use std::io::Write;
use wilcoxide_control::Control;
use wilcoxide_disk::{
    ByteOrder, DatasetInfo, Dense, Error, File, Number, Partitions, Slices, Sparse,
};

const WHOLE: &[u8] = include_bytes!("../../../../tests/testthat/fixtures/storage.h5ad");

/// Sparse matrices of the file: where the object headers of `indices` and
/// `data` are, how many values there are, whether they are in a chunk.
const SPARSE: [([u64; 2], u64, bool, [Number; 2]); 4] = [
    ([10_992, 6_248], 38, true, [Number::I32, Number::F32]),
    ([80_032, 77_336], 38, true, [Number::I32, Number::F64]),
    ([119_464, 116_768], 38, true, [Number::I32, Number::F64]),
    ([127_896, 125_200], 37, true, [Number::I32, Number::I64]),
];

/// More than any index there.
const N_INDICES: usize = 12;

/// Dense ones, of 12 cells and 6 genes.
const DENSE: [(u64, Number); 2] = [(84_960, Number::F32), (141_256, Number::U8)];

fn info(address: u64, dims: &[u64], chunked: bool, number: Number) -> DatasetInfo {
    DatasetInfo {
        address,
        dims: dims.to_vec(),
        chunk: if chunked { dims.to_vec() } else { Vec::new() },
        number,
        order: ByteOrder::Little,
    }
}

fn open(bytes: &[u8]) -> (tempfile::NamedTempFile, File) {
    let mut place = tempfile::NamedTempFile::new().expect("a temporary file");
    place.write_all(bytes).expect("room for it");
    let file = File::open(place.path()).expect("the file");
    (place, file)
}

fn open_sparse(file: &File, which: usize) -> Result<(u64, Sparse<'_>), Error> {
    let ([indices, data], n, chunked, numbers) = SPARSE[which];
    let indices = info(indices, &[n], chunked, numbers[0]);
    let data = info(data, &[n], chunked, numbers[1]);
    Ok((n, Sparse::open(file, &indices, &data)?))
}

/// Where slices start, their indices and their values.
type Stored = (Vec<i32>, Vec<i32>, Vec<f64>);

/// Read the values as one slice, so that they are in no order and several are
/// in one place; or each as a slice of its own.
fn read_sparse(file: &File, which: usize, as_one: bool) -> Result<Stored, Error> {
    let (n, matrix) = open_sparse(file, which)?;
    matrix.gene_sizes(n, N_INDICES)?;
    let starts: Vec<u64> = if as_one { vec![0] } else { (0..n).collect() };
    let mut p: Vec<i32> = starts.iter().map(|&start| start as i32).collect();
    p.push(n as i32);
    let (mut idx, mut x) = (vec![0; n as usize], vec![0.0; n as usize]);
    let slices = Slices {
        starts: &starts,
        p: &mut p,
        idx: &mut idx,
        x: &mut x,
    };
    let n = matrix.read(slices, N_INDICES, &Control::default())?;
    idx.truncate(n);
    x.truncate(n);
    Ok((p, idx, x))
}

/// The same through partitions, as cells; what is read is by gene.
fn partition_sparse(file: &File, which: usize, as_one: bool) -> Result<Stored, Error> {
    let (n, matrix) = open_sparse(file, which)?;
    let starts: Vec<u64> = if as_one {
        vec![0, n]
    } else {
        (0..=n).collect()
    };
    let directory = std::env::temp_dir();
    let wanted = vec![true; N_INDICES];
    let partitions = Partitions::new(
        starts.len() - 1,
        wanted,
        &[4; N_INDICES],
        20,
        100,
        &directory,
    );
    matrix.partition_by_gene(&starts, 10, &partitions, &Control::default())?;
    let slices = partitions.gene_slices(&Control::default())?;
    Ok((slices.p, slices.idx, slices.x))
}

/// All slices of a file must ascend, and hold no index twice.
fn check_order((p, idx, x): &Stored) {
    assert_eq!((idx.len(), x.len()), (p[p.len() - 1] as usize, idx.len()));
    for pair in p.windows(2) {
        let slice = &idx[pair[0] as usize..pair[1] as usize];
        assert!(slice.is_sorted_by(|a, b| a < b));
    }
}

fn read_dense(file: &File, which: usize) -> Result<u64, Error> {
    let (address, number) = DENSE[which];
    Dense::open(file, &info(address, &[12, 6], false, number))?.n_values(20)
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
        let stored = read_sparse(&file, which, false).expect("a matrix");
        let (p, idx, x) = &stored;
        assert_eq!(p.len(), idx.len() + 1);
        assert!(x.iter().all(|x| x.abs() < 10.0));
        // One by one, of all cells of an index.
        let mut sums = [0.0; N_INDICES];
        for (&index, x) in idx.iter().zip(x) {
            sums[index as usize] += x;
        }
        let (p, idx, x) = read_sparse(&file, which, true).expect("a matrix");
        check_order(&(p.clone(), idx.clone(), x.clone()));
        assert!(idx.len() < stored.1.len());
        for (&index, &x) in idx.iter().zip(&x) {
            // Halves and one value that is none, in either precision.
            assert!((x - sums[index as usize]).abs() < 1e-6);
        }
        let by_gene = partition_sparse(&file, which, true).expect("a matrix");
        check_order(&by_gene);
        assert_eq!(by_gene.2, x);
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
            for as_one in [false, true] {
                if let Ok(stored) = read_sparse(&file, which, as_one) {
                    check_order(&stored);
                }
                if let Ok(stored) = partition_sparse(&file, which, as_one) {
                    check_order(&stored);
                }
            }
        }
        for which in 0..DENSE.len() {
            let _ = read_dense(&file, which);
        }
    }
}
