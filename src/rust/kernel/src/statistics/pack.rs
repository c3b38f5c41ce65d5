//! Statistics as plain bytes, which one process can send to another.

use super::list::Values;
use super::{GeneStatistics, Groups, Settings};
use ndarray::{s, Array2};
use std::borrow::Cow;

/// The statistics of a block of genes as bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Packed<'a> {
    pub n_genes: usize,
    pub values: Values,
    /// Each statistic's name and its values, row after row, little-endian.
    pub fields: Vec<(&'a str, Cow<'a, [u8]>)>,
}

impl Packed<'_> {
    pub(super) fn field(&self, name: &str) -> Result<&[u8], String> {
        let found = self.fields.iter().find(|(known, _)| *known == name);
        let (_, bytes) = found.ok_or_else(|| format!("a block has no {name}"))?;
        Ok(bytes)
    }
}

impl GeneStatistics {
    /// The statistics of all genes, from those of blocks in the order of genes.
    ///
    /// # Errors
    /// What is wrong with a block that was not packed with the same groups and
    /// settings.
    pub fn bind(blocks: &[Packed], groups: &Groups, settings: &Settings) -> Result<Self, String> {
        let n_genes = blocks.iter().map(|block| block.n_genes).sum();
        let mut all = Self::zeros(groups, settings, n_genes);
        let mut first = 0;
        for block in blocks {
            all.fill(first, block)?;
            first += block.n_genes;
        }
        Ok(all)
    }
}

/// A table of one statistic that becomes bytes and is filled with bytes.
pub(crate) trait Statistic {
    fn to_bytes(&self) -> Cow<'static, [u8]>;

    /// Put the bytes of some rows after others.
    fn put(&self, rows: impl Iterator<Item = usize>, out: &mut Vec<u8>);

    /// Bytes of `n` columns.
    fn n_bytes(&self, n: usize) -> usize;

    /// Fill `n` columns from `first` on; `Err` where there are not as many
    /// bytes as that takes.
    fn fill_columns(&mut self, first: usize, n: usize, bytes: &[u8]) -> Result<(), ()>;
}

macro_rules! statistic {
    ($($number:ty),*) => {$(
        impl Statistic for Array2<$number> {
            fn to_bytes(&self) -> Cow<'static, [u8]> {
                self.iter().flat_map(|value| value.to_le_bytes()).collect()
            }

            fn put(&self, rows: impl Iterator<Item = usize>, out: &mut Vec<u8>) {
                for row in rows {
                    out.extend(self.row(row).iter().flat_map(|value| value.to_le_bytes()));
                }
            }

            fn n_bytes(&self, n: usize) -> usize {
                self.nrows() * n * size_of::<$number>()
            }

            fn fill_columns(&mut self, first: usize, n: usize, bytes: &[u8]) -> Result<(), ()> {
                const WIDTH: usize = size_of::<$number>();
                if bytes.len() != self.nrows() * n * WIDTH {
                    return Err(());
                }
                let mut columns = self.slice_mut(s![.., first..first + n]);
                for (column, value) in columns.iter_mut().zip(bytes.chunks_exact(WIDTH)) {
                    let mut own = [0; WIDTH];
                    own.copy_from_slice(value);
                    *column = <$number>::from_le_bytes(own);
                }
                Ok(())
            }
        }
    )*};
}

statistic!(u32, u64, f32, f64);

/// Fill `n` columns from `first` on with the first of some bytes, and take them
/// off.
pub(crate) fn take_columns(
    table: &mut impl Statistic,
    first: usize,
    n: usize,
    bytes: &mut &[u8],
) -> Result<(), ()> {
    let (own, others) = bytes.split_at_checked(table.n_bytes(n)).ok_or(())?;
    *bytes = others;
    table.fill_columns(first, n, own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Comparison;

    #[test]
    fn bytes_of_blocks_bind_to_all_of_them() {
        let groups = Groups::new(&[0, 0, 1, 1], 2, &[0, 1], Comparison::Rest).unwrap();
        let settings = Settings {
            tie_correct: true,
            pts: true,
            ..Default::default()
        };
        let block = |n: usize, from: u64| {
            let mut block = GeneStatistics::zeros(&groups, &settings, n);
            for (sum, number) in block.doubled_rank_sums.iter_mut().zip(from..) {
                *sum = number << 40;
            }
            block.expressing.fill(from as u32);
            block.values.are_singles = from == 0;
            block
        };
        let (one, other) = (block(3, 0), block(1, 7));
        let all = GeneStatistics::bind(&[one.pack(), other.pack()], &groups, &settings).unwrap();
        assert_eq!(all.n_genes(), 4);
        assert_eq!(all.doubled_rank_sums[[1, 2]], 5 << 40);
        assert_eq!(all.doubled_rank_sums[[1, 3]], 8 << 40);
        assert_eq!(all.expressing.row(2).to_vec(), [0, 0, 0, 7]);
        assert!(!all.values.are_singles && all.values.look_like_counts);

        let mut cut = one.pack();
        cut.fields[0].1.to_mut().pop();
        assert!(GeneStatistics::bind(&[cut], &groups, &settings).is_err());
        let mut missing = one.pack();
        missing.fields.remove(0);
        assert!(GeneStatistics::bind(&[missing], &groups, &settings).is_err());
        assert!(GeneStatistics::bind(&[one.pack()], &groups, &Settings::default()).is_err());
    }
}
