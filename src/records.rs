//! What a run leaves behind: tables, summary, digests, provenance, copies of its inputs; and their comparison.
//!
//! Callers hand over plain rows of integers, this room decides how they look on disk. Everything but
//! `provenance.json` is equal to the byte for equal rows: exact decimals, `\n` line ends, sorted keys, no clock, no
//! paths of the machine. It is the lowest room that does input and output, and it knows nothing of protocols, of the
//! engine that ran, or of scenario files.

pub mod column;
pub mod comparison;
pub mod diff;
pub mod directory;
pub mod footprint;
pub mod inputs;
pub mod interval;
pub mod ladder;
pub mod metric;
pub mod outcome;
pub mod provenance;
pub mod rows;
pub mod series;
pub mod standard;
pub mod summary;
pub mod sweep;
pub mod table;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

pub use comparison::{
    ComparisonInterval, ComparisonRow, GrowthInterval, GrowthRow, Measure, Measured, SurvivalInterval,
    SurvivalRow, World,
};
pub use diff::{Difference, diff};
pub use directory::{RunDirectory, Unfinished};
pub use inputs::KeptInput;
pub use interval::{Interval, Spread};
pub use ladder::{Ladder, LadderRow};
pub use metric::{Distribution, Metric, Value};
pub use outcome::{DownloadOutcome, KeywordOutcome, LookupOutcome, QueryOutcome, ReadOutcome, WriteOutcome};
pub use provenance::{Machine, Provenance, trace_of};
pub use rows::{
    DownloadRow, FlowRow, HybridRow, InvariantRow, KeywordRow, LookupRow, PeerRow, QueryRow, ReplicationRow,
    SourceRow, TraceRow, ValueRow, WriteRow,
};
pub use series::{SeriesRow, SeriesTable, SeriesWriter};
pub use standard::{Books, Tables, standard_metrics};
pub use summary::Summary;
pub use sweep::{Measures, SweepRow, SweepTable};
pub use table::{Row, TableWriter, Written, read_table, read_table_at, write_table};

/// Why results could not be written, read or compared. None of them leaves anything under a result's final name.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The operating system refused: full disk, permissions, a directory where a file should be.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was being done, as in "cannot write ...".
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Something stands at the result's place that this program did not write.
    #[error("{} exists and is not a result of this program; name another place or remove it", path.display())]
    NotOurs {
        /// The place.
        path: PathBuf,
    },
    /// The result's place has no name of its own, as `/` and `..` have none.
    #[error("{} does not name a directory that could be made", path.display())]
    NoName {
        /// The place.
        path: PathBuf,
    },
    /// A file of a result does not hold what it should.
    #[error("{}: line {line}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// A metric that is no number, which only an error of ours can make.
    #[error("metric {name} is {value}, which is no finite number")]
    NotFinite {
        /// The metric, with its part if it is a distribution.
        name: String,
        /// What it was.
        value: f64,
    },
    /// Two metrics of one name, which only an error of ours can make.
    #[error("metric {name} was computed twice")]
    Repeated {
        /// The metric.
        name: String,
    },
}

impl RecordError {
    /// An operating system's refusal at a path.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            action,
            path: path.to_path_buf(),
            source,
        }
    }

    /// A file's line that does not hold what it should.
    pub(crate) fn malformed(path: &Path, line: u64, what: impl Into<String>) -> Self {
        Self::Malformed {
            path: path.to_path_buf(),
            line,
            what: what.into(),
        }
    }

    /// An error of the CSV reader or writer.
    pub(crate) fn csv(action: &'static str, path: &Path, error: csv::Error) -> Self {
        let line = error.position().map_or(0, csv::Position::line);
        let what = error.to_string();
        match error.into_kind() {
            csv::ErrorKind::Io(source) => Self::io(action, path, source),
            _ => Self::malformed(path, line, what),
        }
    }

    /// Whether this is an error of this program rather than of a disk, a place or a file.
    pub fn is_bug(&self) -> bool {
        matches!(self, Self::NotFinite { .. } | Self::Repeated { .. })
    }
}
