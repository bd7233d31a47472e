//! All integration tests in one binary: linking once keeps `cargo test` quick.

mod bench_workload;
mod engine;
mod floods;
mod population;
mod reference;
mod support;
mod transfers;
mod walks;
