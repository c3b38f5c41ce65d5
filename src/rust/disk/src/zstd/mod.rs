//! Zstandard, as RFC 8878 has it, into memory of a size that is known before.
//!
//! Chunks of HDF5 state how large they become, and a file may be damaged: so
//! nothing is ever written beyond that, and what a block, a table or a length
//! claims takes no memory of its own. No `unsafe`, and no dictionaries. The
//! crates that keep a block within its bounds need a newer Rust than this package
//! does, or take more to compile than all else that reads files.

mod bits;
mod fse;
mod huffman;
mod literals;
mod sequences;

use fse::Table;
use huffman::Huffman;
use twox_hash::XxHash64;

/// The most bytes that a block becomes, or takes.
const LARGEST_BLOCK: usize = 128 << 10;
const MAGIC: u32 = 0xFD2F_B528;
/// A frame to be passed over has one of 16 numbers.
const SKIPPABLE: u32 = 0x184D_2A50;

/// Unpacks frames; its memory is used again and again.
#[derive(Default)]
pub(crate) struct Zstd {
    frame: Frame,
    literals: Vec<u8>,
}

/// What later blocks of a frame may take from earlier ones.
#[derive(Default)]
struct Frame {
    huffman: Option<Huffman>,
    literal_lengths: Option<Table>,
    offsets: Option<Table>,
    match_lengths: Option<Table>,
    /// Offsets that were used last.
    recent: [usize; 3],
}

/// What a frame says of itself.
struct Header {
    largest_block: usize,
    /// Bytes that it becomes, where it says so.
    size: Option<u64>,
    has_checksum: bool,
}

enum Block<'a> {
    Raw(&'a [u8]),
    /// One byte, so many times.
    Repeated(u8, usize),
    Compressed(&'a [u8]),
}

impl Zstd {
    /// Fill `out` from frames; `None` where `bytes` are too few, too many or no
    /// Zstandard.
    pub fn unpack(&mut self, mut bytes: &[u8], out: &mut [u8]) -> Option<()> {
        let mut at = 0;
        while !bytes.is_empty() {
            let Some(header) = frame_header(&mut bytes)? else {
                continue;
            };
            let start = at;
            self.frame = Frame {
                recent: [1, 4, 8],
                ..Frame::default()
            };
            loop {
                let (block, is_last) = block(&mut bytes)?;
                self.unpack_block(block, &header, start, out, &mut at)?;
                if is_last {
                    break;
                }
            }
            let made = &out[start..at];
            if header.size.is_some_and(|size| size != made.len() as u64) {
                return None;
            }
            if header.has_checksum {
                let stated = number(&mut bytes, 4)?;
                let sum = XxHash64::oneshot(0, made) as u32;
                (u64::from(sum) == stated).then_some(())?;
            }
        }
        (at == out.len()).then_some(())
    }

    fn unpack_block(
        &mut self,
        block: Block,
        header: &Header,
        start: usize,
        out: &mut [u8],
        at: &mut usize,
    ) -> Option<()> {
        match block {
            Block::Raw(bytes) => {
                out.get_mut(*at..*at + bytes.len())?.copy_from_slice(bytes);
                *at += bytes.len();
            }
            Block::Repeated(byte, times) => {
                out.get_mut(*at..*at + times)?.fill(byte);
                *at += times;
            }
            Block::Compressed(mut bytes) => {
                let Self { frame, literals } = self;
                let most = header.largest_block;
                literals::read(&mut bytes, most, &mut frame.huffman, literals)?;
                // No more than a block may have, nor than there is room for.
                let end = out.len().min(*at + most);
                let out = &mut out[start..end];
                *at = start + sequences::run(bytes, literals, frame, out, *at - start)?;
            }
        }
        Some(())
    }
}

/// No fewer bytes than frames become, by the headers of their blocks.
pub(crate) fn most_bytes(mut bytes: &[u8]) -> Option<u64> {
    let mut most = 0;
    while !bytes.is_empty() {
        let Some(header) = frame_header(&mut bytes)? else {
            continue;
        };
        loop {
            let (block, is_last) = block(&mut bytes)?;
            most += match block {
                Block::Raw(bytes) => bytes.len(),
                Block::Repeated(_, times) => times,
                Block::Compressed(_) => header.largest_block,
            } as u64;
            if is_last {
                break;
            }
        }
        if header.has_checksum {
            number(&mut bytes, 4)?;
        }
    }
    Some(most)
}

/// The header of a frame, or nothing for a frame that is to be passed over.
fn frame_header(bytes: &mut &[u8]) -> Option<Option<Header>> {
    let magic = number(bytes, 4)? as u32;
    if magic & !15 == SKIPPABLE {
        let size = number(bytes, 4)? as usize;
        take(bytes, size)?;
        return Some(None);
    }
    if magic != MAGIC {
        return None;
    }
    let about = number(bytes, 1)?;
    let is_single = about & 0x20 != 0;
    let window = match is_single {
        true => None,
        false => {
            let byte = number(bytes, 1)?;
            let base = 1u64 << (10 + (byte >> 3));
            Some(base + base / 8 * (byte & 7))
        }
    };
    let dictionary = number(bytes, [0, 1, 2, 4][(about & 3) as usize])?;
    let size = match about >> 6 {
        0 if !is_single => None,
        0 => Some(number(bytes, 1)?),
        1 => Some(number(bytes, 2)? + 256),
        2 => Some(number(bytes, 4)?),
        _ => Some(number(bytes, 8)?),
    };
    if dictionary != 0 || about & 8 != 0 {
        return None;
    }
    let window = window.or(size)?;
    Some(Some(Header {
        largest_block: window.min(LARGEST_BLOCK as u64) as usize,
        size,
        has_checksum: about & 4 != 0,
    }))
}

/// The next block of a frame, and whether it is the last one.
fn block<'a>(bytes: &mut &'a [u8]) -> Option<(Block<'a>, bool)> {
    let header = number(bytes, 3)? as usize;
    let size = header >> 3;
    let block = match header >> 1 & 3 {
        _ if size > LARGEST_BLOCK => return None,
        0 => Block::Raw(take(bytes, size)?),
        1 => Block::Repeated(number(bytes, 1)? as u8, size),
        2 => Block::Compressed(take(bytes, size)?),
        _ => return None,
    };
    Some((block, header & 1 != 0))
}

/// The first `n` bytes, which are then taken off.
fn take<'a>(bytes: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (first, rest) = bytes.split_at_checked(n)?;
    *bytes = rest;
    Some(first)
}

/// A number of up to 8 bytes, the lowest first.
fn number(bytes: &mut &[u8], n: usize) -> Option<u64> {
    let mut all = [0; 8];
    all[..n].copy_from_slice(take(bytes, n)?);
    Some(u64::from_le_bytes(all))
}

#[cfg(test)]
mod tests;
