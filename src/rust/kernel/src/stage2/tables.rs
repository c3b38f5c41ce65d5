//! The list of the result's tables.

use super::rank::Ranked;

/// A table of the result: one value per group and rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Scores, rounded to float32 as Scanpy stores them.
    Scores,
    /// Log2 fold changes, rounded to float32 as Scanpy stores them.
    FoldChanges,
    /// Two-sided p-values of the scores.
    PValues,
    /// p-values, corrected for the number of genes.
    AdjustedPValues,
}

impl Table {
    /// Every table there is.
    pub const ALL: [Self; 4] = [
        Self::Scores,
        Self::FoldChanges,
        Self::PValues,
        Self::AdjustedPValues,
    ];

    /// Its name in Scanpy's result, and in R's.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scores => "scores",
            Self::FoldChanges => "logfoldchanges",
            Self::PValues => "pvals",
            Self::AdjustedPValues => "pvals_adj",
        }
    }

    /// The table of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Its value for one gene of a group.
    #[inline(always)]
    pub(super) fn value(self, of: &Ranked, gene: usize) -> f64 {
        match self {
            Self::Scores => f64::from(of.scores[gene] as f32),
            Self::FoldChanges => f64::from(of.fold_changes[gene]),
            Self::PValues => of.p_values[gene],
            Self::AdjustedPValues => of.adjusted_p_values[gene],
        }
    }
}
