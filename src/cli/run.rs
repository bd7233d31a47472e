//! `servent run`: the main job.

use std::fs::File;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;

use super::ScenarioArguments;
use super::exit::{Ending, Exit, Failure};
use super::progress::Progress;
use super::signals::Signals;
use crate::engine::Verdict;
use crate::engine::time::seconds;
use crate::experiment::run::Finished;
use crate::experiment::{Error, Request, Run, Witness};
use crate::overlay::books::TraceLine;
use crate::records::{RecordError, TableWriter, TraceRow};

/// Windows between two looks for a signal.
const WINDOWS: u32 = 64;

#[derive(Args, Debug)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// What randomness grows from, instead of the scenario's seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Number of the replication: another world from the same seed.
    #[arg(long, default_value_t = 0)]
    replication: u64,
    /// Threads; results do not depend on it. Default: as many as there are processors.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Directory of the results. Default: results/SCENARIO/seed-S-replication-R.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Says nothing but errors.
    #[arg(long, short)]
    quiet: bool,
    /// Writes what became of every query at every peer to this file (CSV), for `servent explain`.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

/// Runs a scenario.
pub(crate) fn run(arguments: RunArguments) -> Ending {
    let signals = Signals::listen()
        .map_err(|error| Failure::new(Exit::Io, format!("cannot listen for signals: {error}")))?;
    let request = Request {
        scenario: arguments.scenario.scenario,
        set: arguments.scenario.set,
        inputs: arguments.scenario.inputs,
        seed: arguments.seed,
        replication: arguments.replication,
        threads: arguments.threads.map_or_else(processors, usize::from),
        out: arguments.out,
        command_line: std::env::args().collect(),
        trace: arguments.trace.clone(),
    };
    let run = Run::read(request).map_err(failure)?;
    if !arguments.quiet {
        super::say(&format!(
            "{}: seed {}, results go to {}",
            run.scenario.title,
            run.scenario.seed,
            run.place().display()
        ));
    }
    let mut console = Console::new(
        &signals,
        run.scenario.duration.ns(),
        arguments.quiet,
        arguments.trace.as_deref(),
    )?;
    let ending = run.perform(&mut console);
    console.progress.finish();
    match ending {
        Err(Error::Interrupted) => {
            let exit = signals.exit().unwrap_or(Exit::Interrupted);
            Err(Failure::new(exit, Error::Interrupted.to_string()))
        }
        Err(error) => Err(failure(error)),
        Ok(finished) => {
            console.finish_trace()?;
            if !arguments.quiet {
                super::say(&summary(&finished));
            }
            Ok(Exit::Done)
        }
    }
}

/// How many threads a run uses unless told otherwise.
#[expect(
    clippy::disallowed_methods,
    reason = "how many threads run does not change a result"
)]
fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The exit code and the words for an error.
pub(crate) fn failure(error: Error) -> Failure {
    let exit = match &error {
        Error::Scenario(report) if report.is_limit() => Exit::Limit,
        Error::Build { problems, .. } if problems.iter().all(|problem| problem.is_limit) => Exit::Limit,
        Error::TooLarge { .. } => Exit::Limit,
        Error::Unreadable { .. } | Error::Scenario(_) | Error::Build { .. } => Exit::BadInput,
        Error::Record(error) if error.is_bug() => Exit::Bug,
        Error::Record(RecordError::NotOurs { .. } | RecordError::NoName { .. }) => Exit::BadInput,
        Error::Record(_) | Error::Report(_) => Exit::Io,
        Error::Interrupted => Exit::Interrupted,
    };
    let message = match &error {
        Error::Scenario(report) => report.render(std::io::stderr().is_terminal()),
        Error::Build { .. } => error.to_string(),
        _ => format!("error: {error}"),
    };
    Failure::new(exit, message)
}

