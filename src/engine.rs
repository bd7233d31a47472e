//! The engine: time, events, windows, shards, random streams, digests, mathematics.
//!
//! It knows nothing of overlays, files or networks' geometry: peers are programs ([`Protocol`]), what carries their
//! messages is a [`Network`], when they are online a plan ([`Sessions`]).

pub mod accounts;
pub mod arena;
pub mod control;
pub mod digest;
pub mod event;
pub mod footprint;
pub mod math;
pub mod memory;
pub mod network;
pub mod peer;
pub mod peers;
pub mod prefetch;
pub mod protocol;
pub mod queue;
pub mod random;
pub mod sample;
mod seat;
pub mod sessions;
mod shard;
mod shares;
pub mod simulation;
pub mod time;

pub use arena::Arena;
pub use control::{Attendance, Director, Nobody, Stage, Verdict};
pub use network::{Channel, Flows, Network, NoFlows};
pub use peer::{Contact, Departure, PeerId, SessionNumber};
pub use peers::Peers;
pub use protocol::{Context, Message, Protocol, Tally};
pub use random::{Draw, Purpose, Seed, SmallStream};
pub use sessions::{AlwaysOnline, PlannedSession, Sessions};
pub use simulation::{Outcome, Setup, run};
