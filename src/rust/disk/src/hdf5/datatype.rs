//! What the values of a dataset or an attribute are.

use super::bytes::Bytes;
use super::dataspace::product;
use super::number::{ByteOrder, Number};
use crate::Error;

/// A type of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Datatype {
    Number(Number, ByteOrder),
    /// Names of numbers.
    Enum {
        base: (Number, ByteOrder),
        names: Vec<String>,
    },
    /// Text of so many bytes, and how what is left is filled.
    FixedText {
        size: usize,
        padding: Padding,
    },
    /// Text of any length, in a heap.
    Text,
    Record {
        size: usize,
        members: Vec<Member>,
    },
    /// So many values of a type in the place of one.
    Array {
        base: Box<Datatype>,
        size: usize,
    },
    /// Any other, by the name that HDF5 gives to its class.
    Other {
        class: &'static str,
        size: usize,
    },
}

/// How text that is shorter than its place ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// With a zero, or several.
    Zero,
    /// With spaces.
    Space,
}

/// One value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    /// Where it starts in the record.
    pub offset: usize,
    pub datatype: Datatype,
}

/// Types that a type may consist of, one in the other.
const DEPTH: u8 = 4;
/// Bytes of a text in a heap: its length, the address and its place there.
pub(super) const REFERENCE: usize = 16;

impl Datatype {
    pub(super) fn parse(message: &mut Bytes) -> Result<Self, Error> {
        parse(message, DEPTH)
    }

    /// Bytes of one value.
    pub fn size(&self) -> usize {
        match self {
            Self::Number(number, _) => number.size(),
            Self::Enum { base, .. } => base.0.size(),
            Self::Text => REFERENCE,
            Self::FixedText { size, .. }
            | Self::Record { size, .. }
            | Self::Array { size, .. }
            | Self::Other { size, .. } => *size,
        }
    }

    /// The name that HDF5 gives to its class.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Number(number, _) if number.is_whole() => "H5T_INTEGER",
            Self::Number(..) => "H5T_FLOAT",
            Self::Enum { .. } => "H5T_ENUM",
            Self::FixedText { .. } | Self::Text => "H5T_STRING",
            Self::Record { .. } => "H5T_COMPOUND",
            Self::Array { .. } => "H5T_ARRAY",
            Self::Other { class, .. } => class,
        }
    }
}

fn parse(message: &mut Bytes, depth: u8) -> Result<Datatype, Error> {
    let Some(depth) = depth.checked_sub(1) else {
        return Error::unsupported("its type is nested too deeply");
    };
    let head = message.u8()?;
    let (class, version) = (head & 15, head >> 4);
    let flags = message.number(3)?;
    let size = message.u32()? as usize;
    if size == 0 {
        return Error::damaged("Its values take no bytes.");
    }
    let other = |class| Ok(Datatype::Other { class, size });
    match class {
        0 => whole(message, flags, size),
        1 => float(message, flags, size),
        2 => other("H5T_TIME"),
        3 => Ok(Datatype::FixedText {
            size,
            padding: match flags & 15 {
                2 => Padding::Space,
                _ => Padding::Zero,
            },
        }),
        4 => other("H5T_BITFIELD"),
        5 => other("H5T_OPAQUE"),
        6 => record(message, flags, size, version, depth),
        7 => other("H5T_REFERENCE"),
        8 => enumeration(message, flags, size, version, depth),
        9 if flags & 15 == 1 && size == REFERENCE => {
            parse(message, depth)?;
            Ok(Datatype::Text)
        }
        9 => {
            parse(message, depth)?;
            other("H5T_VLEN")
        }
        10 => array(message, size, version, depth),
        _ => Error::damaged("Its values are of a class that HDF5 does not have."),
    }
}

/// Refuse a number that no machine has: HDF5 crashes on some.
fn check_number(size: usize, fields: &[(u64, u64)]) -> Result<(), Error> {
    let bits = 8 * size as u64;
    let is_inside = |&(first, n): &(u64, u64)| n > 0 && first + n <= bits;
    match size <= 16 && fields.iter().all(is_inside) {
        true => Ok(()),
        false => Error::damaged("The type of its numbers contradicts itself."),
    }
}

