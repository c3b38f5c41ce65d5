//! Fractions of cells that express each gene.

use crate::input::Groups;
use crate::statistics::GeneStatistics;

/// Fractions of expressing cells: for each slot, one value per ranked gene.
pub struct Fractions {
    /// Of each selected group; then, with a reference, of the reference.
    pub pts: Vec<Vec<f64>>,
    /// Of the rest of each selected group; none with a reference.
    pub pts_rest: Vec<Vec<f64>>,
}

/// The fractions of all groups, where cells were counted.
pub fn fractions(statistics: &GeneStatistics, groups: &Groups) -> Option<Fractions> {
    let expressing = &statistics.expressing;
    if expressing.nrows() == 0 {
        return None;
    }
    let share = |counts: &mut dyn Iterator<Item = u64>, size: u64| -> Vec<f64> {
        counts.map(|count| count as f64 / size as f64).collect()
    };
    let of_slot = |slot: usize| {
        let mut counts = expressing.row(slot).into_iter().map(|&n| u64::from(n));
        share(&mut counts, groups.size(slot))
    };
    if groups.has_reference() {
        return Some(Fractions {
            pts: (0..=groups.len()).map(of_slot).collect(),
            pts_rest: Vec::new(),
        });
    }
    let totals: Vec<u64> = expressing
        .columns()
        .into_iter()
        .map(|column| column.iter().map(|&n| u64::from(n)).sum())
        .collect();
    let of_rest = |slot: usize| {
        let counts = totals.iter().zip(expressing.row(slot));
        let mut counts = counts.map(|(&total, &own)| total - u64::from(own));
        share(&mut counts, groups.opposite_size(slot))
    };
    Some(Fractions {
        pts: (0..groups.len()).map(of_slot).collect(),
        pts_rest: (0..groups.len()).map(of_rest).collect(),
    })
}
