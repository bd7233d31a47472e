//! `servent show`: the fully resolved scenario.

use super::ScenarioArguments;
use super::exit::Ending;
use super::run::failure;
use crate::experiment::{Request, Run};
use crate::scenario;

/// Prints the resolved scenario.
pub(crate) fn show(arguments: &ScenarioArguments) -> Ending {
    let run = Run::read(Request::of_scenario(arguments)).map_err(failure)?;
    super::print(&scenario::show(&run.scenario))
}

impl Request {
    /// A request that only reads.
    pub(super) fn of_scenario(arguments: &ScenarioArguments) -> Self {
        Self {
            scenario: arguments.scenario.clone(),
            set: arguments.set.clone(),
            inputs: arguments.inputs.clone(),
            seed: None,
            replication: 0,
            threads: 1,
            out: None,
            command_line: Vec::new(),
            trace: None,
        }
    }
}
