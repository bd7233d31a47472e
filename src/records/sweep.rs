//! `sweep.csv`: what each run of a sweep cost, and how well its lookups went.
//!
//! Its columns depend on the keys that are swept, so it has a writer and a reader of its own.

use super::RecordError;
use super::column::{Cell, Codec, Maybe, Milliseconds, Plain, Ratio, parse_exact_decimal};
use super::table::{CellWriter, Written, check_header, open, wrong_field};
use std::fs::File;
use std::path::Path;

/// A row of `sweep.csv`: one replication of one combination.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct SweepRow {
    /// Name of the scenario's file, without its ending.
    pub scenario: String,
    /// The overlay.
    pub protocol: String,
    /// Number of the replication.
    pub replication: u64,
    /// Values of the swept keys, in the order of the table's; empty where the scenario does not sweep the key.
    pub settings: Vec<String>,
    /// What was measured.
    pub measures: Measures,
}

/// What is measured of a run of lookups. Lookups count if they were issued after the warm-up; shares and latencies are of
/// those that came to an end while their origin was there. Time online and messages count from the last sample on that is not
/// after the end of the warm-up (samples are the rows of `series.csv`).
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Measures {
    /// Time that peers and service nodes were online, summed over them, nanoseconds.
    pub online_ns: u128,
    /// Lookups issued.
    pub lookups: u64,
    /// Share of lookups that found a node which was responsible; `None`: none ended.
    pub correct_share: Option<f64>,
    /// Share that found another node.
    pub incorrect_share: Option<f64>,
    /// Share that found none.
    pub failed_share: Option<f64>,
    /// Median latency, nanoseconds; a lookup that was not correct counts with the time after which lookups are given up.
    pub latency_ns_median: Option<u64>,
    /// 90th percentile of the same.
    pub latency_ns_90: Option<u64>,
    /// Mean number of hops of lookups that were answered.
    pub hops_mean: Option<f64>,
    /// Messages sent, per second that a peer was online.
    pub messages_per_peer_per_s: Option<f64>,
    /// Bytes of them, per second that a peer was online.
    pub bytes_per_peer_per_s: Option<f64>,
}

/// The table's file name.
pub const FILE: &str = "sweep.csv";
/// Columns before those of the swept keys.
const FIRST: [&str; 3] = ["scenario", "protocol", "replication"];
/// Columns after those of the swept keys.
const LAST: [&str; 10] = [
    "online_peer_s",
    "lookups",
    "correct_share",
    "incorrect_share",
    "failed_share",
    "latency_ms_median",
    "latency_ms_90",
    "hops_mean",
    "messages_per_peer_per_second",
    "bytes_per_peer_per_second",
];
/// Decimal digits of a second in nanoseconds.
const SECOND_DIGITS: u32 = 9;
/// The table's number in the digest of results.
const NUMBER: u64 = 12;

/// `sweep.csv`.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct SweepTable {
    /// The swept keys: names of columns.
    pub keys: Vec<String>,
    /// The rows.
    pub rows: Vec<SweepRow>,
}

impl SweepTable {
    /// Writes `<directory>/sweep.csv`.
    ///
    /// # Errors
    /// Where the operating system refuses.
    ///
    /// # Panics
    /// When a row has more or fewer settings than there are keys.
    pub fn write(&self, directory: &Path) -> Result<Written, RecordError> {
        let path = directory.join(FILE);
        let file = File::create(&path).map_err(|source| RecordError::io("create", &path, source))?;
        let keys = self.keys.iter().map(String::as_str);
        let header = FIRST.into_iter().chain(keys).chain(LAST);
        let mut cells = CellWriter::new(file, &path, NUMBER, header)?;
        for row in &self.rows {
            assert_eq!(
                row.settings.len(),
                self.keys.len(),
                "a row has a field for each key"
            );
            row.visit(&mut |cell| cells.cell(&cell))?;
            cells.end_row()?;
        }
        cells.finish()
    }

    /// Reads `<directory>/sweep.csv`; `None` if there is no such file.
    ///
    /// # Errors
    /// Where the file is damaged or cannot be read.
    pub fn read(directory: &Path) -> Result<Option<Self>, RecordError> {
        let path = directory.join(FILE);
        let Some(mut reader) = open(&path)? else {
            return Ok(None);
        };
        let header = check_header(&mut reader, &path, &FIRST)?;
        let fixed = FIRST.len() + LAST.len();
        let keys_number = header.len().saturating_sub(fixed);
        let after = FIRST.len() + keys_number;
        if header.len() < fixed || header.iter().skip(after).ne(LAST) {
            let what = format!("the columns do not end with {}", LAST.join(", "));
            return Err(RecordError::malformed(&path, 1, what));
        }
        let keys = header.iter().skip(FIRST.len()).take(keys_number);
        let mut table = Self {
            keys: keys.map(str::to_owned).collect(),
            rows: Vec::new(),
        };
        for record in reader.records() {
            let record = record.map_err(|error| RecordError::csv("read", &path, error))?;
            let row = SweepRow::parse(&record, keys_number)
                .map_err(|at| wrong_field(&path, &record, at, &header[at]))?;
            table.rows.push(row);
        }
        Ok(Some(table))
    }
}

