//! Cells that are compared within strata only: donors, batches.

use super::{Error, Groups};

/// How much the strata count beside each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weights {
    /// `1 / (N + 1)` for a stratum of `N` cells that are compared, after van
    /// Elteren (1960).
    #[default]
    VanElteren,
    /// The same for all strata.
    Equal,
}

/// The strata of the cells of some [`Groups`].
#[derive(Debug, Clone)]
pub struct Strata {
    /// Stratum and slot of every cell in one number, see [`Strata::split`].
    places: Vec<u32>,
    slot_bits: u32,
    /// The groups within each stratum, as sizes only.
    members: Vec<Groups>,
    /// For each stratum, the weights of all groups.
    weights: Vec<f64>,
    n_groups: usize,
}

impl Strata {
    /// `codes` are the strata of the cells, from 0 to `n_strata - 1`; those of
    /// cells that take no part do not matter.
    ///
    /// # Errors
    /// [`Error::Groups`] when a cell that takes part is in no stratum, or when
    /// there are too many groups and strata.
    pub(super) fn new(
        groups: &Groups,
        codes: &[i32],
        n_strata: usize,
        weights: Weights,
    ) -> Result<Self, Error> {
        let refuse = |problem: &str| Err(Error::Groups(problem.to_string()));
        if codes.len() != groups.n_cells() {
            return refuse("there are strata for another number of cells");
        }
        let n_slots = groups.len() + 1;
        let slot_bits = usize::BITS - (n_slots - 1).leading_zeros();
        // The last number there is means no slot.
        if (n_strata as u64) << slot_bits > u64::from(u32::MAX) {
            return refuse("there are too many strata");
        }
        let mut sizes = vec![vec![0; n_slots]; n_strata];
        let mut places = Vec::with_capacity(codes.len());
        for (&slot, &code) in groups.slots().iter().zip(codes) {
            if slot == Groups::NO_SLOT {
                places.push(Groups::NO_SLOT);
                continue;
            }
            let stratum = usize::try_from(code).unwrap_or(n_strata);
            let Some(sizes) = sizes.get_mut(stratum) else {
                return refuse("a cell that takes part is in no stratum");
            };
            sizes[slot as usize] += 1;
            places.push((stratum as u32) << slot_bits | slot);
        }
        let members: Vec<Groups> = sizes
            .into_iter()
            .map(|sizes| groups.with_sizes(sizes))
            .collect();
        Ok(Self {
            places,
            slot_bits,
            weights: weigh(&members, groups.len(), weights),
            members,
            n_groups: groups.len(),
        })
    }

    /// Stratum and slot of every cell in one number; [`Groups::NO_SLOT`] for
    /// those that take no part.
    pub(crate) fn places(&self) -> &[u32] {
        &self.places
    }

    /// Stratum and slot of a place.
    #[inline(always)]
    pub(crate) fn split(&self, place: u32) -> (usize, u32) {
        let slot = place & ((1 << self.slot_bits) - 1);
        ((place >> self.slot_bits) as usize, slot)
    }

    /// Number of strata.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// The groups within each stratum: their sizes, of no cells.
    pub(crate) fn members(&self) -> &[Groups] {
        &self.members
    }

    /// What a stratum counts for a group: 0 where a side has no cells.
    ///
    /// Only ratios matter. The largest is 1, so that a stratum that counts alone
    /// has a weight that changes no bit.
    #[inline(always)]
    pub(crate) fn weight(&self, stratum: usize, slot: usize) -> f64 {
        self.weights[stratum * self.n_groups + slot]
    }
}

fn weigh(members: &[Groups], n_groups: usize, weights: Weights) -> Vec<f64> {
    let compared = |stratum: &Groups, slot: usize| {
        let (own, opposite) = (stratum.size(slot), stratum.opposite_size(slot));
        (own > 0 && opposite > 0).then_some(own + opposite)
    };
    let smallest: Vec<u64> = (0..n_groups)
        .map(|slot| {
            let sizes = members.iter().filter_map(|stratum| compared(stratum, slot));
            sizes.min().unwrap_or(0)
        })
        .collect();
    let weight = |stratum: &Groups, slot: usize| match (compared(stratum, slot), weights) {
        (None, _) => 0.0,
        (Some(_), Weights::Equal) => 1.0,
        (Some(n), Weights::VanElteren) => (smallest[slot] + 1) as f64 / (n + 1) as f64,
    };
    let of_stratum = |stratum| (0..n_groups).map(move |slot| weight(stratum, slot));
    members.iter().flat_map(of_stratum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Comparison;

    const CODES: [i32; 8] = [0, 0, 1, 1, -1, 0, 1, 1];
    const STRATA: [i32; 8] = [0, 1, 1, 1, 0, 1, 2, 2];

    fn strata(comparison: Comparison, weights: Weights) -> Groups {
        let groups = Groups::new(&CODES, 2, &[0], comparison).unwrap();
        groups.with_strata(&STRATA, 3, weights).unwrap()
    }

    #[test]
    fn a_stratum_without_a_side_has_no_weight_and_the_smallest_has_1() {
        let groups = strata(Comparison::Rest, Weights::VanElteren);
        let strata = groups.strata().unwrap();
        let sizes: Vec<_> = strata.members().iter().map(|m| m.size(0)).collect();
        assert_eq!(sizes, [1, 2, 0]);
        let weights: Vec<_> = (0..3).map(|stratum| strata.weight(stratum, 0)).collect();
        assert_eq!(weights, [1.0, 3.0 / 5.0, 0.0]);
        let places = strata.places().iter().map(|&place| strata.split(place));
        let expected = [
            (0, 0),
            (1, 0),
            (1, 1),
            (1, 1),
            (0, 1),
            (1, 0),
            (2, 1),
            (2, 1),
        ];
        assert!(places.eq(expected));

        // The cell without a group is not compared any more.
        let groups = self::strata(Comparison::Reference(1), Weights::Equal);
        let strata = groups.strata().unwrap();
        assert_eq!(groups.places()[4], Groups::NO_SLOT);
        let weights: Vec<_> = (0..3).map(|stratum| strata.weight(stratum, 0)).collect();
        assert_eq!(weights, [0.0, 1.0, 0.0]);
    }

    #[test]
    fn every_cell_that_takes_part_is_in_a_stratum() {
        let groups = Groups::new(&CODES, 2, &[0], Comparison::Reference(1)).unwrap();
        let with = |codes: &[i32]| groups.clone().with_strata(codes, 2, Weights::Equal);
        assert!(with(&[0, 1, 0, 1, -1, 0, 0, 0]).is_ok());
        assert!(with(&[0, 1, 0, 1, 0, 0, 0, -1]).is_err());
        assert!(with(&[0, 1, 0, 1, 0, 0, 0, 2]).is_err());
        assert!(with(&[0]).is_err());
    }
}
