//! From a resolved scenario to something that runs.
//!
//! Every room below gets its parameters from here, overlays from their modules of `overlays`; what files hold is asked of the
//! caller. All problems that do not hide one another are found before any is reported.

mod content;
pub(super) mod graph;
pub(super) mod lookups;
mod model;
pub(super) mod network;
pub(super) mod peers;
pub(super) mod programme;
mod queries;
pub(super) mod sharing;
mod transfers;
pub(super) mod values;

pub use model::{Model, Player};

use std::sync::Arc;

use super::schema::{Scenario, Workload};
use super::units::Bytes;
use crate::engine::{Seed, Setup};
use crate::overlay::dht::Dht;
use crate::overlay::hybrid::Hybrid;
use crate::population::Plan;
use crate::sharing::FileSharing;
use crate::sharing::director::Programme;
use crate::topology::Graph;
use crate::topology::snapshot::{DecodeError, decode};
use crate::underlay::Underlay;
use crate::underlay::flows::MaxMin;

/// Something that keeps a scenario from running, with the key it hangs on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BuildProblem {
    /// The key's path, such as `topology.file.path`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// Whether a limit is exceeded, rather than something wrong.
    pub is_limit: bool,
}

impl BuildProblem {
    fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
            is_limit: false,
        }
    }
}

/// Gives the files that a scenario names.
pub trait Files {
    /// The bytes of the file that `key` names. Of a file larger than `bytes_max`, more than so many.
    ///
    /// # Errors
    /// What the operating system says, in words.
    fn read(&mut self, key: &'static str, path: &str, bytes_max: u64) -> Result<Vec<u8>, String>;
}

/// Who the peers are in tables: labels and groups.
#[derive(Clone, Debug)]
pub struct Roll {
    /// Label of every peer in results.
    pub labels: Vec<u64>,
    /// Number of peers: service nodes have the numbers behind.
    pub peers: usize,
    /// Group of every peer, as a place in `group_names`.
    pub groups: Vec<u16>,
    /// Names of the groups.
    pub group_names: Vec<Arc<str>>,
}

/// What is known of a model besides its setup.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The scenario's title.
    pub title: String,
    /// What randomness grows from.
    pub seed: Seed,
    /// Before this time queries and downloads do not count in the summary, nanoseconds.
    pub warm_up_ns: u64,
    /// Who the peers are.
    pub roll: Roll,
    /// What the director does.
    pub programme: Programme,
    /// Whether items are found by words under which lists of items are kept.
    pub finds_by_words: bool,
    /// Reach of queries for which the workload sets none.
    pub default_ttl: Option<u32>,
    /// What a user must check before trusting the numbers.
    pub notes: Vec<String>,
}

/// A setup over the underlay.
pub type UnderlaySetup<P> = Setup<P, Underlay, MaxMin, Plan>;

/// A setup of file sharing over a hybrid of the unstructured overlay `U` and a structured one with routers of type `R`.
pub type HybridSetup<U, R> = UnderlaySetup<FileSharing<Hybrid<U, Dht<R>>>>;

/// Builds a scenario's replication.
///
/// # Errors
/// Everything that was found wrong with the files the scenario names, and between them and the scenario.
pub fn build(
    scenario: &Scenario,
    replication: u64,
    files: &mut dyn Files,
) -> Result<Model, Vec<BuildProblem>> {
    let seed = Seed {
        seed: scenario.seed,
        replication,
    };
    let mut desk = Desk {
        scenario,
        seed,
        files,
        problems: Vec::new(),
        notes: Vec::new(),
    };
    let model = match (&scenario.workload, &scenario.overlay) {
        (Some(Workload::Transfers(rows)), _) => transfers::build(&mut desk, &rows.path),
        (_, Some(overlay)) => {
            let (key, table) = overlay.table();
            table.build(key, &mut desk)
        }
        (_, None) => {
            desk.fail(
                "overlay",
                "a scenario without `[workload.transfers]` needs an overlay: add `[overlay.gnutella]` or another",
            );
            None
        }
    };
    match model {
        Some(model) if desk.problems.is_empty() => Ok(model),
        _ => {
            assert!(!desk.problems.is_empty(), "a model that cannot be built says why");
            Err(desk.problems)
        }
    }
}

