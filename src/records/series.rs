//! `series.csv`: the state of the network at equal intervals, and what was sent in each of them.
//!
//! Its columns depend on the protocol's kinds of message, so it has a writer and a reader of its own.

use super::RecordError;
use super::column::{Cell, Codec, Maybe, Plain, Seconds};
use super::table::{CellWriter, Written, check_header, open, wrong_field};
use crate::engine::accounts::Count;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A row of `series.csv`. States are those at `time_ns`; sums cover the interval since the row before.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SeriesRow {
    /// End of the interval, nanoseconds.
    pub time_ns: u64,
    /// Peers online (service nodes not counted).
    pub online_peers: u64,
    /// Links of the overlay between online peers; empty without an overlay.
    pub links: Option<u64>,
    /// Connected components of the online peers; empty without an overlay.
    pub components: Option<u64>,
    /// Peers in the largest of them; empty without an overlay.
    pub largest_component: Option<u64>,
    /// Sent in the interval, by kind of message.
    pub sent: Vec<Count>,
    /// Messages delivered in the interval.
    pub delivered_messages: u64,
    /// Messages lost or dropped in the interval.
    pub dropped_messages: u64,
    /// Flows under way.
    pub active_flows: u64,
    /// Payload that flows carried in the interval.
    pub carried_bytes: u64,
}

/// The table's file name.
pub const FILE: &str = "series.csv";
/// Columns before those of the kinds.
const FIRST: [&str; 5] = [
    "time_s",
    "online_peers",
    "links",
    "components",
    "largest_component",
];
/// Columns after those of the kinds.
const LAST: [&str; 4] = [
    "delivered_messages",
    "dropped_messages",
    "active_flows",
    "carried_bytes",
];
/// The table's number in the digest of results.
const NUMBER: u64 = 6;

/// A kind of message as a part of a column's name: `QueryHit` is `query_hit`, everything but ASCII letters and digits
/// an underscore.
pub fn column_name(kind: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for c in kind.chars() {
        if after_small && c.is_ascii_uppercase() {
            name.push('_');
        }
        after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
        name.push(if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        });
    }
    name
}

/// Writes `series.csv` row by row.
#[derive(Debug)]
pub struct SeriesWriter<W: Write = File> {
    cells: CellWriter<W>,
    kinds: usize,
}

impl SeriesWriter {
    /// Makes `<directory>/series.csv` and writes the header for these kinds of message.
    pub fn create(directory: &Path, kinds: &[&str]) -> Result<Self, RecordError> {
        let path = directory.join(FILE);
        let file = File::create(&path).map_err(|source| RecordError::io("create", &path, source))?;
        Self::new(file, &path, kinds)
    }
}

impl<W: Write> SeriesWriter<W> {
    /// Writes the header to `writer`; `path` is what errors call it.
    pub fn new(writer: W, path: &Path, kinds: &[&str]) -> Result<Self, RecordError> {
        let mut header: Vec<String> = FIRST.map(str::to_owned).to_vec();
        for kind in kinds {
            let kind = column_name(kind);
            header.push(format!("{kind}_messages"));
            header.push(format!("{kind}_bytes"));
        }
        header.extend(LAST.map(str::to_owned));
        Ok(Self {
            cells: CellWriter::new(writer, path, NUMBER, header)?,
            kinds: kinds.len(),
        })
    }

    /// Appends a row.
    ///
    /// # Panics
    /// When the row has more or fewer kinds than the header.
    pub fn write(&mut self, row: &SeriesRow) -> Result<(), RecordError> {
        assert_eq!(
            row.sent.len(),
            self.kinds,
            "a row has one count per kind of message"
        );
        self.cells.cell(&Seconds::cell(&row.time_ns))?;
        self.cells.cell(&Plain::cell(&row.online_peers))?;
        for value in [&row.links, &row.components, &row.largest_component] {
            self.cells.cell(&Maybe::<Plain>::cell(value))?;
        }
        for count in &row.sent {
            self.cells.cell(&Plain::cell(&count.messages))?;
            self.cells.cell(&Plain::cell(&count.bytes))?;
        }
        for value in [
            row.delivered_messages,
            row.dropped_messages,
            row.active_flows,
            row.carried_bytes,
        ] {
            self.cells.cell(&Cell::Integer(u128::from(value)))?;
        }
        self.cells.end_row()
    }

    /// Writes out what is still in memory: without this call, the table's end may be missing.
    pub fn finish(self) -> Result<Written, RecordError> {
        self.cells.finish()
    }
}

/// `series.csv`, read back.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SeriesTable {
    /// The kinds of message, as the columns call them.
    pub kinds: Vec<String>,
    /// The rows.
    pub rows: Vec<SeriesRow>,
}

impl SeriesTable {
    /// Reads `<directory>/series.csv`; `None` if there is no such file.
    pub fn read(directory: &Path) -> Result<Option<Self>, RecordError> {
        let path = directory.join(FILE);
        let Some(mut reader) = open(&path)? else {
            return Ok(None);
        };
        let header = check_header(&mut reader, &path, &FIRST)?;
        let mut kinds = Vec::new();
        let column = |at: usize| header.get(at).unwrap_or_default();
        while let Some(kind) = column(FIRST.len() + 2 * kinds.len()).strip_suffix("_messages") {
            if column(FIRST.len() + 2 * kinds.len() + 1) != format!("{kind}_bytes") {
                break;
            }
            kinds.push(kind.to_owned());
        }
        let last = FIRST.len() + 2 * kinds.len();
        for (place, name) in LAST.iter().enumerate() {
            if column(last + place) != *name {
                let what = format!("column {} should be {name}", last + place + 1);
                return Err(RecordError::malformed(&path, 1, what));
            }
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| RecordError::csv("read", &path, error))?;
            rows.push(Fields::new(&path, &header, &record).row(kinds.len())?);
        }
        Ok(Some(Self { kinds, rows }))
    }
}

/// The fields of a record, taken from left to right.
struct Fields<'a> {
    path: PathBuf,
    header: &'a csv::StringRecord,
    record: &'a csv::StringRecord,
    next: usize,
}

impl<'a> Fields<'a> {
    fn new(path: &Path, header: &'a csv::StringRecord, record: &'a csv::StringRecord) -> Self {
        Self {
            path: path.to_path_buf(),
            header,
            record,
            next: 0,
        }
    }

    fn take<T, C: Codec<T>>(&mut self) -> Result<T, RecordError> {
        let at = self.next;
        self.next += 1;
        self.record.get(at).and_then(C::parse).ok_or_else(|| {
            let column = self.header.get(at).unwrap_or_default();
            wrong_field(&self.path, self.record, at, column)
        })
    }

    fn row(mut self, kinds: usize) -> Result<SeriesRow, RecordError> {
        Ok(SeriesRow {
            time_ns: self.take::<u64, Seconds>()?,
            online_peers: self.take::<u64, Plain>()?,
            links: self.take::<_, Maybe<Plain>>()?,
            components: self.take::<_, Maybe<Plain>>()?,
            largest_component: self.take::<_, Maybe<Plain>>()?,
            sent: (0..kinds)
                .map(|_| {
                    Ok(Count {
                        messages: self.take::<u64, Plain>()?,
                        bytes: self.take::<u64, Plain>()?,
                    })
                })
                .collect::<Result<_, RecordError>>()?,
            delivered_messages: self.take::<u64, Plain>()?,
            dropped_messages: self.take::<u64, Plain>()?,
            active_flows: self.take::<u64, Plain>()?,
            carried_bytes: self.take::<u64, Plain>()?,
        })
    }
}
