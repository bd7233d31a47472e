//! Experiments: from a scenario file to results on disk.

pub mod files;
pub mod machine;
mod measures;
pub mod play;
pub mod results;
pub mod run;
pub mod sweep;
mod watchers;

pub use play::{Played, Witness, play};
pub use results::Results;
pub use run::{Error, Request, Run};
pub use sweep::{Sweep, SweepRequest};
