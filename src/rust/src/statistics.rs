//! Gene statistics as plain data of R, which one process can send to another.

use extendr_api::prelude::*;
use ndarray::{s, Array2};
use wilcoxide_kernel::{GeneStatistics, Groups, StatisticsSettings};

/// A number whose bits R keeps in raw vectors, whatever its width.
trait Bits<const N: usize>: Copy {
    fn to_bits(self) -> [u8; N];
    fn from_bits(bytes: [u8; N]) -> Self;
}

macro_rules! bits {
    ($($number:ty),*) => {$(
        impl Bits<{ size_of::<$number>() }> for $number {
            fn to_bits(self) -> [u8; size_of::<$number>()] {
                self.to_le_bytes()
            }
            fn from_bits(bytes: [u8; size_of::<$number>()]) -> Self {
                Self::from_le_bytes(bytes)
            }
        }
    )*};
}

bits!(u32, u64, f32, f64);

/// The statistics of a block of genes as a list of raw vectors.
pub fn pack(statistics: &GeneStatistics) -> List {
    // Named one by one, so that none is forgotten.
    let GeneStatistics {
        doubled_rank_sums,
        fold_changes,
        tie_factors,
        counts,
    } = statistics;
    list!(
        n_genes = statistics.n_genes() as i32,
        doubled_rank_sums = bytes(doubled_rank_sums),
        fold_changes = bytes(fold_changes),
        tie_factors = bytes(tie_factors),
        counts = bytes(counts)
    )
}

fn bytes<T: Bits<N>, const N: usize>(array: &Array2<T>) -> Raw {
    let bytes: Vec<u8> = array.iter().flat_map(|&value| value.to_bits()).collect();
    Raw::from_bytes(&bytes)
}

/// The statistics of all genes, from those of blocks in the order of genes.
///
/// # Errors
/// What is wrong with a block that did not come from [`pack`] with the same
/// groups and settings.
pub fn bind(
    blocks: &List,
    groups: &Groups,
    settings: &StatisticsSettings,
) -> std::result::Result<GeneStatistics, String> {
    let blocks: Vec<List> = blocks
        .values()
        .map(|block| List::try_from(block).map_err(|_| "a block is no list".to_string()))
        .collect::<std::result::Result<_, _>>()?;
    let sizes: Vec<usize> = blocks
        .iter()
        .map(|block| {
            let size = block.dollar("n_genes").ok().and_then(|n| n.as_integer());
            size.and_then(|n| usize::try_from(n).ok())
                .ok_or("a block has no number of genes")
        })
        .collect::<std::result::Result<_, _>>()?;

    let mut all = GeneStatistics::zeros(groups, settings, sizes.iter().sum());
    let mut at = 0;
    for (block, &n) in blocks.iter().zip(&sizes) {
        let GeneStatistics {
            doubled_rank_sums,
            fold_changes,
            tie_factors,
            counts,
        } = &mut all;
        fill(doubled_rank_sums, block, "doubled_rank_sums", at, n)?;
        fill(fold_changes, block, "fold_changes", at, n)?;
        fill(tie_factors, block, "tie_factors", at, n)?;
        fill(counts, block, "counts", at, n)?;
        at += n;
    }
    Ok(all)
}

/// Fill `n` columns from `at` on with a field of a block.
fn fill<T: Bits<N>, const N: usize>(
    array: &mut Array2<T>,
    block: &List,
    field: &str,
    at: usize,
    n: usize,
) -> std::result::Result<(), String> {
    let raw = block.dollar(field).ok();
    let bytes = raw.as_ref().and_then(|raw| raw.as_raw_slice());
    let bytes = bytes.ok_or_else(|| format!("a block has no {field}"))?;
    if bytes.len() != array.nrows() * n * N {
        return Err(format!("the {field} of a block have another length"));
    }
    let mut columns = array.slice_mut(s![.., at..at + n]);
    for (column, value) in columns.iter_mut().zip(bytes.chunks_exact(N)) {
        if let Ok(value) = value.try_into() {
            *column = T::from_bits(value);
        }
    }
    Ok(())
}
