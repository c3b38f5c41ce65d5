//! p-values of all genes of a group, their logarithms, and both adjusted.

use super::adjust::{Correction, LogAdjuster};
use super::order::Order;
use crate::gene::sort::{payload, sort_positions, SortScratch};
use crate::math::ln;
use crate::test::Alternative;
use std::f64::consts::LN_10;

/// How p-values are made of rank sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PValues {
    /// Which differences count.
    pub alternative: Alternative,
    /// Correct for continuity.
    pub correct: bool,
    /// Exact where both sides have [`crate::MOST_EXACT_CELLS`] at most and no
    /// values are equal; tie factors must be kept.
    pub exact: bool,
}

impl PValues {
    /// Whether p falls with the magnitude of the score.
    fn falls_with_magnitude(self) -> bool {
        self == Self::default()
    }
}

/// What p-values are made of, gene by gene.
#[derive(Clone, Copy)]
pub(super) struct Tested<'a> {
    pub p_values: PValues,
    pub correction: Correction,
    /// Scores, corrected for continuity where that is asked for.
    pub scores: &'a [f64],
    /// Exact p-values, NaN where there is none; empty where they are not asked
    /// for.
    pub exact: &'a [f64],
    /// For each gene, whether its p-value is one of those that are adjusted
    /// together; `None` for all of them.
    pub family: Option<&'a [bool]>,
}

impl Tested<'_> {
    fn p_value(&self, gene: usize) -> f64 {
        match self.exact.get(gene) {
            Some(&exact) if !exact.is_nan() => exact,
            _ => self.p_values.alternative.p_value(self.scores[gene]),
        }
    }

    fn log10_p_value(&self, gene: usize) -> f64 {
        match self.exact.get(gene) {
            Some(&exact) if !exact.is_nan() => ln(exact) / LN_10,
            _ => self.p_values.alternative.log10_p_value(self.scores[gene]),
        }
    }
}

/// The p-values of all genes of a group, by their place among the ranked genes.
/// Memory is used again from group to group.
#[derive(Default)]
pub(super) struct AllPValues {
    pub p_values: Vec<f64>,
    pub adjusted: Vec<f64>,
    /// Decimal logarithms, where they are asked for.
    pub logs: Vec<f64>,
    pub adjusted_logs: Vec<f64>,
    sorted: Vec<f64>,
    genes: Vec<u32>,
    kept: Vec<u32>,
    entries: Vec<u64>,
    sort: SortScratch,
    adjuster: Option<LogAdjuster>,
}

impl AllPValues {
    pub fn fill(&mut self, of: &Tested, order: &mut Order, with_logs: bool) {
        if of.p_values.falls_with_magnitude() {
            self.by_magnitude(of, &mut order.by_magnitude);
            if with_logs {
                self.genes.clone_from(&order.by_magnitude);
                self.sorted.clear();
                let logs = self
                    .genes
                    .iter()
                    .map(|&gene| of.log10_p_value(gene as usize));
                self.sorted.extend(logs);
                put(&self.genes, &self.sorted, &mut self.logs);
                self.adjust_logs(of);
            }
            return;
        }
        let n = of.scores.len();
        self.p_values.clear();
        self.p_values.extend((0..n).map(|gene| of.p_value(gene)));
        sort_genes(
            &self.p_values,
            (&mut self.entries, &mut self.sort),
            &mut self.genes,
            &mut self.sorted,
        );
        keep_family(of.family, &self.genes, &mut self.kept, &mut self.sorted);
        let genes = of.family.map_or(&self.genes, |_| &self.kept);
        of.correction.adjust(&mut self.sorted);
        put_family(of.family, genes, &self.sorted, &mut self.adjusted);
        if with_logs {
            self.logs.clear();
            self.logs.extend((0..n).map(|gene| of.log10_p_value(gene)));
            sort_genes(
                &self.logs,
                (&mut self.entries, &mut self.sort),
                &mut self.genes,
                &mut self.sorted,
            );
            self.adjust_logs(of);
        }
    }

    /// Without a sort: genes by descending magnitude of the score are at hand.
    fn by_magnitude(&mut self, of: &Tested, by_magnitude: &mut [u32]) {
        self.sorted.clear();
        for i in 0..by_magnitude.len() {
            let gene = by_magnitude[i];
            let p = of.p_value(gene as usize);
            self.sorted.push(p);
            // p falls with the magnitude but for the last bits: what little
            // is out of order is put in its place.
            let mut at = i;
            while at > 0 && self.sorted[at - 1] > p {
                self.sorted.swap(at - 1, at);
                by_magnitude.swap(at - 1, at);
                at -= 1;
            }
        }
        put(by_magnitude, &self.sorted, &mut self.p_values);
        keep_family(of.family, by_magnitude, &mut self.kept, &mut self.sorted);
        let genes = match of.family {
            Some(_) => &self.kept,
            None => &*by_magnitude,
        };
        of.correction.adjust(&mut self.sorted);
        put_family(of.family, genes, &self.sorted, &mut self.adjusted);
    }

    /// Adjust the sorted logarithms, those of `genes`.
    fn adjust_logs(&mut self, of: &Tested) {
        let correction = of.correction;
        keep_family(of.family, &self.genes, &mut self.kept, &mut self.sorted);
        let genes = of.family.map_or(&self.genes, |_| &self.kept);
        let n = self.sorted.len();
        let adjuster = self
            .adjuster
            .take()
            .filter(|known| known.fits(correction, n));
        let adjuster = adjuster.unwrap_or_else(|| LogAdjuster::new(correction, n));
        adjuster.adjust(&mut self.sorted);
        put_family(of.family, genes, &self.sorted, &mut self.adjusted_logs);
        self.adjuster = Some(adjuster);
    }
}

/// Genes by ascending value, and the values in that order.
fn sort_genes(
    values: &[f64],
    (entries, scratch): (&mut Vec<u64>, &mut SortScratch),
    genes: &mut Vec<u32>,
    sorted: &mut Vec<f64>,
) {
    let entries = sort_positions(values, entries, scratch);
    genes.clear();
    genes.extend(entries.iter().map(|&entry| payload(entry)));
    sorted.clear();
    sorted.extend(genes.iter().map(|&gene| values[gene as usize]));
}

/// Leave the genes of a family, if there is one, and their values.
fn keep_family(family: Option<&[bool]>, genes: &[u32], kept: &mut Vec<u32>, values: &mut Vec<f64>) {
    let Some(family) = family else {
        return;
    };
    kept.clear();
    for (place, &gene) in genes.iter().enumerate() {
        if family[gene as usize] {
            values[kept.len()] = values[place];
            kept.push(gene);
        }
    }
    values.truncate(kept.len());
}

/// Put the values of some genes where these are, and NaN where the others are.
fn put_family(family: Option<&[bool]>, genes: &[u32], values: &[f64], out: &mut Vec<f64>) {
    let Some(family) = family else {
        return put(genes, values, out);
    };
    out.clear();
    out.resize(family.len(), f64::NAN);
    for (&gene, &value) in genes.iter().zip(values) {
        out[gene as usize] = value;
    }
}

/// Put values in the order of some genes where these genes are.
fn put(genes: &[u32], values: &[f64], out: &mut Vec<f64>) {
    out.resize(genes.len(), 0.0);
    for (&gene, &value) in genes.iter().zip(values) {
        out[gene as usize] = value;
    }
}
