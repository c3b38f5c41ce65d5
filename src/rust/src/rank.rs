//! Ranking: from R's vectors to the kernel, and its tables back into R's.

use crate::draft::with_draft;
use crate::in_chunks::NotNumbers;
use crate::options::{correction, definition, p_values};
use crate::runtime::{run, Stop};
use crate::split::{pack_all, rank_levels, statistics_of, Levels};
use crate::statistics::bind;
use crate::status::{fault, stopped, Status};
use extendr_api::prelude::*;
use extendr_ffi::SEXPTYPE;
use std::ops::Range;
use std::sync::Arc;
use wilcoxide_control::Control;
use wilcoxide_kernel::{
    self as kernel, Comparison, Correction, Error, Expression, Fractions, GeneStatistics,
    GroupRows, Groups, Major, Means, RankingSettings, Settings, StatisticsSettings, Table, Weights,
};

/// Rank genes.
///
/// @param p,idx,x Compressed sparse storage, see `expression_view()`.
/// @param codes Group of each cell from 0; -1 for a cell without a group, -2 for
///   one that takes no part.
/// @param settings A list, see `kernel_settings()`.
/// @param tick `NULL` or a function of the fraction done, called about every
///   100 ms; it returns `TRUE` when it was interrupted.
/// @return A list; `status` is `"ok"`, `"interrupted"`, `"not_a_number"`,
///   `"matrix"` or `"fault"`. Of each table that was asked for, and of `genes`,
///   a list of one vector per group; of `pts` and `pts_rest`, where cells were
///   counted, one vector per group, and in `pts` a last one for a reference;
///   `looks_like_counts`; `n_tied`, for each group, how many genes have equal
///   values among the cells compared, empty where nobody looked. Where the
///   settings have a `split`, a list of `levels`, each with these tables.
/// @noRd
#[extendr]
fn rank_matrix(
    p: &[i32],
    idx: &[i32],
    x: &[f64],
    codes: &[i32],
    settings: List,
    tick: Nullable<Function>,
) -> List {
    let call = match Call::from_list(&settings) {
        Ok(call) => call,
        Err(name) => return bad_setting(name),
    };
    if !call.levels.is_empty() {
        return rank_levels(&call, (p, idx, x), &tick);
    }
    let mut tables = Tables::new(&call);
    let rows = tables.rows();
    let outcome = call.run(&tick, |control| {
        let expression = call.expression(p, idx, x)?;
        let groups = call.groups(codes)?;
        let statistics = kernel::rank_matrix(&expression, &groups, &call.settings, control, rows)?;
        Ok::<_, Error>((statistics, groups))
    });
    match outcome {
        Ok((statistics, groups)) => tables.into_list(&statistics, &groups),
        Err(stop) => stopped(stop),
    }
}

/// The statistics of a block of genes.
///
/// What `rank_statistics()` makes tables of. It is plain data that may go
/// from one process to another.
///
/// @param p,idx,x Compressed sparse storage of the genes of the block and of
///   all cells, see `expression_view()`.
/// @param codes,settings,tick As for `rank_matrix()`; the genes are those of
///   the block. Where the settings have a `draft`, it keeps the statistics.
/// @return A list; `status` as for `rank_matrix()`, `statistics`; where the
///   settings have a `split`, a list of those of each level.
/// @noRd
#[extendr]
fn gene_statistics(
    p: &[i32],
    idx: &[i32],
    x: &[f64],
    codes: &[i32],
    settings: List,
    tick: Nullable<Function>,
) -> List {
    let call = match Call::from_list(&settings) {
        Ok(call) => call,
        Err(name) => return bad_setting(name),
    };
    let outcome = with_draft(&settings, |draft| {
        call.run(&tick, |control| {
            let expression = call.expression(p, idx, x)?;
            control.expect(expression.n_stored() as u64);
            match draft {
                None => Ok(statistics_of(&call, &expression, codes, control)?),
                Some(draft) => {
                    let mut not_numbers = NotNumbers::default();
                    draft.rank(&call, &expression, codes, 0, &mut not_numbers, control)?;
                    not_numbers.check()?;
                    Ok::<_, Status>(Vec::new())
                }
            }
        })
    });
    match outcome {
        Ok(statistics) => list!(status = "ok", statistics = pack_all(&call, &statistics)),
        Err(stop) => stopped(stop),
    }
}