/// The graph that the peers of a replication begin with, and the labels of its nodes.
///
/// # Errors
/// As [`build`].
pub fn graph(
    scenario: &Scenario,
    replication: u64,
    files: &mut dyn Files,
) -> Result<(Graph, Vec<u64>), Vec<BuildProblem>> {
    let seed = Seed {
        seed: scenario.seed,
        replication,
    };
    let mut desk = Desk {
        scenario,
        seed,
        files,
        problems: Vec::new(),
        notes: Vec::new(),
    };
    let graph = graph_and_labels(&mut desk);
    graph.ok_or(desk.problems)
}

fn graph_and_labels(desk: &mut Desk<'_>) -> Option<(Graph, Vec<u64>)> {
    let source = graph::source(desk)?;
    let cast = peers::cast(desk, &source, &[], None)?;
    let graph = graph::graph(desk, source, cast.peers(), &cast.plan.online_at_start())?;
    Some((graph, cast.roll.labels))
}

/// What building works with.
pub(super) struct Desk<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) seed: Seed,
    files: &'a mut dyn Files,
    pub(super) problems: Vec<BuildProblem>,
    /// What a user must check before trusting the numbers.
    notes: Vec<String>,
}

impl Desk<'_> {
    /// What is known of the model besides its setup, the notes so far included.
    pub(super) fn frame(&mut self, roll: Roll, programme: Programme, default_ttl: Option<u32>) -> Frame {
        Frame {
            title: self.scenario.title.clone(),
            seed: self.seed,
            warm_up_ns: self.scenario.warm_up.ns(),
            roll,
            programme,
            finds_by_words: self.scenario.finds_by_words(),
            default_ttl,
            notes: std::mem::take(&mut self.notes),
        }
    }

    pub(super) fn fail(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.problems.push(BuildProblem::new(key, message));
    }

    /// Unwraps a result, or notes its error.
    pub(super) fn take<T, E: ToString>(&mut self, key: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.fail(key, error.to_string())).ok()
    }

    /// Memory that the run may use: a limit of the scenario, which whoever runs it may have set from the machine's.
    fn memory_max(&self) -> Bytes {
        self.scenario.limits.memory.unwrap_or(Bytes::new(u64::MAX))
    }

    /// Reads a file, inflated if it is gzipped. It may be as large as the run's memory.
    fn read(&mut self, key: &'static str, path: &str) -> Option<Vec<u8>> {
        let memory = self.memory_max();
        let bytes_max = memory.bytes();
        let bytes = self
            .files
            .read(key, path, bytes_max)
            .map_err(|error| format!("{path}: {error}"));
        let bytes = self.take(key, bytes)?;
        match decode(&bytes, bytes_max) {
            Ok(decoded) => Some(decoded.into_owned()),
            Err(DecodeError::TooLarge { .. }) => {
                self.exceed(
                    key,
                    format!("{path}: holds more than the memory that the run may use ({memory})"),
                );
                None
            }
            Err(error @ DecodeError::Inflated { .. }) => {
                self.exceed(key, format!("{path}: {error}"));
                None
            }
            Err(error) => self.take(key, Err(format!("{path}: {error}"))),
        }
    }

    /// Notes that something is larger than allowed.
    fn exceed(&mut self, key: &str, message: String) {
        self.problems.push(BuildProblem {
            is_limit: true,
            ..BuildProblem::new(key, message)
        });
    }

    /// Notes what a user must check before trusting the numbers.
    pub(super) fn warn(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Reads a text file, inflated if it is gzipped.
    fn read_text(&mut self, key: &'static str, path: &str) -> Option<String> {
        let bytes = self.read(key, path)?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{path}: is not text (UTF-8)"));
        self.take(key, text)
    }
}

/// A count that the schema bounds.
pub(super) fn small(number: u32) -> u16 {
    u16::try_from(number).expect("the scenario bounds counts")
}
