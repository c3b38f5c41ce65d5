//! Damaged files: what is read of them is read as HDF5 has it, or refused; in
//! no more memory than the file may need, and without a panic.

mod memory;
mod read_all;

use memory::memory_of;
use proptest::prelude::*;
use read_all::{read_all, Seen};
use std::io::{Seek, SeekFrom, Write};
use wilcoxide_control::Control;
use wilcoxide_disk::{Dense, Error, File, Partitions, Slices, Sparse};

const WHOLE: &[u8] = include_bytes!("../../../../tests/testthat/fixtures/storage.h5ad");
const EARLIEST: &[u8] = include_bytes!("../../../../tests/testthat/fixtures/hdf5-earliest.h5");
const LATEST: &[u8] = include_bytes!("../../../../tests/testthat/fixtures/hdf5-latest.h5");

/// Sparse matrices of the file, and how many values they have.
const SPARSE: [(&str, u64); 4] = [
    ("X", 38),
    ("layers/csc_float64", 38),
    ("layers/unsorted", 38),
    ("layers/csr_int64", 37),
];

/// More than any index there.
const N_INDICES: usize = 12;

/// Dense ones, of 12 cells and 6 genes.
const DENSE: [&str; 2] = ["layers/dense_float32", "layers/dense_uint8"];

// All that is in a file ---------------------------------------------------------

/// A file to be damaged in place.
struct Copy {
    place: tempfile::NamedTempFile,
}

impl Copy {
    fn of(bytes: &[u8]) -> Self {
        let mut place = tempfile::NamedTempFile::new().expect("a temporary file");
        place.write_all(bytes).expect("room for it");
        Self { place }
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        let file = self.place.as_file_mut();
        file.seek(SeekFrom::Start(at as u64)).expect("a place");
        file.write_all(bytes).expect("room for it");
    }

    fn read_all(&self) -> usize {
        let mut seen = Seen::default();
        let len = self.place.as_file().metadata().expect("a file").len();
        let memory = memory_of(|| {
            if let Ok(file) = File::open(self.place.path()) {
                seen = read_all(&file);
            }
        });
        seen.check_memory(memory, len);
        seen.n_read
    }
}

#[test]
fn any_byte_may_be_another() {
    for (bytes, step) in [(EARLIEST, 1597), (LATEST, 661), (WHOLE, 907)] {
        let mut copy = Copy::of(bytes);
        let whole = copy.read_all();
        assert!(whole > 30, "{whole} datasets were read");
        for at in (0..bytes.len()).step_by(step) {
            for byte in [0, 0xff, bytes[at] ^ 1] {
                copy.write(at, &[byte]);
                copy.read_all();
            }
            copy.write(at, &bytes[at..=at]);
        }
        assert_eq!(copy.read_all(), whole);
    }
}

/// One thing of HDF5 in each: see `tests/fixtures/make_hdf5.py`.
fn small_files() -> Vec<Vec<u8>> {
    let seeds = std::fs::read_dir("fuzz/seeds").expect("the files");
    let files = seeds.map(|seed| std::fs::read(seed.expect("a file").path()));
    files.map(|file| file.expect("a file")).collect()
}

#[test]
fn any_byte_of_a_small_file_may_be_another() {
    const GAP: [u8; 16] = [0; 16];
    let files = small_files();
    assert!(files.len() > 60);
    for (number, bytes) in files.iter().enumerate() {
        let mut copy = Copy::of(bytes);
        copy.read_all();
        // Some of the bytes of each, others in each; gaps are long and alike.
        for at in (number % 5..bytes.len()).step_by(5) {
            if bytes[at..].starts_with(&GAP) {
                continue;
            }
            for byte in [0, 0xff, bytes[at] ^ 1] {
                copy.write(at, &[byte]);
                copy.read_all();
            }
            copy.write(at, &bytes[at..=at]);
        }
    }
}

/// What fuzzing found: a type of values of 4 GB each, of which there are none.
#[test]
fn memory_is_not_taken_for_what_values_claim_to_be() {
    let mut n_damaged = 0;
    for bytes in small_files() {
        // A type of texts of one length, in any of its paddings.
        let is_text = |window: &[u8]| window[0] == 0x13 && window[1] < 3 && window[2..] == [0; 2];
        for (at, _) in bytes.windows(4).enumerate().filter(|(_, w)| is_text(w)) {
            for size in [1u32 << 16, u32::MAX] {
                let mut copy = Copy::of(&bytes);
                copy.write(at + 4, &size.to_le_bytes());
                copy.read_all();
                n_damaged += 1;
            }
        }
    }
    assert!(n_damaged > 10, "{n_damaged}");
}

#[test]
fn a_file_may_end_anywhere() {
    for bytes in [EARLIEST, LATEST, WHOLE] {
        for end in (0..bytes.len()).step_by(bytes.len() / 40) {
            Copy::of(&bytes[..end]).read_all();
        }
    }
}

// Matrices ----------------------------------------------------------------------

fn open(bytes: &[u8]) -> (tempfile::NamedTempFile, Result<File, Error>) {
    let mut place = tempfile::NamedTempFile::new().expect("a temporary file");
    place.write_all(bytes).expect("room for it");
    let file = File::open(place.path());
    (place, file)
}

/// Where slices start, their indices and their values.
type Stored = (Vec<i32>, Vec<i32>, Vec<f64>);

/// Read the values as one slice, so that they are in no order and several are
/// in one place; or each as a slice of its own.
fn read_sparse(file: &File, which: usize, as_one: bool) -> Result<Stored, Error> {
    let (path, n) = SPARSE[which];
    let matrix = Sparse::open(file, path)?;
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
    let (path, n) = SPARSE[which];
    let matrix = Sparse::open(file, path)?;
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
    Dense::open(file, DENSE[which])?.n_values(20)
}

/// Bytes to change, anywhere.
fn edits() -> impl Strategy<Value = Vec<(usize, u8)>> {
    let place = prop_oneof![1 => 0..96usize, 8 => 0..WHOLE.len()];
    let byte = prop_oneof![any::<u8>(), Just(0), Just(1), Just(0xff)];
    prop::collection::vec((place, byte), 1..12)
}

#[test]
fn the_whole_file_is_read() {
    let (_place, file) = open(WHOLE);
    let file = file.expect("the file");
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
        cases: ProptestConfig::default().cases.max(1_000),
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
        let Ok(file) = file else {
            return Ok(());
        };
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