fn order(flags: u64) -> ByteOrder {
    match flags & 1 {
        0 => ByteOrder::Little,
        _ => ByteOrder::Big,
    }
}

/// A number that takes all bits of its bytes, or, without a sign, the low ones,
/// the others being 0.
fn whole(message: &mut Bytes, flags: u64, size: usize) -> Result<Datatype, Error> {
    const FILLED_BY_ONES: u64 = 4;
    const SIGNED: u64 = 8;
    let (offset, bits) = (message.u16()?, usize::from(message.u16()?));
    check_number(size, &[(u64::from(offset), bits as u64)])?;
    let is_plain = match flags & (SIGNED | FILLED_BY_ONES) {
        0 => bits <= 8 * size,
        _ => bits == 8 * size,
    };
    let number = Number::whole(size, flags & SIGNED != 0);
    match number.filter(|_| offset == 0 && is_plain) {
        Some(number) => Ok(Datatype::Number(number, order(flags))),
        None => Ok(Datatype::Other {
            class: "H5T_INTEGER",
            size,
        }),
    }
}

fn float(message: &mut Bytes, flags: u64, size: usize) -> Result<Datatype, Error> {
    const VAX: u64 = 0x40;
    let properties = message.take(12)?;
    let mut fields = Bytes(properties);
    let (offset, bits) = (u64::from(fields.u16()?), u64::from(fields.u16()?));
    let mut field =
        || -> Result<(u64, u64), Error> { Ok((u64::from(fields.u8()?), u64::from(fields.u8()?))) };
    let (exponent, mantissa) = (field()?, field()?);
    let sign = (flags >> 8 & 255, 1);
    check_number(size, &[(offset, bits), exponent, mantissa, sign])?;
    let number = Number::float(size).filter(|number| {
        let (exponent_at, exponent, mantissa, bias) = number.ieee();
        let sign_at = (8 * size - 1) as u64;
        flags & VAX == 0
            && flags >> 4 & 3 == 2
            && flags >> 8 & 255 == sign_at
            && properties[..2] == [0, 0]
            && properties[2..4] == (8 * size as u16).to_le_bytes()
            && properties[4..8] == [exponent_at, exponent, 0, mantissa]
            && properties[8..] == bias.to_le_bytes()
    });
    match number {
        Some(number) => Ok(Datatype::Number(number, order(flags))),
        None => Ok(Datatype::Other {
            class: "H5T_FLOAT",
            size,
        }),
    }
}

/// Versions before 3 fill names up to a multiple of so many bytes.
fn name_padding(version: u8) -> usize {
    if version < 3 {
        8
    } else {
        1
    }
}

fn record(
    message: &mut Bytes,
    flags: u64,
    size: usize,
    version: u8,
    depth: u8,
) -> Result<Datatype, Error> {
    let mut members = Vec::new();
    for _ in 0..flags & 0xffff {
        let name = message.name(name_padding(version))?;
        let offset = match version {
            0..=2 => u64::from(message.u32()?),
            _ => message.number(super::bytes::width(size as u64))?,
        } as usize;
        let mut rank = 0;
        if version <= 1 {
            rank = message.u8()?;
            message.take(3 + 4 + 4 + 16)?;
        }
        let mut datatype = parse(message, depth)?;
        if rank > 0 {
            datatype = Datatype::Other {
                class: "H5T_ARRAY",
                size: datatype.size(),
            };
        }
        let end = offset.checked_add(datatype.size());
        if end.is_none_or(|end| end > size) {
            return Error::damaged("A field lies outside its record.");
        }
        members.push(Member {
            name,
            offset,
            datatype,
        });
    }
    Ok(Datatype::Record { size, members })
}

