//! Which cells are compared with which.

use super::{Error, Strata, Weights};

/// What each group is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// All other cells, those without a group included.
    Rest,
    /// The cells of one other group, given by its code.
    Reference(u32),
}

/// The fewest cells that Scanpy compares as a group.
const LEAST_CELLS: u64 = 2;

/// The selected groups, and a slot for every cell.
///
/// Slots are dense: `0..len()` are the selected groups in the order asked
/// for, `len()` is everything they are compared with besides each other: the
/// cells of no selected group, or the reference. Cells that take no part at
/// all have [`Groups::NO_SLOT`]: those of other groups than a reference and the
/// ones compared with it, or of other strata.
#[derive(Debug, Clone)]
pub struct Groups {
    slots: Vec<u32>,
    sizes: Vec<u64>,
    n_compared: u64,
    comparison: Comparison,
    strata: Option<Strata>,
}

impl Groups {
    pub(crate) const NO_SLOT: u32 = u32::MAX;

    /// Select groups by their codes.
    ///
    /// `codes` has one entry per cell, from 0 to `n_levels - 1`, negative for a
    /// cell without a group. `selected` are the codes to report, in this
    /// order, without the reference.
    ///
    /// # Errors
    /// [`Error::Groups`] when a code is out of range, a group is selected
    /// twice, the reference is among the selected, or a selected group or the
    /// reference has fewer than two cells.
    pub fn new(
        codes: &[i32],
        n_levels: usize,
        selected: &[u32],
        comparison: Comparison,
    ) -> Result<Self, Error> {
        let other = selected.len() as u32;
        let unselected = match comparison {
            Comparison::Rest => other,
            Comparison::Reference(_) => Self::NO_SLOT,
        };
        let mut slot_of_level = vec![unselected; n_levels];
        let mut select = |level: u32, slot: u32| {
            let entry = slot_of_level
                .get_mut(level as usize)
                .ok_or_else(|| Error::Groups(format!("there is no group {level}")))?;
            if *entry != unselected {
                return Err(Error::Groups(format!("group {level} is selected twice")));
            }
            *entry = slot;
            Ok(())
        };
        for (slot, &level) in selected.iter().enumerate() {
            select(level, slot as u32)?;
        }
        if let Comparison::Reference(level) = comparison {
            select(level, other)?;
        }

        let mut slots = Vec::with_capacity(codes.len());
        for &code in codes {
            slots.push(match usize::try_from(code) {
                Err(_) => unselected,
                Ok(level) => *slot_of_level
                    .get(level)
                    .ok_or_else(|| Error::Groups(format!("there is no group {level}")))?,
            });
        }
        let groups = Self::of_slots(slots, selected.len(), comparison);
        groups.check_sizes()?;
        Ok(groups)
    }

    /// The same groups within a stratum: all other cells take no part.
    ///
    /// A group may have one cell there, or none: what its statistics are worth
    /// is for the caller to say.
    pub fn within(&self, is_in_stratum: impl Fn(usize) -> bool) -> Self {
        let slots = self.slots.iter().enumerate();
        let slots = slots.map(|(cell, &slot)| match is_in_stratum(cell) {
            true => slot,
            false => Self::NO_SLOT,
        });
        Self::of_slots(slots.collect(), self.len(), self.comparison)
    }

    /// The same groups, compared within strata only: `codes` has the stratum of
    /// each cell, from 0 to `n_strata - 1`.
    ///
    /// # Errors
    /// [`Error::Groups`] when a cell that takes part is in no stratum, or when
    /// there are too many groups and strata.
    pub fn with_strata(
        mut self,
        codes: &[i32],
        n_strata: usize,
        weights: Weights,
    ) -> Result<Self, Error> {
        self.strata = Some(Strata::new(&self, codes, n_strata, weights)?);
        Ok(self)
    }

    /// Groups of other sizes, in the order of slots, and of no cells.
    pub(super) fn with_sizes(&self, sizes: Vec<u64>) -> Self {
        Self {
            slots: Vec::new(),
            n_compared: sizes.iter().sum(),
            sizes,
            comparison: self.comparison,
            strata: None,
        }
    }

    fn of_slots(slots: Vec<u32>, n_selected: usize, comparison: Comparison) -> Self {
        let mut sizes = vec![0u64; n_selected + 1];
        for &slot in &slots {
            if let Some(size) = sizes.get_mut(slot as usize) {
                *size += 1;
            }
        }
        Self {
            n_compared: sizes.iter().sum(),
            slots,
            sizes,
            comparison,
            strata: None,
        }
    }

