//! `servent show`: the fully resolved scenario.

use std::path::Path;

use super::exit::Ending;
use super::run::failure;
use super::{Changes, ScenarioArguments};
use crate::experiment::{Request, Run};

/// Prints the resolved scenario.
pub(crate) fn show(arguments: &ScenarioArguments) -> Ending {
    let run = Run::read(Request::of_scenario(&arguments.scenario, &arguments.changes)).map_err(failure)?;
    super::print(&run.shown())
}

impl Request {
    /// A request that only reads.
    pub(super) fn of_scenario(scenario: &Path, changes: &Changes) -> Self {
        Self {
            set: changes.set.clone(),
            inputs: changes.inputs.clone(),
            ..Self::plain(scenario.to_path_buf())
        }
    }
}
