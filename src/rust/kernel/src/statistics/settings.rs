/// What stage 1 is asked for.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Which genes to rank; `None` for all. They are ranked in the order of the
    /// matrix, each once.
    pub genes: Option<Vec<u32>>,
    /// Keep the factor that corrects the variance for ties.
    pub tie_correct: bool,
    /// Leave the cells that share the largest stored value out of that factor,
    /// as presto did before 1.1.0.
    pub ties_but_largest: bool,
    /// Keep how many cells express each gene.
    pub pts: bool,
    /// Count those with a value above zero only, as Seurat does, where others
    /// count every value that is not zero.
    pub above_zero: bool,
    /// Keep the sums that the fold changes are made of. They are kept anyway where
    /// these are not Scanpy's.
    pub sums: bool,
    /// Keep the sums of the values as they are stored.
    pub value_sums: bool,
    /// Keep `U` of each pair of selected groups: 8 bytes per gene and pair.
    pub pairwise: bool,
    /// Base of the logarithm of the values; `None` where it is e.
    pub log_base: Option<f64>,
    /// What the means of Scanpy's fold changes are taken of.
    pub means: Means,
    /// Whose fold changes they are.
    pub definition: Definition,
    /// Stored values that a tile holds at most; `None` for what suits the
    /// matrix. No result depends on it.
    pub tile_size: Option<usize>,
}

/// How a fold change is defined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Definition {
    /// Scanpy's: `log2((linear(m1) + c) / (linear(m2) + c))` of two means, in
    /// single precision.
    Scanpy { pseudocount: f64 },
    /// Seurat's from version 5 on: on each side `log2((sum + c) / n)`, where the
    /// sum is that of `expm1(x)`.
    Seurat { pseudocount: f64 },
    /// Seurat's before: on each side `log2(sum / n + c)`.
    Seurat4 { pseudocount: f64 },
    /// The difference of the means of the values as they are stored.
    MeanDifference,
}

impl Default for Definition {
    fn default() -> Self {
        Self::Scanpy { pseudocount: 1e-9 }
    }
}

impl Definition {
    /// Whether stage 1 makes the fold changes; others are made of sums.
    pub(crate) fn is_scanpys(self) -> bool {
        matches!(self, Self::Scanpy { .. })
    }
}

/// What the means of a fold change are taken of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Means {
    /// The logarithms as they are; the means are brought back from there.
    #[default]
    OfLogarithms,
    /// The values that the logarithms are of, `expm1(x)`.
    OfLinear {
        /// Whether the data are stored in single precision: `expm1` is then,
        /// too, as long as the base of the logarithm is e. `None` for what the
        /// values look like: single if it holds every one that is compared.
        single: Option<bool>,
    },
}
