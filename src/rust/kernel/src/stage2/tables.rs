//! The list of the result's tables: one value per group and rank each.
//!
//! A table is one entry of the list below.

use super::rank::Ranked;

/// Write the type that names every table of the list: each entry is a name in
/// Rust, the name in Scanpy's result and in R's, and the value for one gene of
/// a group.
macro_rules! tables {
    ($($(#[$doc:meta])* $table:ident, $name:literal => $value:expr;)*) => {
        /// A table of the result.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Table {
            $($(#[$doc])* $table,)*
        }

        impl Table {
            /// Every table there is.
            pub const ALL: &'static [Self] = &[$(Self::$table,)*];

            /// Its name in Scanpy's result, and in R's.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$table => $name,)*
                }
            }

            /// Fill a column with the values of some genes of a group.
            pub(super) fn fill(self, of: &Ranked, genes: &[u32], column: &mut [f64]) {
                match self {
                    $(Self::$table => fill(of, genes, column, $value),)*
                }
            }
        }
    };
}

tables! {
    /// Scores, rounded to float32 as Scanpy stores them.
    Scores, "scores" => |of, gene| f64::from(of.scores[gene] as f32);
    /// Log2 fold changes, rounded to float32 as Scanpy stores them.
    FoldChanges, "logfoldchanges" => |of, gene| f64::from(of.fold_changes[gene]);
    /// Two-sided p-values of the scores.
    PValues, "pvals" => |of, gene| of.p_values[gene];
    /// p-values, corrected for the number of genes.
    AdjustedPValues, "pvals_adj" => |of, gene| of.adjusted_p_values[gene];
    /// The probability that a cell of the group has a higher value than a cell
    /// of the other side, equal values counting one half: `U / (n1 n2)`.
    Auc, "auc" => |of, gene| of.area.of(of.doubled_rank_sums[gene]);
}

impl Table {
    /// The table of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut tables = Self::ALL.iter().copied();
        tables.find(|table| table.name() == name)
    }
}

#[inline(always)]
fn fill(of: &Ranked, genes: &[u32], column: &mut [f64], value: impl Fn(&Ranked, usize) -> f64) {
    for (row, &gene) in column.iter_mut().zip(genes) {
        *row = value(of, gene as usize);
    }
}
