//! What structured overlays share: identifiers, lookups, requests and their timeouts, recursion, virtual nodes.
//!
//! A distributed hash table assigns every key to the nodes whose identifiers are closest to it. What "closest" means, and
//! which other nodes a node knows, is the [`router::Router`]'s business: Chord's or Kademlia's. Everything else is here and
//! the same for all, after Baumgart, Heep and Krause ("OverSim: a flexible overlay network simulation framework", 2007).
//!
//! Nothing here knows of files, or of who is online: a node learns of another's end by a timeout, or by a goodbye.

pub mod bloom;
pub mod books;
pub mod caches;
pub mod directory;
mod dispatch;
pub mod footprint;
pub mod identifier;
pub mod judge;
mod keywords;
pub mod lookup;
pub mod message;
pub mod node;
mod publish;
mod reads;
mod relay;
mod round_trips;
pub mod router;
mod search;
pub mod service;
pub mod settings;
pub mod store;
mod values;
mod writes;

pub use directory::{Directory, NodeId};
pub use identifier::Identifier;
pub use node::Dht;
pub use router::Router;
pub use store::Version;

/// Number of a lookup of the workload, from 0, in order of issue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LookupId(pub u32);

/// Number of a read of the workload, from 0, in order of issue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReadId(pub u32);

/// Number of a write of the workload, from 0, in order of issue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WriteId(pub u32);
