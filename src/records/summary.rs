//! `summary.json`: every metric and digest of a run in one small file, which also marks a directory as a result.

use super::RecordError;
use super::metric::Metric;
use crate::engine::digest::{Channel, Digests};
use crate::engine::random::{Seed, TRAJECTORY_EPOCH};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The file's name.
pub const FILE: &str = "summary.json";
/// What the file says it is.
pub const FORMAT: &str = "servent summary";
/// Version of the file's format: raised when a reader of the old one would misread the new one.
pub const FORMAT_VERSION: u32 = 1;

/// Everything `summary.json` says. Build it, enter digests and metrics, write it.
///
/// The fields stand in alphabetical order because the file's keys do.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Summary {
    digests: BTreeMap<String, String>,
    /// Simulated time of the run, nanoseconds.
    pub duration_ns: u64,
    format: &'static str,
    format_version: u32,
    metrics: BTreeMap<String, Metric>,
    /// What a user must check before trusting the numbers; empty if there is nothing.
    pub notes: Vec<String>,
    /// Number of the replication.
    pub replication: u64,
    /// The seed.
    pub seed: u64,
    /// The scenario's title.
    pub title: String,
    /// The trajectory epoch: runs of one epoch are equal for equal input.
    pub trajectory_epoch: u64,
    /// Simulated time before which queries and downloads do not count, nanoseconds.
    pub warm_up_ns: u64,
}

impl Summary {
    /// A summary without digests and metrics, of this program's trajectory epoch.
    pub fn new(title: impl Into<String>, seed: Seed) -> Self {
        Self {
            digests: BTreeMap::new(),
            duration_ns: 0,
            format: FORMAT,
            format_version: FORMAT_VERSION,
            metrics: BTreeMap::new(),
            notes: Vec::new(),
            replication: seed.replication,
            seed: seed.seed,
            title: title.into(),
            trajectory_epoch: TRAJECTORY_EPOCH,
            warm_up_ns: 0,
        }
    }

    /// Enters the engine's channels and that of the results (the sum of what the table writers gave).
    pub fn set_digests(&mut self, engine: &Digests, results: Channel) {
        for (name, channel) in engine.channels() {
            self.digests.insert(name.to_owned(), channel.hex());
        }
        self.digests.insert("results".to_owned(), results.hex());
    }

    /// Enters a metric; refuses one that is not finite and a second one of the same name.
    pub fn add(&mut self, metric: Metric) -> Result<(), RecordError> {
        metric.check()?;
        let name = metric.name.clone();
        match self.metrics.insert(name.clone(), metric) {
            None => Ok(()),
            Some(_) => Err(RecordError::Repeated { name }),
        }
    }

    /// Enters many metrics.
    pub fn extend(&mut self, metrics: impl IntoIterator<Item = Metric>) -> Result<(), RecordError> {
        metrics.into_iter().try_for_each(|metric| self.add(metric))
    }

    /// The metric of a name.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.get(name)
    }

    /// All metrics by name.
    pub fn metrics(&self) -> &BTreeMap<String, Metric> {
        &self.metrics
    }

    /// Digests by channel, as 32 hexadecimal digits.
    pub fn digests(&self) -> &BTreeMap<String, String> {
        &self.digests
    }

    /// The file's text: keys sorted, numbers in the shortest form that reads back equal.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a summary has only string keys");
        text.push('\n');
        text
    }

    /// Writes `<directory>/summary.json`.
    pub fn write(&self, directory: &Path) -> Result<(), RecordError> {
        let path = directory.join(FILE);
        fs::write(&path, self.to_json()).map_err(|source| RecordError::io("write", &path, source))
    }
}

/// A part of a metric that was read back: exact if it is whole.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Part {
    /// `null`: not defined.
    Undefined,
    /// A whole number.
    Integer(i128),
    /// A real number.
    Real(f64),
}

impl Part {
    /// As a real number; `None` if it is not defined.
    pub fn real(self) -> Option<f64> {
        match self {
            Self::Undefined => None,
            Self::Integer(value) => Some(value as f64),
            Self::Real(value) => Some(value),
        }
    }

    fn of(json: &Json) -> Option<Self> {
        if json.is_null() {
            return Some(Self::Undefined);
        }
        let integer = json.as_i64().map(i128::from).or(json.as_u64().map(i128::from));
        integer.map(Self::Integer).or(json.as_f64().map(Self::Real))
    }
}

/// A `summary.json` that was read back, of this version of the program or another.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct StoredSummary {
    /// Digests by channel.
    pub digests: BTreeMap<String, String>,
    /// Metrics by name and part (`value`, or `n`, `mean`, ...).
    pub metrics: BTreeMap<String, BTreeMap<String, Part>>,
    /// Units of the metrics.
    pub units: BTreeMap<String, String>,
    /// Notes.
    pub notes: Vec<String>,
    /// All other entries, as JSON text: what was run.
    pub header: BTreeMap<String, String>,
}

impl StoredSummary {
    /// Reads `<directory>/summary.json`.
    pub fn read(directory: &Path) -> Result<Self, RecordError> {
        let path = directory.join(FILE);
        let text = fs::read_to_string(&path).map_err(|source| RecordError::io("read", &path, source))?;
        let json: Json = serde_json::from_str(&text)
            .map_err(|error| RecordError::malformed(&path, error.line() as u64, error.to_string()))?;
        if !is_ours(&json) {
            return Err(RecordError::malformed(
                &path,
                1,
                format!("format is not {FORMAT:?}"),
            ));
        }
        Self::of(&json).ok_or_else(|| RecordError::malformed(&path, 1, "digests or metrics cannot be read"))
    }

    fn of(json: &Json) -> Option<Self> {
        let mut stored = Self::default();
        for (key, value) in json.as_object()? {
            match key.as_str() {
                "digests" => {
                    for (channel, digest) in value.as_object()? {
                        stored
                            .digests
                            .insert(channel.clone(), digest.as_str()?.to_owned());
                    }
                }
                "metrics" => {
                    for (name, parts) in value.as_object()? {
                        let mut numbers = BTreeMap::new();
                        for (part, value) in parts.as_object()? {
                            if part == "unit" {
                                stored.units.insert(name.clone(), value.as_str()?.to_owned());
                            } else {
                                numbers.insert(part.clone(), Part::of(value)?);
                            }
                        }
                        stored.metrics.insert(name.clone(), numbers);
                    }
                }
                "notes" => {
                    for note in value.as_array()? {
                        stored.notes.push(note.as_str()?.to_owned());
                    }
                }
                _ => {
                    stored.header.insert(key.clone(), value.to_string());
                }
            }
        }
        Some(stored)
    }

    /// One part of a metric as a real number, if it is there and defined.
    pub fn number(&self, metric: &str, part: &str) -> Option<f64> {
        self.metrics.get(metric)?.get(part)?.real()
    }
}

/// Whether a JSON document is a summary of this program.
fn is_ours(json: &Json) -> bool {
    json.get("format").and_then(Json::as_str) == Some(FORMAT)
}

/// Whether a directory is a result of this program: its `summary.json` says so.
pub fn marks_result(directory: &Path) -> bool {
    fs::read(directory.join(FILE))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Json>(&bytes).ok())
        .is_some_and(|json| is_ours(&json))
}
