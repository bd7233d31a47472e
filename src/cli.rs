//! The command line: one file per verb, exit codes with a meaning, nothing computed here.

mod capture;
mod compare;
mod completions;
mod console;
mod crew;
mod diff;
mod estimate;
pub mod exit;
mod explain;
mod leftovers;
mod output;
mod progress;
mod replications;
mod run;
mod schema;
mod show;
mod signals;
mod sweep;
mod topology;
mod trace;
mod validate;
mod watch;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::scenario::units::Share;
use exit::{Ending, Exit, Failure};

/// A deterministic laboratory for peer-to-peer networks: churn, search and chunked transfers, event by event, equal to
/// the byte everywhere
#[derive(Parser, Debug)]
#[command(name = "servent", version, long_about = None, disable_help_subcommand = true)]
#[command(subcommand_value_name = "VERB", subcommand_help_heading = "Verbs")]
#[command(
    after_help = "Exit codes: 0 done, 1 a check failed, 2 bad input, 3 larger than a limit, 4 a disk or file \
    refused, 5 a bug of servent's, 6 inconclusive, 130 and 143 interrupted.\n\n\
    Begin with: servent run scenarios/gnutella-2001.toml"
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand, Debug)]
enum Verb {
    /// Runs a scenario and writes its results: tables, summary, plots.
    Run(run::RunArguments),
    /// Plays every combination of the values that scenarios list, and draws latency against cost.
    Sweep(sweep::SweepArguments),
    /// Runs scenarios that differ in their overlays only, and puts side by side what each finds and costs.
    Compare(compare::CompareArguments),
    /// Prints a scenario as it will be run: every default spelled out.
    Show(ScenarioArguments),
    /// Checks a scenario and the files it names without running it.
    Validate(ScenarioArguments),
    /// Analyses the graph of a scenario or an edge list: degrees, components, paths.
    Topology(topology::TopologyArguments),
    /// Compares two results: digests by channel, then metrics; exit code 1 where they differ.
    Diff(diff::DiffArguments),
    /// Shows what became of one query, hop by hop, from a trace.
    Explain(explain::ExplainArguments),
    /// Prints the JSON Schema of scenario files.
    Schema,
    /// Prints completions for a shell; `servent completions bash > FILE`, then read FILE at its start.
    Completions(completions::CompletionsArguments),
}

/// A scenario and what the command line changes in it.
#[derive(Args, Clone, Debug)]
pub(crate) struct ScenarioArguments {
    /// The scenario file.
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: PathBuf,
    #[command(flatten)]
    pub(crate) changes: Changes,
}

/// What the command line changes in a scenario, and where its files are.
#[derive(Args, Clone, Debug)]
pub(crate) struct Changes {
    /// Sets a key of the scenario: a TOML value where it parses, else a string. Can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Where to look for input files that are not beside the scenario. Can be repeated.
    #[arg(long = "inputs", value_name = "DIR")]
    pub(crate) inputs: Vec<PathBuf>,
}

/// A share of what there is.
pub(crate) fn share(text: &str) -> Result<Share, String> {
    let share = text.trim().parse().ok().and_then(Share::new);
    share.ok_or_else(|| "a share is a number from 0 to 1, such as 0.3".to_owned())
}

/// Runs the command line and gives the exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() {
                Exit::BadInput
            } else {
                Exit::Done
            };
            // A closed pipe is nobody's error.
            let _ = error.print();
            return exit.into();
        }
    };
    install_panic_hook();
    match perform(cli.verb) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            say(&failure.message);
            failure.exit.into()
        }
    }
}

/// A panic is a bug of ours, in whatever thread: it says so, and how to report it, and ends the process. Nothing has to be unwound
/// for that, so that the program is built without what unwinding takes.
fn install_panic_hook() {
    static ENDING: Mutex<()> = Mutex::new(());
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |information| {
        // Never let go: what else goes wrong meanwhile has the same cause, or is not to be told in the middle of this.
        let _ending = ENDING.lock();
        default(information);
        say("this is a bug in servent: please report it with the scenario and the lines above");
        leftovers::remove();
        #[expect(clippy::exit, reason = "whoever called is in the middle of what cannot go on")]
        std::process::exit(i32::from(Exit::Bug as u8));
    }));
}

fn perform(verb: Verb) -> Ending {
    match verb {
        Verb::Run(arguments) => run::run(arguments),
        Verb::Sweep(arguments) => sweep::sweep(arguments),
        Verb::Compare(arguments) => compare::compare(arguments),
        Verb::Show(arguments) => show::show(&arguments),
        Verb::Validate(arguments) => validate::validate(&arguments),
        Verb::Topology(arguments) => topology::topology(&arguments),
        Verb::Diff(arguments) => diff::diff(&arguments),
        Verb::Explain(arguments) => explain::explain(&arguments),
        Verb::Schema => schema::schema(),
        Verb::Completions(arguments) => completions::completions(&arguments, Cli::command()),
    }
}

/// Prints results to standard output. A closed pipe ends the program's work, not with an error.
pub(crate) fn print(text: &str) -> Ending {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Exit::Done),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::Done),
        Err(error) => Err(Failure::new(
            Exit::Io,
            format_args!("cannot write to standard output: {error}"),
        )),
    }
}

/// Tells what a user must check before trusting a result.
pub(crate) fn warn(note: &str) {
    say(&format!("warning: {note}"));
}

/// Says something to the user, on standard error.
pub(crate) fn say(text: &str) {
    let mut err = std::io::stderr().lock();
    // There is nowhere left to complain.
    let _ = writeln!(err, "{}", text.trim_end());
}
