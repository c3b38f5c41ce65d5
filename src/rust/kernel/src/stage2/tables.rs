//! The list of the result's tables: one value per group and rank each.
//!
//! A table is one entry of the list below.

use super::fractions::ExpressingSides;
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
    /// Log2 fold changes; Scanpy's are rounded to float32 as it stores them.
    FoldChanges, "logfoldchanges" => |of, gene| of.fold_changes.at(gene);
    /// p-values.
    PValues, "pvals" => |of, gene| of.p_values[gene];
    /// p-values, corrected for the number of genes.
    AdjustedPValues, "pvals_adj" => |of, gene| of.adjusted_p_values[gene];
    /// Scores before they are rounded.
    ZScores, "zscores" => |of, gene| of.scores[gene];
    /// Decimal logarithms of the p-values.
    LogPValues, "log10_pvals" => |of, gene| of.log10_p_values[gene];
    /// Decimal logarithms of the p-values, corrected for the number of genes.
    AdjustedLogPValues, "log10_pvals_adj" => |of, gene| of.adjusted_log10_p_values[gene];
    /// The mean of the values in the group.
    Means, "means" => |of, gene| of.value_sums.mean(gene);
    /// The mean of the values on the other side.
    OppositeMeans, "means_rest" => |of, gene| of.value_sums.opposite_mean(gene);
    /// The probability that a cell of the group has a higher value than a cell
    /// of the other side, equal values counting one half: `U / (n1 n2)`.
    Auc, "auc" => |of, gene| of.area.of(of.doubled_rank_sums[gene]);
    /// The fraction of the group's cells that express the gene.
    Fraction, "pct_nz_group" => |of, gene| expressing(of).fraction(gene);
    /// The fraction of the cells of the other side that express the gene.
    OppositeFraction, "pct_nz_reference" => |of, gene| expressing(of).opposite_fraction(gene);
    /// The lowest area under the ROC curve against each other selected group.
    LowestAuc, "auc_min" => |of, gene| of.pairs.min[gene];
    /// The mean of the areas against each other selected group.
    MeanAuc, "auc_mean" => |of, gene| of.pairs.mean[gene];
    /// The median of the areas against each other selected group.
    MedianAuc, "auc_median" => |of, gene| of.pairs.median[gene];
    /// The highest area against each other selected group.
    HighestAuc, "auc_max" => |of, gene| of.pairs.max[gene];
    /// The best place of the gene, from 1, over the other selected groups, when
    /// genes are ordered by their area against each.
    BestPlace, "rank_min" => |of, gene| of.pairs.best_place[gene];
}

impl Table {
    /// Whether it is made of the sums of values, which must be kept for it.
    pub fn is_of_sums(self) -> bool {
        matches!(self, Self::Means | Self::OppositeMeans)
    }

    /// The table of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let mut tables = Self::ALL.iter().copied();
        tables.find(|table| table.name() == name)
    }

    /// Whether it is of pairs of groups, whose statistics must be kept then.
    pub fn is_of_pairs(self) -> bool {
        matches!(
            self,
            Self::LowestAuc | Self::MeanAuc | Self::MedianAuc | Self::HighestAuc | Self::BestPlace
        )
    }
}

/// # Panics
/// Where cells were not counted.
fn expressing<'a>(of: &Ranked<'a>) -> ExpressingSides<'a> {
    of.expressing.expect("expressing cells were counted")
}

#[inline(always)]
fn fill(of: &Ranked, genes: &[u32], column: &mut [f64], value: impl Fn(&Ranked, usize) -> f64) {
    for (row, &gene) in column.iter_mut().zip(genes) {
        *row = value(of, gene as usize);
    }
}
