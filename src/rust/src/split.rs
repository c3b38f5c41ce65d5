//! Ranking within levels of a second annotation: each level is a ranking of its
//! own cells.

use crate::rank::{Call, Tables};
use crate::status::stopped;
use extendr_api::prelude::*;
use std::sync::Arc;
use wilcoxide_control::Control;
use wilcoxide_kernel::{self as kernel, Error, Expression, GeneStatistics, Groups, Job, Level};

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

    /// The codes of the cells of each level, and what is asked of them.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&[i32], &Call)> {
        let calls = self.calls.iter();
        calls.map(|(codes, call)| (codes.as_slice(), call))
    }

    /// For each level, the groups of its cells and its call, of the genes that
    /// `whole` asks for.
    fn groups(&self, whole: &Call) -> std::result::Result<Vec<(Groups, Call)>, Error> {
        let of_level = |(codes, call): &(Vec<i32>, Call)| {
            let call = call.of_genes_of(whole);
            Ok((call.groups(codes)?, call))
        };
        self.calls.iter().map(of_level).collect()
    }

    /// The statistics of all levels, whose groups these are.
    fn rank(
        &self,
        groups: &[(Groups, Call)],
        whole: &Call,
        expression: &Expression,
        control: &Control,
    ) -> std::result::Result<Vec<GeneStatistics>, Error> {
        let levels = self.cells.iter().zip(groups);
        let levels = levels.map(|(cells, (groups, _))| Level::new(cells, groups));
        let levels = levels.collect::<std::result::Result<Vec<_>, _>>()?;
        // These ask for the same everywhere.
        let settings = &whole.settings.statistics;
        kernel::level_statistics(expression, &levels, settings, control)
    }

    /// The statistics of all levels.
    pub(crate) fn statistics(
        &self,
        whole: &Call,
        expression: &Expression,
        control: &Control,
    ) -> std::result::Result<Vec<GeneStatistics>, Error> {
        self.rank(&self.groups(whole)?, whole, expression, control)
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
    let rows: Vec<_> = tables.iter_mut().map(Tables::rows).collect();
    let outcome = call.run(tick, |control| {
        let expression = call.expression(p, idx, x)?;
        let groups = levels.groups(call)?;
        let ranking = |(groups, call): &(Groups, Call)| {
            kernel::work_of_ranking(groups.len(), call.genes().len(), &call.settings.ranking)
        };
        control.expect(expression.n_stored() as u64 + groups.iter().map(ranking).sum::<u64>());
        let all = levels.rank(&groups, call, &expression, control)?;
        for ((statistics, (groups, call)), rows) in all.iter().zip(&groups).zip(rows) {
            let ranking = &call.settings.ranking;
            kernel::rank_statistics(statistics, groups, ranking, control, rows)?;
        }
        let groups = groups.into_iter().map(|(groups, _)| groups);
        Ok::<_, Error>(all.into_iter().zip(groups).collect::<Vec<_>>())
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
