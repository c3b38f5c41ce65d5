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
    /// By the name that HDF5 gives the type; `None` for others.
    pub fn from_name(name: &str) -> Option<(Self, ByteOrder)> {
        let (order, name) = match name.strip_suffix("BE") {
            Some(name) => (ByteOrder::Big, name),
            None => (ByteOrder::Little, name.strip_suffix("LE")?),
        };
        let number = match name {
            "H5T_IEEE_F32" => Self::F32,
            "H5T_IEEE_F64" => Self::F64,
            "H5T_STD_I8" => Self::I8,
            "H5T_STD_I16" => Self::I16,
            "H5T_STD_I32" => Self::I32,
            "H5T_STD_I64" => Self::I64,
            "H5T_STD_U8" => Self::U8,
            "H5T_STD_U16" => Self::U16,
            "H5T_STD_U32" => Self::U32,
            "H5T_STD_U64" => Self::U64,
            _ => return None,
        };
        Some((number, order))
    }

    pub(crate) fn is_whole(self) -> bool {
        !matches!(self, Self::F32 | Self::F64)
    }

    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
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
            Number::F32 | Number::F64 => out.fill(-1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_decoded() {
        let check = |name: &str, bytes: &[u8], value: f64, index: i32| {
            let (number, order) = Number::from_name(name).unwrap();
            assert_eq!(order, ByteOrder::Little);
            assert_eq!(number.size(), bytes.len());
            let (mut x, mut i) = ([0.5; 1], [7; 1]);
            f64::decode(number, bytes, &mut x);
            i32::decode(number, bytes, &mut i);
            assert_eq!((x[0], i[0]), (value, index), "{name}");
        };
        check(
            "H5T_IEEE_F32LE",
            &0.1f32.to_le_bytes(),
            f64::from(0.1f32),
            -1,
        );
        check("H5T_IEEE_F64LE", &0.1f64.to_le_bytes(), 0.1, -1);
        check("H5T_STD_I8LE", &(-2i8).to_le_bytes(), -2.0, -2);
        check("H5T_STD_I16LE", &(-300i16).to_le_bytes(), -300.0, -300);
        check("H5T_STD_I32LE", &70_000i32.to_le_bytes(), 70_000.0, 70_000);
        check(
            "H5T_STD_I64LE",
            &(1i64 << 40).to_le_bytes(),
            1_099_511_627_776.0,
            -1,
        );
        check("H5T_STD_U8LE", &[200], 200.0, 200);
        check("H5T_STD_U16LE", &60_000u16.to_le_bytes(), 60_000.0, 60_000);
        check(
            "H5T_STD_U32LE",
            &(3u32 << 30).to_le_bytes(),
            3_221_225_472.0,
            -1,
        );
        check("H5T_STD_U64LE", &9u64.to_le_bytes(), 9.0, 9);
        let big = Number::from_name("H5T_STD_U16BE");
        assert_eq!(big, Some((Number::U16, ByteOrder::Big)));
        assert_eq!(Number::from_name("H5T_IEEE_F128LE"), None);
        assert_eq!(Number::from_name("undefined float"), None);
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
