//! Fractions of cells that express each gene.

use crate::input::Groups;
use crate::statistics::GeneStatistics;

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
    }
}