/// Rank genes whose statistics are known.
///
/// @param blocks List of the `statistics` that `gene_statistics()` gave, in
///   the order of the genes.
/// @param codes,settings,tick As for `rank_matrix()`; the genes are those of
///   all blocks.
/// @return As for `rank_matrix()`.
/// @noRd
#[extendr]
fn rank_statistics(blocks: List, codes: &[i32], settings: List, tick: Nullable<Function>) -> List {
    let call = match Call::from_list(&settings) {
        Ok(call) => call,
        Err(name) => return bad_setting(name),
    };
    let groups = match call.groups(codes) {
        Ok(groups) => groups,
        Err(error) => return fault(error.to_string()),
    };
    let statistics = match bind(&blocks, &groups, &call.settings.statistics) {
        Ok(statistics) if statistics.n_genes() == call.genes.len() => statistics,
        Ok(_) => return fault("the blocks are of other genes"),
        Err(reason) => return fault(reason),
    };
    let mut tables = Tables::new(&call);
    let rows = tables.rows();
    let outcome = call.run(&tick, |control| {
        let ranking = &call.settings.ranking;
        let n_genes = statistics.n_genes();
        control.expect(kernel::work_of_ranking(groups.len(), n_genes, ranking));
        kernel::rank_statistics(&statistics, &groups, ranking, control, rows)
    });
    match outcome {
        Ok(()) => tables.into_list(&statistics, &groups),
        Err(stop) => stopped(stop),
    }
}

pub(crate) fn bad_setting(name: &str) -> List {
    fault(format!("setting '{name}' is missing or of the wrong type"))
}

/// The code of a cell that takes no part.
const EXCLUDED: i32 = -2;

/// What R asks for.
#[derive(Clone)]
pub(crate) struct Call {
    n_cells: usize,
    n_genes: usize,
    major: Major,
    n_levels: usize,
    selected: Vec<u32>,
    comparison: Comparison,
    strata: Option<Strata>,
    /// The levels that are ranked one by one, if not all cells together.
    pub(crate) levels: Levels,
    genes: Vec<u32>,
    pub(crate) settings: Settings,
    /// How the p-values of all groups are adjusted together, after the ranking,
    /// where they are one family.
    pub(crate) together: Option<Correction>,
    /// Whether fractions of expressing cells are asked for.
    fractions: bool,
    threads: usize,
}

/// The strata that cells are compared in.
#[derive(Clone)]
struct Strata {
    /// The stratum of each cell from 0.
    codes: Arc<[i32]>,
    n: usize,
    weights: Weights,
}

