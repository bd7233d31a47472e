//! Experiments: from a scenario file to results on disk.

mod clock;
pub mod compare;
mod compared;
pub mod crew;
mod distribution;
pub mod files;
pub mod machine;
mod measures;
pub mod play;
pub mod replications;
pub mod results;
pub mod run;
mod survived;
pub mod sweep;
mod texts;
mod watchers;

pub use compare::{Comparison, Growth, Survival};
pub use crew::{CrewRequest, CrewWitness};
pub use play::{Played, Witness, play};
pub use replications::Replications;
pub use results::Results;
pub use run::{Error, Request, Run};
pub use sweep::Sweep;
