//! All integration tests in one binary: linking once keeps `cargo test` quick.

mod engine;
mod reference;