impl Call {
    /// Read the list of settings; the error is the name of the bad one.
    pub(crate) fn from_list(list: &List) -> std::result::Result<Self, &'static str> {
        let get = |name: &'static str| list.dollar(name).map_err(|_| name);
        let flag = |name: &'static str| get(name)?.as_bool().ok_or(name);
        let count = |name: &'static str| {
            let value = get(name)?.as_integer().ok_or(name)?;
            usize::try_from(value).map_err(|_| name)
        };
        let indices = |name: &'static str| -> std::result::Result<Vec<u32>, &'static str> {
            let values = get(name)?.as_integer_vector().ok_or(name)?;
            let index = |value| u32::try_from(value).map_err(|_| name);
            values.into_iter().map(index).collect()
        };
        let reference = get("reference")?;
        let log_base = get("log_base")?;
        let min_fraction = get("min_fraction")?;
        let over_all = flag("over_all")?;
        let genes = indices("genes")?;
        let (codes, n) = (get("strata")?, count("n_strata")?);
        let weights = match flag("equal_weights")? {
            true => Weights::Equal,
            false => Weights::VanElteren,
        };
        let strata = match codes.is_null() {
            true => None,
            false => Some(Strata {
                codes: codes.as_integer_slice().ok_or("strata")?.into(),
                n,
                weights,
            }),
        };
        let split = get("split")?;
        let levels = match split.is_null() {
            true => Levels::default(),
            false => Levels::from_list(&List::try_from(split).map_err(|_| "split")?)?,
        };
        let tables = get("tables")?.as_string_vector().ok_or("tables")?;
        let tables = tables.iter().map(|name| Table::from_name(name));
        let tables = tables.collect::<Option<Vec<_>>>().ok_or("tables")?;
        let definition = definition(list)?;
        let p_values = p_values(list)?;
        let n_genes = count("n_genes")?;
        let statistics = StatisticsSettings {
            genes: (genes.len() < n_genes).then(|| genes.clone()),
            // Tie factors tell which genes have no ties.
            tie_correct: flag("tie_correct")? || p_values.exact,
            ties_but_largest: flag("ties_but_largest")?,
            definition,
            value_sums: tables.iter().any(|table| table.is_of_sums()),
            pts: flag("pts")? || !min_fraction.is_null(),
            above_zero: flag("above_zero")?,
            sums: flag("sums")?,
            pairwise: flag("pairwise")?,
            log_base: match log_base.is_null() {
                true => None,
                false => Some(log_base.as_real().ok_or("log_base")?),
            },
            means: match flag("mean_in_log_space")? {
                true => Means::OfLogarithms,
                false => Means::OfLinear {
                    single: get("single")?.as_bool(),
                },
            },
            tile_size: match count("tile_size")? {
                0 => None,
                size => Some(size),
            },
        };
        Ok(Self {
            n_cells: count("n_cells")?,
            n_genes,
            major: if flag("by_cell")? {
                Major::Cell
            } else {
                Major::Gene
            },
            n_levels: count("n_levels")?,
            selected: indices("selected")?,
            comparison: match reference.is_null() {
                true => Comparison::Rest,
                false => Comparison::Reference(*indices("reference")?.first().ok_or("reference")?),
            },
            strata,
            levels,
            genes,
            settings: Settings {
                statistics,
                ranking: RankingSettings {
                    rankby_abs: flag("rankby_abs")?,
                    correction: match over_all {
                        true => Correction::None,
                        false => correction(list)?,
                    },
                    min_fraction: match min_fraction.is_null() {
                        true => None,
                        false => Some(min_fraction.as_real().ok_or("min_fraction")?),
                    },
                    n_rows: Some(count("n_rows")?),
                    tie_correct: flag("tie_correct")?,
                    p_values,
                    definition,
                    tables,
                },
            },
            together: match over_all {
                true => Some(correction(list)?),
                false => None,
            },
            fractions: flag("pts")?,
            threads: count("threads")?.clamp(1, 1024),
        })
    }

    pub(crate) fn groups(&self, codes: &[i32]) -> std::result::Result<Groups, Error> {
        let groups = Groups::new(codes, self.n_levels, &self.selected, self.comparison)?;
        let groups = match codes.contains(&EXCLUDED) {
            true => groups.within(|cell| codes[cell] != EXCLUDED),
            false => groups,
        };
        match &self.strata {
            None => Ok(groups),
            Some(strata) => groups.with_strata(&strata.codes, strata.n, strata.weights),
        }
    }

    /// The same of some of its genes, at these places among them.
    pub(crate) fn of_some(&self, places: Range<usize>) -> Self {
        let mut call = self.clone();
        call.genes = self.genes[places].to_vec();
        call.settings.statistics.genes = Some(call.genes.clone());
        call
    }

    /// The genes that are ranked, in their order.
    pub(crate) fn genes(&self) -> &[u32] {
        &self.genes
    }

    /// The same of a block of genes, whose values are by cell.
    pub(crate) fn of_block(&self, block: Range<usize>) -> Self {
        let genes: Vec<u32> = self
            .genes
            .iter()
            .filter(|&&gene| block.contains(&(gene as usize)))
            .map(|&gene| gene - block.start as u32)
            .collect();
        let mut call = self.clone();
        call.n_genes = block.len();
        call.major = Major::Cell;
        call.settings.statistics.genes = (genes.len() < block.len()).then(|| genes.clone());
        // A block's budget has room for its values once more: they need not be
        // done in parts.
        let tile_size = &mut call.settings.statistics.tile_size;
        *tile_size = tile_size.or(Some(usize::MAX));
        call.genes = genes;
        call
    }

    /// The same of the genes of another call, whose values are in its layout.
    pub(crate) fn of_genes_of(&self, other: &Self) -> Self {
        let mut call = self.clone();
        call.n_genes = other.n_genes;
        call.major = other.major;
        call.genes = other.genes.clone();
        let statistics = &mut call.settings.statistics;
        statistics.genes = other.settings.statistics.genes.clone();
        statistics.means = other.settings.statistics.means;
        statistics.tile_size = other.settings.statistics.tile_size;
        call
    }

    /// How many threads it has.
    pub(crate) fn n_threads(&self) -> usize {
        self.threads
    }

    /// Whether there are no genes to rank.
    pub(crate) fn is_empty(&self) -> bool {
        self.genes.is_empty()
    }

    pub(crate) fn expression<'a>(
        &self,
        p: &'a [i32],
        idx: &'a [i32],
        x: &'a [f64],
    ) -> std::result::Result<Expression<'a>, Error> {
        Expression::new(p, idx, x, self.n_cells, self.n_genes, self.major)
    }

    /// Run `work` with this call's threads.
    pub(crate) fn run<T: Send, E: Send>(
        &self,
        tick: &Nullable<Function>,
        work: impl FnOnce(&Control) -> std::result::Result<T, E> + Send,
    ) -> std::result::Result<T, Stop<E>> {
        let tick = match tick {
            NotNull(tick) => Some(tick),
            Null => None,
        };
        let control = Control::default();
        run(self.threads, &control, tick, || work(&control))
    }
}

