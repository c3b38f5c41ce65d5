//! The members of groups, in the three ways that HDF5 keeps them: in a table of
//! symbols, in messages of the header, or, where they are many, in a heap.

use super::bytes::{text, Bytes, UNDEFINED};
use super::header::{kind, resolve, Header};
use super::heap_fractal::FractalHeap;
use super::link::{Link, Target};
use super::{tree2, File};
use crate::Error;

/// All members of a group, in the order of their names. `None` of what is no
/// group.
pub(super) fn links(file: &File, header: &Header) -> Result<Option<Vec<Link>>, Error> {
    let mut links = if let Some(message) = header.find(file, kind::SYMBOL_TABLE)? {
        symbol_table(file, Bytes(&message))?
    } else if header.has(kind::LINK_INFO) || header.has(kind::LINK) {
        link_messages(file, header)?
    } else {
        return Ok(None);
    };
    links.sort_by(|a, b| a.name.cmp(&b.name));
    if links.windows(2).any(|pair| pair[0].name == pair[1].name) {
        return Error::damaged("Two members of a group have the same name.");
    }
    Ok(Some(links))
}

fn link_messages(file: &File, header: &Header) -> Result<Vec<Link>, Error> {
    let mut links = Vec::new();
    for message in header.all(kind::LINK) {
        links.push(Link::parse(Bytes(&resolve(file, message)?))?);
    }
    let Some(info) = header.find(file, kind::LINK_INFO)? else {
        return Ok(links);
    };
    let mut info = Bytes(&info);
    info.take(1)?;
    const TRACKS_ORDER: u8 = 1;
    if info.u8()? & TRACKS_ORDER != 0 {
        info.take(8)?;
    }
    let (heap, names) = (info.u64()?, info.u64()?);
    if heap == UNDEFINED || names == UNDEFINED {
        return Ok(links);
    }
    let heap = FractalHeap::open(file, heap)?;
    // No two links are in the same place.
    let mut left = file.len();
    tree2::records(file, names, |record| {
        // After the hash of the name.
        let id = record.get(4..).unwrap_or_default();
        let object = heap.object(id)?;
        left = spend(left, object.len())?;
        links.push(Link::parse(Bytes(&object))?);
        Ok(())
    })?;
    Ok(links)
}

/// What is left of so many bytes of names.
fn spend(left: u64, bytes: usize) -> Result<u64, Error> {
    match left.checked_sub(bytes as u64) {
        Some(left) => Ok(left),
        None => Error::damaged("The names in a group claim more bytes than the file has."),
    }
}

// Tables of symbols -----------------------------------------------------------

fn symbol_table(file: &File, mut message: Bytes) -> Result<Vec<Link>, Error> {
    let (tree, heap) = (message.u64()?, message.u64()?);
    let mut symbols = Symbols {
        file,
        names: LocalHeap::read(file, heap)?,
        links: Vec::new(),
        // No two nodes are in the same place, and the smallest has 24 bytes.
        nodes_left: file.len() / 24,
        names_left: file.len(),
    };
    symbols.node(tree, None)?;
    Ok(symbols.links)
}

struct Symbols<'a> {
    file: &'a File,
    names: LocalHeap,
    links: Vec<Link>,
    nodes_left: u64,
    /// Bytes that names may still have.
    names_left: u64,
}

impl Symbols<'_> {
    fn node(&mut self, address: u64, level: Option<u8>) -> Result<(), Error> {
        let Some(left) = self.nodes_left.checked_sub(1) else {
            return Error::damaged("The index of a group refers to itself.");
        };
        self.nodes_left = left;
        let head = self.file.structure(address, 24)?;
        let mut head = Bytes(&head);
        head.expect(b"TREE")?;
        let kind = head.u8()?;
        let own_level = head.u8()?;
        if kind != 0 || level.is_some_and(|level| level != own_level) {
            return Error::damaged("The index of a group is broken.");
        }
        let n = u64::from(head.u16()?);
        let entries = self.file.structure(address + 24, n * 16)?;
        let mut entries = Bytes(&entries);
        for _ in 0..n {
            entries.take(8)?;
            let child = entries.u64()?;
            match own_level.checked_sub(1) {
                Some(below) => self.node(child, Some(below))?,
                None => self.leaf(child)?,
            }
        }
        Ok(())
    }

    fn leaf(&mut self, address: u64) -> Result<(), Error> {
        const ENTRY: u64 = 40;
        const SOFT_LINK: u32 = 2;
        let Some(left) = self.nodes_left.checked_sub(1) else {
            return Error::damaged("The index of a group refers to itself.");
        };
        self.nodes_left = left;
        let head = self.file.structure(address, 8)?;
        let mut head = Bytes(&head);
        head.expect(b"SNOD")?;
        head.take(2)?;
        let n = u64::from(head.u16()?);
        let entries = self.file.structure(address + 8, n * ENTRY)?;
        let mut entries = Bytes(&entries);
        for _ in 0..n {
            let name = self.names.get(entries.u64()?)?;
            self.names_left = spend(self.names_left, name.len())?;
            let object = entries.u64()?;
            let cached = entries.u32()?;
            entries.take(4)?;
            let mut scratch = Bytes(entries.take(16)?);
            let target = match cached {
                SOFT_LINK => Target::Path(self.names.get(u64::from(scratch.u32()?))?),
                _ => Target::Object(object),
            };
            self.links.push(Link { name, target });
        }
        Ok(())
    }
}

/// The names of a table of symbols.
struct LocalHeap {
    bytes: Vec<u8>,
}

impl LocalHeap {
    fn read(file: &File, address: u64) -> Result<Self, Error> {
        let head = file.structure(address, 32)?;
        let mut head = Bytes(&head);
        head.expect(b"HEAP")?;
        head.take(4)?;
        let size = head.u64()?;
        head.take(8)?;
        let bytes = file.structure(head.u64()?, size)?;
        Ok(Self { bytes })
    }

    fn get(&self, at: u64) -> Result<String, Error> {
        let bytes = usize::try_from(at).ok().and_then(|at| self.bytes.get(at..));
        let bytes = bytes.unwrap_or_default();
        match bytes.iter().position(|&byte| byte == 0) {
            Some(end) => text(&bytes[..end]),
            None => Error::damaged("A name in a group lies outside its heap."),
        }
    }
}
