//! `servent run`: the main job.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;

use super::ScenarioArguments;
use super::console::{Console, Streams};
use super::estimate;
use super::exit::{Ending, Exit, Failure};
use super::replications;
use super::signals::Signals;
use crate::engine::time::seconds;
use crate::experiment::run::Finished;
use crate::experiment::{Error, Request, Run};
use crate::records::{RecordError, Value};
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
    /// Plays so many replications, numbered from 0, one to a thread, and leaves `replications.csv` (every number of every
    /// summary) and a `summary.json` of means and 95 % intervals.
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(conflicts_with_all = ["replication", "trace", "pcap", "estimate"])]
    replications: Option<u16>,
    /// With `--replications`: keeps the tables and plots of each in a directory of its own.
    #[arg(long, requires = "replications")]
    keep: bool,
    /// Threads; results do not depend on it. Default: as many as there are processors.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Directory of the results: a new one, an empty one or that of an earlier result, which is replaced.
    /// Default: results/SCENARIO/seed-S-replication-R, or seed-S-replications-N.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Says nothing but errors and warnings.
    #[arg(long, short)]
    quiet: bool,
    /// Writes what became of every query at every peer to this file (CSV), for `servent explain`.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Writes the messages of a run over Kademlia (alone or in a hybrid) with `wire.krpc` to this file as packets of BitTorrent's mainline DHT
    /// (pcap), at the times at which they were sent, those that are lost later too. Messages that BEP 5 does not know, such
    /// as lookups that nodes pass on, are left out. To read it: tshark -d udp.port==6881,bt-dht -r FILE.
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
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
    let signals = Signals::listen()?;
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
    if arguments.pcap.is_some() && !run.scenario.sends_krpc() {
        return Err(Failure::new(Exit::BadInput, NO_PACKETS));
    }
    if arguments.estimate {
        return estimate::print(&run);
    }
    if let Some(number) = arguments.replications {
        let number = u64::from(number);
        return replications::run(run, number, arguments.keep, arguments.quiet, &signals);
    }
    run.admit().map_err(failure)?;
    let place = run.place();
    let streams = Streams {
        trace: arguments.trace.as_deref(),
        pcap: arguments.pcap.as_deref(),
    };
    check_places(&streams, &place)?;
    let is_quiet = arguments.quiet;
    let mut console = Console::new(&signals, run.scenario.duration.ns(), is_quiet, &streams)?;
    if !is_quiet {
        super::say(&format!(
            "{}: seed {}, replication {}; results go to {}",
            run.scenario.title,
            run.scenario.seed,
            arguments.replication,
            place.display()
        ));
        if !run.scenario.sweep.is_empty() {
            super::say("`[sweep]` is left aside: `servent sweep` plays its combinations");
        }
    }
    let ending = run.perform(&mut console);
    // A file that cannot be written stops the run: that is what went wrong then.
    console.run_ended()?;
    match ending {
        Err(error) => Err(failure_of_run(error, &signals)),
        Ok(finished) => {
            console.finish()?;
            finished.summary.notes.iter().for_each(|note| super::warn(note));
            if !is_quiet {
                super::say(&summary(&finished));
            }
            Ok(Exit::Done)
        }
    }
}

/// Why there is no result of what was to run.
pub(super) fn failure_of_run(error: Error, signals: &Signals) -> Failure {
    match error {
        Error::Interrupted => {
            let exit = signals.exit().unwrap_or(Exit::Interrupted);
            Failure::told(exit, error.to_string())
        }
        error => failure(error),
    }
}

/// Why other runs leave no packets.
const NO_PACKETS: &str = "--pcap needs messages that are encoded as on a real network: those of a scenario with \
    `kademlia`, alone or in a hybrid, and `wire.krpc`, as `preset = \"mainline\"` has it";

/// Refuses files that would be replaced by something else.
fn check_places(streams: &Streams<'_>, results: &Path) -> Result<(), Failure> {
    for (what, file) in [("trace", streams.trace), ("capture", streams.pcap)] {
        if let Some(file) = file.filter(|file| is_within(file, results)) {
            return Err(Failure::new(
                Exit::BadInput,
                format_args!(
                    "the {what} {} would lie in the directory of the results, which holds nothing else: name another place",
                    file.display()
                ),
            ));
        }
    }
    match (streams.trace, streams.pcap) {
        (Some(trace), Some(pcap)) if is_within(trace, pcap) => Err(Failure::new(
            Exit::BadInput,
            format_args!(
                "the trace and the capture would both be {}: name another place for one",
                pcap.display()
            ),
        )),
        _ => Ok(()),
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
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The exit code and the words for an error.
pub(crate) fn failure(error: Error) -> Failure {
    let exit = exit_of(&error);
    match error {
        Error::Scenario(report) => Failure::told(exit, report.render(std::io::stderr().is_terminal())),
        error => Failure::new(exit, error),
    }
}

fn exit_of(error: &Error) -> Exit {
    match error {
        Error::Scenario(report) if report.is_limit() => Exit::Limit,
        Error::TooLarge { .. } => Exit::Limit,
        Error::Unreadable { .. }
        | Error::Scenario(_)
        | Error::SameName { .. }
        | Error::Seeds { .. }
        | Error::Axis(_)
        | Error::Record(RecordError::NotOurs { .. } | RecordError::NoName { .. }) => Exit::BadInput,
        Error::Record(error) if error.is_bug() => Exit::Bug,
        Error::Record(_) | Error::Report(_) => Exit::Io,
        Error::Worlds { .. } => Exit::CheckFailed,
        Error::Changed { error, .. } => exit_of(error),
        Error::Interrupted => Exit::Interrupted,
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
    // A run makes queries, lookups or reads, if any.
    let has = |name: &str| {
        let metric = summary.metric(name);
        metric.is_some_and(|metric| metric.value != Value::Integer(0))
    };
    lines.push(if has("reads") || has("writes") {
        format!(
            "writes {}, kept {}\nreads {}: fresh {}, stale {}, missing {}, failed {}",
            number("writes"),
            number("writes_kept"),
            number("reads"),
            number("reads_fresh"),
            number("reads_stale"),
            number("reads_missing"),
            number("reads_failed")
        )
    } else if has("lookups") {
        format!(
            "lookups {}, correct {}",
            number("lookups"),
            number("lookup_correct_share")
        )
    } else {
        format!(
            "queries {}, success {}",
            number("queries"),
            number("query_success")
        )
    });
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