fn enumeration(
    message: &mut Bytes,
    flags: u64,
    size: usize,
    version: u8,
    depth: u8,
) -> Result<Datatype, Error> {
    let base = parse(message, depth)?;
    let n = flags & 0xffff;
    let names = (0..n).map(|_| message.name(name_padding(version)));
    let names = names.collect::<Result<_, _>>()?;
    message.take(n as usize * base.size())?;
    match base {
        Datatype::Number(number, order) if number.size() == size => Ok(Datatype::Enum {
            base: (number, order),
            names,
        }),
        _ => Ok(Datatype::Other {
            class: "H5T_ENUM",
            size,
        }),
    }
}

/// Lengths of its dimensions, and what each of its values is.
fn array(message: &mut Bytes, size: usize, version: u8, depth: u8) -> Result<Datatype, Error> {
    let rank = usize::from(message.u8()?);
    let order = if version < 3 { 4 * rank } else { 0 };
    if version < 3 {
        message.take(3)?;
    }
    let dims = (0..rank).map(|_| message.u32().map(u64::from));
    let dims: Vec<u64> = dims.collect::<Result<_, _>>()?;
    message.take(order)?;
    let base = parse(message, depth)?;
    let whole = product(&dims).and_then(|n| n.checked_mul(base.size() as u64));
    if whole != Some(size as u64) {
        return Error::damaged("An array of its type is not as long as its parts.");
    }
    Ok(Datatype::Array {
        base: Box::new(base),
        size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A whole number of so many bytes, whose bits are those from `offset` on.
    fn whole_number(size: u32, offset: u16, bits: u16) -> Result<Datatype, Error> {
        let mut message = vec![0x10, 0, 0, 0];
        message.extend(size.to_le_bytes());
        message.extend(offset.to_le_bytes());
        message.extend(bits.to_le_bytes());
        Datatype::parse(&mut Bytes(&message))
    }

    /// An array of bytes in a format of a version.
    fn array_of_bytes(version: u8, size: u32, dims: &[u32]) -> Result<Datatype, Error> {
        let mut message = vec![version << 4 | 10, 0, 0, 0];
        message.extend(size.to_le_bytes());
        message.push(dims.len() as u8);
        if version < 3 {
            message.extend([0; 3]);
        }
        message.extend(dims.iter().flat_map(|dim| dim.to_le_bytes()));
        if version < 3 {
            message.extend(vec![0; 4 * dims.len()]);
        }
        message.extend([0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0]);
        Datatype::parse(&mut Bytes(&message))
    }

    #[test]
    fn arrays_are_as_long_as_their_parts() {
        let base = Box::new(Datatype::Number(Number::U8, ByteOrder::Little));
        for version in [2, 3] {
            let six = Datatype::Array {
                base: base.clone(),
                size: 6,
            };
            assert_eq!(array_of_bytes(version, 6, &[2, 3]), Ok(six));
            for (size, dims) in [(5, [2, 3]), (7, [2, 3]), (6, [0, 3]), (6, [1 << 31; 2])] {
                let outcome = array_of_bytes(version, size, &dims);
                assert!(matches!(outcome, Err(Error::Damaged(_))), "{size} {dims:?}");
            }
        }
    }

    #[test]
    fn numbers_that_no_machine_has_are_damage() {
        let other = |size| Datatype::Other {
            class: "H5T_INTEGER",
            size,
        };
        let plain = Datatype::Number(Number::U8, ByteOrder::Little);
        assert_eq!(whole_number(1, 0, 8), Ok(plain.clone()));
        assert_eq!(whole_number(1, 0, 7), Ok(plain));
        assert_eq!(whole_number(1, 1, 7), Ok(other(1)));
        assert_eq!(whole_number(3, 0, 24), Ok(other(3)));
        // HDF5 1.10.8 crashes on the first of these.
        for (size, offset, bits) in [(1, 0, 16), (1, 1, 8), (4, 0, 0), (17, 0, 8)] {
            let outcome = whole_number(size, offset, bits);
            assert!(matches!(outcome, Err(Error::Damaged(_))), "{size} {bits}");
        }
    }
}
