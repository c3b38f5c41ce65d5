//! Means, and fold changes that are made of sums.

use crate::input::Groups;
use crate::math::log2;
use crate::statistics::Definition;
use crate::test::Sides;
use ndarray::{s, Array2, ArrayView1, ArrayView2};

/// The sums of both sides of some groups, if they were kept.
pub(super) struct AllSums<'a>(Option<Kept<'a>>);

struct Kept<'a> {
    /// One row per group, and any others.
    own: ArrayView2<'a, f64>,
    /// One row per group; one for all against a reference.
    opposite: &'a Array2<f64>,
}

impl<'a> AllSums<'a> {
    pub fn new(sums: &'a Array2<f64>, opposite: &'a Array2<f64>) -> Self {
        let own = sums.view();
        Self((opposite.nrows() > 0).then_some(Kept { own, opposite }))
    }

    /// Those of the group in a row.
    pub fn of_group(&self, row: usize, sides: Sides) -> SumsOfSides<'_> {
        let sums = match &self.0 {
            Some(kept) => {
                let opposite = if kept.opposite.nrows() == 1 { 0 } else { row };
                Some((kept.own.row(row), kept.opposite.row(opposite)))
            }
            None => None,
        };
        SumsOfSides { sides, sums }
    }
}

/// The sums over what each group is compared with: one row per group, one for
/// all against a reference, and none where sums were not kept.
///
/// The sum over a rest is that of all other slots, each added in the order of
/// cells: those before the group and those after it. No difference is taken, so
/// that a small sum is as accurate as a large one.
pub(super) fn opposite_sums(sums: &Array2<f64>, groups: &Groups) -> Array2<f64> {
    let k = groups.len();
    if sums.nrows() == 0 {
        return Array2::zeros((0, sums.ncols()));
    }
    if groups.has_reference() {
        return sums.slice(s![k..=k, ..]).to_owned();
    }
    let mut opposite = Array2::zeros((k, sums.ncols()));
    let mut others = sums.row(k).to_owned();
    for slot in (0..k).rev() {
        opposite.row_mut(slot).assign(&others);
        others += &sums.row(slot);
    }
    others.fill(0.0);
    for slot in 1..k {
        others += &sums.row(slot - 1);
        let mut row = opposite.row_mut(slot);
        row += &others;
    }
    opposite
}

/// The sums of a group and of its other side, gene by gene.
#[derive(Clone, Copy)]
pub(super) struct SumsOfSides<'a> {
    sides: Sides,
    sums: Option<(ArrayView1<'a, f64>, ArrayView1<'a, f64>)>,
}

impl SumsOfSides<'_> {
    /// # Panics
    /// Where the sums were not kept.
    fn at(&self, gene: usize) -> (f64, f64) {
        match self.sums {
            Some((own, opposite)) => (own[gene], opposite[gene]),
            None => panic!("the sums were not kept"),
        }
    }

    pub fn mean(&self, gene: usize) -> f64 {
        self.at(gene).0 / self.sides.group as f64
    }

    pub fn opposite_mean(&self, gene: usize) -> f64 {
        self.at(gene).1 / self.sides.opposite as f64
    }
}

/// The fold changes of one group.
pub(super) enum FoldChanges<'a> {
    /// Scanpy's, made in stage 1.
    Made(ArrayView1<'a, f32>),
    /// Those that follow another definition.
    OfSums(Definition, SumsOfSides<'a>),
}

impl FoldChanges<'_> {
    pub fn at(&self, gene: usize) -> f64 {
        match self {
            Self::Made(made) => f64::from(made[gene]),
            Self::OfSums(definition, of) => {
                let (sum, opposite) = of.at(gene);
                let (n1, n2) = (of.sides.group as f64, of.sides.opposite as f64);
                match *definition {
                    Definition::Seurat { pseudocount } => {
                        let side = |sum: f64, n: f64| log2((sum + pseudocount) / n);
                        side(sum, n1) - side(opposite, n2)
                    }
                    Definition::Seurat4 { pseudocount } => {
                        let side = |sum: f64, n: f64| log2(sum / n + pseudocount);
                        side(sum, n1) - side(opposite, n2)
                    }
                    Definition::MeanDifference | Definition::Scanpy { .. } => {
                        sum / n1 - opposite / n2
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Comparison;

    /// Of one gene, with sums of 1, 2 and 4 in slots of 2, 3 and 2 cells.
    fn means(comparison: Comparison) -> Vec<(f64, f64)> {
        let groups = Groups::new(&[0, 0, 1, 1, 1, 2, 2], 3, &[0, 1], comparison).unwrap();
        let sums = Array2::from_shape_vec((3, 1), vec![1.0, 2.0, 4.0]).unwrap();
        let opposite = opposite_sums(&sums, &groups);
        let all = AllSums::new(&sums, &opposite);
        let of_group = |slot: usize| {
            let sides = Sides {
                group: groups.size(slot),
                opposite: groups.opposite_size(slot),
            };
            let sums = all.of_group(slot, sides);
            (sums.mean(0), sums.opposite_mean(0))
        };
        (0..2).map(of_group).collect()
    }

    #[test]
    fn means_are_of_the_group_and_of_what_it_is_compared_with() {
        assert_eq!(
            means(Comparison::Rest),
            [(0.5, 6.0 / 5.0), (2.0 / 3.0, 5.0 / 4.0)]
        );
        assert_eq!(
            means(Comparison::Reference(2)),
            [(0.5, 2.0), (2.0 / 3.0, 2.0)]
        );
    }
}
