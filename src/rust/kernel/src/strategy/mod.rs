//! The two ways to rank the genes of a tile, and the one place that chooses.
//!
//! Both give the same numbers. *Sorting* works for everything: the values of
//! each gene are sorted. *Sweeping* is faster where cells have few distinct
//! values: all genes of a tile are ranked in one pass over the values of all
//! cells.

mod sorted;
mod stratified;
mod swept;

pub(crate) use sorted::BySorting;
pub(crate) use swept::BySweeping;

use crate::input::{Error, Groups, Major};
use crate::statistics::{Columns, Row};
use crate::tiles::{cut::cut_by_limit, Cursors, Job, Reader, Shared};
use std::ops::Range;

/// How ranking a tile ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// It does not pay for this tile, whose columns are still to be filled.
    GaveUp,
}

/// Neighbouring genes that are ranked together.
#[derive(Debug, Clone)]
pub(crate) struct Tile {
    pub genes: Range<usize>,
    /// The column of its first ranked gene.
    pub first_column: usize,
    /// Values to gather at once, at most.
    pub limit: u64,
}

/// What a thread works with, whichever way it ranks.
pub(crate) struct Scratch {
    pub reader: Reader,
    /// Where the next tile begins.
    pub cursors: Cursors,
    pub gene: Gene,
}

/// The gene at hand.
pub(crate) struct Gene {
    pub row: Row,
    /// The sum of each slot's values, added cell after cell.
    pub sums: Vec<f64>,
}

/// A way to rank the genes of a tile.
pub(crate) trait Strategy {
    /// Fill the columns of the ranked genes of the tile.
    ///
    /// With cells stored one after another, the cursors of `scratch` point at the
    /// tile's first gene before, and at the next tile's afterwards.
    fn rank(
        &mut self,
        job: &Job,
        shared: &Shared,
        tile: Tile,
        scratch: &mut Scratch,
        columns: &mut Columns,
    ) -> Result<Outcome, Error>;
}

/// Ranks the genes of one span after the other, each tile in the way that suits
/// it.
pub(crate) struct Chooser {
    by_sorting: BySorting,
    by_sweeping: BySweeping,
    scratch: Scratch,
    tile_size: u64,
}

impl Chooser {
    /// `tile_size` is how many stored values a tile has at most.
    pub fn new(groups: &Groups, tile_size: usize) -> Self {
        Self {
            by_sorting: BySorting::default(),
            by_sweeping: BySweeping::default(),
            scratch: Scratch {
                reader: Reader::default(),
                cursors: Cursors::default(),
                gene: Gene {
                    row: Row::new(groups),
                    sums: vec![0.0; groups.len() + 1],
                },
            },
            tile_size: tile_size as u64,
        }
    }

    /// Fill the columns of a span of genes.
    pub fn rank(
        &mut self,
        job: &Job,
        shared: &Shared,
        span: Range<usize>,
        mut columns: Columns,
    ) -> Result<(), Error> {
        let layout = &job.layout;
        let limit = self.tile_size;
        // Genes that are stored one after another are read in place.
        let tiles = match layout.expression.major() {
            Major::Gene => vec![span],
            Major::Cell => {
                self.scratch.cursors.place(layout, span.start);
                let widest = BySweeping::widest_tile(job.groups);
                cut_by_limit(&layout.sizes, span, limit, widest)
            }
        };
        let mut first_column = 0;
        for genes in tiles {
            let n_ranked = layout.n_ranked(genes.clone());
            let tile = Tile {
                genes,
                first_column,
                limit,
            };
            self.rank_tile(job, shared, tile, &mut columns)?;
            first_column += n_ranked;
        }
        Ok(())
    }

    fn rank_tile(
        &mut self,
        job: &Job,
        shared: &Shared,
        tile: Tile,
        columns: &mut Columns,
    ) -> Result<(), Error> {
        let scratch = &mut self.scratch;
        if BySweeping::suits(job) && !shared.has_sweep_given_up() {
            let outcome = self
                .by_sweeping
                .rank(job, shared, tile.clone(), scratch, columns)?;
            match outcome {
                Outcome::Done => {
                    shared.count_swept();
                    return Ok(());
                }
                Outcome::GaveUp => {
                    shared.give_sweep_up();
                    scratch.cursors.place(&job.layout, tile.genes.start);
                }
            }
        }
        self.by_sorting
            .rank(job, shared, tile, scratch, columns)
            .map(|_| ())
    }
}
