//! All integration tests in one binary: linking once keeps `cargo test` quick.

mod bench_workload;
mod engine;
mod floods;
mod reference;
mod support;
mod walks;
