//! Edge lists as SNAP keeps them: two node labels a line, and optionally the link's one-way latency.
//!
//! It takes bytes and knows no files; [`decode`] undoes gzip first, where there is any.

mod decode;

#[cfg(test)]
mod tests;

pub use decode::{DecodeError, decode};

use super::Graph;
use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

/// A graph read from an edge list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// The graph; annotated with one-way latencies in nanoseconds if the list has a third column.
    pub graph: Graph,
    /// The label of each node, ascending: a file with the labels 0 to n - 1 keeps them as node numbers.
    pub labels: Vec<u64>,
    /// Lines that joined a node to itself, dropped (the node stays).
    pub self_loops: u64,
    /// Lines that repeated a pair, in either direction, dropped: the first stands.
    pub repeated_pairs: u64,
    /// Repeated pairs with another latency than the one kept: links are the same in both directions here, so a list
    /// that means otherwise has been misread.
    pub latency_conflicts: u64,
}

/// Why an edge list cannot be read. Lines count from 1.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A column holds something else than decimal digits.
    #[error("line {line}: `{word}` is not a whole number")]
    NotANumber {
        /// Line in the (decoded) input.
        line: u64,
        /// The column's beginning, escaped.
        word: String,
    },
    /// A number above 2^64 - 1, or a latency above 2^64 - 1 ns.
    #[error("line {line}: `{word}` is too large")]
    Overflow {
        /// Line in the (decoded) input.
        line: u64,
        /// The column's beginning, escaped.
        word: String,
    },
    /// Only one number.
    #[error("line {line}: one number where two node labels are needed")]
    TooFewColumns {
        /// Line in the (decoded) input.
        line: u64,
    },
    /// Four numbers or more.
    #[error("line {line}: more than three columns (node, node, latency)")]
    TooManyColumns {
        /// Line in the (decoded) input.
        line: u64,
    },
    /// Two columns where earlier lines have three, or the other way round.
    #[error("line {line}: {columns} columns, but the lines before have {columns_before}")]
    InconsistentColumns {
        /// Line in the (decoded) input.
        line: u64,
        /// Columns in this line.
        columns: usize,
        /// Columns in the lines before.
        columns_before: usize,
    },
    /// Not a single edge.
    #[error("the list has no edges")]
    Empty,
    /// 2^31 lines or more.
    #[error("line {line}: a graph holds fewer than 2^31 edges")]
    TooManyEdges {
        /// Line in the (decoded) input.
        line: u64,
    },
}

impl SnapshotError {
    /// The line that the error is about, from 1; none if it is about the whole.
    pub const fn line(&self) -> Option<u64> {
        match *self {
            Self::NotANumber { line, .. }
            | Self::Overflow { line, .. }
            | Self::TooFewColumns { line }
            | Self::TooManyColumns { line }
            | Self::InconsistentColumns { line, .. }
            | Self::TooManyEdges { line } => Some(line),
            Self::Empty => None,
        }
    }
}

/// Reads an edge list. Columns are parted by blanks or tabs, lines end with `\n` or `\r\n`; empty lines and those that
/// begin with `#` are skipped. A third column is the link's one-way latency in units of `latency_unit_ns` nanoseconds;
/// all lines have one or none has.
///
/// Edges count as undirected. Time is in proportion to the input; memory is about 40 bytes an edge.
pub fn parse(bytes: &[u8], latency_unit_ns: u64) -> Result<Snapshot, SnapshotError> {
    let rows = read_rows(bytes, latency_unit_ns)?;
    let labels = Labels::of(&rows.pairs);
    let pairs: Vec<(u32, u32)> = rows
        .pairs
        .iter()
        .map(|&(u, v)| (labels.number(u), labels.number(v)))
        .collect();
    let labels = labels.list;
    let nodes = u32::try_from(labels.len()).expect("fewer than 2^31 edges have fewer than 2^32 ends");
    let words = rows.latencies_ns.as_deref();
    let graph = Graph::from_edges(nodes, &pairs, words);
    let self_loops = pairs.iter().filter(|(u, v)| u == v).count() as u64;
    let repeated_pairs = pairs.len() as u64 - self_loops - graph.edges();
    let latency_conflicts = match words {
        Some(words) if repeated_pairs > 0 => pairs
            .iter()
            .zip(words)
            .filter(|&(&(u, v), &word)| u != v && graph.annotation(u, v) != Some(word))
            .count() as u64,
        _ => 0,
    };
    Ok(Snapshot {
        graph,
        labels,
        self_loops,
        repeated_pairs,
        latency_conflicts,
    })
}

/// The lines' numbers, in order.
struct Rows {
    pairs: Vec<(u64, u64)>,
    latencies_ns: Option<Vec<u64>>,
}