/// The tables in R's memory, one vector per group and table.
pub(crate) struct Tables {
    genes: Vec<Robj>,
    /// Each table, and its vectors.
    columns: Vec<(Table, Vec<Robj>)>,
    fractions: bool,
}

impl Tables {
    pub(crate) fn new(call: &Call) -> Self {
        let n_groups = call.selected.len();
        let n_rows = call.settings.n_rows(call.genes.len());
        // As R hands it out: filling it here first would take time of one thread.
        let vectors = |of: SEXPTYPE| -> Vec<Robj> {
            let vector = |_| Robj::alloc_vector(of, n_rows);
            (0..n_groups).map(vector).collect()
        };
        let asked = call.settings.ranking.tables.iter();
        Self {
            genes: vectors(SEXPTYPE::INTSXP),
            columns: asked
                .map(|&table| (table, vectors(SEXPTYPE::REALSXP)))
                .collect(),
            fractions: call.fractions,
        }
    }

    /// The memory of each group's vectors, to fill from any thread.
    pub(crate) fn rows(&mut self) -> Vec<GroupRows<'_>> {
        let genes = self.genes.iter_mut();
        let mut rows: Vec<GroupRows> = genes
            .map(|genes| GroupRows {
                genes: genes.as_integer_slice_mut().unwrap_or_default(),
                tables: Vec::with_capacity(self.columns.len()),
            })
            .collect();
        for (_, columns) in &mut self.columns {
            for (group, column) in rows.iter_mut().zip(columns) {
                let column = column.as_real_slice_mut().unwrap_or_default();
                group.tables.push(column);
            }
        }
        rows
    }

    pub(crate) fn into_list(self, statistics: &GeneStatistics, groups: &Groups) -> List {
        let n_tied = statistics.n_tied(groups).into_iter().map(|n| n as i32);
        let tables = self
            .columns
            .into_iter()
            .map(|(table, columns)| (table.name(), List::from_values(columns).into_robj()));
        let mut elements = vec![
            ("status", "ok".into_robj()),
            ("genes", List::from_values(self.genes).into_robj()),
            (
                "looks_like_counts",
                statistics.values.look_like_counts.into_robj(),
            ),
            ("n_tied", n_tied.collect_robj()),
        ];
        elements.extend(tables);
        let fractions = Fractions::new(statistics, groups);
        if let Some(fractions) = fractions.filter(|_| self.fractions) {
            let of_slots =
                (0..fractions.n_slots()).map(|slot| Doubles::from_values(fractions.of_slot(slot)));
            elements.push(("pts", List::from_values(of_slots).into_robj()));
            let of_rests =
                (0..fractions.n_rests()).map(|slot| Doubles::from_values(fractions.of_rest(slot)));
            elements.push(("pts_rest", List::from_values(of_rests).into_robj()));
        }
        List::from_pairs(elements)
    }
}

extendr_module! {
    mod rank;
    fn rank_matrix;
    fn gene_statistics;
    fn rank_statistics;
}
