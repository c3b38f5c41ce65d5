//! The ranks of the genes of each group.

use super::adjust::Correction;
use super::order::Order;
use super::pairs::PairSummaries;
use super::Table;
use crate::input::{Error, Groups};
use crate::statistics::GeneStatistics;
use crate::test::{two_sided_p, Area, Sides, VanElteren};
use crate::Control;
use ndarray::ArrayView1;
use rayon::prelude::*;

/// How genes are ranked.
#[derive(Debug, Clone)]
pub struct RankingSettings {
    /// Rank by the absolute score.
    pub rankby_abs: bool,
    /// How p-values are corrected for the number of genes.
    pub correction: Correction,
    /// Rows of each table; `None` or more than there are genes for all.
    pub n_rows: Option<usize>,
    /// The tables to fill, in the order of [`GroupRows::tables`].
    pub tables: Vec<Table>,
}

impl Default for RankingSettings {
    fn default() -> Self {
        Self {
            rankby_abs: false,
            correction: Correction::BenjaminiHochberg,
            n_rows: None,
            tables: vec![
                Table::Scores,
                Table::FoldChanges,
                Table::PValues,
                Table::AdjustedPValues,
            ],
        }
    }
}

/// The tables of one group to fill, all with the same number of rows.
pub struct GroupRows<'a> {
    /// Ranked genes, by their place among the ranked genes, from 0.
    pub genes: &'a mut [i32],
    /// One column per table that is asked for.
    pub tables: Vec<&'a mut [f64]>,
}

/// What is known of every gene of one group, by its place among the ranked
/// genes.
pub(super) struct Ranked<'a> {
    pub area: Area,
    pub doubled_rank_sums: ArrayView1<'a, u64>,
    pub scores: &'a [f64],
    pub fold_changes: ArrayView1<'a, f32>,
    pub p_values: &'a [f64],
    pub adjusted_p_values: &'a [f64],
    /// Empty unless a table of them is asked for.
    pub pairs: &'a PairSummaries,
}

/// Memory used again from group to group.
#[derive(Default)]
struct Scratch {
    scores: Vec<f64>,
    order: Order,
    sorted_p: Vec<f64>,
    p_values: Vec<f64>,
    adjusted_p_values: Vec<f64>,
    pairs: PairSummaries,
}

/// Fill the tables of all groups, in their order.
///
/// p-values are adjusted over all genes, however many rows are filled. Counts
/// [`work_of_ranking`] as done.
///
/// # Errors
/// [`Error::Cancelled`] when the caller cancels.
///
/// # Panics
/// Where a table of pairs is asked for and their statistics were not kept.
pub fn rank_statistics(
    statistics: &GeneStatistics,
    groups: &Groups,
    settings: &RankingSettings,
    control: &Control,
    tables: Vec<GroupRows>,
) -> Result<(), Error> {
    tables.into_par_iter().enumerate().try_for_each_init(
        Scratch::default,
        |scratch, (slot, rows)| {
            if settings.is_pairwise() {
                scratch.pairs.fill(statistics, groups, slot, control)?;
            }
            rank_group(statistics, groups, slot, settings, scratch, rows);
            control.checkpoint(settings.work_of_group(groups.len(), statistics.n_genes()))?;
            Ok(())
        },
    )
}

/// The work of ranking some genes in some groups, in stored values that take
/// as long in stage 1.
pub fn work_of_ranking(n_groups: usize, n_genes: usize, settings: &RankingSettings) -> u64 {
    n_groups as u64 * settings.work_of_group(n_groups, n_genes)
}

impl RankingSettings {
    fn is_pairwise(&self) -> bool {
        self.tables.iter().any(|table| table.is_of_pairs())
    }

    /// The work of ranking genes in one of so many groups: genes are ordered
    /// once, and once more by each pair.
    fn work_of_group(&self, n_groups: usize, n_genes: usize) -> u64 {
        let orders = if self.is_pairwise() { n_groups } else { 1 };
        4 * orders as u64 * n_genes as u64
    }
}

