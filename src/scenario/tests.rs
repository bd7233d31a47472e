//! Tests of the whole room: the corpus of malformed scenarios, rendered reports, round trips, overrides.

mod corpus;
mod includes;
mod overrides;
mod reports;
mod round_trip;
mod sweep;

use super::{Report, Scenario, read, show};

/// The scenario of the main job, whose keys are fixed.
const SNAPSHOT: &str = r#"
title    = "flood on a snapshot"
seed     = 1
duration = "10 min"
[topology.file]
path = "p2p-Gnutella08.txt"      # relative to the scenario file; peers are the file's nodes, labels kept
[underlay.latency.constant]
one_way = "50 ms"
[overlay.gnutella]
version     = "0.4"
maintenance = "none"             # the graph stays as given
search.flood = { ttl = 4 }
[content]
items = 100
[workload.file]
path = "queries.csv"             # at_s,origin,item[,ttl]
"#;

/// A scenario in which nearly every table occurs.
const RICH: &str = r#"
title    = "Gnutella 0.4 in 2001"
seed     = 9223372036854775807
duration = "2 h"
warm_up  = "20 min"
[observe]
truth = "sample"
[peers]
count = 10_000
[[peers.group]]
name  = "modem"
share = 0.3
link  = { down = "56 kbit/s", up = "33.6 kbit/s" }
free_riders = 0.5
firewalled = 0.2
[[peers.group]]
name  = "cable"
share = 0.6
link  = { down = "1.5 Mbit/s", up = "16 KiB/s" }
corrupting = 0.01
churn = { session = { log_normal = { median = "30 min", sigma = 1.5 } }, absence.pareto = { shape = 2.5, minimum = "1 min" } }
[[peers.group]]
name  = "crowd"
count = 500
dormant = true
[peers.churn]
session.weibull     = { shape = 0.59, mean = "60 min" }
absence.exponential = { mean = "60 min" }
crash = 0.2
[underlay]
jitter.exponential = { mean = "3 ms" }
loss = 0.001
[underlay.latency.plane]
width = "4000 km"
base = "5.5 ms"
[topology.random]
mean_degree = 4
[overlay.gnutella]
search.walk = { walkers = 16, check_every = 0 }
degree = { min = 2, max = 11 }
[content]
items = 1000
size.log_normal = { median = "4 MB", sigma = 1 }
popularity.zipf = { exponent = 0.8, flat_head = 100 }
replicas.square_root = { per_peer = 20.5, holders = "skewed" }
[workload.poisson]
rate_per_peer = "0.7 /h"
from = "1 min"
[sharing]
verification = "bytes"
[[action]]
at = "30 min"
join = { group = "crowd", over = "1 min" }
[[action]]
at = "40 min"
depart = { share = 0.5, crash = 1, for = "10 min" }
[[action]]
at = "50 min"
remove_best_connected = { count = 30 }
[[action]]
at = "60 min"
partition = { shares = [0.5, 0.5] }
[[action]]
at = "61 min"
heal = {}
[[action]]
at = "62 min"
partition = { groups = [["modem"], ["cable", "crowd"]] }
"#;

/// Reads what must be readable.
fn good(text: &str) -> Scenario {
    read("test.toml", text, &[]).unwrap_or_else(|report| panic!("{report}"))
}

/// Reads what must be refused.
fn bad(text: &str, overrides: &[&str]) -> Report {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    match read("test.toml", text, &overrides) {
        Ok(scenario) => panic!("this was read:\n{text}\nas\n{}", show(&scenario)),
        Err(report) => report,
    }
}
