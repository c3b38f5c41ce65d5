//! Values of every type that is read, decoded.

use super::bytes::Bytes;
use super::datatype::{Datatype, Member, Padding, REFERENCE};
use super::heap_global::GlobalHeap;
use super::number::{ByteOrder, Number, Target};
use super::File;
use crate::Error;
use wilcoxide_control::Control;

/// The values of a dataset or an attribute, in the order of its places.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Whole numbers that a double holds exactly.
    Whole(Vec<f64>),
    /// Whole numbers, some of 2^53 or more: as text, too.
    Large(Vec<f64>, Vec<String>),
    Float(Vec<f64>),
    /// Numbers with names, such as Python's booleans.
    Enum(Vec<f64>),
    Text(Text),
    /// The members of records, by name.
    Records(Vec<(String, Values)>),
}

/// Texts as they are stored: they may not be in UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Text {
    fn push(&mut self, text: &[u8]) {
        // What is after it only fills the place.
        let end = text.iter().position(|&byte| byte == 0);
        self.bytes
            .extend_from_slice(&text[..end.unwrap_or(text.len())]);
        self.ends.push(self.bytes.len());
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let places = starts.zip(&self.ends);
        places.map(|(&start, &end)| &self.bytes[start..end])
    }

    /// How many are not in UTF-8.
    pub fn n_invalid(&self) -> usize {
        self.iter()
            .filter(|text| std::str::from_utf8(text).is_err())
            .count()
    }
}

impl Values {
    pub fn len(&self) -> usize {
        match self {
            Self::Whole(x) | Self::Large(x, _) | Self::Float(x) | Self::Enum(x) => x.len(),
            Self::Text(text) => text.len(),
            Self::Records(members) => members.first().map_or(0, |(_, values)| values.len()),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Values that are decoded between two looks at whether to go on.
const BATCH: usize = 1 << 16;

/// Decode values of a type.
pub(super) fn decode(
    file: &File,
    datatype: &Datatype,
    bytes: &[u8],
    control: &Control,
) -> Result<Values, Error> {
    let mut decoder = Decoding {
        heap: GlobalHeap::new(file),
        control,
        text_left: file.len(),
    };
    decoder.values(datatype, bytes, datatype.size(), 0)
}

struct Decoding<'a> {
    heap: GlobalHeap<'a>,
    control: &'a Control,
    /// Bytes that texts in heaps may still have: no two are the same.
    text_left: u64,
}

impl Decoding<'_> {
    /// The values that start `offset` bytes into each record of `step` bytes.
    fn values(
        &mut self,
        datatype: &Datatype,
        bytes: &[u8],
        step: usize,
        offset: usize,
    ) -> Result<Values, Error> {
        let size = datatype.size();
        let each = bytes
            .chunks_exact(step)
            .map(|record| &record[offset..offset + size]);
        match datatype {
            Datatype::Number(number, order) => self.numbers(*number, *order, each),
            Datatype::Enum { base, .. } => {
                let mut numbers = vec![0.0; bytes.len() / step];
                self.convert(base.0, base.1, each, &mut numbers)?;
                Ok(Values::Enum(numbers))
            }
            Datatype::FixedText { padding, .. } => {
                let mut text = Text::default();
                for value in each {
                    text.push(match padding {
                        Padding::Zero => value,
                        Padding::Space => {
                            let end = value.iter().rposition(|&byte| byte != b' ');
                            &value[..end.map_or(0, |end| end + 1)]
                        }
                    });
                }
                Ok(Values::Text(text))
            }
            Datatype::Text => self.texts(each),
            Datatype::Record { members, .. } => {
                // Members may overlap, so that there may be more of them than
                // bytes.
                let all: u64 = members.iter().map(|one| one.datatype.size() as u64).sum();
                if all > size as u64 {
                    return Error::damaged("The fields of its records overlap.");
                }
                let mut columns = Vec::with_capacity(members.len());
                for Member {
                    name,
                    offset: own,
                    datatype,
                } in members
                {
                    let values = self.values(datatype, bytes, step, offset + own)?;
                    columns.push((name.clone(), values));
                }
                Ok(Values::Records(columns))
            }
            Datatype::Array { .. } | Datatype::Other { .. } => {
                let class = datatype.class();
                Error::unsupported(format!("its values are of HDF5's class {class}"))
            }
        }
    }

    fn numbers<'b>(
        &self,
        number: Number,
        order: ByteOrder,
        each: impl ExactSizeIterator<Item = &'b [u8]> + Clone,
    ) -> Result<Values, Error> {
        let mut numbers = vec![0.0; each.len()];
        self.convert(number, order, each.clone(), &mut numbers)?;
        if !number.is_whole() {
            return Ok(Values::Float(numbers));
        }
        const EXACT: f64 = (1u64 << 53) as f64;
        if numbers.iter().all(|x| x.abs() < EXACT) {
            return Ok(Values::Whole(numbers));
        }
        let mut exact = vec![0i128; each.len()];
        self.convert(number, order, each, &mut exact)?;
        let text = exact.iter().map(i128::to_string).collect();
        Ok(Values::Large(numbers, text))
    }

    fn convert<'b, T: Target>(
        &self,
        number: Number,
        order: ByteOrder,
        mut each: impl ExactSizeIterator<Item = &'b [u8]>,
        out: &mut [T],
    ) -> Result<(), Error> {
        let size = number.size();
        let mut batch = vec![0; BATCH.min(out.len()) * size];
        for out in out.chunks_mut(BATCH) {
            let batch = &mut batch[..out.len() * size];
            for (to, from) in batch.chunks_exact_mut(size).zip(&mut each) {
                to.copy_from_slice(from);
            }
            order.undo(batch, size);
            T::decode(number, batch, out);
            self.control.checkpoint(0)?;
        }
        Ok(())
    }

    fn texts<'b>(
        &mut self,
        each: impl ExactSizeIterator<Item = &'b [u8]>,
    ) -> Result<Values, Error> {
        let mut text = Text::default();
        for (at, reference) in each.enumerate() {
            if at % BATCH == 0 {
                self.control.checkpoint(0)?;
            }
            debug_assert_eq!(reference.len(), REFERENCE);
            let mut reference = Bytes(reference);
            let (size, address) = (reference.u32()?, reference.u64()?);
            let index = reference.u32()?;
            // How an empty text is stored, or one that nobody has written.
            if size == 0 || (address == 0 && index == 0) {
                text.push(b"");
                continue;
            }
            match self.text_left.checked_sub(u64::from(size)) {
                Some(left) => self.text_left = left,
                None => return Error::damaged("Its strings claim more bytes than the file has."),
            }
            text.push(self.heap.object(address, index, size as usize)?);
        }
        Ok(Values::Text(text))
    }
}
