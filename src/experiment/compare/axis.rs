//! What a comparison goes along.

use std::fmt::Debug;

use crate::experiment::Results;
use crate::experiment::run::{Error, Run};
use crate::records::Measured;
use crate::records::comparison::{AsItStands, Step};
use crate::scenario::Scenario;
use crate::scenario::schema::Combination;

/// What is changed in all scenarios of a comparison alike, step by step, and what is measured then.
pub trait Axis: Debug + Sync {
    /// A step of it.
    type Step: Step;
    /// What a comparison along it is called.
    const NAME: &'static str;
    /// The folder in `results/` that results go to where nothing else is said.
    const FOLDER: &'static str;

    /// Refuses an axis that makes no sense whatever the scenarios.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&self) -> Result<(), AxisError>;

    /// The steps of a scenario, each with the keys that it sets in it: none where the scenario stays as it is.
    ///
    /// # Errors
    /// Why the scenario does not go along, with the key that stands in the way.
    fn steps(&self, run: &Run) -> Result<Vec<(Self::Step, Combination)>, Error>;

    /// What is measured of a run of a step that took so many events, and whose scenario is given as it was changed.
    fn measure(&self, step: &Self::Step, scenario: &Scenario, results: &Results, events: u64) -> Measured;
}

/// Why an axis makes no sense.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum AxisError {
    /// A step that would be played twice.
    #[error("{what} {value} is there twice: leave one out")]
    Twice {
        /// What it is, such as "the size".
        what: &'static str,
        /// Its value.
        value: String,
    },
    /// Nothing would be changed.
    #[error("{what}: none is given")]
    Nothing {
        /// What there is none of.
        what: &'static str,
    },
    /// Nothing would be taken away, which is played anyway.
    #[error("{what} is 0: what happens without an attack is always played, leave it out")]
    NoShare {
        /// What is 0.
        what: &'static str,
    },
    /// No network has so few, or so many.
    #[error("the size {size} is not from 1 to {SIZE_MAX}")]
    Size {
        /// The size.
        size: u64,
    },
}

/// The largest size of a network.
pub(super) const SIZE_MAX: u64 = 1 << 31;

/// The axis of a comparison of scenarios as they stand, which has one step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plain;

impl Axis for Plain {
    type Step = AsItStands;
    const NAME: &'static str = "comparison";
    const FOLDER: &'static str = "compare";

    fn check(&self) -> Result<(), AxisError> {
        Ok(())
    }

    fn steps(&self, _: &Run) -> Result<Vec<(AsItStands, Combination)>, Error> {
        Ok(vec![(AsItStands, Combination::new())])
    }

    fn measure(&self, _: &AsItStands, _: &Scenario, results: &Results, _: u64) -> Measured {
        results.compared()
    }
}

/// Refuses a list in which something stands twice.
pub(super) fn check_distinct<T: PartialEq + ToString>(
    what: &'static str,
    list: &[T],
) -> Result<(), AxisError> {
    for (later, value) in list.iter().enumerate() {
        if list[..later].contains(value) {
            return Err(AxisError::Twice {
                what,
                value: value.to_string(),
            });
        }
    }
    Ok(())
}

/// Refuses a scenario with a sweep: its combinations would be steps of another kind.
pub(super) fn check_no_sweep(run: &Run, name: &str) -> Result<(), Error> {
    if run.scenario.sweep.is_empty() {
        return Ok(());
    }
    let message = format!(
        "`sweep`: {name} goes along an axis of its own: a scenario that takes part in it sweeps nothing"
    );
    Err(run.refuse_key("sweep", message))
}
