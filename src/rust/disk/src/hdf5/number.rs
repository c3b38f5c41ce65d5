//! The numbers that datasets hold.

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    /// Make numbers of `size` bytes little-endian.
    pub(crate) fn undo(self, bytes: &mut [u8], size: usize) {
        if self == Self::Big && size > 1 {
            bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
        }
    }
}

/// How a number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    F16,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

/// Decode each number of `$bytes` as a `$type` and put `$as` of it into
/// `$out`.
macro_rules! decode {
    ($type:ty, $bytes:expr, $out:expr, $as:expr) => {
        for (bytes, out) in $bytes.chunks_exact(size_of::<$type>()).zip($out) {
            // A chunk is never of another length, so that the default is
            // never taken.
            *out = $as(<$type>::from_le_bytes(bytes.try_into().unwrap_or_default()));
        }
    };
}

impl Number {
    /// A whole number of so many bytes; `None` for others.
    pub(super) fn whole(size: usize, is_signed: bool) -> Option<Self> {
        Some(match (size, is_signed) {
            (1, true) => Self::I8,
            (2, true) => Self::I16,
            (4, true) => Self::I32,
            (8, true) => Self::I64,
            (1, false) => Self::U8,
            (2, false) => Self::U16,
            (4, false) => Self::U32,
            (8, false) => Self::U64,
            _ => return None,
        })
    }

    /// A fraction of so many bytes; `None` for others.
    pub(super) fn float(size: usize) -> Option<Self> {
        match size {
            2 => Some(Self::F16),
            4 => Some(Self::F32),
            8 => Some(Self::F64),
            _ => None,
        }
    }

    /// Of a fraction as IEEE 754 has it: the lowest bit of the exponent, the
    /// bits of the exponent and of the mantissa, and the bias.
    pub(super) fn ieee(self) -> (u8, u8, u8, u32) {
        match self {
            Self::F16 => (10, 5, 10, 15),
            Self::F32 => (23, 8, 23, 127),
            _ => (52, 11, 52, 1023),
        }
    }

    pub fn is_whole(self) -> bool {
        !matches!(self, Self::F16 | Self::F32 | Self::F64)
    }

    /// May it be less than 0?
    pub fn is_signed(self) -> bool {
        !matches!(self, Self::U8 | Self::U16 | Self::U32 | Self::U64)
    }

    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::F16 | Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }
}

/// What numbers are read as.
pub trait Target: Copy + Default + Send {
    /// Decode little-endian numbers until `bytes` or `out` end.
    fn decode(number: Number, bytes: &[u8], out: &mut [Self]);
}

/// As C converts, and HDF5.
impl Target for f64 {
    fn decode(number: Number, bytes: &[u8], out: &mut [Self]) {
        match number {
            Number::F16 => decode!(u16, bytes, out, from_half),
            Number::F32 => decode!(f32, bytes, out, f64::from),
            Number::F64 => decode!(f64, bytes, out, |x| x),
            Number::I8 => decode!(i8, bytes, out, f64::from),
            Number::I16 => decode!(i16, bytes, out, f64::from),
            Number::I32 => decode!(i32, bytes, out, f64::from),
            Number::I64 => decode!(i64, bytes, out, |x| x as f64),
            Number::U8 => decode!(u8, bytes, out, f64::from),
            Number::U16 => decode!(u16, bytes, out, f64::from),
            Number::U32 => decode!(u32, bytes, out, f64::from),
            Number::U64 => decode!(u64, bytes, out, |x| x as f64),
        }
    }
}

/// Whole numbers as they are.
impl Target for i128 {
    fn decode(number: Number, bytes: &[u8], out: &mut [Self]) {
        match number {
            Number::I8 => decode!(i8, bytes, out, i128::from),
            Number::I16 => decode!(i16, bytes, out, i128::from),
            Number::I32 => decode!(i32, bytes, out, i128::from),
            Number::I64 => decode!(i64, bytes, out, i128::from),
            Number::U8 => decode!(u8, bytes, out, i128::from),
            Number::U16 => decode!(u16, bytes, out, i128::from),
            Number::U32 => decode!(u32, bytes, out, i128::from),
            Number::U64 => decode!(u64, bytes, out, i128::from),
            Number::F16 | Number::F32 | Number::F64 => out.fill(-1),
        }
    }
}

