//! Whole runs: scenarios of frozen random networks with floods and walks, from the built model to the end of the run.
//! Reading and building, rows and files are left out. One element is one event.

use std::iter;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, SamplingMode, Throughput};
use servent::engine::{Draw, Purpose, Verdict};
use servent::experiment::{Witness, play};
use servent::scenario::build::{Files, Model, build};
use servent::scenario::{self, Scenario};

use super::SEED;

/// The one file that the scenarios name: queries, a second apart, for an item that nobody holds.
struct Queries(String);

impl Queries {
    fn of(peers: u32, queries: u32) -> Self {
        let mut draw = SEED.small(Purpose::Workload, 1);
        let rows = (0..queries).map(|second| format!("{second},{},0", draw.below(u64::from(peers))));
        let head = "at_s,origin,item".to_owned();
        Self(iter::once(head).chain(rows).collect::<Vec<_>>().join("\n"))
    }
}

impl Files for Queries {
    fn read(&mut self, _: &'static str, _: &str, _: u64) -> Result<Vec<u8>, String> {
        Ok(self.0.clone().into_bytes())
    }
}

struct Silent;

impl Witness for Silent {
    fn window_closed(&mut self, _: u64, _: u64) -> Verdict {
        Verdict::Continue
    }
}

fn scenario(peers: u32, duration_s: u32, search: &str) -> Scenario {
    let text = format!(
        r#"
        duration = "{duration_s} s"
        peers.count = {peers}
        topology.random.mean_degree = 8
        underlay.latency.plane = {{}}
        content.items = 1
        workload.file.path = "queries.csv"
        [overlay.gnutella]
        version = "0.4"
        maintenance = "none"
        {search}
        "#
    );
    match scenario::read("bench.toml", &text, &[]) {
        Ok(scenario) => scenario,
        Err(report) => panic!("{}", report.render(false)),
    }
}

fn model(scenario: &Scenario, queries: &mut Queries) -> Model {
    build(scenario, 0, queries).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn measure(criterion: &mut Criterion, name: &str, cases: &[(u32, u32, u32)], search: &str) {
    let mut group = criterion.benchmark_group(name);
    group
        .sample_size(10)
        .sampling_mode(SamplingMode::Flat)
        .warm_up_time(Duration::from_millis(1))
        .measurement_time(Duration::from_millis(500));
    for &(peers, count, duration_s) in cases {
        let scenario = scenario(peers, duration_s, search);
        let mut queries = Queries::of(peers, count);
        let events = play(model(&scenario, &mut queries), 1, &mut Silent).events;
        group.throughput(Throughput::Elements(events));
        group.bench_function(BenchmarkId::from_parameter(format!("{peers} peers")), |bencher| {
            bencher.iter_batched(
                || model(&scenario, &mut queries),
                |model| play(model, 1, &mut Silent),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// Floods of seven hops.
pub(super) fn floods(criterion: &mut Criterion) {
    let cases = [(10_000, 10, 20), (100_000, 2, 10), (1_000_000, 1, 10)];
    measure(criterion, "floods", &cases, "search.flood = { ttl = 7 }");
}

/// 100 walkers per query, a thousand steps each.
pub(super) fn walks(criterion: &mut Criterion) {
    let cases = [(10_000, 4, 100), (100_000, 4, 100), (1_000_000, 4, 100)];
    let search = "search.walk = { walkers = 100, ttl = 1000, check_every = 0 }";
    measure(criterion, "walks", &cases, search);
}
