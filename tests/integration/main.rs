//! All integration tests in one binary: linking once keeps `cargo test` quick.

mod bad_input;
mod cli;
mod engine;
mod interruption;
mod program;
mod reference;
mod support;
mod tidy;
