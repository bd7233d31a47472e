//! Reads a latency matrix from text, exactly: decimals of milliseconds become nanoseconds without any float.
//!
//! One row a line. With a comma in the first line it is CSV, otherwise cells are parted by blanks or tabs. A header
//! row and a column of labels are recognised by cells that are no numbers. Blank lines and lines starting with `#` are
//! skipped.

use super::LATENCY_NS_MAX;

/// What an entry of the file means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// There and back: one way is half of it, rounded up to a whole nanosecond. Asymmetric files stay asymmetric.
    RoundTrip,
    /// One way, rounded up to a whole nanosecond.
    OneWay,
}

/// A square table of one-way latencies in nanoseconds; row = from, column = to; 0 means not measured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LatencyTable {
    /// Names of the sites, if the file has them.
    pub labels: Option<Vec<String>>,
    /// Number of rows, which is the number of columns.
    pub rows: usize,
    /// `rows * rows` entries, row by row.
    pub entries_ns: Vec<u64>,
}

/// What is wrong with a latency matrix.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// No rows at all.
    #[error("there is no row of numbers")]
    Empty,
    /// A cell is no decimal number.
    #[error("`{cell}` is not a decimal number of milliseconds")]
    NotANumber {
        /// The cell.
        cell: String,
    },
    /// A latency below zero.
    #[error("`{cell}` is negative: a latency is not")]
    Negative {
        /// The cell.
        cell: String,
    },
    /// A latency of more than a year.
    #[error("`{cell}` ms is more than a year")]
    TooLarge {
        /// The cell.
        cell: String,
    },
    /// A line is longer or shorter than the first one.
    #[error("this row has {cells} entries where the first one has {expected}")]
    RowLength {
        /// How many it has.
        cells: usize,
        /// How many it should have.
        expected: usize,
    },
    /// Rows and columns differ in number.
    #[error("the matrix is not square: {rows} rows of {columns} entries")]
    NotSquare {
        /// Number of rows.
        rows: usize,
        /// Number of columns.
        columns: usize,
    },
    /// A row's label is not that of the column with the same number.
    #[error("row label `{row}` stands where the header has `{column}`")]
    LabelMismatch {
        /// The row's label.
        row: String,
        /// The column's.
        column: String,
    },
}

/// A fault and where it is.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}, column {column}: {fault}")]
pub struct TableError {
    /// Line of the text, from 1.
    pub line: usize,
    /// Place in the line where the cell starts, in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub fault: Fault,
}

impl LatencyTable {
    /// Reads a matrix whose entries are milliseconds.
    pub fn parse(text: &str, direction: Direction) -> Result<Self, TableError> {
        let mut reader = Reader::new(direction);
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, content) in (1..).zip(text.lines()) {
            if !(content.trim().is_empty() || content.trim_start().starts_with('#')) {
                reader.read(line, content)?;
            }
        }
        reader.finish()
    }
}

/// What was read so far.
struct Reader<'t> {
    direction: Direction,
    /// Known from the first line on.
    is_csv: Option<bool>,
    /// The names of the columns, the corner removed once the first row shows that there is one.
    header: Option<Vec<&'t str>>,
    /// Whether rows start with a label; known from the first row on.
    is_labelled: Option<bool>,
    labels: Vec<&'t str>,
    columns: usize,
    rows: usize,
    entries_ns: Vec<u64>,
    last_line: usize,
}

impl<'t> Reader<'t> {
    fn new(direction: Direction) -> Self {
        Self {
            direction,
            is_csv: None,
            header: None,
            is_labelled: None,
            labels: Vec::new(),
            columns: 0,
            rows: 0,
            entries_ns: Vec::new(),
            last_line: 1,
        }
    }

    fn read(&mut self, line: usize, content: &'t str) -> Result<(), TableError> {
        self.last_line = line;
        let is_first_line = self.is_csv.is_none();
        let is_csv = *self.is_csv.get_or_insert_with(|| content.contains(','));
        let mut cells = split(content, is_csv);
        if is_first_line
            && (cells[0].is_empty() || cells.len() > 1 && !cells.iter().any(|cell| looks_numeric(cell)))
        {
            self.header = Some(cells);
            return Ok(());
        }
        let at = |cell: &str, fault| TableError {
            line,
            column: column_of(content, cell),
            fault,
        };
        let is_labelled = match self.is_labelled {
            Some(is_labelled) => is_labelled,
            None => self.understand(&cells),
        };
        if is_labelled {
            let label = cells.remove(0);
            if let Some(&column) = self.header.as_ref().and_then(|names| names.get(self.rows))
                && column != label
            {
                let (row, column) = (label.to_owned(), column.to_owned());
                return Err(at(label, Fault::LabelMismatch { row, column }));
            }
            self.labels.push(label);
        }
        if self.rows == 0 {
            self.columns = self.header.as_ref().map_or(cells.len(), Vec::len);
        }
        if cells.len() != self.columns {
            let fault = Fault::RowLength {
                cells: cells.len(),
                expected: self.columns,
            };
            return Err(at(content, fault));
        }
        for cell in cells {
            let entry_ns = one_way_ns(cell, self.direction).map_err(|fault| at(cell, fault))?;
            self.entries_ns.push(entry_ns);
        }
        self.rows += 1;
        Ok(())
    }

