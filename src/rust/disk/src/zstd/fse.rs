//! Tables of finite state entropy, by which symbols take fractions of bits.

use super::bits::Backward;

/// For each state a symbol, and the states that may follow.
#[derive(Clone, Default)]
pub(super) struct Table {
    log: u32,
    states: Vec<State>,
}

#[derive(Clone, Copy, Default)]
struct State {
    symbol: u8,
    /// The next state is this, and what so many bits say.
    bits: u8,
    base: u16,
}

impl Table {
    /// Of a symbol that is always meant.
    pub fn one(symbol: u8) -> Self {
        let state = State {
            symbol,
            ..State::default()
        };
        Self {
            log: 0,
            states: vec![state],
        }
    }

    /// Of `2^log` states, as many for each symbol as `counts` say; -1 is for a
    /// symbol less likely than one of them. They add up to `2^log`.
    pub fn new(counts: &[i16], log: u32) -> Option<Self> {
        let size = 1usize << log;
        let mut states = vec![State::default(); size];
        let mut next: Vec<u16> = counts.iter().map(|n| n.unsigned_abs()).collect();
        let mut high = size;
        for (symbol, _) in counts.iter().enumerate().filter(|(_, &n)| n == -1) {
            high = high.checked_sub(1)?;
            states[high].symbol = symbol as u8;
        }
        let step = (size >> 1) + (size >> 3) + 3;
        let mut at = 0;
        for (symbol, &n) in counts.iter().enumerate().filter(|(_, &n)| n > 0) {
            for _ in 0..n {
                states[at].symbol = symbol as u8;
                at = (at + step) % size;
                while at >= high && high > 0 {
                    at = (at + step) % size;
                }
            }
        }
        for state in &mut states {
            let next = &mut next[usize::from(state.symbol)];
            let bits = log.checked_sub(next.checked_ilog2()?)?;
            state.bits = bits as u8;
            state.base = (usize::from(*next) << bits).checked_sub(size)? as u16;
            *next += 1;
        }
        Some(Self { log, states })
    }

    /// As described at the start of `bytes`, which is taken off, for symbols up
    /// to `last` and up to `2^most` states.
    pub fn read(bytes: &mut &[u8], last: u8, most: u32) -> Option<Self> {
        let mut bits = Forward { bytes, at: 0 };
        let log = bits.read(4) + 5;
        if log > most {
            return None;
        }
        let mut counts: Vec<i16> = Vec::with_capacity(usize::from(last) + 1);
        let mut left = 1u32 << log;
        while left > 0 {
            // Small numbers take a bit less than the largest.
            let width = (left + 1).ilog2() + 1;
            let low = (1u32 << (width - 1)) - 1;
            let threshold = (1u32 << width) - 1 - (left + 1);
            let mut value = bits.peek(width);
            if value & low < threshold {
                value &= low;
                bits.at += width as usize - 1;
            } else {
                bits.at += width as usize;
                if value > low {
                    value -= threshold;
                }
            }
            let count = value as i16 - 1;
            left = left.checked_sub(u32::from(count.unsigned_abs()))?;
            counts.push(count);
            if count == 0 {
                loop {
                    let zeros = bits.read(2);
                    counts.extend((0..zeros).map(|_| 0));
                    if zeros < 3 || bits.is_beyond() {
                        break;
                    }
                }
            }
            if counts.len() > usize::from(last) + 1 || bits.is_beyond() {
                return None;
            }
        }
        *bytes = bytes.get(bits.at.div_ceil(8)..)?;
        Self::new(&counts, log)
    }

    /// The state that a stream begins with.
    #[inline]
    pub fn start(&self, bits: &mut Backward) -> usize {
        bits.read(self.log) as usize
    }

    #[inline]
    pub fn symbol(&self, state: usize) -> u8 {
        self.states[state].symbol
    }

    #[inline]
    pub fn next(&self, state: usize, bits: &mut Backward) -> usize {
        let state = self.states[state];
        usize::from(state.base) + bits.read(state.bits.into()) as usize
    }

    /// The largest symbol that it has.
    pub fn last_symbol(&self) -> u8 {
        let symbols = self.states.iter().map(|state| state.symbol);
        symbols.max().unwrap_or_default()
    }
}

/// Bits from the lowest of the first byte on; beyond their end are zeros.
struct Forward<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Forward<'_> {
    fn peek(&self, n: u32) -> u32 {
        let bytes = self.bytes.iter().skip(self.at / 8).take(4);
        let bits = bytes
            .rev()
            .fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
        (bits >> (self.at % 8)) as u32 & ((1 << n) - 1)
    }

    fn read(&mut self, n: u32) -> u32 {
        let bits = self.peek(n);
        self.at += n as usize;
        bits
    }

    fn is_beyond(&self) -> bool {
        self.at > 8 * self.bytes.len()
    }
}
