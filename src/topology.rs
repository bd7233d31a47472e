//! Graphs: generators, snapshot files, analysis, export.
//!
//! The only room that knows petgraph. It knows nothing of peers' protocols and reads no files: parsers take bytes,
//! writers take a [`std::fmt::Write`].

pub mod analysis;
pub mod export;
pub mod footprint;
pub mod generate;
mod graph;
pub mod removal;
pub mod snapshot;

pub use analysis::Analysis;
pub use generate::{GenerateError, Generator};
pub use graph::Graph;
pub use removal::Removal;
pub use snapshot::Snapshot;
