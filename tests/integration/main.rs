//! All integration tests in one binary: linking once keeps `cargo test` quick.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "tests say how much they did")]
#![expect(clippy::print_stderr, reason = "tests say what they skip")]

mod bad_input;
mod bench_workload;
mod central;
mod chord;
mod cli;
mod client_server;
mod compare;
mod dht_published;
mod dht_put_get;
mod dht_values;
mod engine;
mod equality;
mod floods;
mod graph_survival;
mod growth;
mod hybrid;
mod includes;
mod interruption;
mod invariants;
mod kademlia;
mod keywords;
mod memory;
mod overnet;
mod pcap;
mod population;
mod program;
mod reference;
mod replications;
mod shipped;
mod sources;
mod super_peer;
mod support;
mod survival;
mod sweep;
mod tidy;
mod traces;
mod trackers;
mod transfers;
mod walks;
