//! Where two results' tables differ first.

use crate::records::{RecordError, ladder::LadderRow, table};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;

/// How a table differs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TableDifference {
    /// Only one of the results has it.
    Absent {
        /// The file.
        file: String,
        /// Whether it is `a` that lacks it.
        in_a: bool,
    },
    /// The columns differ.
    Columns {
        /// The file.
        file: String,
        /// The first column in which they differ, in `a`; empty where it has no more.
        a: String,
        /// The same in `b`.
        b: String,
    },
    /// One table goes on where the other ends.
    Length {
        /// The file.
        file: String,
        /// Number of rows in which they are equal.
        equal_rows: u64,
        /// Whether it is `a` that ends first.
        shorter_a: bool,
    },
    /// A row differs.
    Row {
        /// The file.
        file: String,
        /// The first row that differs, from 1, the header not counted.
        row: u64,
        /// The row's first field in `a`: what it is about.
        key: String,
        /// The first column that differs.
        column: String,
        /// Its value in `a`.
        a: String,
        /// Its value in `b`.
        b: String,
    },
}

/// Compares all CSV files of two results but the ladder, which stands for the digests.
pub(super) fn compare(a: &Path, b: &Path) -> Result<Vec<TableDifference>, RecordError> {
    let (in_a, in_b) = (files(a)?, files(b)?);
    let mut differences = Vec::new();
    for file in in_a.union(&in_b) {
        if !in_a.contains(file) || !in_b.contains(file) {
            differences.push(TableDifference::Absent {
                file: file.clone(),
                in_a: !in_a.contains(file),
            });
            continue;
        }
        differences.extend(compare_file(file, &a.join(file), &b.join(file))?);
    }
    Ok(differences)
}

fn files(directory: &Path) -> Result<BTreeSet<String>, RecordError> {
    let fail = |source| RecordError::io("read", directory, source);
    let ladder = format!("{}.csv", <LadderRow as table::Row>::TABLE);
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(directory).map_err(fail)? {
        let name = entry.map_err(fail)?.file_name();
        let is_table = Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "csv");
        if let Some(name) = name.to_str().filter(|&name| is_table && name != ladder) {
            files.insert(name.to_owned());
        }
    }
    Ok(files)
}

/// Reads without any notion of columns: the header is a row like others.
fn open(path: &Path) -> Result<csv::Reader<File>, RecordError> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_path(path)
        .map_err(|error| RecordError::csv("read", path, error))
}

fn compare_file(file: &str, a: &Path, b: &Path) -> Result<Option<TableDifference>, RecordError> {
    let file = file.to_owned();
    let (mut reader_a, mut reader_b) = (open(a)?, open(b)?);
    let (mut record_a, mut record_b) = (csv::StringRecord::new(), csv::StringRecord::new());
    let mut header = csv::StringRecord::new();
    for row in 0_u64.. {
        let more_a = reader_a.read_record(&mut record_a);
        let more_a = more_a.map_err(|error| RecordError::csv("read", a, error))?;
        let more_b = reader_b.read_record(&mut record_b);
        let more_b = more_b.map_err(|error| RecordError::csv("read", b, error))?;
        if !more_a && !more_b {
            break;
        }
        if more_a != more_b {
            return Ok(Some(TableDifference::Length {
                file,
                equal_rows: row.saturating_sub(1),
                shorter_a: !more_a,
            }));
        }
        if record_a != record_b {
            let field = |record: &csv::StringRecord, at: usize| record.get(at).unwrap_or_default().to_owned();
            let longest = record_a.len().max(record_b.len());
            let column = (0..longest).find(|&at| record_a.get(at) != record_b.get(at));
            let column = column.expect("records that differ do so in some field");
            let (value_a, value_b) = (field(&record_a, column), field(&record_b, column));
            return Ok(Some(if row == 0 {
                TableDifference::Columns {
                    file,
                    a: value_a,
                    b: value_b,
                }
            } else {
                TableDifference::Row {
                    file,
                    row,
                    key: field(&record_a, 0),
                    column: field(&header, column),
                    a: value_a,
                    b: value_b,
                }
            }));
        }
        if row == 0 {
            header.clone_from(&record_a);
        }
    }
    Ok(None)
}
