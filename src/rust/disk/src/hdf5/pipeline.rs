//! The filters that chunks went through, as a message of the header has them.

use super::bytes::Bytes;
use super::filters::Filter;
use crate::Error;

/// The filters of a dataset, in the order that they were applied in.
pub(super) fn parse(mut message: Bytes) -> Result<Vec<Filter>, Error> {
    let version = message.u8()?;
    if !(1..=2).contains(&version) {
        return Error::damaged("Its filters are in an unknown format of HDF5.");
    }
    let n = message.u8()?;
    if u32::from(n) > u32::BITS {
        return Error::damaged("It has more filters than HDF5 allows.");
    }
    if version == 1 {
        message.take(6)?;
    }
    (0..n).map(|_| filter(&mut message, version)).collect()
}

fn filter(message: &mut Bytes, version: u8) -> Result<Filter, Error> {
    /// Filters below this are HDF5's own, and have no name from version 2 on.
    const FOREIGN: u16 = 256;
    let id = message.u16()?;
    let name_size = match version == 1 || id >= FOREIGN {
        true => usize::from(message.u16()?),
        false => 0,
    };
    message.take(2)?;
    let n_values = usize::from(message.u16()?);
    // Version 1 fills both up to a multiple of 8 bytes.
    let (name_size, padding) = match version {
        1 => (name_size.next_multiple_of(8), n_values % 2),
        _ => (name_size, 0),
    };
    let name = message.take(name_size)?;
    message.take(4 * (n_values + padding))?;
    // HDF5's own have the numbers 1 to 6.
    let is_any = (1..=6).contains(&id) || id >= FOREIGN;
    match Filter::from_id(id) {
        Some(filter) => Ok(filter),
        None if !is_any => Error::damaged("One of its filters is not one of HDF5's."),
        None => {
            // Some add where they are described, and most a version.
            let end = name.iter().position(|byte| matches!(byte, 0 | b';'));
            let name = String::from_utf8_lossy(&name[..end.unwrap_or(name.len())]);
            let name = match name.is_empty() {
                true => String::new(),
                false => format!(" (\"{name}\")"),
            };
            Error::unsupported(format!("it is compressed by filter {id} of HDF5{name}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_filters_than_a_mask_has_bits_for_are_damage() {
        let pipeline = |n: u8| {
            let mut message = vec![1, n, 0, 0, 0, 0, 0, 0];
            let deflate = [1, 0, 0, 0, 0, 0, 0, 0];
            message.extend(deflate.repeat(n.into()));
            parse(Bytes(&message))
        };
        assert_eq!(pipeline(32).map(|filters| filters.len()), Ok(32));
        assert!(matches!(pipeline(33), Err(Error::Damaged(_))));
    }

    #[test]
    fn a_filter_that_is_not_known_is_named() {
        let mut message = vec![2, 1, 0xf5, 0x7d, 5, 0, 0, 0, 0, 0];
        message.extend(b"blosc");
        let Err(Error::Unsupported(reason)) = parse(Bytes(&message)) else {
            panic!("the filter is known");
        };
        assert!(
            reason.contains("filter 32245 of HDF5 (\"blosc\")"),
            "{reason}"
        );
    }
}
