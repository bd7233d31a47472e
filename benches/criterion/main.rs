//! What the parts of the program cost, and the program as a whole: `cargo bench`, or `cargo bench -- NAME` for some.
//!
//! | name | measures |
//! | --- | --- |
//! | `queue` | the pending event set alone |
//! | `window` | one shard's window: taking, ordering and handing out events |
//! | `phold`, `flood` | the bare engine with trivial peers |
//! | `duplicates` | a servent that gets queries, most of which it has seen |
//! | `random` | making random streams and drawing from them |
//! | `digest` | noting an event and a message |
//! | `flows` | the flow solver, as transfers start and end |
//! | `floods`, `walks` | whole runs of scenarios, without reading and building them |
//!
//! A whole `cargo bench` takes about five minutes. Times depend on the machine and on what else it does: to tell two
//! versions of the program apart, `benches/instructions.sh` counts instead, and `benches/compare.sh` measures against a
//! yardstick that runs in turn.

mod digest;
mod engine;
mod flows;
mod queue;
mod random;
mod search;
mod whole;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use servent::engine::Seed;

const SEED: Seed = Seed {
    seed: 1,
    replication: 0,
};

/// Short measurements: the parts do the same every time, and long runs take what time they need.
fn short() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
}

criterion_group! {
    name = benches;
    config = short();
    targets = queue::hold, engine::window, engine::hold, engine::flood, search::duplicates, random::streams, random::draws,
        digest::notes, flows::turnover, whole::floods, whole::walks
}
criterion_main!(benches);
