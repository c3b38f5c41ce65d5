//! Attributes: small values that objects carry along.

use super::bytes::{Bytes, UNDEFINED};
use super::dataspace::Dataspace;
use super::datatype::Datatype;
use super::header::{kind, resolve, shared, Header};
use super::heap_fractal::FractalHeap;
use super::{tree2, File};
use crate::Error;

/// An attribute, its values as they are stored.
pub(super) struct Attribute {
    pub datatype: Datatype,
    pub bytes: Vec<u8>,
}

/// The message of the attribute of an object of that name.
pub(super) fn find(file: &File, header: &Header, name: &str) -> Result<Option<Vec<u8>>, Error> {
    for message in header.all(kind::ATTRIBUTE) {
        let body = resolve(file, message)?;
        if Parts::split(Bytes(&body))?.name == name.as_bytes() {
            return Ok(Some(body));
        }
    }
    let Some(info) = header.find(file, kind::ATTRIBUTE_INFO)? else {
        return Ok(None);
    };
    let mut info = Bytes(&info);
    info.take(1)?;
    const TRACKS_ORDER: u8 = 1;
    if info.u8()? & TRACKS_ORDER != 0 {
        info.take(2)?;
    }
    let (heap, names) = (info.u64()?, info.u64()?);
    if heap == UNDEFINED || names == UNDEFINED {
        return Ok(None);
    }
    let heap = FractalHeap::open(file, heap)?;
    let mut found = None;
    tree2::records(file, names, |record| {
        const SHARED: u8 = 2;
        let (Some(id), Some(flags)) = (record.get(..8), record.get(8)) else {
            return Error::damaged("The index of its attributes is broken.");
        };
        if flags & SHARED != 0 {
            return Error::unsupported("it keeps attributes that it shares with others in a heap");
        }
        if found.is_none() {
            let body = heap.object(id)?;
            let is_wanted = Parts::split(Bytes(&body))?.name == name.as_bytes();
            found = is_wanted.then_some(body);
        }
        Ok(())
    })?;
    Ok(found)
}

impl Attribute {
    pub fn parse(file: &File, message: &[u8]) -> Result<Self, Error> {
        let mut parts = Parts::split(Bytes(message))?;
        let whole = |kind: u16, body: &[u8], is_shared: bool| match is_shared {
            true => shared(file, kind, &mut Bytes(body)),
            false => Ok(body.to_vec()),
        };
        let datatype = whole(kind::DATATYPE, parts.datatype, parts.has_shared_type)?;
        let space = whole(kind::DATASPACE, parts.space, parts.has_shared_space)?;
        let datatype = Datatype::parse(&mut Bytes(&datatype))?;
        let n = Dataspace::parse(Bytes(&space))?.n_values();
        let size = n.and_then(|n| n.checked_mul(datatype.size() as u64));
        let size = file.check_size(size.unwrap_or(u64::MAX), 0)?;
        Ok(Self {
            // JHDF5 writes several values as one value, an array of them.
            datatype: match datatype {
                Datatype::Array { base, .. } => *base,
                other => other,
            },
            bytes: parts.values.take(size)?.to_vec(),
        })
    }
}

/// The parts of the message of an attribute.
struct Parts<'a> {
    name: &'a [u8],
    datatype: &'a [u8],
    space: &'a [u8],
    values: Bytes<'a>,
    has_shared_type: bool,
    has_shared_space: bool,
}

impl<'a> Parts<'a> {
    fn split(mut message: Bytes<'a>) -> Result<Self, Error> {
        const SHARED_TYPE: u8 = 1;
        const SHARED_SPACE: u8 = 2;
        let version = message.u8()?;
        if !(1..=3).contains(&version) {
            return Error::damaged("One of its attributes is in an unknown format of HDF5.");
        }
        let flags = match (version, message.u8()?) {
            (1, _) => 0,
            (_, flags) => flags,
        };
        let mut sizes = [0; 3];
        for size in &mut sizes {
            *size = usize::from(message.u16()?);
        }
        if version == 3 {
            message.take(1)?;
        }
        // The first version fills each part up to a multiple of 8 bytes.
        let mut part = |size: usize| -> Result<&'a [u8], Error> {
            let filled = match version {
                1 => size.next_multiple_of(8),
                _ => size,
            };
            Ok(&message.take(filled)?[..size])
        };
        let (name, datatype, space) = (part(sizes[0])?, part(sizes[1])?, part(sizes[2])?);
        let end = name.iter().position(|&byte| byte == 0);
        Ok(Self {
            name: &name[..end.unwrap_or(name.len())],
            datatype,
            space,
            values: message,
            has_shared_type: flags & SHARED_TYPE != 0,
            has_shared_space: flags & SHARED_SPACE != 0,
        })
    }
}
