//! What is made of the list of statistics.

use crate::input::Groups;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use std::ops::Range;

/// Write the types that hold every statistic of the list: each entry is a
/// name, the type of its values and the function that says how many rows it has.
macro_rules! statistics {
    ($($(#[$doc:meta])* $name:ident: $type:ty, $rows:path;)*) => {
        mod made {
            use super::*;
            use super::list::{fill, split, Values};
            use super::pack::{take_columns, Packed, Statistic};
            use ndarray::{Array2, ArrayViewMut2};
            use std::ops::Range;
            use super::list::rows_of;

            /// The statistics of all ranked genes, one column per gene.
            #[derive(Debug, Clone, PartialEq)]
            pub struct GeneStatistics {
                $($(#[$doc])* pub $name: Array2<$type>,)*
                /// What was seen of the values of these genes.
                pub values: Values,
            }

            /// Some neighbouring columns of [`GeneStatistics`], for one task to
            /// fill.
            pub(crate) struct Columns<'a> {
                $(pub $name: ArrayViewMut2<'a, $type>,)*
            }

            /// The statistics of the gene at hand. There is room for every slot,
            /// whatever goes into the columns.
            pub(crate) struct Row {
                $(pub $name: Vec<$type>,)*
            }

            impl GeneStatistics {
                /// Statistics of `n_genes` genes to fill, in the shape that these
                /// groups and settings ask for.
                pub fn zeros(groups: &Groups, settings: &Settings, n_genes: usize) -> Self {
                    Self {
                        $($name: Array2::zeros(($rows(groups, settings), n_genes)),)*
                        values: Values::default(),
                    }
                }

                /// Put the bytes of the rows of some slots after others, statistic
                /// after statistic; see [`rows_of`] for the rows.
                pub(crate) fn put_slots(
                    &self,
                    slots: Range<usize>,
                    n_slots: usize,
                    out: &mut Vec<u8>,
                ) {
                    $(self.$name.put(rows_of(&slots, n_slots, self.$name.nrows()), out);)*
                }

                /// Room for those rows of `n_genes` genes.
                pub(crate) fn room_for_slots(
                    &self,
                    slots: Range<usize>,
                    n_slots: usize,
                    n_genes: usize,
                ) -> Self {
                    let n_rows = |all| rows_of(&slots, n_slots, all).count();
                    Self {
                        $($name: Array2::zeros((n_rows(self.$name.nrows()), n_genes)),)*
                        values: self.values,
                    }
                }

                /// Fill `n` columns from `first` on with what [`Self::put_slots`]
                /// put, and take it off the bytes.
                ///
                /// # Errors
                /// Where there are too few bytes.
                pub(crate) fn take_columns(
                    &mut self,
                    first: usize,
                    n: usize,
                    bytes: &mut &[u8],
                ) -> Result<(), String> {
                    $(take_columns(&mut self.$name, first, n, bytes)
                        .map_err(|()| wrong_length(stringify!($name)))?;)*
                    Ok(())
                }

                /// Bytes that a gene takes, of all slots.
                pub fn bytes_per_gene(&self) -> usize {
                    0 $(+ self.$name.nrows() * size_of::<$type>())*
                }

                /// Plain bytes of all of it.
                pub fn pack(&self) -> Packed<'static> {
                    Packed {
                        n_genes: self.n_genes(),
                        values: self.values,
                        fields: vec![$((stringify!($name), self.$name.to_bytes()),)*],
                    }
                }

                /// Fill the columns from `first` on with what was packed.
                pub(super) fn fill(&mut self, first: usize, packed: &Packed) -> Result<(), String> {
                    $(self.$name.fill_columns(
                        first,
                        packed.n_genes,
                        packed.field(stringify!($name))?,
                    ).map_err(|_| wrong_length(stringify!($name)))?;)*
                    self.values = self.values.and(packed.values);
                    Ok(())
                }
            }

            fn wrong_length(name: &str) -> String {
                format!("the {name} of a block have another length")
            }

            impl<'a> Columns<'a> {
                pub fn all(statistics: &'a mut GeneStatistics) -> Self {
                    Self { $($name: statistics.$name.view_mut(),)* }
                }

                /// The first `n` columns, and the others.
                pub fn split_at(self, n: usize) -> (Self, Self) {
                    $(let $name = split(self.$name, n);)*
                    (Self { $($name: $name.0,)* }, Self { $($name: $name.1,)* })
                }
            }

            impl Row {
                pub fn new(groups: &Groups) -> Self {
                    Self { $($name: vec![Default::default(); groups.len() + 1],)* }
                }

                /// Put the statistics of this gene into column `at`.
                pub fn put(&self, columns: &mut Columns, at: usize) {
                    $(fill(&mut columns.$name, at, &self.$name);)*
                }
            }
        }
        pub use made::GeneStatistics;
        pub(crate) use made::{Columns, Row};
    };
}
pub(super) use statistics;

/// What stage 1 saw of the values that it compared, zeros left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Values {
    /// Whether single precision holds every one of them.
    pub are_singles: bool,
    /// Whether they look like counts: none is negative or has a fraction.
    pub look_like_counts: bool,
}

impl Default for Values {
    fn default() -> Self {
        Self {
            are_singles: true,
            look_like_counts: true,
        }
    }
}

impl Values {
    /// What holds of these and of others.
    pub fn and(self, others: Self) -> Self {
        Self {
            are_singles: self.are_singles && others.are_singles,
            look_like_counts: self.look_like_counts && others.look_like_counts,
        }
    }
}

impl super::GeneStatistics {
    /// Ranked genes.
    pub fn n_genes(&self) -> usize {
        self.doubled_rank_sums.ncols()
    }

    /// For each group, how many genes have values that are equal among the cells
    /// compared; empty where tie factors were not kept.
    pub fn n_tied(&self, groups: &Groups) -> Vec<usize> {
        self.n_tied_of(groups.len())
    }

    /// The same of so many groups.
    pub(crate) fn n_tied_of(&self, n_groups: usize) -> Vec<usize> {
        let is_tied = |&&factor: &&f64| factor < 1.0;
        let of_row = |row| self.tie_factors.row(row).iter().filter(is_tied).count();
        match self.tie_factors.nrows() {
            0 => Vec::new(),
            1 => vec![of_row(0); n_groups],
            n => (0..n).map(of_row).collect(),
        }
    }

    /// Scanpy's log2 fold changes, in the precision of the values. Groups x genes.
    pub fn fold_changes(&self) -> ArrayView2<'_, f32> {
        let of_singles = &self.fold_changes_of_singles;
        if self.values.are_singles && of_singles.nrows() > 0 {
            of_singles.view()
        } else {
            self.fold_changes.view()
        }
    }
}

/// The rows of a statistic that are of some of `n_slots` slots: a row of each, and
/// any that all slots share.
pub(super) fn rows_of(
    slots: &Range<usize>,
    n_slots: usize,
    n_rows: usize,
) -> impl Iterator<Item = usize> {
    let (own, shared) = match n_rows < n_slots {
        true => (0..0, 0..n_rows),
        false => (slots.clone(), n_slots..n_rows),
    };
    own.chain(shared)
}

pub(super) fn split<T>(array: ArrayViewMut2<T>, n: usize) -> (ArrayViewMut2<T>, ArrayViewMut2<T>) {
    array.split_at(Axis(1), n)
}

#[inline(always)]
pub(super) fn fill<T: Copy>(rows: &mut ArrayViewMut2<T>, at: usize, values: &[T]) {
    for (row, &value) in rows.column_mut(at).iter_mut().zip(values) {
        *row = value;
    }
}
