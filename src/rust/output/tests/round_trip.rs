//! What is written is read again, to the bit.

use std::io::{self, Write};
use std::path::Path;
use wilcoxide_output::{
    Column, Encoded, Format, Kind, NewFile, Part, Read, Reader, Values, Writer,
};

const PLAIN: [&str; 3] = ["CD3D", "MS4A1", "été"];
const AWKWARD: [&str; 5] = ["a,b", "say \"so\"", "two\nlines", "", " wide "];

fn column(name: &str, kind: Kind) -> Column {
    Column {
        name: name.into(),
        kind,
    }
}

fn columns() -> Vec<Column> {
    let names = |names: &[&str]| Kind::Names(names.iter().map(|name| name.to_string()).collect());
    vec![
        column("target", names(&AWKWARD)),
        column("feature", names(&PLAIN)),
        column("cells", Kind::Integers),
        column("change", Kind::Singles),
        column("p_value", Kind::Doubles),
    ]
}

/// Part `number` has `n` rows.
fn part(number: usize, n: usize) -> Part {
    let place = |row: usize| (number * 31 + row * 7) as u32;
    let special = [5e-324, -0.0, f64::INFINITY, f64::NEG_INFINITY, 0.1];
    vec![
        Values::Names((0..n).map(|row| place(row) % 5).collect()),
        Values::Names((0..n).map(|row| place(row) % 3).collect()),
        Values::Integers((0..n).map(|row| place(row) as i32 - 9).collect()),
        Values::Singles((0..n).map(|row| place(row) as f32 * 0.1 - 1.0).collect()),
        Values::Doubles(
            (0..n)
                .map(|row| special.get(row % 9).copied().unwrap_or(1e-9 / (row as f64)))
                .collect(),
        ),
    ]
}

fn expected(part: &Part, rows: std::ops::Range<usize>) -> Vec<Read> {
    let name = |names: &[&str], codes: &[u32]| {
        Read::Names(
            codes
                .iter()
                .map(|&code| names[code as usize].into())
                .collect(),
        )
    };
    part.iter()
        .enumerate()
        .map(|(at, values)| match values {
            Values::Names(codes) if at == 0 => name(&AWKWARD, &codes[rows.clone()]),
            Values::Names(codes) => name(&PLAIN, &codes[rows.clone()]),
            Values::Integers(values) => Read::Integers(values[rows.clone()].to_vec()),
            Values::Singles(values) => {
                Read::Doubles(values[rows.clone()].iter().map(|&x| x.into()).collect())
            }
            Values::Doubles(values) => Read::Doubles(values[rows.clone()].to_vec()),
        })
        .collect()
}

/// Bits, so that zeros of both signs differ.
fn bits(read: &[Read]) -> Vec<Vec<u64>> {
    let of_column = |read: &Read| match read {
        Read::Doubles(values) => values.iter().map(|x| x.to_bits()).collect(),
        Read::Integers(values) => values.iter().map(|&x| x as u64).collect(),
        Read::Names(_) => Vec::new(),
    };
    read.iter().map(of_column).collect()
}

fn encoded(format: &Format) -> Vec<Encoded> {
    let parts = (0..3).map(|number| format.encode(&part(number, 50 + number)));
    parts.collect::<Result<_, _>>().expect("parts")
}

fn write(path: &Path) -> Vec<u64> {
    let format = Format::of_path(path, columns()).expect("columns");
    let format = format.expect("a known format");
    let file = NewFile::create(path).expect("a file");
    let mut writer = Writer::new(&format, file).expect("a writer");
    for part in encoded(&format) {
        writer.append(part).expect("written");
    }
    assert!(!path.exists(), "the file has its name before it is whole");
    let (file, starts) = writer.finish().expect("finished");
    file.finish().expect("named");
    starts
}

#[test]
fn any_rows_of_any_part_are_read_as_they_were_written() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["table.parquet", "table.csv.gz", "TABLE.PARQUET"] {
        let path = folder.path().join(name);
        let starts = write(&path);
        let reader = Reader::open(&path, columns(), starts).expect("a reader");
        for number in 0..3 {
            for rows in [0..50 + number, 7..20, 49..50, 3..3] {
                let read = reader
                    .read(number, rows.clone(), &[0, 1, 2, 3, 4])
                    .expect("rows");
                let expected = expected(&part(number, 50 + number), rows);
                assert_eq!(read, expected, "{name}");
                assert_eq!(bits(&read), bits(&expected), "{name}");
            }
        }
        let some = reader.read(2, 0..3, &[4, 0]).expect("columns");
        let all = expected(&part(2, 52), 0..3);
        assert_eq!(some, [all[4].clone(), all[0].clone()]);
        assert!(
            reader.read(0, 0..51, &[0]).is_err(),
            "more rows than there are"
        );
        assert!(
            reader.read(3, 0..1, &[0]).is_err(),
            "more parts than there are"
        );
    }
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 3, "other files are left");
}

#[test]
fn a_file_that_is_not_finished_leaves_nothing_and_keeps_what_was_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("table.parquet");
    std::fs::write(&path, "what was there").expect("a file");
    let mut file = NewFile::create(&path).expect("a file");
    file.write_all(&[1; 3 << 20]).expect("written");
    drop(file);
    assert_eq!(std::fs::read(&path).expect("a file"), b"what was there");
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 1);
    assert!(NewFile::create(&folder.path().join("no folder/table.parquet")).is_err());
}

/// A disk with room for so many bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let n = bytes.len().min(self.0);
        self.0 -= n;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_wherever_it_is_full() {
    for name in ["table.parquet", "table.csv.gz"] {
        let format = Format::of_path(Path::new(name), columns()).expect("columns");
        let format = format.expect("a known format");
        let outcome = |room: usize| {
            let mut writer = Writer::new(&format, Full(room))?;
            for part in encoded(&format) {
                writer.append(part)?;
            }
            writer.finish().map(|_| ())
        };
        assert!(outcome(1 << 20).is_ok());
        for room in [0, 3, 50, 100, 700, 1500] {
            assert!(outcome(room).is_err(), "{name}, {room} bytes");
        }
    }
}

#[test]
fn damaged_and_missing_files_are_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["table.parquet", "table.csv.gz"] {
        let path = folder.path().join(name);
        let starts = write(&path);
        let whole = std::fs::read(&path).expect("a file");
        for cut in [0, 1, 10, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..cut]).expect("a file");
            let read = Reader::open(&path, columns(), starts.clone())
                .and_then(|reader| reader.read(2, 0..52, &[0, 1, 2, 3, 4]));
            assert!(read.is_err(), "{name}, {cut} bytes");
        }
        std::fs::remove_file(&path).expect("a file");
        assert!(Reader::open(&path, columns(), starts).is_err());
    }
    let other = Reader::open(Path::new("table.txt"), columns(), Vec::new());
    assert!(other.is_err());
}
