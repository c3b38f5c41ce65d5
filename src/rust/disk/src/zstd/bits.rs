//! Streams of bits, which are read from their end to their start.

/// A stream; beyond its start are zeros.
pub(super) struct Backward<'a> {
    bytes: &'a [u8],
    /// Bits that are left; below 0 once more were read than there were.
    left: isize,
}

impl<'a> Backward<'a> {
    /// The highest bit that is set in the last byte is not a part of it.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let marker = bytes.last()?.checked_ilog2()?;
        Some(Self {
            bytes,
            left: (bytes.len() as isize - 1) * 8 + marker as isize,
        })
    }

    /// The next `n` bits, up to 32, the first one highest.
    #[inline]
    pub fn peek(&self, n: u32) -> u32 {
        debug_assert!(n <= 32);
        let start = self.left - n as isize;
        let mask = (1u64 << n) - 1;
        if start < 0 {
            return match self.left > 0 {
                true => ((self.load(0) << -start) & mask) as u32,
                false => 0,
            };
        }
        (self.load(start as usize / 8) >> (start % 8) & mask) as u32
    }

    /// Up to 8 bytes from a place on.
    #[inline]
    fn load(&self, at: usize) -> u64 {
        if let Some(all) = self.bytes.get(at..at + 8) {
            return u64::from_le_bytes(all.try_into().unwrap_or_default());
        }
        let rest = self.bytes.get(at..).unwrap_or_default();
        let bytes = rest.iter().rev();
        bytes.fold(0, |bits, &byte| bits << 8 | u64::from(byte))
    }

    #[inline]
    pub fn skip(&mut self, n: u32) {
        // Nothing reads on for long from where nothing is left.
        self.left = self.left.saturating_sub(n as isize);
    }

    #[inline]
    pub fn read(&mut self, n: u32) -> u32 {
        let bits = self.peek(n);
        self.skip(n);
        bits
    }

    /// Has more been read than there was?
    pub fn is_beyond(&self) -> bool {
        self.left < 0
    }

    /// Has all been read, and no more?
    pub fn is_at_end(&self) -> bool {
        self.left == 0
    }
}
