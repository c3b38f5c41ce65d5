//! Arguments of logarithms, as Arm's optimized routines take them apart.

/// Whether `x` is within a range of positive numbers, by one comparison, whose
/// outcome processors foresee better than those of two.
#[inline(always)]
pub(super) fn is_within(x: f64, low: f64, high: f64) -> bool {
    x.to_bits().wrapping_sub(low.to_bits()) < high.to_bits() - low.to_bits()
}

/// A positive number taken apart, x = 2^whole z.
pub(super) struct Parts {
    pub whole: f64,
    /// Which part of [0.6875, 1.375) holds `z`.
    pub index: usize,
    pub z: f64,
}

/// The logarithm of what has no [`Parts`].
pub(super) struct Special(pub f64);

impl Parts {
    /// With [0.6875, 1.375) in `N` parts, a power of two.
    #[inline(always)]
    pub fn of<const N: u64>(x: f64) -> Result<Self, Special> {
        let mut bits = x.to_bits();
        if !is_within(x, f64::MIN_POSITIVE, f64::INFINITY) {
            if x == 0.0 {
                return Err(Special(f64::NEG_INFINITY));
            }
            if x == f64::INFINITY {
                return Err(Special(x));
            }
            if x.is_nan() || x < 0.0 {
                return Err(Special(f64::NAN));
            }
            // A subnormal, times 2^52.
            bits = (x * (1u64 << 52) as f64).to_bits().wrapping_sub(52 << 52);
        }
        let above = bits.wrapping_sub(0.6875f64.to_bits());
        Ok(Self {
            whole: f64::from((above as i64 >> 52) as i32),
            index: ((above >> (52 - N.trailing_zeros())) % N) as usize,
            z: f64::from_bits(bits.wrapping_sub(above & 0xfff << 52)),
        })
    }
}
