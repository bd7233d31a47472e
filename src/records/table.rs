//! Tables: rows of integers to CSV files and back, digested on the way.

use super::RecordError;
use super::column::Cell;
use crate::engine::digest::Channel;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// A row of a table with fixed columns.
pub trait Row: Sized {
    /// The table's file name without `.csv`.
    const TABLE: &'static str;
    /// The table's number in the digest of results: never used twice.
    const NUMBER: u64;
    /// Names of the columns, in order.
    const COLUMNS: &'static [&'static str];

    /// Calls `visit` with every cell, in the order of the columns.
    fn visit(&self, visit: &mut dyn FnMut(Cell<'_>));

    /// Reads a row of as many fields as there are columns; otherwise the place of the first field that is wrong.
    fn parse(fields: &csv::StringRecord) -> Result<Self, usize>;
}

/// Declares a row: its fields, the columns they stand in and how they are written, all in one place.
macro_rules! row {
    (
        $(#[$meta:meta])*
        $name:ident in $table:literal number $number:literal;
        $($(#[$field_meta:meta])* $field:ident: $type:ty => $column:literal as $codec:ty,)*
    ) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Debug)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $crate::records::table::Row for $name {
            const TABLE: &'static str = $table;
            const NUMBER: u64 = $number;
            const COLUMNS: &'static [&'static str] = &[$($column),*];

            fn visit(&self, visit: &mut dyn FnMut($crate::records::column::Cell<'_>)) {
                $(visit(<$codec as $crate::records::column::Codec<$type>>::cell(&self.$field));)*
            }

            fn parse(fields: &csv::StringRecord) -> Result<Self, usize> {
                let mut place = 0..;
                $(
                    let at = place.next().expect("a table has finitely many columns");
                    let text = fields.get(at).ok_or(at)?;
                    let $field = <$codec as $crate::records::column::Codec<$type>>::parse(text).ok_or(at)?;
                )*
                Ok(Self { $($field),* })
            }
        }
    };
}
pub(crate) use row;

/// What was written of a table.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Written {
    /// Number of rows.
    pub rows: u64,
    /// What the rows mean: part of the digest channel `results`.
    pub digest: Channel,
}

impl Written {
    /// Adds the digest of another table.
    pub fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.digest.merge(other.digest);
    }
}

/// A CSV writer with `\n` line ends whose errors name the file; it digests what it writes.
#[derive(Debug)]
pub(super) struct CellWriter<W: Write> {
    csv: csv::Writer<W>,
    path: PathBuf,
    /// The table's number, in the upper part of every cell's place.
    table: u64,
    column: u64,
    /// The text of the cell under way: one allocation for all of them.
    text: String,
    written: Written,
}

impl<W: Write> CellWriter<W> {
    /// A writer of a table with this number and header.
    pub(super) fn new<T: AsRef<[u8]>>(
        writer: W,
        path: &Path,
        table: u64,
        header: impl IntoIterator<Item = T>,
    ) -> Result<Self, RecordError> {
        let mut csv = csv::WriterBuilder::new()
            .terminator(csv::Terminator::Any(b'\n'))
            .buffer_capacity(1 << 16)
            .from_writer(writer);
        csv.write_record(header)
            .map_err(|error| RecordError::csv("write", path, error))?;
        Ok(Self {
            csv,
            path: path.to_path_buf(),
            table: table << 32,
            column: 0,
            text: String::new(),
            written: Written::default(),
        })
    }

    /// Writes the next cell of the row under way.
    pub(super) fn cell(&mut self, cell: &Cell<'_>) -> Result<(), RecordError> {
        cell.digest(
            self.table | self.column,
            self.written.rows,
            &mut self.written.digest,
        );
        self.column += 1;
        self.text.clear();
        write!(self.text, "{cell}").expect("writing to memory cannot fail");
        self.csv
            .write_field(&self.text)
            .map_err(|error| RecordError::csv("write", &self.path, error))
    }

    /// Ends the row under way.
    pub(super) fn end_row(&mut self) -> Result<(), RecordError> {
        self.column = 0;
        self.written.rows += 1;
        self.csv
            .write_record(None::<&[u8]>)
            .map_err(|error| RecordError::csv("write", &self.path, error))
    }

