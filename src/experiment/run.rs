//! One run, from the scenario file to the directory of its results.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::clock::Clock;
use super::compare::AxisError;
use super::files::InputFiles;
use super::machine::memory_left_bytes;
use super::play::{Played, Witness, play};
use super::texts;
use crate::records::{Provenance, RecordError, RunDirectory, Summary};
use crate::report::{self, ReportError};
use crate::scenario::build::{self, BuildProblem, Model};
use crate::scenario::estimate::{Excess, Inputs, Limit};
use crate::scenario::schema::{Combination, Sweep};
use crate::scenario::units::Bytes;
use crate::scenario::{self, Estimate, Report, Scenario, Severity, Texts};
use crate::topology::Graph;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The scenario cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The scenario file is too large to be one.
    #[error("{}: a scenario file has at most 16 MiB", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The scenario is wrong, or the files that it names are, or they contradict it: everything that was found.
    #[error("{}", .0.render(false))]
    Scenario(Report),
    /// Results cannot be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Plots cannot be drawn.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Two scenarios that are put side by side have files of one name, which is what tables and plots call them.
    #[error("{} and {} are both called {name}: rename one of the files", one.display(), other.display())]
    SameName {
        /// The name.
        name: String,
        /// The first file.
        one: PathBuf,
        /// The second file.
        other: PathBuf,
    },
    /// Two scenarios that are put side by side have different seeds, so that their worlds are others.
    #[error(
        "{} has the seed {seed} and {} the seed {other_seed}: `--seed` sets one for all",
        one.display(),
        other.display()
    )]
    Seeds {
        /// A scenario's file.
        one: PathBuf,
        /// Its seed.
        seed: u64,
        /// Another's.
        other: PathBuf,
        /// Its seed.
        other_seed: u64,
    },
    /// Two runs that are compared had different worlds, though their scenarios say the same.
    #[error(
        "{other} and {one} differ in their {channel}, replication {replication}: runs that are compared must find the same \
         before them"
    )]
    Worlds {
        /// A scenario.
        one: String,
        /// Another.
        other: String,
        /// In what they differ.
        channel: &'static str,
        /// The first replication in which they do.
        replication: u64,
    },
    /// What scenarios are to be compared along makes no sense.
    #[error(transparent)]
    Axis(#[from] AxisError),
    /// A scenario is wrong once it is changed as a comparison along an axis has it.
    #[error("with {} set last:\n{error}", changes.join(", "))]
    Changed {
        /// What is set.
        changes: Vec<String>,
        /// What is wrong then.
        error: Box<Error>,
    },
    /// The run was interrupted.
    #[error("interrupted: nothing was written")]
    Interrupted,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The scenario file.
    pub scenario: PathBuf,
    /// `KEY=VALUE` settings.
    pub set: Vec<String>,
    /// Where to look for inputs that are not beside the scenario.
    pub inputs: Vec<PathBuf>,
    /// Instead of the scenario's seed.
    pub seed: Option<u64>,
    /// Number of the replication.
    pub replication: u64,
    /// Threads, at least 1.
    pub threads: usize,
    /// Directory of the results; a default below `results/` otherwise.
    pub out: Option<PathBuf>,
    /// The command line, for provenance.
    pub command_line: Vec<String>,
    /// Where the trace goes, for provenance.
    pub trace: Option<PathBuf>,
    /// Memory above whose estimate the run is refused, instead of the scenario's own limit.
    pub memory_limit: Option<Bytes>,
}

impl Request {
    /// A request for a scenario as it stands, on one thread.
    pub fn plain(scenario: PathBuf) -> Self {
        Self {
            scenario,
            set: Vec::new(),
            inputs: Vec::new(),
            seed: None,
            replication: 0,
            threads: 1,
            out: None,
            command_line: Vec::new(),
            trace: None,
            memory_limit: None,
        }
    }
}

/// A scenario that was read and checked.
#[derive(Debug)]
pub struct Run {
    request: Request,
    source: Source,
    /// The scenario, resolved.
    pub scenario: Scenario,
    files: InputFiles,
    /// The estimate, once it was asked for.
    estimate: OnceLock<Estimate>,
    /// The limit, once it was asked for: what the machine has left changes while a run is built.
    limit: OnceLock<Option<Limit>>,
    clock: Clock,
}

/// The text that places in messages point into.
#[derive(Clone, Debug)]
struct Source {
    texts: Texts,
    set: Vec<String>,
}

impl Source {
    /// The text of a scenario file, those that it includes, and what is set in them.
    fn read(request: &Request) -> Result<Self, Error> {
        let texts = texts::read(&request.scenario)?;
        let mut set = request.set.clone();
        set.extend(request.seed.map(|seed| format!("seed={seed}")));
        Ok(Self { texts, set })
    }

