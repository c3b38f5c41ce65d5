//! Ranking: from R's vectors to the kernel, and its tables back into R's.

use crate::runtime::{run, Stop};
use crate::statistics::{bind, pack};
use extendr_api::prelude::*;
use std::ops::Range;
use wilcoxide_kernel::{
    self as kernel, gene_statistics, Comparison, Control, Correction, Error, Expression,
    GeneStatistics, GroupRows, Groups, Major, Means, Settings, StatisticsSettings,
};

/// Rank genes.
///
/// @param p,idx,x Compressed sparse storage, see `expression_view()`.
/// @param codes Group of each cell from 0, negative for none.
/// @param settings A list, see `rank_view()`.
/// @param tick `NULL` or a function of the fraction done, called about every
///   100 ms; it returns `TRUE` when it was interrupted.
/// @return A list; `status` is `"ok"`, `"interrupted"`, `"not_a_number"`,
///   `"matrix"` or `"fault"`.
/// @noRd
#[extendr]
fn rank_groups(
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
    let mut tables = Tables::new(call.selected.len(), call.n_rows());
    let rows = tables.rows();
    let outcome = call.run(&tick, |control| {
        let groups = call.groups(codes)?;
        let block = call.statistics(p, idx, x, &groups, control)?;
        kernel::rank_groups(&block.statistics, &groups, &call.settings, control, rows)?;
        Ok(block)
    });
    match outcome {
        Ok(block) => tables.into_list(&block.statistics, block.looks_like_counts),
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
/// @param codes,settings,tick As for `rank_groups()`; the genes are those of
///   the block.
/// @return A list; `status` as for `rank_groups()`; `single`, whether the means
///   are of values in single precision, `NA` where they are of logarithms.
/// @noRd
#[extendr]
fn block_statistics(
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
    let outcome = call.run(&tick, |control| {
        call.statistics(p, idx, x, &call.groups(codes)?, control)
    });
    match outcome {
        Ok(block) => list!(
            status = "ok",
            statistics = pack(&block.statistics),
            looks_like_counts = block.looks_like_counts,
            single = block.single
        ),
        Err(stop) => stopped(stop),
    }
}

/// Rank genes whose statistics are known.
///
/// @param blocks List of the `statistics` that `block_statistics()` gave, in
///   the order of the genes.
/// @param codes,settings,tick As for `rank_groups()`; the genes are those of
///   all blocks.
/// @return As for `rank_groups()`, without `looks_like_counts`.
/// @noRd
#[extendr]
fn rank_statistics(blocks: List, codes: &[i32], settings: List, tick: Nullable<Function>) -> List {
    let call = match Call::from_list(&settings) {
        Ok(call) => call,
        Err(name) => return bad_setting(name),
    };
    let statistics = match call.groups(codes) {
        Ok(groups) => bind(&blocks, &groups, &call.settings.statistics),
        Err(error) => return fault(error.to_string()),
    };
    let statistics = match statistics {
        Ok(statistics) if statistics.n_genes() == call.genes.len() => statistics,
        Ok(_) => return fault("the blocks are of other genes".into()),
        Err(reason) => return fault(reason),
    };
    let mut tables = Tables::new(call.selected.len(), call.n_rows());
    let rows = tables.rows();
    let outcome = call.run(&tick, |control| {
        let groups = call.groups(codes)?;
        kernel::rank_groups(&statistics, &groups, &call.settings, control, rows)
    });
    match outcome {
        Ok(()) => tables.into_list(&statistics, false),
        Err(stop) => stopped(stop),
    }
}

pub(crate) fn stopped(stop: Stop<Error>) -> List {
    match stop {
        Stop::Interrupted => list!(status = "interrupted"),
        Stop::Refused(Error::NotANumber { count, first_gene }) => list!(
            status = "not_a_number",
            count = count as f64,
            gene = first_gene as i32 + 1
        ),
        Stop::Refused(Error::Matrix(reason)) => list!(status = "matrix", message = reason),
        Stop::Refused(error) => fault(error.to_string()),
        Stop::Fault(message) => fault(message),
    }
}

pub(crate) fn bad_setting(name: &str) -> List {
    fault(format!("setting '{name}' is missing or of the wrong type"))
}

fn fault(message: String) -> List {
    list!(status = "fault", message = message)
}

/// What R asks for.
#[derive(Clone)]
pub(crate) struct Call {
    n_cells: usize,
    n_genes: usize,
    major: Major,
    n_levels: usize,
    selected: Vec<u32>,
    comparison: Comparison,
    genes: Vec<u32>,
    /// With means of linear values: whether the data are stored in single
    /// precision, `None` for what the values look like.
    linear_means: Option<Option<bool>>,
    settings: Settings,
    threads: usize,
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
        let genes = indices("genes")?;
        let n_genes = count("n_genes")?;
        let statistics = StatisticsSettings {
            genes: (genes.len() < n_genes).then(|| genes.clone()),
            tie_correct: flag("tie_correct")?,
            counts: flag("pts")?,
            log_base: match log_base.is_null() {
                true => None,
                false => Some(log_base.as_real().ok_or("log_base")?),
            },
            means: Means::default(),
            block_size: match count("block_size")? {
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
            genes,
            linear_means: match flag("mean_in_log_space")? {
                true => None,
                false => Some(get("single")?.as_bool()),
            },
            settings: Settings {
                statistics,
                by_magnitude: flag("rankby_abs")?,
                correction: if flag("bonferroni")? {
                    Correction::Bonferroni
                } else {
                    Correction::BenjaminiHochberg
                },
                n_rows: Some(count("n_rows")?),
            },
            threads: count("threads")?.clamp(1, 1024),
        })
    }

    pub(crate) fn groups(&self, codes: &[i32]) -> std::result::Result<Groups, Error> {
        Groups::new(codes, self.n_levels, &self.selected, self.comparison)
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
        let block_size = &mut call.settings.statistics.block_size;
        *block_size = block_size.or(Some(usize::MAX));
        call.genes = genes;
        call
    }

    /// Whether there are no genes to rank.
    pub(crate) fn is_empty(&self) -> bool {
        self.genes.is_empty()
    }

    pub(crate) fn statistics(
        &self,
        p: &[i32],
        idx: &[i32],
        x: &[f64],
        groups: &Groups,
        control: &Control,
    ) -> std::result::Result<Block, Error> {
        let expression = Expression::new(p, idx, x, self.n_cells, self.n_genes, self.major)?;
        let single = self
            .linear_means
            .map(|known| known.unwrap_or_else(|| expression.holds_singles()));
        let mut settings = self.settings.statistics.clone();
        if let Some(single) = single {
            settings.means = Means::OfLinear { single };
        }
        Ok(Block {
            statistics: gene_statistics(&expression, groups, &settings, control)?,
            looks_like_counts: expression.looks_like_counts(&self.genes),
            single,
        })
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

    fn n_rows(&self) -> usize {
        self.settings
            .n_rows
            .unwrap_or(usize::MAX)
            .min(self.genes.len())
    }
}

/// What stage 1 and a look at the values give.
pub(crate) struct Block {
    pub statistics: GeneStatistics,
    pub looks_like_counts: bool,
    /// Where means are of linear values: whether in single precision.
    single: Option<bool>,
}

/// The tables in R's memory, one vector a group and field.
struct Tables {
    genes: Vec<Robj>,
    scores: Vec<Robj>,
    fold_changes: Vec<Robj>,
    p_values: Vec<Robj>,
    p_values_adjusted: Vec<Robj>,
}

impl Tables {
    fn new(n_groups: usize, n_rows: usize) -> Self {
        let doubles = || -> Vec<Robj> {
            (0..n_groups)
                .map(|_| Doubles::new(n_rows).into_robj())
                .collect()
        };
        Self {
            genes: (0..n_groups)
                .map(|_| Integers::new(n_rows).into_robj())
                .collect(),
            scores: doubles(),
            fold_changes: doubles(),
            p_values: doubles(),
            p_values_adjusted: doubles(),
        }
    }

    /// The memory of each group's vectors, to fill from any thread.
    fn rows(&mut self) -> Vec<GroupRows<'_>> {
        fn doubles(robj: &mut Robj) -> &mut [f64] {
            robj.as_real_slice_mut().unwrap_or_default()
        }
        self.genes
            .iter_mut()
            .zip(&mut self.scores)
            .zip(&mut self.fold_changes)
            .zip(&mut self.p_values)
            .zip(&mut self.p_values_adjusted)
            .map(|((((genes, scores), changes), p), adjusted)| GroupRows {
                genes: genes.as_integer_slice_mut().unwrap_or_default(),
                scores: doubles(scores),
                fold_changes: doubles(changes),
                p_values: doubles(p),
                p_values_adjusted: doubles(adjusted),
            })
            .collect()
    }

    fn into_list(self, statistics: &GeneStatistics, counts_like: bool) -> List {
        let counts = &statistics.counts;
        let (n_slots, n_genes) = counts.dim();
        // Slots x genes in row order is genes x slots in R's column order.
        let counts: Vec<i32> = counts.iter().map(|&count| count as i32).collect();
        list!(
            status = "ok",
            genes = List::from_values(self.genes),
            scores = List::from_values(self.scores),
            logfoldchanges = List::from_values(self.fold_changes),
            pvals = List::from_values(self.p_values),
            pvals_adj = List::from_values(self.p_values_adjusted),
            counts = counts,
            counts_dim = vec![n_genes as i32, n_slots as i32],
            looks_like_counts = counts_like
        )
    }
}

extendr_module! {
    mod rank;
    fn rank_groups;
    fn block_statistics;
    fn rank_statistics;
}
