//! Both stages, one after the other.

use crate::input::{Error, Expression, Groups};
use crate::stage1::gene_statistics;
use crate::stage2::{rank_statistics, work_of_ranking, GroupRows, RankingSettings, Table};
use crate::statistics::{GeneStatistics, Settings as StatisticsSettings};
use crate::tiles::Job;
use crate::Control;
use ndarray::{Array2, Axis};
use std::ops::Index;

/// What a ranking is asked for.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub statistics: StatisticsSettings,
    pub ranking: RankingSettings,
}

impl Settings {
    /// Rows of each table, for so many ranked genes.
    pub fn n_rows(&self, n_genes: usize) -> usize {
        self.ranking.n_rows.unwrap_or(n_genes).min(n_genes)
    }
}

/// Rank every gene in every group, and fill the tables of all groups, in their
/// order.
///
/// # Errors
/// As [`Job::new`] and [`gene_statistics`].
pub fn rank_matrix(
    expression: &Expression,
    groups: &Groups,
    settings: &Settings,
    control: &Control,
    tables: Vec<GroupRows>,
) -> Result<GeneStatistics, Error> {
    let job = Job::new(expression, groups, &settings.statistics)?;
    let ranking = work_of_ranking(groups.len(), job.n_ranked(), &settings.ranking);
    control.expect(job.work() + ranking);
    let statistics = gene_statistics(&job, control)?;
    rank_statistics(&statistics, groups, &settings.ranking, control, tables)?;
    Ok(statistics)
}

/// The tables of all groups in memory of their own: one row per group, one column
/// per rank.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Ranked genes, by their place among the ranked genes, from 0.
    pub genes: Array2<i32>,
    /// The tables that were asked for.
    pub tables: Vec<(Table, Array2<f64>)>,
    /// What the tables were made of.
    pub statistics: GeneStatistics,
}

/// A table that was asked for.
///
/// # Panics
/// Where it was not.
impl Index<Table> for Ranking {
    type Output = Array2<f64>;

    fn index(&self, table: Table) -> &Array2<f64> {
        let mut tables = self.tables.iter();
        match tables.find(|(known, _)| *known == table) {
            Some((_, values)) => values,
            None => panic!("the table {} was not asked for", table.name()),
        }
    }
}

/// Rank every gene in every group, into new tables: [`rank_matrix`] for callers
/// without memory of their own.
///
/// # Errors
/// As [`rank_matrix`].
pub fn rank_genes_groups(
    expression: &Expression,
    groups: &Groups,
    settings: &Settings,
    control: &Control,
) -> Result<Ranking, Error> {
    let n_ranked = Job::new(expression, groups, &settings.statistics)?.n_ranked();
    let shape = (groups.len(), settings.n_rows(n_ranked));
    let mut genes = Array2::zeros(shape);
    let asked = settings.ranking.tables.iter();
    let mut tables: Vec<(Table, Array2<f64>)> =
        asked.map(|&table| (table, Array2::zeros(shape))).collect();
    // Rows of an array in standard layout are contiguous.
    let mut rows: Vec<GroupRows> = genes
        .axis_iter_mut(Axis(0))
        .map(|row| GroupRows {
            genes: row.into_slice().unwrap_or_default(),
            tables: Vec::with_capacity(tables.len()),
        })
        .collect();
    for (_, table) in &mut tables {
        for (group, row) in rows.iter_mut().zip(table.axis_iter_mut(Axis(0))) {
            group.tables.push(row.into_slice().unwrap_or_default());
        }
    }
    let statistics = rank_matrix(expression, groups, settings, control, rows)?;
    Ok(Ranking {
        genes,
        tables,
        statistics,
    })
}
