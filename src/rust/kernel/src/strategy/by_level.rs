//! Ranking within levels, where values are stored by gene: those of a gene are
//! dealt out by level once, and each level's are ranked by themselves.

use super::sorted::Ranker;
use super::spans::{share, spans};
use super::Gene;
use crate::input::Error;
use crate::statistics::{Columns, GeneStatistics};
use crate::tiles::{Asked, Dealt, LevelJob, Shared};

/// Fill the columns of all genes in every level, by all threads.
pub(crate) fn rank_levels(
    job: &LevelJob,
    shared: &Shared,
    statistics: &mut [GeneStatistics],
) -> Result<(), Error> {
    // What is seen of its values is a matter of each level.
    let seen: Vec<Shared> = job.levels.iter().map(|_| shared.alike()).collect();
    let mut tasks = Vec::new();
    let mut rest: Vec<Columns> = statistics.iter_mut().map(Columns::all).collect();
    for span in spans(&job.layout, 0) {
        let n_ranked = job.layout.n_ranked(span.clone());
        let cut = rest.into_iter().map(|columns| columns.split_at(n_ranked));
        let (columns, others): (Vec<_>, Vec<_>) = cut.unzip();
        tasks.push((span, columns));
        rest = others;
    }
    drop(rest);
    share(shared, tasks, |next| {
        let mut dealt = Dealt::new(job);
        let new = |level: &Asked| Gene::new(level.groups);
        let mut genes: Vec<Gene> = job.levels.iter().map(new).collect();
        let mut ranker = Ranker::default();
        while let Some((span, mut columns)) = next() {
            let ranked = span.filter(|&gene| job.layout.is_ranked(gene));
            for (at, gene) in ranked.enumerate() {
                dealt.deal_out(job, shared, gene)?;
                for (level, asked) in job.levels.iter().enumerate() {
                    let (row, seen) = (&mut genes[level], &seen[level]);
                    ranker.rank_gene(asked, seen, dealt.column(level, seen), row);
                    row.row.put(&mut columns[level], at);
                }
                shared.checkpoint(job.layout.sizes[gene].into())?;
            }
        }
        Ok(())
    })?;
    for (statistics, seen) in statistics.iter_mut().zip(&seen) {
        statistics.values = seen.values();
    }
    Ok(())
}
