//! What is made of the list of statistics.

use crate::input::Groups;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};

/// Write the types that hold every statistic of the list: each entry is a
/// name, the type of its values and the function that says how many rows it has.
macro_rules! statistics {
    ($($(#[$doc:meta])* $name:ident: $type:ty, $rows:path;)*) => {
        mod made {
            use super::*;
            use super::list::{fill, split, Values};
            use super::pack::{Packed, Statistic};
            use ndarray::{Array2, ArrayViewMut2};

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
    pub(crate) fn and(self, others: Self) -> Self {
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
        let is_tied = |&&factor: &&f64| factor < 1.0;
        let of_row = |row| self.tie_factors.row(row).iter().filter(is_tied).count();
        match self.tie_factors.nrows() {
            0 => Vec::new(),
            1 => vec![of_row(0); groups.len()],
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

pub(super) fn split<T>(array: ArrayViewMut2<T>, n: usize) -> (ArrayViewMut2<T>, ArrayViewMut2<T>) {
    array.split_at(Axis(1), n)
}

#[inline(always)]
pub(super) fn fill<T: Copy>(rows: &mut ArrayViewMut2<T>, at: usize, values: &[T]) {
    for (row, &value) in rows.column_mut(at).iter_mut().zip(values) {
        *row = value;
    }
}