    /// What makes a run too large, with its place in the scenario.
    fn refuse(&self, excess: &Excess) -> Error {
        let message = format!("{}: {}", excess.message, excess.help);
        let problem = (excess.key.to_owned(), message, Severity::Limit);
        Error::Scenario(scenario::problems(&self.texts, &self.set, vec![problem]))
    }

    /// What building found, each with its place in the scenario.
    fn explain(&self, problems: Vec<BuildProblem>) -> Error {
        let explain = |problem: BuildProblem| {
            let severity = if problem.is_limit {
                Severity::Limit
            } else {
                Severity::Input
            };
            let message = format!("`{}`: {}", problem.key, problem.message);
            (problem.key, message, severity)
        };
        let problems = problems.into_iter().map(explain).collect();
        Error::Scenario(scenario::problems(&self.texts, &self.set, problems))
    }
}

/// Where a run's results are and what they say.
#[derive(Debug)]
pub struct Finished {
    /// The directory.
    pub place: PathBuf,
    /// The summary.
    pub summary: Summary,
    /// How it came about.
    pub provenance: Provenance,
}

impl Run {
    /// Reads a scenario and checks it.
    pub fn read(request: Request) -> Result<Self, Error> {
        let source = Source::read(&request)?;
        let limit = request.memory_limit.map(Limit::Asked);
        let scenario = scenario::read_within(&source.texts, &source.set, limit);
        Ok(Self::new(request, source, scenario.map_err(Error::Scenario)?))
    }

    /// As [`Run::read`], for a sweep: see [`scenario::read_swept`].
    pub(super) fn read_swept(request: Request) -> Result<Self, Error> {
        let source = Source::read(&request)?;
        let scenario = scenario::read_swept(&source.texts, &source.set);
        Ok(Self::new(request, source, scenario.map_err(Error::Scenario)?))
    }

    /// The run of one combination of a sweep's values: what `servent run` would do with a `--set` for each of them.
    pub(super) fn combination(&self, combination: &Combination, replication: u64) -> Result<Self, Error> {
        let mut source = self.source.clone();
        let settings = combination.iter().map(|(key, value)| format!("{key}={value}"));
        source.set.extend(settings.chain(["sweep={}".to_owned()]));
        let scenario = scenario::read_within(&source.texts, &source.set, None).map_err(Error::Scenario)?;
        let request = Request {
            replication,
            ..self.request.clone()
        };
        Ok(Self::new(request, source, scenario))
    }

    /// What is wrong with keys of the scenario, each with its place.
    pub(super) fn refuse(&self, problems: Vec<(String, String, Severity)>) -> Error {
        Error::Scenario(scenario::problems(&self.source.texts, &self.source.set, problems))
    }

    /// As [`Run::refuse`], of one key.
    pub(super) fn refuse_key(&self, key: &str, message: String) -> Error {
        self.refuse(vec![(key.to_owned(), message, Severity::Input)])
    }

    /// The run of another replication of the same scenario.
    pub(super) fn replication(&self, replication: u64) -> Self {
        let request = Request {
            replication,
            ..self.request.clone()
        };
        Self::new(request, self.source.clone(), self.scenario.clone())
    }

    fn new(request: Request, source: Source, scenario: Scenario) -> Self {
        let beside = request.scenario.parent().unwrap_or(Path::new(""));
        Self {
            files: InputFiles::new(beside, &request.inputs),
            request,
            source,
            scenario,
            estimate: OnceLock::new(),
            limit: OnceLock::new(),
            clock: Clock::start(),
        }
    }

    /// The memory that the run will need: goes through the files that the scenario names, but builds nothing.
    pub fn estimate(&self) -> &Estimate {
        self.estimate.get_or_init(|| {
            let mut inputs = Inputs::default();
            // The paths are not changed.
            let mut scenario = self.scenario.clone();
            scenario.visit_files(&mut |key, path| inputs.insert(key, self.files.size(path)));
            Estimate::of(&scenario, &inputs)
        })
    }

    /// How much memory the run may use: what was asked for, else the scenario's own limit, else what the machine has left.
    pub fn limit(&self) -> Option<Limit> {
        let asked = self.request.memory_limit.map(Limit::Asked);
        let declared = self.scenario.limits.memory.map(Limit::Declared);
        let machine = || memory_left_bytes().map(|bytes| Limit::Machine(Bytes::new(bytes >> 20 << 20)));
        *self.limit.get_or_init(|| asked.or(declared).or_else(machine))
    }

    /// Refuses a run that would need more memory than it may use.
    pub fn admit(&self) -> Result<(), Error> {
        self.allow(self.estimate())
    }

