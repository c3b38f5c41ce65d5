//! B-trees of version 2: indices of links, attributes, heaps and chunks.

use super::bytes::{width, Bytes, UNDEFINED};
use super::File;
use crate::Error;

/// Signature, version and kind; and the checksum.
const NODE_OVERHEAD: u64 = 4 + 1 + 1 + 4;

/// Call `each` for every record, from the first one to the last.
pub(super) fn records(
    file: &File,
    address: u64,
    mut each: impl FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let head = file.checked(address, 38)?;
    let mut head = Bytes(&head);
    head.expect(b"BTHD")?;
    head.take(2)?;
    let node_size = u64::from(head.u32()?);
    let record = u64::from(head.u16()?);
    let depth = head.u16()?;
    head.take(2)?;
    let root = head.u64()?;
    let n = head.u16()?;
    if root == UNDEFINED {
        return Ok(());
    }
    let levels = levels(node_size, record, depth)?;
    let mut walk = Walk {
        file,
        node_size,
        record,
        levels,
        // No two nodes are in the same place.
        nodes_left: file.len() / node_size + 1,
        each: &mut each,
    };
    walk.node(root, u64::from(n), usize::from(depth))
}

/// What the nodes of a level may hold.
struct Level {
    most: u64,
    /// Bytes of the number of records below a node, none for leaves.
    total_bytes: usize,
}

fn levels(node_size: u64, record: u64, depth: u16) -> Result<Vec<Level>, Error> {
    let invalid = || Error::damaged("One of its indices is broken.");
    let room = node_size.saturating_sub(NODE_OVERHEAD);
    if record == 0 || room < record || depth > 32 {
        return invalid();
    }
    let most = room / record;
    let mut levels = vec![Level {
        most,
        total_bytes: 0,
    }];
    let mut total = most;
    for _ in 0..depth {
        let pointer = 8 + width(levels[0].most) + levels[levels.len() - 1].total_bytes;
        let most = room.saturating_sub(pointer as u64) / (record + pointer as u64);
        if most == 0 {
            return invalid();
        }
        total = (most + 1).saturating_mul(total).saturating_add(most);
        levels.push(Level {
            most,
            total_bytes: width(total),
        });
    }
    Ok(levels)
}

struct Walk<'a, F> {
    file: &'a File,
    node_size: u64,
    record: u64,
    levels: Vec<Level>,
    nodes_left: u64,
    each: &'a mut F,
}

impl<F: FnMut(&[u8]) -> Result<(), Error>> Walk<'_, F> {
    fn node(&mut self, address: u64, n: u64, level: usize) -> Result<(), Error> {
        let Some(left) = self.nodes_left.checked_sub(1) else {
            return Error::damaged("One of its indices refers to itself.");
        };
        self.nodes_left = left;
        if n > self.levels[level].most {
            return Error::damaged("A node of one of its indices is too full.");
        }
        let Some(below) = level.checked_sub(1) else {
            let size = NODE_OVERHEAD + n * self.record;
            let bytes = self.file.checked(address, size)?;
            let mut bytes = Bytes(&bytes);
            bytes.expect(b"BTLF")?;
            bytes.take(2)?;
            return bytes
                .0
                .chunks_exact(self.record as usize)
                .try_for_each(&mut self.each);
        };
        let n_bytes = width(self.levels[0].most);
        let total_bytes = self.levels[below].total_bytes;
        let pointer = (8 + n_bytes + total_bytes) as u64;
        let size = NODE_OVERHEAD + n * self.record + (n + 1) * pointer;
        if size > self.node_size {
            return Error::damaged("A node of one of its indices is too full.");
        }
        let bytes = self.file.checked(address, size)?;
        let mut bytes = Bytes(&bytes);
        bytes.expect(b"BTIN")?;
        bytes.take(2)?;
        let mut own = Bytes(bytes.take((n * self.record) as usize)?);
        for child in 0..=n {
            let address = bytes.u64()?;
            let n_child = bytes.number(n_bytes)?;
            bytes.take(total_bytes)?;
            self.node(address, n_child, below)?;
            if child < n {
                (self.each)(own.take(self.record as usize)?)?;
            }
        }
        Ok(())
    }
}
