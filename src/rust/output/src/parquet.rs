//! Parquet: a part is a row group.

use crate::column::{Column, Kind, Part, Values};
use crate::format::Read;
use crate::{in_words, Result};
use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use parquet::column::reader::ColumnReader;
use parquet::column::writer::{get_column_writer, ColumnCloseResult, ColumnWriter};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnPath, SchemaDescriptor, Type};
use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Bytes of the names of a column in a row group: beyond them they would be
/// written again and again.
const MOST_BYTES_OF_NAMES: usize = 1 << 28;

/// The columns of a table as Parquet has them.
pub struct Layout {
    columns: Vec<Column>,
    /// Of columns of names, the names.
    names: Vec<Vec<ByteArray>>,
    schema: SchemaDescriptor,
    properties: WriterPropertiesPtr,
}

/// A part of a table, column after column.
pub struct RowGroup(Vec<(Bytes, ColumnCloseResult)>);

impl Layout {
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        let fields = columns.iter().map(|column| field(column).map(Arc::new));
        let fields = fields.collect::<Result<Vec<_>>>()?;
        let schema = Type::group_type_builder("table").with_fields(fields);
        let schema = Arc::new(schema.build().map_err(in_words)?);
        let mut properties = WriterProperties::builder()
            .set_created_by(concat!("wilcoxide ", env!("CARGO_PKG_VERSION")).into())
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true);
        for column in &columns {
            if !matches!(column.kind, Kind::Singles | Kind::Doubles) {
                let path = ColumnPath::from(column.name.as_str());
                properties = properties
                    .set_column_dictionary_enabled(path.clone(), true)
                    .set_column_dictionary_page_size_limit(path, MOST_BYTES_OF_NAMES);
            }
        }
        let names = columns.iter().map(|column| match &column.kind {
            Kind::Names(names) => names.iter().map(|name| name.as_str().into()).collect(),
            _ => Vec::new(),
        });
        Ok(Self {
            names: names.collect(),
            schema: SchemaDescriptor::new(schema),
            properties: Arc::new(properties.build()),
            columns,
        })
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn encode(&self, part: &Part) -> Result<RowGroup> {
        let columns = part.iter().enumerate();
        let encoded = columns.map(|(at, values)| self.encode_column(at, values));
        Ok(RowGroup(encoded.collect::<Result<_>>()?))
    }

    fn encode_column(&self, at: usize, values: &Values) -> Result<(Bytes, ColumnCloseResult)> {
        let mut pages = TrackedWrite::new(Vec::new());
        let writer = get_column_writer(
            self.schema.column(at),
            self.properties.clone(),
            Box::new(SerializedPageWriter::new(&mut pages)),
        );
        let closed = match (writer, values) {
            (ColumnWriter::ByteArrayColumnWriter(writer), Values::Names(codes)) => {
                let names = &self.names[at];
                let names: Vec<ByteArray> = codes
                    .iter()
                    .map(|&code| names[code as usize].clone())
                    .collect();
                write_all(writer, &names)
            }
            (ColumnWriter::Int32ColumnWriter(writer), Values::Integers(values)) => {
                write_all(writer, values)
            }
            (ColumnWriter::FloatColumnWriter(writer), Values::Singles(values)) => {
                write_all(writer, values)
            }
            (ColumnWriter::DoubleColumnWriter(writer), Values::Doubles(values)) => {
                write_all(writer, values)
            }
            _ => panic!("a column of another kind"),
        }?;
        let bytes = pages.into_inner().map_err(in_words)?;
        Ok((bytes.into(), closed))
    }
}

fn write_all<T: DataType>(
    mut writer: parquet::column::writer::ColumnWriterImpl<T>,
    values: &[T::T],
) -> Result<ColumnCloseResult> {
    writer.write_batch(values, None, None).map_err(in_words)?;
    writer.close().map_err(in_words)
}

fn field(column: &Column) -> Result<Type> {
    let (physical, logical) = match column.kind {
        Kind::Names(_) => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Integers => (PhysicalType::INT32, None),
        Kind::Singles => (PhysicalType::FLOAT, None),
        Kind::Doubles => (PhysicalType::DOUBLE, None),
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(logical)
        .build()
        .map_err(in_words)
}

/// A Parquet file being written.
pub struct Writer<W: Write + Send>(SerializedFileWriter<W>);

impl<W: Write + Send> Writer<W> {
    pub fn new(layout: &Layout, to: W) -> Result<Self> {
        let schema = layout.schema.root_schema_ptr();
        let writer = SerializedFileWriter::new(to, schema, layout.properties.clone());
        writer.map(Self).map_err(in_words)
    }

    pub fn append(&mut self, part: RowGroup) -> Result<()> {
        let mut group = self.0.next_row_group().map_err(in_words)?;
        for (bytes, closed) in part.0 {
            group.append_column(&bytes, closed).map_err(in_words)?;
        }
        group.close().map_err(in_words)?;
        Ok(())
    }

    pub fn finish(self) -> Result<W> {
        self.0.into_inner().map_err(in_words)
    }
}

/// A Parquet file.
pub struct Reader(SerializedFileReader<File>);

impl Reader {
    pub fn open(path: &Path, layout: &Layout) -> Result<Self> {
        let file = File::open(path).map_err(in_words)?;
        let reader = SerializedFileReader::new(file).map_err(in_words)?;
        let there = reader.metadata().file_metadata().schema_descr();
        if there.columns() != layout.schema.columns() {
            return Err("it has other columns".into());
        }
        Ok(Self(reader))
    }

    pub fn read(&self, part: usize, rows: Range<usize>, columns: &[usize]) -> Result<Vec<Read>> {
        if part >= self.0.num_row_groups() {
            return Err(format!("it has no row group {part}"));
        }
        let group = self.0.get_row_group(part).map_err(in_words)?;
        let columns = columns.iter().map(|&column| {
            let reader = group.get_column_reader(column).map_err(in_words)?;
            let rows = rows.clone();
            Ok(match reader {
                ColumnReader::ByteArrayColumnReader(reader) => Read::Names(
                    values::<ByteArrayType>(reader, rows)?
                        .iter()
                        .map(|name| name.as_utf8().map(str::to_string).map_err(in_words))
                        .collect::<Result<_>>()?,
                ),
                ColumnReader::Int32ColumnReader(reader) => {
                    Read::Integers(values::<Int32Type>(reader, rows)?)
                }
                ColumnReader::FloatColumnReader(reader) => {
                    let singles = values::<FloatType>(reader, rows)?;
                    Read::Doubles(singles.into_iter().map(f64::from).collect())
                }
                ColumnReader::DoubleColumnReader(reader) => {
                    Read::Doubles(values::<DoubleType>(reader, rows)?)
                }
                _ => return Err("it has a column of another type".into()),
            })
        });
        columns.collect()
    }
}

fn values<T: DataType>(
    mut reader: parquet::column::reader::ColumnReaderImpl<T>,
    rows: Range<usize>,
) -> Result<Vec<T::T>> {
    let skipped = reader.skip_records(rows.start).map_err(in_words)?;
    let mut values = Vec::with_capacity(rows.len());
    while skipped == rows.start && values.len() < rows.len() {
        let wanted = rows.len() - values.len();
        let (_, n, _) = reader
            .read_records(wanted, None, None, &mut values)
            .map_err(in_words)?;
        if n == 0 {
            break;
        }
    }
    match values.len() == rows.len() {
        true => Ok(values),
        false => Err("a row group has too few rows".into()),
    }
}
