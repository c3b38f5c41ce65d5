//! The ranks of the genes of each group.

use super::adjust::Correction;
use super::batch::Opposites;
use super::fold_changes::{AllSums, FoldChanges, SumsOfSides};
use super::fractions::{Expressing, ExpressingSides};
use super::order::Order;
use super::p_values::{AllPValues, PValues, Tested};
use super::pairs::PairSummaries;
use super::Table;
use crate::input::{Error, Groups};
use crate::statistics::{Definition, GeneStatistics};
use crate::test::{Area, ExactDistribution, Sides, VanElteren};
use crate::Control;
use ndarray::ArrayView1;
use rayon::prelude::*;

/// How genes are ranked.
#[derive(Debug, Clone)]
pub struct RankingSettings {
    /// Rank by the absolute score.
    pub rankby_abs: bool,
    /// Correct the variance for ties, where tie factors were kept.
    pub tie_correct: bool,
    /// How p-values are made.
    pub p_values: PValues,
    /// How p-values are corrected for the number of genes.
    pub correction: Correction,
    /// Adjust together the p-values of those genes only that at least this
    /// fraction of the cells express, in the group or on the other side; the
    /// adjusted p-values of others are NaN. Expressing cells must be counted.
    pub min_fraction: Option<f64>,
    /// Whose fold changes they are, as in the settings of the statistics.
    pub definition: Definition,
    /// Rows of each table; `None` or more than there are genes for all.
    pub n_rows: Option<usize>,
    /// The tables to fill, in the order of [`GroupRows::tables`].
    pub tables: Vec<Table>,
}

