//! Object headers: the messages that say what a group or a dataset is.

use super::bytes::Bytes;
use super::File;
use crate::Error;

/// Kinds of messages.
pub(super) mod kind {
    pub const DATASPACE: u16 = 1;
    pub const LINK_INFO: u16 = 2;
    pub const DATATYPE: u16 = 3;
    pub const OLD_FILL_VALUE: u16 = 4;
    pub const FILL_VALUE: u16 = 5;
    pub const LINK: u16 = 6;
    pub const EXTERNAL_FILES: u16 = 7;
    pub const LAYOUT: u16 = 8;
    pub const FILTERS: u16 = 11;
    pub const ATTRIBUTE: u16 = 12;
    pub const CONTINUATION: u16 = 16;
    pub const SYMBOL_TABLE: u16 = 17;
    pub const ATTRIBUTE_INFO: u16 = 21;
}

pub(super) struct Message {
    pub kind: u16,
    is_shared: bool,
    body: Vec<u8>,
}

/// The messages of an object, those of continuations, too.
pub(super) struct Header {
    messages: Vec<Message>,
}

impl Header {
    pub fn read(file: &File, address: u64) -> Result<Self, Error> {
        let head = file.structure(address, 16)?;
        let mut reader = Reader {
            file,
            // Blocks that go in circles end here, too: all of them are within
            // the file, and none is there twice.
            left: file.len(),
            blocks: Vec::new(),
            messages: Vec::new(),
        };
        if head.starts_with(b"OHDR") {
            reader.read_2(address)?;
        } else {
            reader.read_1(address, Bytes(&head))?;
        }
        Ok(Self {
            messages: reader.messages,
        })
    }

    /// The body of the only message of a kind; of several, of the first.
    pub fn find(&self, file: &File, kind: u16) -> Result<Option<Vec<u8>>, Error> {
        self.all(kind)
            .next()
            .map(|message| resolve(file, message))
            .transpose()
    }

    pub fn has(&self, kind: u16) -> bool {
        self.all(kind).next().is_some()
    }

    pub fn all(&self, kind: u16) -> impl Iterator<Item = &Message> {
        let is_wanted = move |message: &&Message| message.kind == kind;
        self.messages.iter().filter(is_wanted)
    }
}

/// The body of a message, which may be in the header of another object: that
/// of a type with a name.
pub(super) fn resolve(file: &File, message: &Message) -> Result<Vec<u8>, Error> {
    if !message.is_shared {
        return Ok(message.body.clone());
    }
    shared(file, message.kind, &mut Bytes(&message.body))
}

/// A message that is shared, by what stands in its place.
pub(super) fn shared(file: &File, kind: u16, body: &mut Bytes) -> Result<Vec<u8>, Error> {
    let version = body.u8()?;
    let place = body.u8()?;
    if version == 1 {
        body.take(6)?;
    } else if version == 3 && place != 2 {
        return Error::unsupported("it keeps what it shares with others in a heap");
    }
    let header = Header::read(file, body.u64()?)?;
    let message = header.all(kind).next();
    match message.filter(|message| !message.is_shared) {
        Some(message) => Ok(message.body.clone()),
        None => Error::damaged("What it shares with another object is missing."),
    }
}

struct Reader<'a> {
    file: &'a File,
    /// Bytes that may still be read.
    left: u64,
    /// Addresses and sizes of continuations still to be read.
    blocks: Vec<(u64, u64)>,
    messages: Vec<Message>,
}

impl Reader<'_> {
    fn spend(&mut self, size: u64) -> Result<(), Error> {
        match self.left.checked_sub(size.max(8)) {
            Some(left) => self.left = left,
            None => return Error::damaged("Its object header is longer than the file."),
        }
        Ok(())
    }

    fn read_1(&mut self, address: u64, mut head: Bytes) -> Result<(), Error> {
        if head.u8()? != 1 {
            return Error::damaged("It has no object header.");
        }
        head.take(1)?;
        let mut n_messages = head.u16()?;
        head.take(4)?;
        let Some(first) = address.checked_add(16) else {
            return Error::damaged("It has no object header.");
        };
        self.blocks.push((first, u64::from(head.u32()?)));
        while let Some((address, size)) = self.blocks.pop() {
            self.spend(size)?;
            let block = self.file.structure(address, size)?;
            let mut block = Bytes(&block);
            while n_messages > 0 && block.0.len() >= 8 {
                let kind = block.u16()?;
                let size = block.u16()?;
                let flags = block.u8()?;
                block.take(3)?;
                self.add(kind, flags, block.take(usize::from(size))?)?;
                n_messages -= 1;
            }
        }
        match n_messages {
            0 => Ok(()),
            _ => Error::damaged("Its object header is incomplete."),
        }
    }

    fn read_2(&mut self, address: u64) -> Result<(), Error> {
        const TIMES: u8 = 0x20;
        const PHASE_CHANGE: u8 = 0x10;
        const CREATION_ORDER: u8 = 4;
        let head = self.file.structure(address, 6)?;
        let (version, flags) = (head[4], head[5]);
        if version != 2 {
            return Error::damaged("Its object header is in an unknown format of HDF5.");
        }
        let times = if flags & TIMES != 0 { 16 } else { 0 };
        let phases = if flags & PHASE_CHANGE != 0 { 4 } else { 0 };
        let size_bytes = 1usize << (flags & 3);
        let before = 6 + times + phases;
        let size = self.file.structure(address, before + size_bytes as u64)?;
        let size = Bytes(&size[before as usize..]).number(size_bytes)?;
        let prefix = before + size_bytes as u64;
        let whole = size.saturating_add(prefix).saturating_add(4);
        let has_order = flags & CREATION_ORDER != 0;
        self.spend(whole)?;
        let block = self.file.checked(address, whole)?;
        self.add_all(&block[prefix as usize..], has_order)?;
        while let Some((address, size)) = self.blocks.pop() {
            self.spend(size)?;
            let block = self.file.checked(address, size)?;
            let mut block = Bytes(&block);
            block.expect(b"OCHK")?;
            self.add_all(block.0, has_order)?;
        }
        Ok(())
    }

    fn add_all(&mut self, block: &[u8], has_order: bool) -> Result<(), Error> {
        let prefix = if has_order { 6 } else { 4 };
        let mut block = Bytes(block);
        // What is too short for a message is a gap.
        while block.0.len() >= prefix {
            let kind = u16::from(block.u8()?);
            let size = block.u16()?;
            let flags = block.u8()?;
            block.take(prefix - 4)?;
            self.add(kind, flags, block.take(usize::from(size))?)?;
        }
        Ok(())
    }

    fn add(&mut self, kind: u16, flags: u8, body: &[u8]) -> Result<(), Error> {
        const SHARED: u8 = 2;
        if kind == kind::CONTINUATION {
            let mut body = Bytes(body);
            self.blocks.push((body.u64()?, body.u64()?));
            return Ok(());
        }
        self.messages.push(Message {
            kind,
            is_shared: flags & SHARED != 0,
            body: body.to_vec(),
        });
        Ok(())
    }
}
