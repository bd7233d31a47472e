//! `servent run`: the main job.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;

use super::ScenarioArguments;
use super::estimate;
use super::exit::{Ending, Exit, Failure};
use super::progress::Progress;
use super::signals::Signals;
use super::trace::Trace;
use crate::engine::Verdict;
use crate::engine::time::seconds;
use crate::experiment::run::Finished;
use crate::experiment::{Error, Request, Run, Witness};
use crate::overlay::books::TraceLine;
use crate::records::{RecordError, TraceRow, Unfinished};
use crate::scenario::units::Bytes;

#[derive(Args, Debug)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    scenario: ScenarioArguments,
    /// The seed, instead of the scenario's.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Number of the replication: another world from the same seed.
    #[arg(long, value_name = "R", default_value_t = 0)]
    replication: u64,
    /// Threads; results do not depend on it. Default: as many as there are processors.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Directory of the results: a new one, an empty one or that of an earlier result, which is replaced.
    /// Default: results/SCENARIO/seed-S-replication-R.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Says nothing but errors and warnings.
    #[arg(long, short)]
    quiet: bool,
    /// Writes what became of every query at every peer to this file (CSV), for `servent explain`.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Prints the memory that the run is expected to need, by part, and runs nothing.
    #[arg(long)]
    estimate: bool,
    /// Refuses a run that is expected to need more memory, such as "4 GiB". Default: the scenario's `limits.memory`, else
    /// what the machine has left.
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<Bytes>,
}

/// Runs a scenario.
pub(crate) fn run(arguments: RunArguments) -> Ending {
    let signals = Signals::listen()
        .map_err(|error| Failure::new(Exit::Io, format_args!("cannot listen for signals: {error}")))?;
    let request = Request {
        scenario: arguments.scenario.scenario,
        set: arguments.scenario.changes.set,
        inputs: arguments.scenario.changes.inputs,
        seed: arguments.seed,
        replication: arguments.replication,
        threads: arguments.threads.map_or_else(processors, usize::from),
        out: arguments.out,
        command_line: std::env::args().collect(),
        trace: arguments.trace.clone(),
        memory_limit: arguments.memory_limit,
    };
    let run = Run::read(request).map_err(failure)?;
    if arguments.estimate {
        return estimate::print(&run);
    }
    run.admit().map_err(failure)?;
    let place = run.place();
    if let Some(trace) = arguments
        .trace
        .as_deref()
        .filter(|trace| is_within(trace, &place))
    {
        return Err(Failure::new(
            Exit::BadInput,
            format_args!(
                "the trace {} would lie in the directory of the results, which holds nothing else: name another place",
                trace.display()
            ),
        ));
    }
    let is_quiet = arguments.quiet;
    let mut console = Console::new(
        &signals,
        run.scenario.duration.ns(),
        arguments.quiet,
        arguments.trace.as_deref(),
    )?;
    if !is_quiet {
        super::say(&format!(
            "{}: seed {}, replication {}; results go to {}",
            run.scenario.title,
            run.scenario.seed,
            arguments.replication,
            place.display()
        ));
    }
    let ending = run.perform(&mut console);
    console.progress.finish();
    // A trace that cannot be written stops the run: that is what went wrong then.
    if let Some(error) = console.trace.as_mut().and_then(Trace::take_error) {
        return Err(failure(error.into()));
    }
    match ending {
        Err(Error::Interrupted) => {
            let exit = signals.exit().unwrap_or(Exit::Interrupted);
            Err(Failure::told(exit, Error::Interrupted.to_string()))
        }
        Err(error) => Err(failure(error)),
        Ok(finished) => {
            console.finish_trace()?;
            finished.summary.notes.iter().for_each(|note| super::warn(note));
            if !is_quiet {
                super::say(&summary(&finished));
            }
            Ok(Exit::Done)
        }
    }
}

/// Whether a file would lie in a directory, which need not exist yet.
fn is_within(file: &Path, directory: &Path) -> bool {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    absolute(file).starts_with(absolute(directory))
}

/// As many threads as there are processors.
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
        Error::TooLarge { .. } => Exit::Limit,
        Error::Unreadable { .. }
        | Error::Scenario(_)
        | Error::Record(RecordError::NotOurs { .. } | RecordError::NoName { .. }) => Exit::BadInput,
        Error::Record(error) if error.is_bug() => Exit::Bug,
        Error::Record(_) | Error::Report(_) => Exit::Io,
        Error::Interrupted => Exit::Interrupted,
    };
    match error {
        Error::Scenario(report) => Failure::told(exit, report.render(std::io::stderr().is_terminal())),
        error => Failure::new(exit, error),
    }
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
        "{} s simulated in {:.1} s: {} events, {:.2} million per second",
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
    trace: Option<Trace>,
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
        if let Some(trace) = &trace {
            trace
                .unfinished()
                .into_iter()
                .for_each(|unfinished| signals.remove_at_the_end(unfinished));
        }
        Ok(Self {
            signals,
            progress: Progress::new(duration_ns, quiet),
            trace,
        })
    }

    fn finish_trace(self) -> Result<(), Failure> {
        let Some(trace) = self.trace else { return Ok(()) };
        trace.finish().map_err(|error| failure(error.into()))
    }
}

impl Witness for Console<'_> {
    fn result_begun(&mut self, unfinished: &Unfinished) {
        self.signals.remove_at_the_end(unfinished);
    }

    fn window_closed(&mut self, end_ns: u64, events: u64) -> Verdict {
        self.progress.window_closed(end_ns, events);
        let is_failed = self.trace.as_ref().is_some_and(Trace::is_failed);
        if is_failed || self.signals.exit().is_some() {
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
            trace.write(&row);
        }
    }
}