impl Default for RankingSettings {
    fn default() -> Self {
        Self {
            rankby_abs: false,
            tie_correct: true,
            p_values: PValues::default(),
            definition: Definition::default(),
            correction: Correction::BenjaminiHochberg,
            min_fraction: None,
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
    pub fold_changes: FoldChanges<'a>,
    /// Sums of the values as they are stored.
    pub value_sums: SumsOfSides<'a>,
    /// `None` where expressing cells were not counted.
    pub expressing: Option<ExpressingSides<'a>>,
    pub p_values: &'a [f64],
    pub adjusted_p_values: &'a [f64],
    /// Empty unless a table of them is asked for.
    pub pairs: &'a PairSummaries,
    pub log10_p_values: &'a [f64],
    pub adjusted_log10_p_values: &'a [f64],
}

/// The tie factor of a gene no two of whose values are equal; that of any other
/// is below it, among so few cells as are tested exactly.
const NO_TIES: f64 = 1.0;

/// Memory used again from group to group.
#[derive(Default)]
struct Scratch {
    scores: Vec<f64>,
    /// Scores corrected for continuity, where p-values are made of these.
    corrected: Vec<f64>,
    /// Exact p-values, see [`Tested`].
    exact: Vec<f64>,
    /// Genes whose p-values are adjusted together, where not all are.
    family: Vec<bool>,
    order: Order,
    all: AllPValues,
    pairs: PairSummaries,
}

/// What is made of the statistics once, for all groups.
struct Common<'a> {
    statistics: &'a GeneStatistics,
    /// The slot that the first row of the statistics is of.
    first: usize,
    groups: &'a Groups,
    settings: &'a RankingSettings,
    sums: AllSums<'a>,
    value_sums: AllSums<'a>,
    expressing: Expressing<'a>,
    with_logs: bool,
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
/// When the statistics lack what a table, or another setting, is made of.
pub fn rank_statistics(
    statistics: &GeneStatistics,
    groups: &Groups,
    settings: &RankingSettings,
    control: &Control,
    tables: Vec<GroupRows>,
) -> Result<(), Error> {
    let opposites = Opposites::new(statistics, groups, settings);
    let all = OfSlots {
        statistics,
        opposites: &opposites,
        first: 0,
    };
    rank_slots(&all, 0, groups, settings, control, tables)
}

/// The statistics of some neighbouring slots.
pub(super) struct OfSlots<'a> {
    pub statistics: &'a GeneStatistics,
    pub opposites: &'a Opposites,
    /// The slot of the first row.
    pub first: usize,
}

/// [`rank_statistics`] of as many slots as there are tables, from `start` on.
pub(super) fn rank_slots(
    of: &OfSlots,
    start: usize,
    groups: &Groups,
    settings: &RankingSettings,
    control: &Control,
    tables: Vec<GroupRows>,
) -> Result<(), Error> {
    let asks_for = |table| settings.tables.contains(&table);
    let statistics = of.statistics;
    let common = Common {
        statistics,
        first: of.first,
        groups,
        settings,
        sums: AllSums::new(&statistics.sums, &of.opposites.sums),
        value_sums: AllSums::new(&statistics.value_sums, &of.opposites.value_sums),
        expressing: Expressing::new(statistics, &of.opposites.expressing, groups),
        with_logs: asks_for(Table::LogPValues) || asks_for(Table::AdjustedLogPValues),
    };
    tables.into_par_iter().enumerate().try_for_each_init(
        Scratch::default,
        |scratch, (place, rows)| {
            let slot = start + place;
            if settings.is_pairwise() {
                scratch.pairs.fill(statistics, groups, slot, control)?;
            }
            rank_group(&common, slot, scratch, rows);
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

fn rank_group(common: &Common, slot: usize, scratch: &mut Scratch, rows: GroupRows) {
    let &Common {
        statistics,
        groups,
        settings,
        first,
        ..
    } = common;
    let row = slot - first;
    let sides = Sides {
        group: groups.size(slot),
        opposite: groups.opposite_size(slot),
    };
    let blocked = groups.strata().map(|strata| VanElteren::new(strata, slot));
    match &blocked {
        Some(test) => scratch.score_strata(statistics, test, row, settings),
        None => scratch.score(statistics, sides, row, settings),
    }
    scratch.order.make(&scratch.scores, settings.rankby_abs);
    let expressing = common.expressing.of_group(row, sides);
    scratch.family.clear();
    if let Some(fraction) = settings.min_fraction {
        let expressing = expressing.expect("expressing cells were counted");
        let genes = 0..statistics.n_genes();
        scratch
            .family
            .extend(genes.map(|gene| expressing.reach(gene, fraction)));
    }
    scratch.test(settings, common.with_logs);
    let all_fold_changes = statistics.fold_changes();
    let ranked = Ranked {
        area: blocked.map_or_else(|| sides.area(), |test| test.area),
        doubled_rank_sums: statistics.doubled_rank_sums.row(row),
        scores: &scratch.scores,
        fold_changes: match settings.definition {
            Definition::Scanpy { .. } => FoldChanges::Made(all_fold_changes.row(row)),
            definition => FoldChanges::OfSums(definition, common.sums.of_group(row, sides)),
        },
        value_sums: common.value_sums.of_group(row, sides),
        expressing,
        p_values: &scratch.all.p_values,
        adjusted_p_values: &scratch.all.adjusted,
        pairs: &scratch.pairs,
        log10_p_values: &scratch.all.logs,
        adjusted_log10_p_values: &scratch.all.adjusted_logs,
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
    fn score(
        &mut self,
        statistics: &GeneStatistics,
        sides: Sides,
        row: usize,
        settings: &RankingSettings,
    ) {
        let score = sides.scorer();
        let rank_sums = statistics.doubled_rank_sums.row(row);
        // One row of tie factors serves all groups, or each has its own.
        let ties = match statistics.tie_factors.nrows() {
            0 => None,
            1 => Some(statistics.tie_factors.row(0)),
            _ => Some(statistics.tie_factors.row(row)),
        };
        let correcting = ties.filter(|_| settings.tie_correct);
        self.scores.clear();
        match correcting {
            None => {
                let scores = rank_sums.iter().map(|&sum| score(sum, None));
                self.scores.extend(scores);
            }
            Some(ties) => {
                let scores = rank_sums.iter().zip(ties);
                self.scores
                    .extend(scores.map(|(&sum, &tie)| score(sum, Some(tie))));
            }
        }
        let PValues {
            alternative,
            correct,
            exact,
        } = settings.p_values;
        self.corrected.clear();
        if correct {
            let genes = rank_sums.iter().enumerate();
            self.corrected.extend(genes.map(|(gene, &sum)| {
                let tie = correcting.map(|ties| ties[gene]);
                sides.corrected_score(sum, tie, alternative)
            }));
        }
        self.exact.clear();
        let distribution = exact.then(|| ExactDistribution::new(sides.group, sides.opposite));
        if let (Some(distribution), Some(ties)) = (distribution.flatten(), ties) {
            let genes = rank_sums.iter().zip(ties);
            self.exact.extend(genes.map(|(&sum, &tie)| match tie {
                NO_TIES => distribution.p_value(sides.whole_u(sum), alternative),
                _ => f64::NAN,
            }));
        }
    }

    /// Within strata, where p-values are neither corrected for continuity nor
    /// exact.
    fn score_strata(
        &mut self,
        statistics: &GeneStatistics,
        test: &VanElteren,
        row: usize,
        settings: &RankingSettings,
    ) {
        let distances = statistics.distances.row(row);
        self.scores.clear();
        self.corrected.clear();
        self.exact.clear();
        if statistics.variances.nrows() == 0 || !settings.tie_correct {
            let scores = distances.iter().map(|&distance| test.score(distance, None));
            self.scores.extend(scores);
        } else {
            let pairs = distances.iter().zip(statistics.variances.row(row));
            let scores = pairs.map(|(&distance, &tied)| test.score(distance, Some(tied)));
            self.scores.extend(scores);
        }
    }

    /// p-values and adjusted p-values of all genes.
    fn test(&mut self, settings: &RankingSettings, with_logs: bool) {
        let tested = Tested {
            p_values: settings.p_values,
            correction: settings.correction,
            scores: match self.corrected.is_empty() {
                true => &self.scores,
                false => &self.corrected,
            },
            exact: &self.exact,
            family: settings.min_fraction.map(|_| self.family.as_slice()),
        };
        self.all.fill(&tested, &mut self.order, with_logs);
    }
}
