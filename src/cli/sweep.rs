//! `servent sweep`: every combination of a scenario's swept keys.

use std::path::PathBuf;

use super::crew::CrewArguments;
use super::exit::{Ending, Exit};
use super::run::{failure, failure_of_run};
use super::signals::Signals;
use super::watch::{self, Watch};
use crate::experiment::Sweep;
use crate::experiment::sweep::FinishedSweep;
use crate::report::tradeoff::Tradeoff;
use clap::Args;

#[derive(Args, Debug)]
pub(crate) struct SweepArguments {
    /// The scenario files: each plays the combinations of its own `[sweep]`, and once if it has none.
    #[arg(value_name = "SCENARIO", required = true)]
    scenarios: Vec<PathBuf>,
    /// Replications of every combination: other worlds from the same seed.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    replications: u16,
    /// Directory of the results: a new one, an empty one or that of an earlier result, which is replaced.
    /// Default: results/sweep/SCENARIOS/seed-S.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    crew: CrewArguments,
}

/// Plays a sweep.
pub(crate) fn sweep(arguments: SweepArguments) -> Ending {
    let signals = Signals::listen()?;
    let is_quiet = arguments.crew.quiet;
    let request = arguments
        .crew
        .request(arguments.scenarios, arguments.replications, arguments.out);
    let sweep = Sweep::read(request).map_err(failure)?;
    if !is_quiet {
        super::say(&announcement(&sweep, arguments.replications));
    }
    let watch = Watch::new(&signals, sweep.runs(), is_quiet);
    let ending = sweep.perform(&watch);
    watch.finish();
    match ending {
        Err(error) => Err(failure_of_run(error, &signals)),
        Ok(finished) => {
            finished.notes.iter().for_each(|note| super::warn(note));
            if !is_quiet {
                super::say(&summary(&finished));
            }
            Ok(Exit::Done)
        }
    }
}

/// What is going to be played.
fn announcement(sweep: &Sweep, replications: u16) -> String {
    let scenarios = sweep.scenarios().map(|(name, number)| match number {
        1 => format!("{name} (1 combination)"),
        _ => format!("{name} ({number} combinations)"),
    });
    format!(
        "sweep of {}: seed {}, {}; results go to {}",
        scenarios.collect::<Vec<_>>().join(", "),
        sweep.seed(),
        watch::replications(u64::from(replications)),
        sweep.place().display()
    )
}

/// What a user wants to know when a sweep is done.
fn summary(finished: &FinishedSweep) -> String {
    let mut lines = vec![watch::speed(
        finished.table.rows.len() as u64,
        &finished.provenance,
    )];
    for tradeoff in Tradeoff::of(&finished.table) {
        let hull = tradeoff.hull();
        let combinations = tradeoff.points.len();
        let told = match hull[..] {
            [] => "no lookup ended".to_owned(),
            [(bytes, ms)] => {
                format!("best of {combinations} is {bytes:.1} bytes/s with a median latency of {ms:.1} ms")
            }
            [(cheap, slow), .., (dear, fast)] => format!(
                "best {} of {combinations} are from {cheap:.1} bytes/s with a median latency of {slow:.1} ms \
                 to {dear:.1} bytes/s with {fast:.1} ms",
                hull.len()
            ),
        };
        lines.push(format!("{}: {told}", tradeoff.name));
    }
    lines.push(format!("results are in {}", finished.place.display()));
    lines.join("\n")
}
