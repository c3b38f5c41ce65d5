//! The matrix as its genes are found in it.

use crate::input::{Error, Expression};
use std::ops::Range;

/// A matrix, which of its genes are ranked and how many values these have.
pub(crate) struct Layout<'a> {
    pub expression: &'a Expression<'a>,
    /// Stored values of each gene, 0 for genes that are not ranked.
    pub sizes: Vec<u32>,
    /// Whether these were counted, not estimated.
    pub is_counted: bool,
    /// Which genes are ranked; `None` for all.
    pub mask: Option<Vec<bool>>,
}

impl<'a> Layout<'a> {
    /// `genes` are those to rank; `None` for all. Counting the values of each gene
    /// takes about as long as a tenth of ranking them: that is left to those who
    /// need it.
    pub fn new(expression: &'a Expression<'a>, genes: Option<&[u32]>) -> Result<Self, Error> {
        match expression.likely_gene_sizes() {
            (sizes, true) => Self::with_sizes(expression, genes, sizes, true),
            (sizes, false) => Self::estimate(expression, genes, &sizes),
        }
    }

    /// The same with the stored values of each gene counted.
    pub fn count(expression: &'a Expression<'a>, genes: Option<&[u32]>) -> Result<Self, Error> {
        Self::with_sizes(expression, genes, expression.gene_sizes(), true)
    }

    /// `whole` are the stored values of genes in other cells, some or all of which
    /// may be these: of each these have as large a share as of all, about.
    pub fn estimate(
        expression: &'a Expression<'a>,
        genes: Option<&[u32]>,
        whole: &[u32],
    ) -> Result<Self, Error> {
        let n_stored: u64 = whole.iter().map(|&size| u64::from(size)).sum();
        let share = expression.n_stored() as f64 / (n_stored as f64).max(1.0);
        let estimate = |&size: &u32| (f64::from(size) * share).ceil() as u32;
        Self::with_sizes(
            expression,
            genes,
            whole.iter().map(estimate).collect(),
            false,
        )
    }

    fn with_sizes(
        expression: &'a Expression<'a>,
        genes: Option<&[u32]>,
        mut sizes: Vec<u32>,
        is_counted: bool,
    ) -> Result<Self, Error> {
        let mask = genes
            .map(|genes| mask(genes, expression.n_genes()))
            .transpose()?;
        for (size, &is_ranked) in sizes.iter_mut().zip(mask.iter().flatten()) {
            *size *= u32::from(is_ranked);
        }
        Ok(Self {
            expression,
            sizes,
            is_counted,
            mask,
        })
    }

    pub fn is_ranked(&self, gene: usize) -> bool {
        self.mask.as_ref().is_none_or(|mask| mask[gene])
    }

    /// How many genes of a range are ranked.
    pub fn n_ranked(&self, genes: Range<usize>) -> usize {
        genes.filter(|&gene| self.is_ranked(gene)).count()
    }

    /// Stored values of the genes that are ranked.
    pub fn n_stored(&self) -> u64 {
        match self.mask {
            None => self.expression.n_stored() as u64,
            Some(_) => self.sizes.iter().map(|&size| u64::from(size)).sum(),
        }
    }
}

fn mask(genes: &[u32], n_genes: usize) -> Result<Vec<bool>, Error> {
    let mut mask = vec![false; n_genes];
    for &gene in genes {
        *mask
            .get_mut(gene as usize)
            .ok_or_else(|| Error::Genes(format!("there is no gene {gene}")))? = true;
    }
    Ok(mask)
}
