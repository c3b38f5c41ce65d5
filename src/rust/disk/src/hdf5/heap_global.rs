//! Global heaps: where texts of any length are.

use super::bytes::Bytes;
use super::File;
use crate::Error;
use std::collections::HashMap;
use std::ops::Range;

/// The collections of a file that have been read.
pub(super) struct GlobalHeap<'a> {
    file: &'a File,
    collections: HashMap<u64, Collection>,
    /// Bytes that collections may still have: no two are in the same place.
    left: u64,
}

struct Collection {
    bytes: Vec<u8>,
    /// Where the objects are, by their index.
    objects: HashMap<u16, Range<usize>>,
}

impl<'a> GlobalHeap<'a> {
    pub fn new(file: &'a File) -> Self {
        Self {
            file,
            collections: HashMap::new(),
            left: file.len(),
        }
    }

    /// An object of so many bytes, by the address of its collection and its
    /// index there.
    pub fn object(&mut self, address: u64, index: u32, size: usize) -> Result<&[u8], Error> {
        if !self.collections.contains_key(&address) {
            let collection = self.read(address)?;
            self.collections.insert(address, collection);
        }
        let object = self.collections.get(&address).and_then(|collection| {
            let place = collection.objects.get(&u16::try_from(index).ok()?)?;
            collection.bytes.get(place.clone())?.get(..size)
        });
        match object {
            Some(object) => Ok(object),
            None => Error::damaged("One of its strings is missing from its heap."),
        }
    }

    fn read(&mut self, address: u64) -> Result<Collection, Error> {
        const HEAD: u64 = 16;
        let head = self.file.structure(address, HEAD)?;
        let mut head = Bytes(&head);
        head.expect(b"GCOL")?;
        head.take(4)?;
        let size = head.u64()?;
        match self.left.checked_sub(size) {
            Some(left) if size >= HEAD => self.left = left,
            _ => return Error::damaged("Its strings claim more bytes than the file has."),
        }
        if !self.file.holds(address, size) {
            return Error::damaged("A heap of its strings lies outside the file.");
        }
        let mut bytes = vec![0; size as usize];
        self.file.read(address, &mut bytes)?;
        let mut objects = HashMap::new();
        let mut at = HEAD as usize;
        while let Some(head) = bytes.get(at..at + 16) {
            let mut head = Bytes(head);
            let index = head.u16()?;
            head.take(6)?;
            let size = head.u64()?;
            // The free space is the last of a collection.
            if index == 0 {
                break;
            }
            let start = at + 16;
            let end = usize::try_from(size)
                .ok()
                .and_then(|size| start.checked_add(size));
            let Some(end) = end.filter(|&end| end <= bytes.len()) else {
                return Error::damaged("A string lies outside its heap.");
            };
            objects.insert(index, start..end);
            at = end.next_multiple_of(8);
        }
        Ok(Collection { bytes, objects })
    }
}