    /// Decides from the first row whether rows have labels and the header a corner above them.
    fn understand(&mut self, cells: &[&str]) -> bool {
        let is_labelled = match &mut self.header {
            None => !looks_numeric(cells[0]),
            Some(names) if names.len() == cells.len() => {
                let has_corner = names[0].is_empty() || !looks_numeric(cells[0]);
                if has_corner {
                    names.remove(0);
                }
                has_corner
            }
            Some(names) => cells.len() == names.len() + 1,
        };
        self.is_labelled = Some(is_labelled);
        is_labelled
    }

    fn finish(self) -> Result<LatencyTable, TableError> {
        let whole = |fault| TableError {
            line: self.last_line,
            column: 1,
            fault,
        };
        if self.rows == 0 || self.columns == 0 {
            return Err(whole(Fault::Empty));
        }
        if self.rows != self.columns {
            return Err(whole(Fault::NotSquare {
                rows: self.rows,
                columns: self.columns,
            }));
        }
        let labels = self.header.or((!self.labels.is_empty()).then_some(self.labels));
        Ok(LatencyTable {
            labels: labels.map(|labels| labels.into_iter().map(str::to_owned).collect()),
            rows: self.rows,
            entries_ns: self.entries_ns,
        })
    }
}

/// The cells of a line that is not blank; at least one.
fn split(content: &str, is_csv: bool) -> Vec<&str> {
    if is_csv {
        content
            .split(',')
            .map(|cell| cell.trim().trim_matches('"').trim())
            .collect()
    } else {
        content.split_whitespace().collect()
    }
}

/// Where a cell starts in its line, in characters from 1.
fn column_of(content: &str, cell: &str) -> usize {
    let bytes = cell.as_ptr().addr() - content.as_ptr().addr();
    content[..bytes].chars().count() + 1
}

/// Whether a cell is meant as a number (possibly a bad one) rather than as a name.
fn looks_numeric(cell: &str) -> bool {
    let digits = cell.trim_start_matches(['+', '-', '.']);
    digits.starts_with(|first: char| first.is_ascii_digit())
        || ["nan", "inf", "infinity", "null", "na", ""].contains(&digits.to_ascii_lowercase().as_str())
}

