//! Stage 2: from the statistics of the genes to the table of each group.

use crate::adjust::Correction;
use crate::normal::two_sided_p;
use crate::order::Order;
use crate::wilcoxon::Sides;
use crate::StatisticsSettings;
use crate::{gene_statistics, Control, Error, Expression, GeneStatistics, Groups};
use ndarray::{Array2, Axis};
use rayon::prelude::*;

/// How genes are ranked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub statistics: StatisticsSettings,
    /// Rank by the magnitude of the score.
    pub by_magnitude: bool,
    pub correction: Correction,
    /// Rows of each table; `None` or more than there are genes for all.
    pub n_rows: Option<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            statistics: StatisticsSettings::default(),
            by_magnitude: false,
            correction: Correction::BenjaminiHochberg,
            n_rows: None,
        }
    }
}

/// The tables of all groups: one row a group, one column a rank.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Ranked genes, by their place among the ranked genes, from 0.
    pub genes: Array2<i32>,
    /// Scores, rounded to float32 as Scanpy stores them.
    pub scores: Array2<f64>,
    /// Log2 fold changes, rounded to float32 as Scanpy stores them.
    pub fold_changes: Array2<f64>,
    pub p_values: Array2<f64>,
    pub p_values_adjusted: Array2<f64>,
    /// What the tables were made of.
    pub statistics: GeneStatistics,
}

/// The table of one group, for [`rank_groups`] to fill: as many rows each.
pub struct GroupRows<'a> {
    pub genes: &'a mut [i32],
    pub scores: &'a mut [f64],
    pub fold_changes: &'a mut [f64],
    pub p_values: &'a mut [f64],
    pub p_values_adjusted: &'a mut [f64],
}

/// Memory used again from group to group.
#[derive(Default)]
struct RankScratch {
    scores: Vec<f64>,
    order: Order,
    sorted_p: Vec<f64>,
    p_values: Vec<f64>,
    p_values_adjusted: Vec<f64>,
}

/// Rank every gene in every group.
///
/// # Errors
/// As [`gene_statistics`].
pub fn rank_genes_groups(
    expression: &Expression,
    groups: &Groups,
    settings: &Settings,
    control: &Control,
) -> Result<Ranking, Error> {
    let statistics = gene_statistics(expression, groups, &settings.statistics, control)?;
    let n_genes = statistics.n_genes();
    let shape = (
        groups.len(),
        settings.n_rows.unwrap_or(n_genes).min(n_genes),
    );
    let mut ranking = Ranking {
        genes: Array2::zeros(shape),
        scores: Array2::zeros(shape),
        fold_changes: Array2::zeros(shape),
        p_values: Array2::zeros(shape),
        p_values_adjusted: Array2::zeros(shape),
        statistics,
    };
    let statistics = &ranking.statistics;
    let mut rows: Vec<GroupRows> = Vec::with_capacity(groups.len());
    let columns = ranking
        .genes
        .axis_iter_mut(Axis(0))
        .zip(ranking.scores.axis_iter_mut(Axis(0)))
        .zip(ranking.fold_changes.axis_iter_mut(Axis(0)))
        .zip(ranking.p_values.axis_iter_mut(Axis(0)))
        .zip(ranking.p_values_adjusted.axis_iter_mut(Axis(0)));
    for ((((genes, scores), fold_changes), p_values), p_values_adjusted) in columns {
        // Rows of an array in standard layout are contiguous.
        rows.push(GroupRows {
            genes: genes.into_slice().unwrap_or_default(),
            scores: scores.into_slice().unwrap_or_default(),
            fold_changes: fold_changes.into_slice().unwrap_or_default(),
            p_values: p_values.into_slice().unwrap_or_default(),
            p_values_adjusted: p_values_adjusted.into_slice().unwrap_or_default(),
        });
    }
    rank_groups(statistics, groups, settings, control, rows)?;
    Ok(ranking)
}

/// Fill the tables of all groups, in their order.
///
/// p-values are adjusted over all genes, however many rows are filled.
///
/// # Errors
/// [`Error::Cancelled`] when the caller cancels.
pub fn rank_groups(
    statistics: &GeneStatistics,
    groups: &Groups,
    settings: &Settings,
    control: &Control,
    tables: Vec<GroupRows>,
) -> Result<(), Error> {
    tables.into_par_iter().enumerate().try_for_each_init(
        RankScratch::default,
        |scratch, (slot, rows)| {
            rank_group(statistics, groups, slot, settings, scratch, rows);
            control.checkpoint(work_of_ranking(1, statistics.n_genes()))
        },
    )
}

/// The work of ranking some genes in some groups, in stored values that take
/// as long in stage 1.
pub(crate) fn work_of_ranking(n_groups: usize, n_genes: usize) -> u64 {
    4 * n_groups as u64 * n_genes as u64
}

fn rank_group(
    statistics: &GeneStatistics,
    groups: &Groups,
    slot: usize,
    settings: &Settings,
    scratch: &mut RankScratch,
    rows: GroupRows,
) {
    scratch.score(statistics, groups, slot);
    scratch.order.make(&scratch.scores, settings.by_magnitude);
    scratch.test(settings.correction);
    for (row, &gene) in scratch.order.genes[..rows.genes.len()].iter().enumerate() {
        let gene = gene as usize;
        rows.genes[row] = gene as i32;
        rows.scores[row] = f64::from(scratch.scores[gene] as f32);
        rows.fold_changes[row] = f64::from(statistics.fold_changes[[slot, gene]]);
        rows.p_values[row] = scratch.p_values[gene];
        rows.p_values_adjusted[row] = scratch.p_values_adjusted[gene];
    }
}

impl RankScratch {
    fn score(&mut self, statistics: &GeneStatistics, groups: &Groups, slot: usize) {
        let score = Sides {
            group: groups.size(slot),
            opposite: groups.opposite_size(slot),
        }
        .scorer();
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
        self.p_values_adjusted.resize(n, 0.0);
        for (&gene, &p) in by_magnitude.iter().zip(&self.sorted_p) {
            self.p_values[gene as usize] = p;
        }
        correction.adjust(&mut self.sorted_p);
        for (&gene, &p) in by_magnitude.iter().zip(&self.sorted_p) {
            self.p_values_adjusted[gene as usize] = p;
        }
    }
}
