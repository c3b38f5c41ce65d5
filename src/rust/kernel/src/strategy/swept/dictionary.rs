//! Codes for the values of one cell.

/// The distinct values of one cell, and for each of its stored values the
/// code of its value.
///
/// Everything is counted twice over, at even and at odd places: the same value
/// often follows itself, and would wait for its own counter.
pub(crate) struct Dictionary {
    /// Bits of a value, and the number of the cell above its code.
    table: Box<[(u64, u32); TABLE]>,
    cell: u32,
    /// How many distinct values the cell has.
    pub n: usize,
    /// The value of each code.
    pub values: [f64; 256],
    /// How often each code came up; after [`Dictionary::place`], where the next
    /// of its genes goes.
    pub counts: [[u32; 256]; 2],
    /// The code of each stored value.
    pub codes: Vec<u8>,
    positive: bool,
}

/// Entries of the hash table: some times as many as a cell may have values.
const TABLE: usize = 1 << TABLE_BITS;
const TABLE_BITS: u32 = 9;
/// The code of what is skipped: a zero or a gene that is not ranked.
pub(crate) const SKIPPED: usize = 255;
/// Distinct values of one cell in a tile, at most.
const MOST_VALUES: usize = 128;

impl Default for Dictionary {
    fn default() -> Self {
        Self {
            table: Box::new([(0, 0); TABLE]),
            cell: 0,
            n: 0,
            values: [0.0; 256],
            counts: [[0; 256]; 2],
            codes: Vec::new(),
            positive: true,
        }
    }
}

impl Dictionary {
    /// Forget the last cell; the next has at most `n` stored values.
    #[inline(always)]
    pub fn begin_cell(&mut self, n: usize) {
        self.cell = self.cell.wrapping_add(256);
        if self.cell == 0 {
            self.table.fill((0, 0));
            self.cell = 256;
        }
        for counts in &mut self.counts {
            counts[..self.n].fill(0);
            counts[SKIPPED] = 0;
        }
        self.n = 0;
        self.positive = true;
        if self.codes.len() < n {
            self.codes.resize(n, 0);
        }
    }

    #[inline(always)]
    pub fn skip(&mut self, at: usize) {
        self.codes[at] = SKIPPED as u8;
        self.counts[at % 2][SKIPPED] += 1;
    }

    /// Code the value of the stored value `at`.
    #[inline(always)]
    pub fn add(&mut self, at: usize, value: f64) {
        // False for NaN too.
        self.positive &= value > 0.0;
        let code = self.code(value);
        self.codes[at] = code;
        self.counts[at % 2][code as usize] += 1;
    }

    #[inline(always)]
    fn code(&mut self, value: f64) -> u8 {
        let bits = value.to_bits();
        let hash = bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - TABLE_BITS);
        let mut at = hash as usize;
        loop {
            let (known, stamp) = self.table[at % TABLE];
            let code = stamp as u8;
            if stamp ^ self.cell > 255 {
                return self.enter(at % TABLE, value);
            }
            if known == bits {
                return code;
            }
            at += 1;
        }
    }

    /// Give a new value a code. Beyond the most there may be the cell is no longer
    /// valid, and codes mean nothing.
    #[cold]
    fn enter(&mut self, at: usize, value: f64) -> u8 {
        let code = self.n.min(MOST_VALUES);
        self.n = code + 1;
        self.values[code] = value;
        if code < MOST_VALUES {
            self.table[at] = (value.to_bits(), self.cell | code as u32);
        }
        code as u8
    }

    /// Whether all values are positive and there are not too many.
    pub fn is_valid(&self) -> bool {
        self.positive && self.n <= MOST_VALUES
    }

    /// Turn the counts of a code into the places where its genes go, from
    /// `first` on; returns the place behind the last.
    pub fn place(&mut self, code: usize, first: u32) -> u32 {
        let [even, odd] = &mut self.counts;
        let (n_even, n_odd) = (even[code], odd[code]);
        even[code] = first;
        odd[code] = first + n_even;
        first + n_even + n_odd
    }
}