/// What a user wants to know when a run is done.
fn summary(finished: &Finished) -> String {
    let Finished {
        place,
        summary,
        provenance,
    } = finished;
    let number = |name: &str| {
        summary
            .metric(name)
            .map_or_else(|| "-".to_owned(), |metric| metric.value.to_string())
    };
    let mut lines = vec![format!(
        "{} s simulated in {:.1} s: {} events, {:.2} million a second",
        seconds(summary.duration_ns),
        provenance.run_wall_s,
        provenance.events,
        provenance.events_per_s / 1e6,
    )];
    if summary.metric("query_success").is_some() {
        lines.push(format!(
            "queries {}, success {}",
            number("queries"),
            number("query_success")
        ));
    }
    if summary.metric("downloads").is_some() {
        lines.push(format!(
            "downloads {}, completed {}",
            number("downloads"),
            number("downloads_completed")
        ));
    }
    let digest = summary.digests().get("results").cloned().unwrap_or_default();
    lines.push(format!("digest of the results {digest}"));
    lines.push(format!("results are in {}", place.display()));
    lines.join("\n")
}

/// The terminal as a run sees it: progress, signals, the trace's file.
struct Console<'s> {
    signals: &'s Signals,
    progress: Progress,
    windows: u32,
    trace: Option<Trace>,
}

/// A trace under way: written under another name and renamed when complete.
struct Trace {
    place: PathBuf,
    partial: Partial,
    writer: TableWriter<TraceRow, File>,
    /// What went wrong first; the run goes on to report it.
    error: Option<RecordError>,
}

impl<'s> Console<'s> {
    fn new(
        signals: &'s Signals,
        duration_ns: u64,
        quiet: bool,
        trace: Option<&Path>,
    ) -> Result<Self, Failure> {
        let trace = trace
            .map(Trace::create)
            .transpose()
            .map_err(|error| failure(error.into()))?;
        Ok(Self {
            signals,
            progress: Progress::new(duration_ns, quiet),
            windows: 0,
            trace,
        })
    }

    fn finish_trace(self) -> Result<(), Failure> {
        let Some(trace) = self.trace else { return Ok(()) };
        trace.finish().map_err(|error| failure(error.into()))
    }
}

impl Trace {
    fn create(place: &Path) -> Result<Self, RecordError> {
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = Partial(place.with_file_name(name));
        let writer = TableWriter::create(&partial.0)?;
        Ok(Self {
            place: place.to_path_buf(),
            partial,
            writer,
            error: None,
        })
    }

    fn finish(self) -> Result<(), RecordError> {
        let Self {
            place,
            partial,
            writer,
            error,
        } = self;
        error.map_or(Ok(()), Err)?;
        writer.finish()?;
        std::fs::rename(&partial.0, place).map_err(|source| RecordError::Io {
            action: "rename",
            path: partial.0.clone(),
            source,
        })
    }
}

impl Witness for Console<'_> {
    fn window_closed(&mut self, end_ns: u64, events: u64) -> Verdict {
        self.progress.window_closed(end_ns, events);
        self.windows = (self.windows + 1) % WINDOWS;
        let is_failed = self.trace.as_ref().is_some_and(|trace| trace.error.is_some());
        if is_failed || (self.windows == 0 && self.signals.exit().is_some()) {
            return Verdict::Stop;
        }
        Verdict::Continue
    }

    fn wants_trace(&self) -> bool {
        self.trace.is_some()
    }

    fn trace(&mut self, lines: &[TraceLine], label: &dyn Fn(u32) -> u64) {
        let Some(trace) = &mut self.trace else { return };
        for line in lines {
            let row = TraceRow {
                at_ns: line.at_ns,
                query: u64::from(line.query),
                peer: label(line.peer),
                from: label(line.from),
                hops: line.hops,
                ttl: line.ttl,
                fate: line.fate,
            };
            if trace.error.is_none() {
                trace.error = trace.writer.write(&row).err();
            }
        }
    }
}

/// A half-written file, removed when it is dropped.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // Renamed already if all went well; otherwise nothing half-written stays.
        let _ = std::fs::remove_file(&self.0);
    }
}