fn rank_group(
    statistics: &GeneStatistics,
    groups: &Groups,
    slot: usize,
    settings: &RankingSettings,
    scratch: &mut Scratch,
    rows: GroupRows,
) {
    let sides = Sides {
        group: groups.size(slot),
        opposite: groups.opposite_size(slot),
    };
    let blocked = groups.strata().map(|strata| VanElteren::new(strata, slot));
    match &blocked {
        Some(test) => scratch.score_strata(statistics, test, slot),
        None => scratch.score(statistics, sides, slot),
    }
    scratch.order.make(&scratch.scores, settings.rankby_abs);
    scratch.test(settings.correction);
    let all_fold_changes = statistics.fold_changes();
    let ranked = Ranked {
        area: blocked.map_or_else(|| sides.area(), |test| test.area),
        doubled_rank_sums: statistics.doubled_rank_sums.row(slot),
        scores: &scratch.scores,
        fold_changes: all_fold_changes.row(slot),
        p_values: &scratch.p_values,
        adjusted_p_values: &scratch.adjusted_p_values,
        pairs: &scratch.pairs,
    };
    let order = &scratch.order.genes[..rows.genes.len()];
    for (row, &gene) in rows.genes.iter_mut().zip(order) {
        *row = gene as i32;
    }
    for (table, column) in settings.tables.iter().zip(rows.tables) {
        table.fill(&ranked, order, column);
    }
}

impl Scratch {
    fn score(&mut self, statistics: &GeneStatistics, sides: Sides, slot: usize) {
        let score = sides.scorer();
        let rank_sums = statistics.doubled_rank_sums.row(slot);
        self.scores.clear();
        // One row of tie factors serves all groups, or each has its own.
        let ties = &statistics.tie_factors;
        if ties.nrows() == 0 {
            self.scores
                .extend(rank_sums.iter().map(|&sum| score(sum, None)));
        } else {
            let ties = ties.row(if ties.nrows() == 1 { 0 } else { slot });
            let scores = rank_sums.iter().zip(ties);
            self.scores
                .extend(scores.map(|(&sum, &tie)| score(sum, Some(tie))));
        }
    }

    fn score_strata(&mut self, statistics: &GeneStatistics, test: &VanElteren, slot: usize) {
        let distances = statistics.distances.row(slot);
        self.scores.clear();
        if statistics.variances.nrows() == 0 {
            let scores = distances.iter().map(|&distance| test.score(distance, None));
            self.scores.extend(scores);
        } else {
            let pairs = distances.iter().zip(statistics.variances.row(slot));
            let scores = pairs.map(|(&distance, &tied)| test.score(distance, Some(tied)));
            self.scores.extend(scores);
        }
    }

    /// p-values and adjusted p-values of all genes.
    fn test(&mut self, correction: Correction) {
        let by_magnitude = &mut self.order.by_magnitude;
        self.sorted_p.clear();
        for i in 0..by_magnitude.len() {
            let gene = by_magnitude[i];
            let p = two_sided_p(self.scores[gene as usize]);
            self.sorted_p.push(p);
            // p falls with the magnitude but for the last bits: what little
            // is out of order is put in its place.
            let mut at = i;
            while at > 0 && self.sorted_p[at - 1] > p {
                self.sorted_p.swap(at - 1, at);
                by_magnitude.swap(at - 1, at);
                at -= 1;
            }
        }
        let n = self.scores.len();
        self.p_values.resize(n, 0.0);
        self.adjusted_p_values.resize(n, 0.0);
        for (&gene, &p) in by_magnitude.iter().zip(&self.sorted_p) {
            self.p_values[gene as usize] = p;
        }
        correction.adjust(&mut self.sorted_p);
        for (&gene, &p) in by_magnitude.iter().zip(&self.sorted_p) {
            self.adjusted_p_values[gene as usize] = p;
        }
    }
}
