//! What verbs that play many runs have in common on the command line.

use std::path::PathBuf;

use clap::Args;

use super::Changes;
use super::run::processors;
use crate::experiment::CrewRequest;

#[derive(Args, Debug)]
pub(super) struct CrewArguments {
    #[command(flatten)]
    changes: Changes,
    /// The seed, instead of the scenarios'.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Threads, each of which plays one run at a time; results do not depend on it. Default: as many as there are processors.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Says nothing but errors and warnings.
    #[arg(long, short)]
    pub(super) quiet: bool,
}

impl CrewArguments {
    /// What is asked for: so many replications of these scenarios.
    pub(super) fn request(
        self,
        scenarios: Vec<PathBuf>,
        replications: u16,
        out: Option<PathBuf>,
    ) -> CrewRequest {
        CrewRequest {
            scenarios,
            set: self.changes.set,
            inputs: self.changes.inputs,
            seed: self.seed,
            replications: u64::from(replications),
            threads: self.threads.map_or_else(processors, usize::from),
            out,
            command_line: std::env::args().collect(),
        }
    }
}
