//! `servent compare`: what overlays make of one world, as it stands, under attack, or as it grows.

mod board;
mod steps;

use std::path::PathBuf;

use clap::Args;

use super::crew::CrewArguments;
use super::exit::{Ending, Exit, Failure};
use super::run::{failure, failure_of_run};
use super::share;
use super::signals::Signals;
use super::watch::{self, Watch};
use crate::experiment::compare::{Axis, Plain};
use crate::experiment::{Comparison, Growth, Survival};
use crate::records::comparison::ComparedRow;
use crate::scenario::units::{Duration, Share};

#[derive(Args, Debug)]
pub(crate) struct CompareArguments {
    /// The scenario files, which differ in `title`, `overlay`, `topology` and source exchange only: a shared base is included by each.
    #[arg(value_name = "SCENARIO", required = true)]
    scenarios: Vec<PathBuf>,
    /// What survives attacks: each scenario is played without one, and once for each share of peers or servers that vanish for
    /// good and without a goodbye. Leaves `survival.csv` with what was found afterwards.
    #[arg(long, conflicts_with = "growth")]
    survival: bool,
    /// With `--survival`: shares of the peers online that vanish at random, the same under every overlay, such as 0.1,0.3.
    /// Default, if none of `--random`, `--best-connected` and `--servers` is given: 0.1,0.2,0.3,0.4,0.5.
    #[arg(long, value_name = "SHARES", value_delimiter = ',', value_parser = share, requires = "survival")]
    random: Vec<Share>,
    /// With `--survival`: shares of the peers online that vanish, those with the most links first; not for overlays in which
    /// servers know everything. Default, if none of the three is given: 0.01,0.02,0.05,0.1.
    #[arg(long, value_name = "SHARES", value_delimiter = ',', value_parser = share, requires = "survival")]
    best_connected: Vec<Share>,
    /// With `--survival`: shares of the service nodes that vanish, where there are any. Default, if none of the three is given: 1.
    #[arg(long, value_name = "SHARES", value_delimiter = ',', value_parser = share, requires = "survival")]
    servers: Vec<Share>,
    /// With `--survival`: when they vanish, such as "10 min". Default: in the middle between the end of the warm-up and the end.
    #[arg(long, value_name = "TIME", requires = "survival")]
    at: Option<Duration>,
    /// What networks find and cost as they grow: each scenario is played at each size. Leaves `growth.csv`.
    #[arg(long)]
    growth: bool,
    /// With `--growth`: the sizes. Default: 1000,3000,10000,30000,100000.
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', requires = "growth")]
    sizes: Vec<u64>,
    /// With `--growth`: whole numbers of the scenario that grow, the first to the sizes, the others in proportion to it; all else
    /// stays. Default: peers.count,content.items.
    #[arg(long, value_name = "KEYS", value_delimiter = ',', requires = "growth")]
    grow: Vec<String>,
    /// Replications of every scenario: other worlds from the same seed, the same for all scenarios. Default: 5; with `--survival`
    /// or `--growth`, which play many runs for each, 3.
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    replications: Option<u16>,
    /// Directory of the results: a new one, an empty one or that of an earlier result, which is replaced.
    /// Default: results/compare/SCENARIOS/seed-S, results/survival/... or results/growth/....
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    crew: CrewArguments,
}

/// Replications of a comparison of scenarios as they stand.
const REPLICATIONS: u16 = 5;
/// The same along an axis.
const AXIS_REPLICATIONS: u16 = 3;

/// Plays a comparison.
pub(crate) fn compare(mut arguments: CompareArguments) -> Ending {
    if arguments.survival {
        let survival = survival(&mut arguments);
        return play(survival, AXIS_REPLICATIONS, arguments, steps::survival);
    }
    if arguments.growth {
        let growth = growth(&mut arguments);
        return play(growth, AXIS_REPLICATIONS, arguments, steps::growth);
    }
    if arguments.scenarios.len() < 2 {
        let message =
            "one scenario alone is compared with nothing: name another, or choose `--survival` or `--growth`";
        return Err(Failure::new(Exit::BadInput, message));
    }
    play(Plain, REPLICATIONS, arguments, board::board)
}

/// The attacks that are asked for.
fn survival(arguments: &mut CompareArguments) -> Survival {
    let asked = Survival {
        random: std::mem::take(&mut arguments.random),
        best_connected: std::mem::take(&mut arguments.best_connected),
        servers: std::mem::take(&mut arguments.servers),
        at: arguments.at,
    };
    if asked.random.is_empty() && asked.best_connected.is_empty() && asked.servers.is_empty() {
        return Survival {
            at: asked.at,
            ..Survival::usual()
        };
    }
    asked
}

/// The sizes that are asked for.
fn growth(arguments: &mut CompareArguments) -> Growth {
    let mut growth = Growth::usual();
    if !arguments.sizes.is_empty() {
        growth.sizes = std::mem::take(&mut arguments.sizes);
    }
    if !arguments.grow.is_empty() {
        growth.keys = std::mem::take(&mut arguments.grow);
    }
    growth
}

/// Plays a comparison along an axis, and shows what came of it.
fn play<A: Axis>(
    axis: A,
    usual_replications: u16,
    arguments: CompareArguments,
    show: fn(&[ComparedRow<A::Step>]) -> String,
) -> Ending {
    let signals = Signals::listen()?;
    let is_quiet = arguments.crew.quiet;
    let replications = arguments.replications.unwrap_or(usual_replications);
    let request = arguments
        .crew
        .request(arguments.scenarios, replications, arguments.out);
    let comparison = Comparison::along(axis, request).map_err(failure)?;
    if !is_quiet {
        super::say(&format!(
            "{} of {}: seed {}, {}; results go to {}",
            A::NAME,
            comparison.names().join(", "),
            comparison.seed(),
            watch::replications(u64::from(replications)),
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
        return Ok(Exit::Done);
    }
    super::say(&watch::speed(runs, &finished.provenance));
    super::say(&format!("results are in {}", finished.place.display()));
    super::print(&show(&finished.rows))
}