fn read_rows(bytes: &[u8], latency_unit_ns: u64) -> Result<Rows, SnapshotError> {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut pairs = Vec::new();
    let mut latencies_ns = Vec::new();
    let mut columns_before = 0;
    let mut reader = Reader {
        bytes,
        at: 0,
        line: 1,
    };
    while reader.at < bytes.len() {
        let line = reader.line;
        let (columns, [from, to, latency]) = reader.line()?;
        match columns {
            0 => continue,
            1 => return Err(SnapshotError::TooFewColumns { line }),
            _ if columns_before != 0 && columns != columns_before => {
                return Err(SnapshotError::InconsistentColumns {
                    line,
                    columns,
                    columns_before,
                });
            }
            _ => columns_before = columns,
        }
        if pairs.len() as u64 + 1 >= Graph::EDGES_LIMIT {
            return Err(SnapshotError::TooManyEdges { line });
        }
        pairs.push((from, to));
        if columns == 3 {
            let latency_ns = latency.checked_mul(latency_unit_ns);
            latencies_ns.push(latency_ns.ok_or_else(|| SnapshotError::Overflow {
                line,
                word: latency.to_string(),
            })?);
        }
    }
    if pairs.is_empty() {
        return Err(SnapshotError::Empty);
    }
    Ok(Rows {
        pairs,
        latencies_ns: (columns_before == 3).then_some(latencies_ns),
    })
}

/// Goes through the input once, without allocating.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Reader<'_> {
    /// The numbers of the line that begins here, and how many they are; 0 for a line without any.
    fn line(&mut self) -> Result<(usize, [u64; 3]), SnapshotError> {
        let mut numbers = [0; 3];
        let mut columns = 0;
        loop {
            match self.bytes.get(self.at) {
                None => break,
                Some(b'\n') => {
                    self.at += 1;
                    break;
                }
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'#') if columns == 0 => {
                    let rest = &self.bytes[self.at..];
                    self.at += rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                }
                Some(_) => {
                    let number = self.number()?;
                    let place = numbers.get_mut(columns);
                    *place.ok_or(SnapshotError::TooManyColumns { line: self.line })? = number;
                    columns += 1;
                }
            }
        }
        self.line += 1;
        Ok((columns, numbers))
    }

    /// The number that begins here; it must end at a blank or at the line's end.
    fn number(&mut self) -> Result<u64, SnapshotError> {
        let start = self.at;
        let mut value = Some(0_u64);
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'0'..=b'9' => {
                    value = value.and_then(|v| v.checked_mul(10)?.checked_add(u64::from(byte - b'0')));
                }
                b' ' | b'\t' | b'\r' | b'\n' => break,
                _ => {
                    return Err(SnapshotError::NotANumber {
                        line: self.line,
                        word: excerpt(&self.bytes[start..]),
                    });
                }
            }
            self.at += 1;
        }
        value.ok_or_else(|| SnapshotError::Overflow {
            line: self.line,
            word: excerpt(&self.bytes[start..]),
        })
    }
}

/// The beginning of a column, fit for a message.
fn excerpt(bytes: &[u8]) -> String {
    const BYTES_MAX: usize = 24;
    let end = bytes
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(bytes.len());
    let mut text = bytes[..end.min(BYTES_MAX)].escape_ascii().to_string();
    if end > BYTES_MAX {
        text.push_str("...");
    }
    text
}

/// Both labels of every pair.
fn ends(pairs: &[(u64, u64)]) -> impl Iterator<Item = u64> + '_ {
    pairs.iter().flat_map(|&(u, v)| [u, v])
}

/// The labels that occur, ascending, and the way back from a label to its place.
struct Labels {
    list: Vec<u64>,
    places: Places,
}

enum Places {
    /// Labels are small: a table by label.
    Table(Vec<u32>),
    /// They are not.
    Map(FxHashMap<u64, u32>),
}

impl Labels {
    fn of(pairs: &[(u64, u64)]) -> Self {
        let largest = pairs.iter().map(|&(u, v)| u.max(v)).max().unwrap_or(0);
        // A table costs 4 bytes a label, a map about 20 a node.
        let table_len = usize::try_from(largest)
            .ok()
            .and_then(|largest| largest.checked_add(1));
        match table_len {
            Some(len) if len <= pairs.len() * 8 + 1024 => Self::in_table(pairs, len),
            _ => Self::in_map(pairs),
        }
    }

    fn in_table(pairs: &[(u64, u64)], len: usize) -> Self {
        let mut seen = FixedBitSet::with_capacity(len);
        for label in ends(pairs) {
            seen.insert(usize::try_from(label).expect("labels are below the table's length"));
        }
        let mut table = vec![0; len];
        let mut list = Vec::new();
        for (place, label) in (0..).zip(seen.ones()) {
            table[label] = place;
            list.push(label as u64);
        }
        let places = Places::Table(table);
        Self { list, places }
    }

    fn in_map(pairs: &[(u64, u64)]) -> Self {
        let mut map: FxHashMap<u64, u32> = FxHashMap::default();
        let mut list = Vec::new();
        for label in ends(pairs) {
            map.entry(label).or_insert_with(|| {
                list.push(label);
                0
            });
        }
        list.sort_unstable();
        for (place, label) in (0..).zip(&list) {
            map.insert(*label, place);
        }
        let places = Places::Map(map);
        Self { list, places }
    }

    fn number(&self, label: u64) -> u32 {
        match &self.places {
            Places::Table(table) => usize::try_from(label).map_or(0, |label| table[label]),
            Places::Map(map) => map[&label],
        }
    }
}