    /// Writes out what is still in memory.
    pub(super) fn finish(mut self) -> Result<Written, RecordError> {
        self.csv
            .flush()
            .map_err(|source| RecordError::io("write", &self.path, source))?;
        Ok(self.written)
    }
}

/// Writes a table row by row.
#[derive(Debug)]
pub struct TableWriter<R: Row, W: Write = File> {
    cells: CellWriter<W>,
    rows: PhantomData<fn(&R)>,
}

impl<R: Row> TableWriter<R> {
    /// Makes the file `path` and writes the header.
    pub fn create(path: &Path) -> Result<Self, RecordError> {
        let file = File::create(path).map_err(|source| RecordError::io("create", path, source))?;
        Self::new(file, path)
    }
}

impl<R: Row, W: Write> TableWriter<R, W> {
    /// Writes the header to `writer`; `path` is what errors call it. Writing is buffered.
    pub fn new(writer: W, path: &Path) -> Result<Self, RecordError> {
        Ok(Self {
            cells: CellWriter::new(writer, path, R::NUMBER, R::COLUMNS)?,
            rows: PhantomData,
        })
    }

    /// Appends a row.
    pub fn write(&mut self, row: &R) -> Result<(), RecordError> {
        let mut result = Ok(());
        row.visit(&mut |cell| {
            if result.is_ok() {
                result = self.cells.cell(&cell);
            }
        });
        result.and_then(|()| self.cells.end_row())
    }

    /// Writes out what is still in memory: without this call, the table's end may be missing.
    pub fn finish(self) -> Result<Written, RecordError> {
        self.cells.finish()
    }
}

/// Writes all rows of a table to `<directory>/<table>.csv`.
pub fn write_table<'a, R: Row + 'a>(
    directory: &Path,
    rows: impl IntoIterator<Item = &'a R>,
) -> Result<Written, RecordError> {
    let mut writer = TableWriter::<R>::create(&table_path::<R>(directory))?;
    for row in rows {
        writer.write(row)?;
    }
    writer.finish()
}

/// Where a table of a result stands.
pub fn table_path<R: Row>(directory: &Path) -> PathBuf {
    directory.join(format!("{}.csv", R::TABLE))
}

/// Reads the table of `<directory>/<table>.csv`; `None` if there is no such file.
///
/// Further columns after the known ones are skipped, so that tables of later versions can be read.
pub fn read_table<R: Row>(directory: &Path) -> Result<Option<Vec<R>>, RecordError> {
    read_table_at(&table_path::<R>(directory))
}

/// Reads a table from a file of any name; `None` if there is no such file.
pub fn read_table_at<R: Row>(path: &Path) -> Result<Option<Vec<R>>, RecordError> {
    let Some(mut reader) = open(path)? else {
        return Ok(None);
    };
    check_header(&mut reader, path, R::COLUMNS)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| RecordError::csv("read", path, error))?;
        let row = R::parse(&record).map_err(|at| wrong_field(path, &record, at, R::COLUMNS[at]))?;
        rows.push(row);
    }
    Ok(Some(rows))
}

/// Opens a CSV file that may be absent.
pub(super) fn open(path: &Path) -> Result<Option<csv::Reader<File>>, RecordError> {
    match File::open(path) {
        Ok(file) => Ok(Some(
            csv::ReaderBuilder::new()
                .buffer_capacity(1 << 16)
                .from_reader(file),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(RecordError::io("read", path, error)),
    }
}

/// Refuses a file whose first columns are not these; gives the whole header.
pub(super) fn check_header(
    reader: &mut csv::Reader<File>,
    path: &Path,
    columns: &[&str],
) -> Result<csv::StringRecord, RecordError> {
    let header = reader
        .headers()
        .map_err(|error| RecordError::csv("read", path, error))?;
    for (place, &column) in columns.iter().enumerate() {
        let found = header.get(place).unwrap_or("none");
        if found != column {
            let what = format!("column {} is {found}, should be {column}", place + 1);
            return Err(RecordError::malformed(path, 1, what));
        }
    }
    Ok(header.clone())
}

/// Names a field that cannot be read.
pub(super) fn wrong_field(path: &Path, record: &csv::StringRecord, at: usize, column: &str) -> RecordError {
    let line = record.position().map_or(0, csv::Position::line);
    let text = record.get(at).unwrap_or_default();
    RecordError::malformed(path, line, format!("{column} cannot be {text:?}"))
}
