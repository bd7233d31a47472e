//! `servent validate`: would it run?

use super::ScenarioArguments;
use super::exit::{Ending, Exit};
use super::run::failure;
use crate::experiment::{Request, Run};

/// Checks a scenario and the files it names.
pub(crate) fn validate(arguments: &ScenarioArguments) -> Ending {
    let mut run = Run::read(Request::of_scenario(arguments)).map_err(failure)?;
    run.build().map_err(failure)?;
    super::say(&format!("{}: fine", arguments.scenario.display()));
    Ok(Exit::Done)
}