/// A decimal number of milliseconds as one-way nanoseconds, rounded up; exact in integers.
fn one_way_ns(cell: &str, direction: Direction) -> Result<u64, Fault> {
    let not_a_number = || Fault::NotANumber {
        cell: cell.to_owned(),
    };
    let too_large = || Fault::TooLarge {
        cell: cell.to_owned(),
    };
    let unsigned = cell.strip_prefix('+').unwrap_or(cell);
    if unsigned.len() > 1 && unsigned.starts_with('-') && looks_numeric(unsigned) {
        return Err(Fault::Negative {
            cell: cell.to_owned(),
        });
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i8>().map_err(|_| not_a_number())?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = 0_u128;
    for digit in whole.bytes().chain(fraction.bytes()) {
        if !digit.is_ascii_digit() {
            return Err(not_a_number());
        }
        digits = digits
            .checked_mul(10)
            .and_then(|digits| digits.checked_add(u128::from(digit - b'0')))
            .ok_or_else(not_a_number)?;
    }
    if whole.is_empty() && fraction.is_empty() {
        return Err(not_a_number());
    }
    if digits == 0 {
        return Ok(0);
    }
    // A millisecond is 10^6 ns. A mantissa has at most 39 significant digits, so the counts fit.
    let places = i32::try_from(fraction.len()).map_err(|_| not_a_number())?;
    let shift = 6 + i32::from(exponent) - places;
    let halves = match direction {
        Direction::RoundTrip => 2,
        Direction::OneWay => 1,
    };
    let power = 10_u128.checked_pow(shift.unsigned_abs());
    let entry_ns = if shift >= 0 {
        let scaled = power
            .and_then(|power| digits.checked_mul(power))
            .ok_or_else(too_large)?;
        scaled.div_ceil(halves)
    } else {
        // A divisor beyond 128 bits is larger than any numerator: the ceiling is 1.
        power
            .and_then(|power| power.checked_mul(halves))
            .map_or(1, |divisor| digits.div_ceil(divisor))
    };
    u64::try_from(entry_ns)
        .ok()
        .filter(|entry_ns| *entry_ns <= LATENCY_NS_MAX)
        .ok_or_else(too_large)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        for (cell, round_trip, one_way) in [
            ("0", 0, 0),
            ("0.000", 0, 0),
            ("0.175", 87_500, 175_000),
            ("0.000001", 1, 1),
            ("0.000003", 2, 3),
            ("0.0000001", 1, 1),
            ("121.42", 60_710_000, 121_420_000),
            ("+.5", 250_000, 500_000),
            ("7.", 3_500_000, 7_000_000),
            ("1.5e3", 750_000_000, 1_500_000_000),
            ("25E-4", 1_250, 2_500),
            ("0.0000000000000000000000000000000000000001", 1, 1),
            // The nearest f64 to 0.1 would give 50,000.000000000003 and round up to 50,001.
            ("0.1", 50_000, 100_000),
        ] {
            assert_eq!(one_way_ns(cell, Direction::RoundTrip), Ok(round_trip), "{cell}");
            assert_eq!(one_way_ns(cell, Direction::OneWay), Ok(one_way), "{cell}");
        }
    }

    #[test]
    fn what_is_no_latency_is_refused() {
        for cell in [
            "", ".", "-", "abc", "1x", "1e", "1e999", "0x10", "nan", "inf", "1..2", "1.2.3",
        ] {
            let refused = one_way_ns(cell, Direction::OneWay);
            assert_eq!(refused, Err(Fault::NotANumber { cell: cell.into() }), "{cell}");
        }
        for cell in ["-1", "-0.5"] {
            assert_eq!(
                one_way_ns(cell, Direction::OneWay),
                Err(Fault::Negative { cell: cell.into() })
            );
        }
        for cell in ["1e12", "1e99", "99999999999999"] {
            assert_eq!(
                one_way_ns(cell, Direction::OneWay),
                Err(Fault::TooLarge { cell: cell.into() })
            );
        }
    }

    fn rows(text: &str) -> (Option<Vec<String>>, Vec<u64>) {
        let table = LatencyTable::parse(text, Direction::OneWay).unwrap();
        assert_eq!(table.rows * table.rows, table.entries_ns.len());
        let entries_ms = table.entries_ns.iter().map(|ns| ns / 1_000_000).collect();
        (table.labels, entries_ms)
    }

    #[test]
    fn headers_and_labels_are_recognised() {
        let names = Some(vec!["a".to_owned(), "b-1".to_owned()]);
        for (text, labels) in [
            ("0 5\n7 0\n", None),
            ("# comment\n\n0\t5\n7\t0", None),
            ("0,5\r\n7,0\r\n", None),
            (",a,b-1\na,0,5\nb-1,7,0\n", names.clone()),
            ("site,a,b-1\na,0,5\nb-1,7,0\n", names.clone()),
            ("a,b-1\n0,5\n7,0\n", names.clone()),
            ("a b-1\na 0 5\nb-1 7 0\n", names.clone()),
            ("a 0 5\nb-1 7 0\n", names.clone()),
            ("\u{feff}\"a\",\"b-1\"\n0, 5\n7 ,0", names.clone()),
            (",1,2\n1,0,5\n2,7,0", Some(vec!["1".to_owned(), "2".to_owned()])),
        ] {
            assert_eq!(rows(text), (labels, vec![0, 5, 7, 0]), "{text}");
        }
        assert_eq!(rows("3"), (None, vec![3]));
    }

    #[test]
    fn errors_say_where() {
        for (text, line, column, fault) in [
            ("", 1, 1, Fault::Empty),
            ("a,b\n", 1, 1, Fault::Empty),
            ("0 1\n2 x\n", 2, 3, Fault::NotANumber { cell: "x".into() }),
            ("0, 1\n2, \n", 2, 3, Fault::NotANumber { cell: String::new() }),
            ("0,1\n-2,0\n", 2, 1, Fault::Negative { cell: "-2".into() }),
            (
                "0 1\n2 0 3\n",
                2,
                1,
                Fault::RowLength {
                    cells: 3,
                    expected: 2,
                },
            ),
            (
                "a,b\n0,1,2\n",
                2,
                1,
                Fault::LabelMismatch {
                    row: "0".into(),
                    column: "a".into(),
                },
            ),
            ("0 1\n2 0\n3 4\n", 3, 1, Fault::NotSquare { rows: 3, columns: 2 }),
            ("nan 1\n1 0", 1, 1, Fault::NotANumber { cell: "nan".into() }),
            (
                ",a,b\nb,0,1\n",
                2,
                1,
                Fault::LabelMismatch {
                    row: "b".into(),
                    column: "a".into(),
                },
            ),
        ] {
            let error = LatencyTable::parse(text, Direction::OneWay).unwrap_err();
            assert_eq!(error, TableError { line, column, fault }, "{text}");
        }
    }
}