/// The number that 16 bits of IEEE 754 are.
fn from_half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 31);
    let mantissa = f64::from(bits & 1023);
    sign * match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + mantissa) * 2f64.powi(exponent - 25),
    }
}

/// Indices; what is none becomes -1.
impl Target for i32 {
    fn decode(number: Number, bytes: &[u8], out: &mut [Self]) {
        match number {
            Number::I8 => decode!(i8, bytes, out, i32::from),
            Number::I16 => decode!(i16, bytes, out, i32::from),
            Number::I32 => decode!(i32, bytes, out, |x| x),
            Number::I64 => decode!(i64, bytes, out, |x| i32::try_from(x).unwrap_or(-1)),
            Number::U8 => decode!(u8, bytes, out, i32::from),
            Number::U16 => decode!(u16, bytes, out, i32::from),
            Number::U32 => decode!(u32, bytes, out, |x| i32::try_from(x).unwrap_or(-1)),
            Number::U64 => decode!(u64, bytes, out, |x| i32::try_from(x).unwrap_or(-1)),
            // As some write what is whole.
            Number::F16 => decode!(u16, bytes, out, |x| as_index(from_half(x))),
            Number::F32 => decode!(f32, bytes, out, |x| as_index(f64::from(x))),
            Number::F64 => decode!(f64, bytes, out, as_index),
        }
    }
}

fn as_index(x: f64) -> i32 {
    let index = x as i32;
    if f64::from(index) == x {
        index
    } else {
        -1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_decoded() {
        let check = |number: Number, bytes: &[u8], value: f64, index: i32| {
            assert_eq!(number.size(), bytes.len());
            let (mut x, mut i) = ([0.5; 1], [7; 1]);
            f64::decode(number, bytes, &mut x);
            i32::decode(number, bytes, &mut i);
            assert_eq!((x[0], i[0]), (value, index), "{number:?}");
        };
        check(Number::F32, &0.1f32.to_le_bytes(), f64::from(0.1f32), -1);
        check(Number::F64, &0.1f64.to_le_bytes(), 0.1, -1);
        check(Number::I8, &(-2i8).to_le_bytes(), -2.0, -2);
        check(Number::I16, &(-300i16).to_le_bytes(), -300.0, -300);
        check(Number::I32, &70_000i32.to_le_bytes(), 70_000.0, 70_000);
        check(
            Number::I64,
            &(1i64 << 40).to_le_bytes(),
            1_099_511_627_776.0,
            -1,
        );
        check(Number::U8, &[200], 200.0, 200);
        check(Number::U16, &60_000u16.to_le_bytes(), 60_000.0, 60_000);
        check(
            Number::U32,
            &(3u32 << 30).to_le_bytes(),
            3_221_225_472.0,
            -1,
        );
        check(Number::U64, &9u64.to_le_bytes(), 9.0, 9);
        for (bits, value, index) in [
            (0x3c00u16, 1.0, 1),
            (0xc000, -2.0, -2),
            (0x3555, 0.333_251_953_125, -1),
            (0x0001, 2f64.powi(-24), -1),
            (0x7bff, 65_504.0, 65_504),
            (0x7c00, f64::INFINITY, -1),
        ] {
            check(Number::F16, &bits.to_le_bytes(), value, index);
        }
        check(Number::F64, &7f64.to_le_bytes(), 7.0, 7);
        assert!(from_half(0x7e00).is_nan());
    }

    #[test]
    fn whole_numbers_are_exact() {
        let mut x = [0i128; 1];
        i128::decode(Number::U64, &u64::MAX.to_le_bytes(), &mut x);
        assert_eq!(x[0], i128::from(u64::MAX));
        i128::decode(Number::I64, &i64::MIN.to_le_bytes(), &mut x);
        assert_eq!(x[0], i128::from(i64::MIN));
    }

    #[test]
    fn big_endian_numbers_are_turned_round() {
        let mut bytes = [1, 2, 3, 4];
        ByteOrder::Little.undo(&mut bytes, 2);
        assert_eq!(bytes, [1, 2, 3, 4]);
        ByteOrder::Big.undo(&mut bytes, 2);
        assert_eq!(bytes, [2, 1, 4, 3]);
        ByteOrder::Big.undo(&mut bytes, 1);
        assert_eq!(bytes, [2, 1, 4, 3]);
    }
}
