//! `servent validate`: would it run?

use super::ScenarioArguments;
use super::exit::{Ending, Exit};
use super::run::failure;
use crate::experiment::{Request, Run};

/// Checks a scenario and the files it names.
pub(crate) fn validate(arguments: &ScenarioArguments) -> Ending {
    let mut run =
        Run::read(Request::of_scenario(&arguments.scenario, &arguments.changes)).map_err(failure)?;
    let model = run.build().map_err(failure)?;
    model.notes().iter().for_each(|note| super::warn(note));
    super::say(&format!("{} is valid", arguments.scenario.display()));
    Ok(Exit::Done)
}
