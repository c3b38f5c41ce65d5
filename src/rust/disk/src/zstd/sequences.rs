//! Sequences: literals, and what is copied from before.

use super::bits::Backward;
use super::fse::Table;
use super::{number, Frame};

/// What the symbols of a table stand for: numbers from a base on, by bits that
/// follow.
struct Codes {
    /// The base of the first symbol.
    first: u32,
    /// Bits of each symbol; the base of the next one is so much higher.
    bits: &'static [u8],
    /// The most states of a table, as a power of 2.
    most: u32,
    /// The table where none is described, with the same.
    counts: &'static [i16],
    log: u32,
}

const LITERAL_LENGTHS: Codes = Codes {
    first: 0,
    bits: &[
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10,
        11, 12, 13, 14, 15, 16,
    ],
    most: 9,
    counts: &[
        4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1,
        1, 1, -1, -1, -1, -1,
    ],
    log: 6,
};

const MATCH_LENGTHS: Codes = Codes {
    first: 3,
    bits: &[
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    ],
    most: 9,
    counts: &[
        1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
    log: 6,
};

const OFFSETS: Codes = Codes {
    first: 1,
    bits: &[
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
        25, 26, 27, 28, 29, 30, 31,
    ],
    most: 8,
    counts: &[
        1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
    ],
    log: 5,
};

impl Codes {
    /// The table of a block: described at the start of `bytes`, which is taken
    /// off, or as it was in the block before.
    fn table(&self, mode: u64, bytes: &mut &[u8], table: &mut Option<Table>) -> Option<()> {
        let last = self.bits.len() as u8 - 1;
        *table = match mode {
            0 => Table::new(self.counts, self.log),
            1 => Some(Table::one(number(bytes, 1)? as u8)),
            2 => Some(Table::read(bytes, last, self.most)?),
            _ => table.take(),
        };
        let is_known = table.as_ref()?.last_symbol() <= last;
        is_known.then_some(())
    }

    /// The number of each symbol without its bits.
    fn bases(&self) -> Vec<(u32, u8)> {
        let mut base = self.first;
        let bases = self.bits.iter().map(|&bits| {
            let own = base;
            base = base.wrapping_add(1 << bits);
            (own, bits)
        });
        bases.collect()
    }
}

/// Put together a block from its literals and `bytes`, after the `at` bytes of
/// its frame that `out` has: how many it has then.
pub(super) fn run(
    mut bytes: &[u8],
    mut literals: &[u8],
    frame: &mut Frame,
    out: &mut [u8],
    mut at: usize,
) -> Option<usize> {
    let n = match number(&mut bytes, 1)? {
        n @ 0..=127 => n,
        255 => number(&mut bytes, 2)? + 0x7f00,
        high => ((high - 128) << 8) + number(&mut bytes, 1)?,
    };
    if n > 0 {
        let modes = number(&mut bytes, 1)?;
        if modes & 3 != 0 {
            return None;
        }
        let Frame {
            literal_lengths,
            offsets,
            match_lengths,
            recent,
            ..
        } = frame;
        LITERAL_LENGTHS.table(modes >> 6, &mut bytes, literal_lengths)?;
        OFFSETS.table(modes >> 4 & 3, &mut bytes, offsets)?;
        MATCH_LENGTHS.table(modes >> 2 & 3, &mut bytes, match_lengths)?;
        let tables = [
            literal_lengths.as_ref()?,
            offsets.as_ref()?,
            match_lengths.as_ref()?,
        ];
        let bases = [
            LITERAL_LENGTHS.bases(),
            OFFSETS.bases(),
            MATCH_LENGTHS.bases(),
        ];
        let mut bits = Backward::new(bytes)?;
        let mut states = tables.map(|table| table.start(&mut bits));
        for left in (0..n).rev() {
            let mut value = |of: usize| {
                let (base, n) = bases[of][usize::from(tables[of].symbol(states[of]))];
                (base + bits.read(n.into())) as usize
            };
            let offset = value(1);
            let length = value(2);
            let n_literals = value(0);
            // Each of these is at least one bit, or the stream has an end.
            if bits.is_beyond() {
                return None;
            }
            let (now, later) = literals.split_at_checked(n_literals)?;
            literals = later;
            let offset = offset_of(offset, n_literals == 0, recent)?;
            at = copy(now, offset, length, out, at)?;
            if left > 0 {
                for of in [0, 2, 1] {
                    states[of] = tables[of].next(states[of], &mut bits);
                }
            }
        }
        if !bits.is_at_end() {
            return None;
        }
    } else if !bytes.is_empty() {
        return None;
    }
    out.get_mut(at..at + literals.len())?
        .copy_from_slice(literals);
    Some(at + literals.len())
}

/// How far back a sequence copies from: 1 to 3 mean recent offsets.
#[inline]
pub(super) fn offset_of(value: usize, no_literals: bool, recent: &mut [usize; 3]) -> Option<usize> {
    let which = match value {
        1..=3 => value - 1 + usize::from(no_literals),
        _ => 4,
    };
    let offset = match which {
        0..=2 => recent[which],
        3 => recent[0].checked_sub(1)?,
        _ => value - 3,
    };
    // It is the most recent one now; that in whose place it was is gone.
    let last = which.min(2);
    recent.copy_within(..last, 1);
    recent[0] = offset;
    (offset > 0).then_some(offset)
}

/// Add literals to the `at` bytes of `out`, and `length` bytes from `offset`
/// back: how many it has then.
#[inline]
pub(super) fn copy(
    literals: &[u8],
    offset: usize,
    length: usize,
    out: &mut [u8],
    at: usize,
) -> Option<usize> {
    let end = at + literals.len();
    out.get_mut(at..end)?.copy_from_slice(literals);
    let from = end.checked_sub(offset)?;
    if length > out.len() - end {
        return None;
    }
    if offset >= length {
        out.copy_within(from..from + length, end);
        return Some(end + length);
    }
    // What was copied is copied again.
    for step in 0..length {
        out[end + step] = out[from + step];
    }
    Some(end + length)
}
