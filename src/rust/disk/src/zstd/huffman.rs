//! Codes of literals, shorter for those that are there often.

use super::bits::Backward;
use super::fse::Table;
use super::{number, take};

/// The most bits that a code has.
const LONGEST: u32 = 11;

/// For each sequence of bits the literal that it begins with.
#[derive(Default)]
pub(super) struct Huffman {
    log: u32,
    /// The literal, and how many bits its code has.
    codes: Vec<(u8, u8)>,
}

impl Huffman {
    /// As described at the start of `bytes`, which is taken off.
    pub fn read(bytes: &mut &[u8]) -> Option<Self> {
        let header = number(bytes, 1)? as usize;
        let weights = match header.checked_sub(127) {
            Some(0) | None => fse_weights(take(bytes, header)?)?,
            Some(n) => {
                let packed = take(bytes, n.div_ceil(2))?;
                let both = packed.iter().flat_map(|&byte| [byte >> 4, byte & 15]);
                both.take(n).collect()
            }
        };
        Self::new(weights)
    }

    /// By the weights of all literals but the last one: 0 for none, and one more
    /// for twice as often.
    fn new(mut weights: Vec<u8>) -> Option<Self> {
        let share = |weight: u8| match weight {
            0 => 0,
            weight => 1usize << (weight - 1),
        };
        if weights.iter().any(|&weight| u32::from(weight) > LONGEST) {
            return None;
        }
        let sum: usize = weights.iter().map(|&weight| share(weight)).sum();
        let log = sum.checked_ilog2()? + 1;
        // The last one has what is left.
        let rest = (1 << log) - sum;
        if log > LONGEST || !rest.is_power_of_two() {
            return None;
        }
        weights.push(rest.ilog2() as u8 + 1);
        let mut codes = Vec::with_capacity(1 << log);
        for weight in 1..=log as u8 {
            let of_weight = weights.iter().enumerate().filter(|(_, &own)| own == weight);
            for (literal, _) in of_weight {
                let code = (literal as u8, log as u8 + 1 - weight);
                codes.extend((0..share(weight)).map(|_| code));
            }
        }
        (weights.len() <= 256 && codes.len() == 1 << log).then_some(Self { log, codes })
    }

    /// Fill `out` from a stream that has nothing else.
    pub fn unpack(&self, bytes: &[u8], out: &mut [u8]) -> Option<()> {
        let mut bits = Backward::new(bytes)?;
        for out in out {
            let (literal, length) = self.codes[bits.peek(self.log) as usize];
            bits.skip(length.into());
            *out = literal;
        }
        bits.is_at_end().then_some(())
    }
}

/// Weights that are compressed themselves, by two states in turn.
fn fse_weights(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let table = Table::read(&mut bytes, LONGEST as u8 + 1, 6)?;
    let mut bits = Backward::new(bytes)?;
    let mut states = [table.start(&mut bits), table.start(&mut bits)];
    let mut weights = Vec::with_capacity(256);
    for turn in 0.. {
        weights.push(table.symbol(states[turn % 2]));
        states[turn % 2] = table.next(states[turn % 2], &mut bits);
        if bits.is_beyond() {
            weights.push(table.symbol(states[(turn + 1) % 2]));
            break;
        }
        if weights.len() > 255 {
            return None;
        }
    }
    Some(weights)
}
