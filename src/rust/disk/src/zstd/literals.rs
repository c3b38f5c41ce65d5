//! The bytes of a block that are not copied from before.

use super::huffman::Huffman;
use super::{number, take};

/// Read the literals at the start of a block, which are taken off: `most` bytes
/// at most. `huffman` is the table of the blocks before, then of this one.
pub(super) fn read(
    bytes: &mut &[u8],
    most: usize,
    huffman: &mut Option<Huffman>,
    literals: &mut Vec<u8>,
) -> Option<()> {
    let first = *bytes.first()?;
    let (kind, format) = (first & 3, first >> 2 & 3);
    if kind < 2 {
        let size = match format {
            1 => number(bytes, 2)? >> 4,
            3 => number(bytes, 3)? >> 4,
            _ => number(bytes, 1)? >> 3,
        } as usize;
        if size > most {
            return None;
        }
        literals.clear();
        match kind {
            0 => literals.extend(take(bytes, size)?),
            _ => literals.resize(size, number(bytes, 1)? as u8),
        }
        return Some(());
    }
    let (length, width) = [(3, 10), (3, 10), (4, 14), (5, 18)][usize::from(format)];
    let header = number(bytes, length)? >> 4;
    let size = (header & ((1 << width) - 1)) as usize;
    let packed = (header >> width) as usize;
    if size > most {
        return None;
    }
    let mut packed = take(bytes, packed)?;
    if kind == 2 {
        *huffman = Some(Huffman::read(&mut packed)?);
    }
    let huffman = huffman.as_ref()?;
    literals.resize(size, 0);
    if format == 0 {
        return huffman.unpack(packed, literals);
    }
    let mut sizes = [0; 3];
    for size in &mut sizes {
        *size = number(&mut packed, 2)? as usize;
    }
    let quarter = size.div_ceil(4);
    let mut rest = literals.as_mut_slice();
    for size in sizes {
        let (now, later) = rest.split_at_mut_checked(quarter)?;
        huffman.unpack(take(&mut packed, size)?, now)?;
        rest = later;
    }
    huffman.unpack(packed, rest)
}
