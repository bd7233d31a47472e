//! What all tests share: a fluent builder that writes a scenario with its files into a temporary directory and runs it
//! the ordinary way, and the way to the real data.

use std::fs;
use std::path::{Path, PathBuf};

use servent::engine::Verdict;
use servent::experiment::{CrewWitness, Request, Run, Witness};
use servent::records::{
    FlowRow, LookupRow, PeerRow, QueryRow, Row, SeriesTable, Summary, Unfinished, Value, read_table,
};
use tempfile::TempDir;

use crate::equality::hold;

/// The real data set, or `None` (and a clear line on standard error) where it is absent.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if !place.exists() {
        eprintln!("skipped: the real data set is absent ({})", place.display());
        return None;
    }
    Some(place.canonicalize().expect("the data set has a path"))
}

/// A scenario on its way to a run.
pub(crate) struct Lab {
    directory: TempDir,
    set: Vec<String>,
    threads: usize,
    replication: u64,
    trace: Option<PathBuf>,
}

/// A scenario, as its file says it.
pub(crate) fn scenario(toml: &str) -> Lab {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    fs::write(directory.path().join("scenario.toml"), toml).expect("a temporary file can be written");
    Lab {
        directory,
        set: Vec::new(),
        threads: 1,
        replication: 0,
        trace: None,
    }
}

impl Lab {
    /// Puts a file beside the scenario.
    pub(crate) fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        fs::write(self.directory.path().join(name), contents).expect("a temporary file can be written");
        self
    }

    /// Sets a key.
    pub(crate) fn set(mut self, assignment: impl Into<String>) -> Self {
        self.set.push(assignment.into());
        self
    }

    /// Runs on so many threads instead of one.
    pub(crate) fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Runs this replication instead of number 0.
    pub(crate) fn replication(mut self, replication: u64) -> Self {
        self.replication = replication;
        self
    }

    /// Where the scenario and its files are.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// What the command line would ask for.
    pub(crate) fn request(&self) -> Request {
        Request {
            scenario: self.directory.path().join("scenario.toml"),
            set: self.set.clone(),
            inputs: Vec::new(),
            seed: None,
            replication: self.replication,
            threads: self.threads,
            out: Some(self.directory.path().join("result")),
            command_line: Vec::new(),
            trace: self.trace.clone(),
            memory_limit: None,
        }
    }

    /// Runs it, and holds the result against the reference engine and other numbers of threads.
    ///
    /// # Panics
    /// When it does not run to its end, with the message that a user would see.
    pub(crate) fn run(self) -> Done {
        self.perform(hold)
    }

    /// Runs it once: for larger relatives of what is held against other engines elsewhere.
    ///
    /// # Panics
    /// As [`Lab::run`].
    pub(crate) fn run_once(self) -> Done {
        self.perform(|_, _, _| {})
    }

    fn perform(self, hold: impl FnOnce(&Self, &Path, u64)) -> Done {
        let run = Run::read(self.request()).unwrap_or_else(|error| panic!("{error}"));
        let finished = run.perform(&mut Silent).unwrap_or_else(|error| panic!("{error}"));
        hold(&self, &finished.place, finished.provenance.events);
        let done = Done {
            directory: self.directory,
            place: finished.place,
            summary: finished.summary,
        };
        done.check_conservation();
        done
    }
}

/// Nobody watches.
pub(crate) struct Silent;

impl Witness for Silent {
    fn window_closed(&mut self, _: u64, _: u64) -> Verdict {
        Verdict::Continue
    }
}

impl CrewWitness for Silent {
    fn result_begun(&self, _: &Unfinished) {}

    fn verdict(&self) -> Verdict {
        Verdict::Continue
    }

    fn run_ended(&self) {}
}

/// A run that is over, with its results on disk until this is dropped.
pub(crate) struct Done {
    #[expect(dead_code, reason = "the temporary directory lives as long as this")]
    directory: TempDir,
    /// The result's directory.
    pub(crate) place: PathBuf,
    /// What `summary.json` says.
    pub(crate) summary: Summary,
}

impl Done {
    /// Rows of a table.
    pub(crate) fn table<R: Row>(&self) -> Vec<R> {
        read_table(&self.place)
            .expect("a table can be read")
            .expect("the result has this table")
    }

    /// `queries.csv`.
    pub(crate) fn queries(&self) -> Vec<QueryRow> {
        self.table()
    }

    /// `lookups.csv`.
    pub(crate) fn lookups(&self) -> Vec<LookupRow> {
        self.table()
    }

    /// `peers.csv`.
    pub(crate) fn peers(&self) -> Vec<PeerRow> {
        self.table()
    }

    /// `flows.csv`.
    pub(crate) fn flows(&self) -> Vec<FlowRow> {
        self.table()
    }

    /// `series.csv`.
    pub(crate) fn series(&self) -> SeriesTable {
        SeriesTable::read(&self.place)
            .expect("a table can be read")
            .expect("the result has this table")
    }

    /// A whole number of the summary.
    pub(crate) fn integer(&self, metric: &str) -> i128 {
        match self
            .summary
            .metric(metric)
            .unwrap_or_else(|| panic!("there is no metric {metric}"))
            .value
        {
            Value::Integer(value) => value,
            ref other => panic!("{metric} is {other:?}"),
        }
    }

    /// Messages of a kind, and their bytes.
    pub(crate) fn sent(&self, kind: &str) -> (i128, i128) {
        let metric = |what: &str| self.integer(&format!("{what}_sent_{kind}"));
        (metric("messages"), metric("bytes"))
    }

    /// Every book of every run of every test balances to the last message and byte.
    fn check_conservation(&self) {
        for metric in [
            "messages_difference",
            "bytes_difference",
            "flow_bytes_difference",
            "flows_difference",
        ] {
            assert_eq!(self.integer(metric), 0, "{metric}");
        }
    }
}

pub(crate) fn collect(root: &Path, directory: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).expect("a result can be listed") {
        let path = entry.expect("a result can be listed").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.file_name().is_some_and(|name| name != "provenance.json") {
            let name = path
                .strip_prefix(root)
                .expect("files lie below the result")
                .display()
                .to_string();
            files.push((name, fs::read(&path).expect("a file of the result can be read")));
        }
    }
}
