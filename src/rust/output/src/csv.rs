//! CSV compressed by gzip: the heading is a member of the gzip stream, and so is
//! each part.

use crate::column::{Column, Kind, Part, Values};
use crate::format::Read;
use crate::number_text::{number_of, number_text};
use crate::{in_words, Result};
use libdeflater::{CompressionLvl, Compressor, Decompressor};
use std::fs::File;
use std::io::{Read as _, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The columns of a table as text.
pub struct Layout {
    columns: Vec<Column>,
    /// Of columns of names, the names, quoted where they have to be.
    names: Vec<Vec<String>>,
}

impl Layout {
    pub fn new(columns: Vec<Column>) -> Self {
        let names = columns.iter().map(|column| match &column.kind {
            Kind::Names(names) => names.iter().map(|name| quoted(name)).collect(),
            _ => Vec::new(),
        });
        Self {
            names: names.collect(),
            columns,
        }
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn heading(&self) -> Result<Vec<u8>> {
        let names = self.columns.iter().map(|column| quoted(&column.name));
        compressed(format!("{}\n", names.collect::<Vec<_>>().join(",")).as_bytes())
    }

    pub fn encode(&self, part: &Part) -> Result<Vec<u8>> {
        let n_rows = part.first().map_or(0, Values::len);
        let mut text = String::with_capacity(n_rows * part.len() * 16);
        for row in 0..n_rows {
            for (column, values) in part.iter().enumerate() {
                if column > 0 {
                    text.push(',');
                }
                match values {
                    Values::Names(codes) => text.push_str(&self.names[column][codes[row] as usize]),
                    Values::Integers(values) => text.push_str(&values[row].to_string()),
                    Values::Singles(values) => text.push_str(&number_text(values[row].into())),
                    Values::Doubles(values) => text.push_str(&number_text(values[row])),
                }
            }
            text.push('\n');
        }
        compressed(text.as_bytes())
    }
}

/// A field of a CSV file: in quotes where it would be cut or trimmed without.
fn quoted(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text.trim() == text
        && !text.contains(['"', ',', '\n', '\r', '\t', '#', '\'']);
    match is_plain {
        true => text.into(),
        false => format!("\"{}\"", text.replace('"', "\"\"")),
    }
}

/// A member of a gzip stream.
fn compressed(bytes: &[u8]) -> Result<Vec<u8>> {
    let level = CompressionLvl::new(5).map_err(|error| format!("{error:?}"))?;
    let mut compressor = Compressor::new(level);
    let mut member = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let n = compressor
        .gzip_compress(bytes, &mut member)
        .map_err(in_words)?;
    member.truncate(n);
    Ok(member)
}

/// A `.csv.gz` file being written.
pub struct Writer<W: Write> {
    to: W,
    /// Where each part begins.
    starts: Vec<u64>,
    end: u64,
}

impl<W: Write> Writer<W> {
    pub fn new(layout: &Layout, mut to: W) -> Result<Self> {
        let heading = layout.heading()?;
        to.write_all(&heading).map_err(in_words)?;
        Ok(Self {
            to,
            starts: Vec::new(),
            end: heading.len() as u64,
        })
    }

    pub fn append(&mut self, part: &[u8]) -> Result<()> {
        self.to.write_all(part).map_err(in_words)?;
        self.starts.push(self.end);
        self.end += part.len() as u64;
        Ok(())
    }

    pub fn finish(mut self) -> (W, Vec<u64>) {
        self.starts.push(self.end);
        (self.to, self.starts)
    }
}

/// A `.csv.gz` file whose parts begin at known places.
pub struct Reader {
    path: PathBuf,
    layout: Layout,
    starts: Vec<u64>,
}

impl Reader {
    pub fn open(path: &Path, layout: Layout, starts: Vec<u64>) -> Result<Self> {
        File::open(path).map_err(in_words)?;
        Ok(Self {
            path: path.into(),
            layout,
            starts,
        })
    }

    fn text_of(&self, part: usize) -> Result<String> {
        let ends = (self.starts.get(part), self.starts.get(part + 1));
        let (Some(&start), Some(&end)) = ends else {
            return Err(format!("it has no part {part}"));
        };
        let mut file = File::open(&self.path).map_err(in_words)?;
        file.seek(SeekFrom::Start(start)).map_err(in_words)?;
        let mut member = Vec::new();
        let n = end.checked_sub(start).ok_or("its parts are out of order")?;
        file.take(n).read_to_end(&mut member).map_err(in_words)?;
        // A member ends with the length of what it holds.
        let length = member.last_chunk::<4>().copied().map(u32::from_le_bytes);
        let length = length.ok_or("it ends too early")? as usize;
        // No byte becomes more than 1032.
        if length / 1032 > member.len() {
            return Err("one of its parts is not what was written".into());
        }
        let mut text = vec![0; length];
        let n = Decompressor::new()
            .gzip_decompress(&member, &mut text)
            .map_err(in_words)?;
        text.truncate(n);
        String::from_utf8(text).map_err(in_words)
    }

    pub fn read(&self, part: usize, rows: Range<usize>, columns: &[usize]) -> Result<Vec<Read>> {
        let text = self.text_of(part)?;
        let kinds = columns
            .iter()
            .map(|&column| &self.layout.columns[column].kind);
        let read = kinds.map(|kind| match kind {
            Kind::Names(_) => Read::Names(Vec::new()),
            Kind::Integers => Read::Integers(Vec::new()),
            Kind::Singles | Kind::Doubles => Read::Doubles(Vec::new()),
        });
        let mut read: Vec<Read> = read.collect();
        let mut fields = Vec::new();
        let mut left = text.as_str();
        for row in 0..rows.end {
            left = fields_of(left, &mut fields).ok_or("one of its parts has too few rows")?;
            if row < rows.start {
                continue;
            }
            for (&column, read) in columns.iter().zip(&mut read) {
                let field = fields.get(column).ok_or("a row has too few fields")?;
                let bad = || format!("it has {field:?} where a number was written");
                match read {
                    Read::Names(names) => names.push(field.clone()),
                    Read::Integers(n) => n.push(field.parse().map_err(|_| bad())?),
                    Read::Doubles(n) => n.push(number_of(field).ok_or_else(bad)?),
                }
            }
        }
        Ok(read)
    }
}

/// The fields of the first row of a text, and what follows; `None` where there is
/// no further row.
fn fields_of<'a>(text: &'a str, fields: &mut Vec<String>) -> Option<&'a str> {
    fields.clear();
    if text.is_empty() {
        return None;
    }
    let mut field = String::new();
    let mut is_quoted = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (c, is_quoted) {
            ('"', true) if chars.next_if(|&(_, next)| next == '"').is_some() => field.push('"'),
            ('"', _) => is_quoted = !is_quoted,
            (',', false) => fields.push(std::mem::take(&mut field)),
            ('\n', false) => {
                fields.push(field);
                return Some(&text[at + 1..]);
            }
            _ => field.push(c),
        }
    }
    fields.push(field);
    Some("")
}