impl SweepRow {
    fn visit(&self, visit: &mut dyn FnMut(Cell<'_>) -> Result<(), RecordError>) -> Result<(), RecordError> {
        visit(Cell::Text(&self.scenario))?;
        visit(Cell::Text(&self.protocol))?;
        visit(Plain::cell(&self.replication))?;
        for setting in &self.settings {
            visit(Cell::Text(setting))?;
        }
        let measures = &self.measures;
        visit(Cell::Time {
            ns: measures.online_ns,
            digits: SECOND_DIGITS,
        })?;
        visit(Plain::cell(&measures.lookups))?;
        for share in [
            &measures.correct_share,
            &measures.incorrect_share,
            &measures.failed_share,
        ] {
            visit(Maybe::<Ratio>::cell(share))?;
        }
        for latency_ns in [&measures.latency_ns_median, &measures.latency_ns_90] {
            visit(Maybe::<Milliseconds>::cell(latency_ns))?;
        }
        for mean in [
            &measures.hops_mean,
            &measures.messages_per_peer_per_s,
            &measures.bytes_per_peer_per_s,
        ] {
            visit(Maybe::<Ratio>::cell(mean))?;
        }
        Ok(())
    }

    /// Reads a row; otherwise the place of the first field that is wrong.
    fn parse(fields: &csv::StringRecord, keys_number: usize) -> Result<Self, usize> {
        let after = FIRST.len() + keys_number;
        let text = |at: usize| fields.get(at).ok_or(at);
        let ratio = |at: usize| Maybe::<Ratio>::parse(text(after + at)?).ok_or(after + at);
        let latency_ns = |at: usize| Maybe::<Milliseconds>::parse(text(after + at)?).ok_or(after + at);
        Ok(Self {
            scenario: text(0)?.to_owned(),
            protocol: text(1)?.to_owned(),
            replication: Plain::parse(text(2)?).ok_or(2_usize)?,
            settings: (FIRST.len()..after)
                .map(|at| text(at).map(str::to_owned))
                .collect::<Result<_, _>>()?,
            measures: Measures {
                online_ns: parse_exact_decimal(text(after)?, SECOND_DIGITS).ok_or(after)?,
                lookups: Plain::parse(text(after + 1)?).ok_or(after + 1)?,
                correct_share: ratio(2)?,
                incorrect_share: ratio(3)?,
                failed_share: ratio(4)?,
                latency_ns_median: latency_ns(5)?,
                latency_ns_90: latency_ns(6)?,
                hops_mean: ratio(7)?,
                messages_per_peer_per_s: ratio(8)?,
                bytes_per_peer_per_s: ratio(9)?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn table() -> SweepTable {
        let row = |protocol: &str, setting: &str, measures| SweepRow {
            scenario: "a".to_owned(),
            protocol: protocol.to_owned(),
            replication: 1,
            settings: vec![setting.to_owned(), String::new()],
            measures,
        };
        let measures = Measures {
            online_ns: 3_600_000_000_001,
            lookups: 3,
            correct_share: Some(2.0 / 3.0),
            incorrect_share: Some(0.0),
            failed_share: Some(1.0 / 3.0),
            latency_ns_median: Some(123_456_789),
            latency_ns_90: Some(4_000_000_000),
            hops_mean: Some(4.5),
            messages_per_peer_per_s: Some(0.1),
            bytes_per_peer_per_s: Some(12.25),
        };
        SweepTable {
            keys: vec!["overlay.chord.stabilize".to_owned(), "duration".to_owned()],
            rows: vec![
                row("chord", "{ max = \"2 s\", min = \"1 s\" }", measures),
                row("kademlia", "", Measures::default()),
            ],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(SweepTable::read(folder.path()).unwrap(), None);
        let written = table().write(folder.path()).unwrap();
        assert_eq!(written.rows, 2);
        assert_eq!(SweepTable::read(folder.path()).unwrap(), Some(table()));
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(
            text.lines().nth(1).unwrap(),
            "a,chord,1,\"{ max = \"\"2 s\"\", min = \"\"1 s\"\" }\",,3600.000000001,3,0.6666666666666666,0,\
             0.3333333333333333,123.456789,4000,4.5,0.1,12.25"
        );
    }

    #[test]
    fn damaged_tables_are_refused_with_their_place() {
        let folder = tempfile::tempdir().unwrap();
        table().write(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        let text = fs::read_to_string(&path).unwrap();
        for (from, to, said) in [
            (
                "12.25",
                "NaN",
                "line 2: bytes_per_peer_per_second cannot be \"NaN\"",
            ),
            (",3,0.6", ",-3,0.6", "line 2: lookups cannot be \"-3\""),
            ("hops_mean", "hops", "line 1: the columns do not end with"),
            (
                "protocol",
                "overlay",
                "line 1: column 2 is overlay, should be protocol",
            ),
        ] {
            fs::write(&path, text.replacen(from, to, 1)).unwrap();
            let error = SweepTable::read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
