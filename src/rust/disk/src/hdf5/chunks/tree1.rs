//! Chunks in a B-tree of version 1.

use super::Found;
use crate::hdf5::bytes::Bytes;
use crate::Error;

pub(super) fn read(found: &mut Found, address: u64) -> Result<(), Error> {
    // A tree of HDF5 has no more nodes, but for one of very few chunks.
    let nodes = 2 * found.chunks.len() + 8;
    Walk {
        found,
        nodes_left: nodes,
    }
    .node(address, None)
}

struct Walk<'f, 'a> {
    found: &'f mut Found<'a>,
    nodes_left: usize,
}

impl Walk<'_, '_> {
    /// Take in the chunks below a node; `level` is the one that it must have.
    fn node(&mut self, address: u64, level: Option<u8>) -> Result<(), Error> {
        let Some(left) = self.nodes_left.checked_sub(1) else {
            return Error::damaged("The index of its chunks refers to itself.");
        };
        self.nodes_left = left;
        let grid = self.found.grid;
        let head = grid.file.structure(address, 24)?;
        let mut head = Bytes(&head);
        head.expect(b"TREE")?;
        let kind = head.u8()?;
        let own_level = head.u8()?;
        if kind != 1 || level.is_some_and(|level| level != own_level) {
            return Error::damaged("The index of its chunks is broken.");
        }
        let n_entries = u64::from(head.u16()?);
        let rank = grid.dims.len();
        // Size, mask, a place a dimension and one in the value; then where.
        let entry = 8 + 8 * (rank as u64 + 1) + 8;
        let entries = grid.file.structure(address + 24, n_entries * entry)?;
        let mut entries = Bytes(&entries);
        let mut place = vec![0; rank];
        for _ in 0..n_entries {
            let size = u64::from(entries.u32()?);
            let mask = entries.u32()?;
            for (place, &length) in place.iter_mut().zip(grid.lengths()) {
                let first = entries.u64()?;
                if first % length != 0 {
                    return Error::damaged("One of its chunks does not start where a chunk may.");
                }
                *place = first / length;
            }
            entries.take(8)?;
            let address = entries.u64()?;
            match own_level.checked_sub(1) {
                Some(below) => self.node(address, Some(below))?,
                None => self.found.add(&place, address, size, mask)?,
            }
        }
        Ok(())
    }
}
