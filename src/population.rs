//! The population: who the peers are, and when they are there.
//!
//! [`groups`] deals peers into groups and gives each its access link and its vices, [`law`] holds the laws of session
//! and absence lengths, [`arrivals`] an open population's comers, [`trace`] sessions that were measured, and [`plan`]
//! makes of all that the engine's [`Sessions`](crate::engine::Sessions): a pure function, so that nothing that happens
//! in a run can change who comes and goes.
//!
//! It knows nothing of messages, overlays or files: tables that come from files come in as data.

pub mod arrivals;
pub mod footprint;
pub mod groups;
pub mod law;
pub mod plan;
pub mod trace;

pub use arrivals::{Arrivals, ArrivalsError};
pub use groups::{Group, GroupError, Link, PeerRow, Population, Size};
pub use law::{Law, LawError};
pub use plan::{Assignment, Churn, ChurnError, Crowd, Plan, PlanError, Playback, Regime, Roster, Start};
pub use trace::{Trace, TraceError};
