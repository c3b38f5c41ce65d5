//! Cells that are ranked among themselves only.

use super::{Error, Groups};

/// The cells of a level, and what is compared among them.
#[derive(Debug, Clone, Copy)]
pub struct Level<'a> {
    cells: &'a [u32],
    groups: &'a Groups,
}

impl<'a> Level<'a> {
    /// `cells` are places in the matrix, ascending; `groups` are theirs.
    ///
    /// # Errors
    /// [`Error::Groups`] when cells do not ascend, or when the groups are of
    /// another number of cells.
    pub fn new(cells: &'a [u32], groups: &'a Groups) -> Result<Self, Error> {
        let refuse = |problem: &str| Err(Error::Groups(problem.to_string()));
        if !cells.is_sorted_by(|a, b| a < b) {
            return refuse("the cells of a level do not ascend");
        }
        if groups.n_cells() != cells.len() {
            return refuse("the groups of a level are of another number of cells");
        }
        Ok(Self { cells, groups })
    }

    /// Levels of a matrix of so many cells.
    ///
    /// # Errors
    /// [`Error::Groups`] when a cell does not exist or is in two levels.
    pub(crate) fn check_all(levels: &[Self], n_cells: usize) -> Result<(), Error> {
        let mut is_taken = vec![false; n_cells];
        for &cell in levels.iter().flat_map(|level| level.cells) {
            match is_taken.get_mut(cell as usize) {
                Some(is_taken) if !*is_taken => *is_taken = true,
                Some(_) => return Err(Error::Groups(format!("cell {cell} is in two levels"))),
                None => return Err(Error::Groups(format!("there is no cell {cell}"))),
            }
        }
        Ok(())
    }

    pub(crate) fn cells(&self) -> &'a [u32] {
        self.cells
    }

    pub(crate) fn groups(&self) -> &'a Groups {
        self.groups
    }
}