    fn check_sizes(&self) -> Result<(), Error> {
        let checked = match self.comparison {
            Comparison::Rest => self.len(),
            Comparison::Reference(_) => self.len() + 1,
        };
        match self.sizes[..checked]
            .iter()
            .position(|&size| size < LEAST_CELLS)
        {
            Some(slot) => Err(Error::Groups(format!(
                "the group in slot {slot} has fewer than two cells"
            ))),
            None => Ok(()),
        }
    }

    /// The number of selected groups.
    pub fn len(&self) -> usize {
        self.sizes.len() - 1
    }

    /// Whether no group is selected.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of cells, whether they take part or not.
    pub fn n_cells(&self) -> usize {
        self.slots.len()
    }

    /// The number of cells that take part.
    pub(crate) fn n_compared(&self) -> u64 {
        self.n_compared
    }

    /// The slot of every cell.
    pub(crate) fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// The strata that cells are compared in, if not all together.
    pub(crate) fn strata(&self) -> Option<&Strata> {
        self.strata.as_ref()
    }

    /// What is read of every cell: its slot, with strata these, too.
    pub(crate) fn places(&self) -> &[u32] {
        match &self.strata {
            Some(strata) => strata.places(),
            None => &self.slots,
        }
    }

    pub(crate) fn has_reference(&self) -> bool {
        matches!(self.comparison, Comparison::Reference(_))
    }

    /// The slot that is no selected group: the others or the reference.
    pub(crate) fn other(&self) -> u32 {
        self.len() as u32
    }

    /// Cells in `slot`, the last one included.
    pub(crate) fn size(&self, slot: usize) -> u64 {
        self.sizes[slot]
    }

    /// Cells that the group in `slot` is compared with.
    pub(crate) fn opposite_size(&self, slot: usize) -> u64 {
        match self.comparison {
            Comparison::Rest => self.n_compared - self.sizes[slot],
            Comparison::Reference(_) => self.sizes[self.len()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: [i32; 9] = [0, 1, 2, -1, 0, 1, 2, 2, 0];

    #[test]
    fn the_rest_holds_unselected_and_ungrouped_cells() {
        let groups = Groups::new(&CODES, 3, &[2, 0], Comparison::Rest).unwrap();
        assert_eq!(groups.slots(), [1, 2, 0, 2, 1, 2, 0, 0, 1]);
        assert_eq!(groups.size(0), 3);
        assert_eq!(groups.opposite_size(0), 6);
        assert_eq!(groups.other(), 2);
    }

    #[test]
    fn with_a_reference_other_cells_take_no_part() {
        let none = Groups::NO_SLOT;
        let groups = Groups::new(&CODES, 3, &[2], Comparison::Reference(1)).unwrap();
        assert_eq!(groups.slots(), [none, 1, 0, none, none, 1, 0, 0, none]);
        assert_eq!(groups.opposite_size(0), 2);
    }

    #[test]
    fn in_a_stratum_cells_of_others_take_no_part() {
        let none = Groups::NO_SLOT;
        let groups = Groups::new(&CODES, 3, &[2, 0], Comparison::Rest).unwrap();
        assert_eq!(groups.n_compared(), 9);
        let stratum = groups.within(|cell| cell < 4);
        assert_eq!(stratum.slots(), [1, 2, 0, 2, none, none, none, none, none]);
        assert_eq!(stratum.n_compared(), 4);
        assert_eq!(stratum.size(0), 1);
        assert_eq!(stratum.opposite_size(0), 3);
    }

    #[test]
    fn bad_groups_are_refused() {
        let new = |codes: &[i32], selected: &[u32], comparison| {
            Groups::new(codes, 3, selected, comparison).map(|_| ())
        };
        assert!(new(&CODES, &[3], Comparison::Rest).is_err());
        assert!(new(&CODES, &[1, 1], Comparison::Rest).is_err());
        assert!(new(&CODES, &[1], Comparison::Reference(1)).is_err());
        assert!(new(&[0, 0, 3], &[0], Comparison::Rest).is_err());
        assert!(new(&[0, 0, 1], &[0, 1], Comparison::Rest).is_err());
        assert!(new(&[0, 0, 1], &[0], Comparison::Reference(1)).is_err());
        assert!(new(&[0, 0, 1], &[0], Comparison::Rest).is_ok());
    }
}