    fn allow(&self, estimate: &Estimate) -> Result<(), Error> {
        let excess = self.limit().and_then(|limit| estimate.excess(limit));
        excess.map_or(Ok(()), |excess| Err(self.source.refuse(&excess)))
    }

    /// The scenario with the limit that holds for this run, which the resolved scenario does not show.
    fn limited(&self) -> Scenario {
        let mut scenario = self.scenario.clone();
        scenario.limits.memory = self.limit().map(Limit::bytes);
        scenario
    }

    /// Builds the model, if the run may use the memory that it needs: reads the files that the scenario names.
    pub fn build(&mut self) -> Result<Model, Error> {
        self.admit()?;
        build::build(&self.limited(), self.request.replication, &mut self.files)
            .map_err(|problems| self.source.explain(problems))
    }

    /// The graph that peers begin with, and the labels of its nodes.
    pub fn graph(&mut self) -> Result<(Graph, Vec<u64>), Error> {
        self.allow(&self.estimate().of_graph())?;
        build::graph(&self.limited(), self.request.replication, &mut self.files)
            .map_err(|problems| self.source.explain(problems))
    }

    /// Where the results go.
    pub fn place(&self) -> PathBuf {
        self.request.out.clone().unwrap_or_else(|| {
            let stem = self.request.scenario.file_stem().unwrap_or_default();
            let run = format!(
                "seed-{}-replication-{}",
                self.scenario.seed, self.request.replication
            );
            Path::new("results").join(stem).join(run)
        })
    }

    /// Builds, plays on the threads asked for, and writes.
    pub fn perform(self, witness: &mut dyn Witness) -> Result<Finished, Error> {
        self.admit()?;
        let directory = RunDirectory::create(&self.place())?;
        witness.result_begun(directory.unfinished());
        self.fill(directory, |model, threads| play(model, threads, witness))
    }

    /// As [`Run::perform`], but the caller plays the built model, told how many threads are asked for: so another
    /// engine's results can be held against this one's.
    pub fn perform_with(self, play: impl FnOnce(Model, usize) -> Played) -> Result<Finished, Error> {
        self.admit()?;
        let directory = RunDirectory::create(&self.place())?;
        self.fill(directory, play)
    }

    fn fill(
        mut self,
        directory: RunDirectory,
        play: impl FnOnce(Model, usize) -> Played,
    ) -> Result<Finished, Error> {
        let model = self.build()?;
        self.clock.built();
        let played = play(model, self.request.threads);
        if played.is_interrupted {
            return Err(Error::Interrupted);
        }
        self.clock.played();
        let events = played.events;
        let summary = played.into_results().write(directory.path())?;
        self.files.keep(&directory)?;
        directory.write("scenario.toml", self.resolved())?;
        report::draw_all(directory.path())?;
        let threads = self.request.threads;
        let mut provenance = self.clock.written(&self.request.command_line, events, threads);
        provenance.trace = self.request.trace.as_ref().map(|trace| absolute(trace));
        provenance.write(directory.path())?;
        let place = directory.finish()?;
        Ok(Finished {
            place,
            summary,
            provenance,
        })
    }

    /// Copies the files that the scenario names, which were read in building it, into a result.
    pub(super) fn keep_inputs(&self, directory: &RunDirectory) -> Result<(), Error> {
        Ok(self.files.keep(directory)?)
    }

    /// What is asked for.
    pub(super) fn request(&self) -> &Request {
        &self.request
    }

    /// The scenario's file.
    pub(super) fn file(&self) -> &Path {
        &self.request.scenario
    }

    /// The scenario as text: resolved, every default spelled out. If it has a sweep, defaults that depend on other keys are left
    /// open, since in each combination they may be others.
    pub fn shown(&self) -> String {
        scenario::show(&self.kept())
    }

    fn kept(&self) -> Scenario {
        if self.scenario.sweep.is_empty() {
            return self.scenario.clone();
        }
        scenario::read_open(&self.source.texts, &self.source.set)
    }

    /// The resolved scenario as it stands in the result: it names the copies of its inputs, and sweeps nothing, as the run did.
    pub(super) fn resolved(&self) -> String {
        let mut scenario = self.scenario.clone();
        scenario.sweep = Sweep::default();
        self.with_copies(scenario)
    }

    /// The scenario as it stands in the result of a sweep: it names the copies of its inputs.
    pub(super) fn swept(&self) -> String {
        self.with_copies(self.kept())
    }

    /// A form of the scenario as text, with the copies in the result for its inputs.
    fn with_copies(&self, mut scenario: Scenario) -> String {
        scenario.visit_files(&mut |key, path| {
            if let Some(name) = self.files.name(key) {
                *path = name;
            }
        });
        scenario::show(&scenario)
    }
}

/// A path that still leads there from elsewhere.
fn absolute(path: &Path) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.to_path_buf())
        .display()
        .to_string()
}
