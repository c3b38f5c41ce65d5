//! Fractions of cells that express each gene.

use crate::input::Groups;
use crate::statistics::GeneStatistics;
use crate::test::Sides;
use ndarray::{Array2, ArrayView1, ArrayView2};

/// How many cells express each gene, of all that each group and its rest have
/// together or, against a reference, of the reference: one row, none where cells
/// were not counted.
pub(super) fn opposite_counts(statistics: &GeneStatistics, groups: &Groups) -> Array2<u64> {
    let counts = &statistics.expressing;
    let mut row = Array2::zeros((counts.nrows().min(1), counts.ncols()));
    let last = groups.len();
    for (slot, counts) in counts.rows().into_iter().enumerate() {
        if !groups.has_reference() || slot == last {
            row.row_mut(0)
                .zip_mut_with(&counts, |all, &n| *all += u64::from(n));
        }
    }
    row
}

/// How many cells of the groups of some rows, and of their other sides, express
/// each gene.
pub(super) struct Expressing<'a> {
    counts: ArrayView2<'a, u32>,
    opposite: ArrayView2<'a, u64>,
    has_reference: bool,
}

impl<'a> Expressing<'a> {
    /// `opposite` is what [`opposite_counts`] gave.
    pub fn new(statistics: &'a GeneStatistics, opposite: &'a Array2<u64>, groups: &Groups) -> Self {
        Self {
            counts: statistics.expressing.view(),
            opposite: opposite.view(),
            has_reference: groups.has_reference(),
        }
    }

    /// Those of the group in a row; `None` where cells were not counted.
    pub fn of_group(&self, row: usize, sides: Sides) -> Option<ExpressingSides<'_>> {
        (self.opposite.nrows() > 0).then(|| ExpressingSides {
            sides,
            own: self.counts.row(row),
            opposite: self.opposite.row(0),
            has_reference: self.has_reference,
        })
    }
}

/// Which fractions of the cells of a group and of its other side express a gene.
#[derive(Clone, Copy)]
pub(super) struct ExpressingSides<'a> {
    sides: Sides,
    own: ArrayView1<'a, u32>,
    opposite: ArrayView1<'a, u64>,
    has_reference: bool,
}

impl ExpressingSides<'_> {
    pub fn fraction(&self, gene: usize) -> f64 {
        f64::from(self.own[gene]) / self.sides.group as f64
    }

    pub fn opposite_fraction(&self, gene: usize) -> f64 {
        let own = match self.has_reference {
            true => 0,
            false => u64::from(self.own[gene]),
        };
        (self.opposite[gene] - own) as f64 / self.sides.opposite as f64
    }

    /// Whether at least this fraction of the cells express a gene, on either
    /// side.
    pub fn reach(&self, gene: usize, fraction: f64) -> bool {
        self.fraction(gene).max(self.opposite_fraction(gene)) >= fraction
    }
}

/// Fractions of expressing cells, of statistics that counted them.
pub struct Fractions<'a> {
    statistics: &'a GeneStatistics,
    groups: &'a Groups,
    /// For each gene, expressing cells among all.
    totals: Vec<u64>,
}

impl<'a> Fractions<'a> {
    /// `None` where cells were not counted.
    pub fn new(statistics: &'a GeneStatistics, groups: &'a Groups) -> Option<Self> {
        let columns = statistics.expressing.columns();
        let total = |column: ndarray::ArrayView1<u32>| column.iter().map(|&n| u64::from(n)).sum();
        (statistics.expressing.nrows() > 0).then(|| Self {
            statistics,
            groups,
            totals: columns.into_iter().map(total).collect(),
        })
    }

    /// Slots that have a fraction of their own: the selected groups, and a
    /// reference.
    pub fn n_slots(&self) -> usize {
        self.groups.len() + usize::from(self.groups.has_reference())
    }

    /// Selected groups that have a rest.
    pub fn n_rests(&self) -> usize {
        match self.groups.has_reference() {
            true => 0,
            false => self.groups.len(),
        }
    }

    /// The fraction of a slot's cells that express each gene.
    pub fn of_slot(&self, slot: usize) -> impl ExactSizeIterator<Item = f64> + '_ {
        let size = self.groups.size(slot) as f64;
        let counts = self.statistics.expressing.row(slot);
        counts
            .into_iter()
            .map(move |&count| f64::from(count) / size)
    }

    /// The fraction of a group's rest that expresses each gene.
    pub fn of_rest(&self, slot: usize) -> impl ExactSizeIterator<Item = f64> + '_ {
        let size = self.groups.opposite_size(slot) as f64;
        let counts = self.statistics.expressing.row(slot);
        let pairs = self.totals.iter().zip(counts);
        pairs.map(move |(&total, &own)| (total - u64::from(own)) as f64 / size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Comparison;
    use crate::statistics::Settings;

    const CODES: [i32; 7] = [0, 0, 1, 1, 2, 2, 2];

    /// Of one gene that 1, 2 and 1 cells of the slots express.
    fn fractions(comparison: Comparison) -> (Vec<f64>, Vec<f64>) {
        let groups = Groups::new(&CODES, 3, &[0, 1], comparison).unwrap();
        let settings = Settings {
            pts: true,
            ..Default::default()
        };
        let mut statistics = GeneStatistics::zeros(&groups, &settings, 1);
        for (count, n) in statistics.expressing.iter_mut().zip([1, 2, 1]) {
            *count = n;
        }
        let fractions = Fractions::new(&statistics, &groups).unwrap();
        let opposite = opposite_counts(&statistics, &groups);
        let expressing = Expressing::new(&statistics, &opposite, &groups);
        for slot in 0..groups.len() {
            let sides = Sides {
                group: groups.size(slot),
                opposite: groups.opposite_size(slot),
            };
            let of_group = expressing.of_group(slot, sides).unwrap();
            let own = fractions.of_slot(slot).next().unwrap();
            let other = match comparison {
                Comparison::Rest => fractions.of_rest(slot).next().unwrap(),
                Comparison::Reference(_) => fractions.of_slot(2).next().unwrap(),
            };
            assert_eq!(of_group.fraction(0), own);
            assert_eq!(of_group.opposite_fraction(0), other);
            assert!(of_group.reach(0, own) && of_group.reach(0, other));
            assert!(!of_group.reach(0, own.max(other) + 0.01));
        }
        let of_slots = (0..fractions.n_slots()).flat_map(|slot| fractions.of_slot(slot));
        let of_rests = (0..fractions.n_rests()).flat_map(|slot| fractions.of_rest(slot));
        (of_slots.collect(), of_rests.collect())
    }

    #[test]
    fn a_rest_holds_all_other_cells_and_a_reference_has_no_rest() {
        let rest = fractions(Comparison::Rest);
        assert_eq!(rest, (vec![0.5, 1.0], vec![3.0 / 5.0, 2.0 / 5.0]));
        let reference = fractions(Comparison::Reference(2));
        assert_eq!(reference, (vec![0.5, 1.0, 1.0 / 3.0], vec![]));
    }

    #[test]
    fn without_counts_there_are_none() {
        let groups = Groups::new(&CODES, 3, &[0, 1], Comparison::Rest).unwrap();
        let statistics = GeneStatistics::zeros(&groups, &Settings::default(), 1);
        assert!(Fractions::new(&statistics, &groups).is_none());
        let opposite = opposite_counts(&statistics, &groups);
        assert_eq!(opposite.nrows(), 0);
    }
}
