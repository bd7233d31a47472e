//! `servent compare`: what overlays make of one world.

mod board;

use std::path::PathBuf;

use clap::Args;

use super::crew::CrewArguments;
use super::exit::Ending;
use super::run::{failure, failure_of_run};
use super::signals::Signals;
use super::watch::{self, Watch};
use crate::experiment::Comparison;

#[derive(Args, Debug)]
pub(crate) struct CompareArguments {
    /// The scenario files, which differ in `title`, `overlay` and `topology` only: a shared base is included by each.
    #[arg(value_name = "SCENARIO", required = true, num_args = 2..)]
    scenarios: Vec<PathBuf>,
    /// Replications of every scenario: other worlds from the same seed, the same for all scenarios.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    replications: u16,
    /// Directory of the results: a new one, an empty one or that of an earlier result, which is replaced.
    /// Default: results/compare/SCENARIOS/seed-S.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    crew: CrewArguments,
}

/// Plays a comparison.
pub(crate) fn compare(arguments: CompareArguments) -> Ending {
    let signals = Signals::listen()?;
    let is_quiet = arguments.crew.quiet;
    let request = arguments
        .crew
        .request(arguments.scenarios, arguments.replications, arguments.out);
    let comparison = Comparison::read(request).map_err(failure)?;
    if !is_quiet {
        super::say(&format!(
            "comparison of {}: seed {}, {}; results go to {}",
            comparison.names().join(", "),
            comparison.seed(),
            watch::replications(u64::from(arguments.replications)),
            comparison.place().display()
        ));
    }
    let runs = comparison.runs();
    let watch = Watch::new(&signals, runs, is_quiet);
    let ending = comparison.perform(&watch);
    watch.finish();
    let finished = ending.map_err(|error| failure_of_run(error, &signals))?;
    finished.notes.iter().for_each(|note| super::warn(note));
    if is_quiet {
        return Ok(super::exit::Exit::Done);
    }
    super::say(&watch::speed(runs, &finished.provenance));
    super::say(&format!("results are in {}", finished.place.display()));
    super::print(&board::board(&finished.rows))
}
