//! Ranking within levels of a second annotation: each level is a ranking of its
//! own cells.

use crate::rank::{Call, Tables};
use crate::status::stopped;
use extendr_api::prelude::*;
use std::sync::Arc;
use wilcoxide_control::Control;
use wilcoxide_kernel::{self as kernel, Error, Expression, GeneStatistics, Groups, Job, Parts};

/// The levels of a call; none where all cells are ranked together.
#[derive(Clone, Default)]
pub(crate) struct Levels {
    /// The cells of each level, ascending.
    cells: Arc<Vec<Vec<u32>>>,
    /// For each level, the groups of its cells and what is asked of them.
    calls: Arc<Vec<(Vec<i32>, Call)>>,
}

impl Levels {
    /// Read a list of levels: of each the `cells`, from 0, their `codes`, and the
    /// `settings` of a ranking of these cells alone.
    pub(crate) fn from_list(list: &List) -> std::result::Result<Self, &'static str> {
        let mut cells = Vec::with_capacity(list.len());
        let mut calls = Vec::with_capacity(list.len());
        for level in list.values() {
            let level = List::try_from(level).map_err(|_| "split")?;
            let get = |name| level.dollar(name).map_err(|_| "split");
            let of_level = get("cells")?.as_integer_vector().ok_or("split")?;
            let index = |cell| u32::try_from(cell).map_err(|_| "split");
            cells.push(
                of_level
                    .into_iter()
                    .map(index)
                    .collect::<std::result::Result<_, _>>()?,
            );
            let settings = List::try_from(get("settings")?).map_err(|_| "split")?;
            let codes = get("codes")?.as_integer_vector().ok_or("split")?;
            calls.push((codes, Call::from_list(&settings)?));
        }
        Ok(Self {
            cells: Arc::new(cells),
            calls: Arc::new(calls),
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Do something for each level: with its number, its matrix, its groups and
    /// its call, of the genes that `whole` asks for.
    ///
    /// Values that are not numbers are counted in all levels.
    fn each(
        &self,
        whole: &Call,
        expression: &Expression,
        mut work: impl FnMut(usize, &Expression, &Groups, &Call) -> std::result::Result<(), Error>,
    ) -> std::result::Result<(), Error> {
        let mut parts = Parts::new(expression, &self.cells);
        let mut bad: Option<(u64, usize)> = None;
        for (number, (codes, call)) in self.calls.iter().enumerate() {
            let call = call.of_genes_of(whole);
            match work(number, &parts.take(number)?, &call.groups(codes)?, &call) {
                Err(Error::NotANumber { count, first_gene }) => {
                    let (all, first) = bad.unwrap_or((0, first_gene));
                    bad = Some((all + count, first.min(first_gene)));
                }
                other => other?,
            }
        }
        match bad {
            None => Ok(()),
            Some((count, first_gene)) => Err(Error::NotANumber { count, first_gene }),
        }
    }

    /// The statistics of all levels.
    pub(crate) fn statistics(
        &self,
        whole: &Call,
        expression: &Expression,
        control: &Control,
    ) -> std::result::Result<Vec<GeneStatistics>, Error> {
        let mut all = Vec::with_capacity(self.calls.len());
        self.each(whole, expression, |_, matrix, groups, call| {
            let job = Job::new(matrix, groups, &call.settings.statistics)?;
            all.push(kernel::gene_statistics(&job, control)?);
            Ok(())
        })?;
        Ok(all)
    }
}

/// Rank the genes within each level: `rank_matrix()` of a call with levels.
pub(crate) fn rank_levels(
    call: &Call,
    (p, idx, x): (&[i32], &[i32], &[f64]),
    tick: &Nullable<Function>,
) -> List {
    let levels = &call.levels;
    let mut tables: Vec<Tables> = levels.calls.iter().map(|(_, c)| Tables::new(c)).collect();
    let mut rows: Vec<_> = tables.iter_mut().map(Tables::rows).collect();
    let outcome = call.run(tick, |control| {
        let expression = call.expression(p, idx, x)?;
        control.expect(expression.n_stored() as u64);
        let mut all = Vec::with_capacity(rows.len());
        levels.each(call, &expression, |number, matrix, groups, call| {
            let job = Job::new(matrix, groups, &call.settings.statistics)?;
            let statistics = kernel::gene_statistics(&job, control)?;
            let rows = std::mem::take(&mut rows[number]);
            let ranking = &call.settings.ranking;
            kernel::rank_statistics(&statistics, groups, ranking, control, rows)?;
            all.push((statistics, groups.clone()));
            Ok(())
        })?;
        Ok::<_, Error>(all)
    });
    match outcome {
        Err(stop) => stopped(stop),
        Ok(all) => {
            let looks_like_counts = all
                .iter()
                .all(|(statistics, _)| statistics.values.look_like_counts);
            let lists = tables
                .into_iter()
                .zip(&all)
                .map(|(tables, (statistics, groups))| tables.into_list(statistics, groups));
            list!(
                status = "ok",
                looks_like_counts = looks_like_counts,
                levels = List::from_values(lists)
            )
        }
    }
}

/// What R gets of the statistics of a block: one packed list, with levels a list
/// of them.
pub(crate) fn pack_all(call: &Call, statistics: &[GeneStatistics]) -> Robj {
    let mut packed = statistics.iter().map(crate::statistics::pack);
    if call.levels.is_empty() {
        packed.next().map(Robj::from).unwrap_or_default()
    } else {
        List::from_values(packed).into_robj()
    }
}

/// The statistics of a matrix: one, with levels one of each.
pub(crate) fn statistics_of(
    call: &Call,
    expression: &Expression,
    codes: &[i32],
    control: &Control,
) -> std::result::Result<Vec<GeneStatistics>, Error> {
    if !call.levels.is_empty() {
        return call.levels.statistics(call, expression, control);
    }
    let groups = call.groups(codes)?;
    let job = Job::new(expression, &groups, &call.settings.statistics)?;
    Ok(vec![kernel::gene_statistics(&job, control)?])
}
