//! Scenarios drawn at random: whatever can be combined is, and both engines must leave the same bytes.
//!
//! `EQUALITY_SEEDS=1000..2000 cargo test equality::drawn` hunts further.

use std::fmt::Write as _;

use servent::engine::{Draw, Purpose, Seed};

use super::engines::{by_engine, by_reference, differences, lab};

/// Draws parts of a scenario.
struct Author<D: Draw> {
    draw: D,
    text: String,
}

impl<D: Draw> Author<D> {
    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.draw.position(choices.len())]
    }

    /// One choice, on a line of its own; nothing for an empty one.
    fn line(&mut self, choices: &[&str]) {
        let choice = self.pick(choices);
        if !choice.is_empty() {
            writeln!(self.text, "{choice}").unwrap();
        }
    }

    fn lines(&mut self, lines: &[&[&str]]) {
        for choices in lines {
            self.line(choices);
        }
    }

    fn fact(&mut self, fact: &str) {
        self.line(&[fact]);
    }
}

/// A scenario of a few thousand to a few ten thousand events.
fn drawn(seed: u64) -> String {
    let draw = Seed { seed, replication: 0 }.stream(Purpose::Protocol, 1);
    let mut author = Author {
        draw,
        text: String::new(),
    };
    writeln!(author.text, "title = \"drawn\"\nseed = {seed}").unwrap();
    author.lines(&[
        &[
            "duration = \"2 min\"",
            "duration = \"100 s\"",
            "duration = \"123456789013 ns\"",
        ],
        &["", "warm_up = \"20 s\""],
    ]);
    observe(&mut author);
    let (is_open, has_file) = peers(&mut author);
    underlay(&mut author, has_file);
    let has_topology = author.text.contains("[topology");
    overlay(&mut author, has_topology);
    content(&mut author);
    let has_origins = has_file && !is_open;
    if has_origins && author.draw.chance(0.4) {
        author.fact("[workload.file]\npath = \"asks.csv\"");
    } else {
        author.fact("[workload.poisson]");
        author.line(&["rate_per_peer = \"30 /h\"", "rate_per_peer = \"100 /h\""]);
        author.line(&["", "from = \"11 s\"", "until = \"80 s\""]);
    }
    if author.draw.chance(0.8) {
        sharing(&mut author);
    }
    for _ in 0..author.draw.below(6) {
        action(&mut author);
    }
    author.line(&[
        "",
        "[[action]]\nat = \"31 s\"\npartition.shares = [0.3, 0.7]\n[[action]]\nat = \"47 s\"\nheal = {}",
    ]);
    author.text
}

fn observe(author: &mut Author<impl Draw>) {
    author.fact("[observe]");
    author.lines(&[
        &["", "truth = \"sample\""],
        &["", "sample_every = \"1 s\"", "sample_every = \"777777777 ns\""],
    ]);
}

/// Whether the population is open, and whether the topology comes from a file of 200 nodes.
fn peers(author: &mut Author<impl Draw>) -> (bool, bool) {
    let is_open = author.draw.chance(0.15);
    let has_file = author.draw.chance(0.3);
    let count = if has_file {
        200 + author.draw.below(3)
    } else {
        30 + author.draw.below(60)
    };
    writeln!(author.text, "[peers]\ncount = {count}").unwrap();
    for (name, share) in [("one", "0.6"), ("two", "0.4")] {
        writeln!(author.text, "[[peers.group]]\nname = \"{name}\"\nshare = {share}").unwrap();
        author.lines(&[
            &[
                "",
                "link = { down = \"8 Mbit/s\", up = \"8 Mbit/s\" }",
                "link = { down = \"56 kbit/s\", up = \"33.6 kbit/s\" }",
                "link = { down = \"1 Gbit/s\", up = \"7 bit/s\" }",
                "link = { down = \"500 kbit/s\", up = \"123457 bit/s\" }",
            ],
            &["", "firewalled = 0.5"],
            &["", "corrupting = 0.3"],
            &["", "free_riders = 0.5"],
            &["", "share_finished = false"],
            &["", "", "always_online = true"],
        ]);
    }
    let churn = [
        "session.fixed = { length = \"20 s\" }\nabsence.fixed = { length = \"10 s\" }",
        "session.exponential = { mean = \"40 s\" }\nabsence.exponential = { mean = \"20 s\" }",
        "session.weibull = { shape = 0.4, mean = \"30 s\" }\nabsence.uniform = { max = \"20 s\" }",
        "session.uniform = { max = \"2 s\" }\nabsence.uniform = { max = \"1 s\" }",
    ];
    if is_open {
        author.fact("[peers.arrivals.poisson]\nrate = \"1 /s\"\ncrash = 0.5");
        author.line(&[
            "session.exponential = { mean = \"20 s\" }",
            "session.fixed = { length = \"10 s\" }",
        ]);
    } else if author.draw.chance(0.2) {
        author.fact("[peers.sessions]\npath = \"sessions.txt\"\nassign = \"random\"\nrepeat = true");
        author.line(&["", "offset = \"30 s\""]);
    } else if author.draw.chance(0.7) {
        author.fact("[peers.churn]");
        author.lines(&[
            &churn,
            &["crash = 0", "crash = 0.5", "crash = 1"],
            &["", "start = \"fresh\""],
        ]);
    }
    if has_file {
        author.line(&[
            "[topology.file]\npath = \"links.txt\"",
            "[topology.file]\npath = \"close.txt\"",
        ]);
    } else {
        author.line(&[
            "",
            "[topology.random]\nmean_degree = 4",
            "[topology.ring]",
            "[topology.star]",
        ]);
    }
    (is_open, has_file)
}

fn underlay(author: &mut Author<impl Draw>, has_file: bool) {
    author.fact("[underlay]");
    author.lines(&[
        &["", "loss = 0.1"],
        &["", "retransmission_timeout = \"50 ms\""],
        &[
            "",
            "jitter.uniform = { max = \"30 ms\" }",
            "jitter.exponential = { mean = \"2 ms\" }",
        ],
    ]);
    let edges = [
        "[underlay.latency.edges]\nunit = \"ns\"\notherwise = \"1 ns\"",
        "[underlay.latency.edges]\nunit = \"us\"\notherwise = \"5 ms\"",
        "[underlay.latency.edges]\nunit = \"ms\"\notherwise = \"1 s\"",
    ];
    let others = [
        "[underlay.latency.constant]\none_way = \"1 s\"",
        "[underlay.latency.constant]\none_way = \"64 ms\"",
        "[underlay.latency.constant]\none_way = \"3 ns\"",
        "[underlay.latency.plane]",
        "[underlay.latency.matrix]\npath = \"matrix.txt\"\nkind = \"one_way\"\nsame_site = \"1 ms\"\nmissing = \"median\"",
    ];
    if has_file && author.draw.chance(0.7) {
        author.line(&edges);
    } else {
        author.line(&others);
    }
}

fn overlay(author: &mut Author<impl Draw>, has_topology: bool) {
    author.fact("[overlay.gnutella]");
    author.lines(&[
        &["", "", "", if has_topology { "maintenance = \"none\"" } else { "" }],
        &[
            "search.flood = { ttl = 3 }",
            "search.flood = { ttl = 7 }",
            "search.walk = { walkers = 4, ttl = 30, check_every = 0 }",
            "search.walk = { walkers = 3, ttl = 50, check_every = 1, check_timeout = \"1 s\", avoid_return = false }",
            "search.walk = { walkers = 5, ttl = 40, check_every = 7 }",
        ],
        &["", "degree = { min = 1, max = 2 }", "degree = { min = 5, max = 30 }"],
        &["ping = { ttl = 1, every = \"5 s\" }", "ping = { ttl = 3, every = \"20 s\" }", "ping = { ttl = 2, every = \"1 min\" }"],
        &["", "idle_timeout = \"4 s\""],
        &["", "connect_timeout = \"1 s\"", "connect_timeout = \"10 ms\""],
        &["", "guid_expiry = \"1 s\"", "guid_expiry = \"5 s\""],
        &["", "known_addresses = 2"],
        &["", "host_cache = { addresses_kept = 4, addresses_given = 2, retry = \"1 s\", retry_max = \"3 s\" }"],
    ]);
}

fn content(author: &mut Author<impl Draw>) {
    author.fact("[content]\nitems = 50");
    author.lines(&[
        &[
            "size.fixed = { size = \"100 kB\" }",
            "size.uniform = { max = \"60 kB\" }",
            "size.fixed = { size = \"1 B\" }",
        ],
        &["", "popularity.uniform = {}"],
        &[
            "replicas.uniform = { per_item = 3 }",
            "replicas.square_root = { per_peer = 4 }",
            "",
        ],
    ]);
}

fn sharing(author: &mut Author<impl Draw>) {
    author.fact("[sharing]");
    author.lines(&[
        &["", "chunk = \"10 kB\"", "chunk = \"3 kB\""],
        &["hit_wait = \"1 s\"", "hit_wait = \"3 s\"", "hit_wait = \"0 s\""],
        &["", "sources_max = 1", "sources_max = 9"],
        &["", "candidates_max = 0"],
        &["", "pipeline = 4"],
        &[
            "",
            "upload_slots = 1\nqueue_max = 0",
            "upload_slots = 1\nqueue_max = 2",
        ],
        &["busy_retry = \"3 s\"", "busy_retry = \"7 s\"\nbusy_retries = 1"],
        &["", "queue_poll = \"2 s\""],
        &["", "response_timeout = \"3 s\""],
        &["", "call_back_timeout = \"2 s\""],
        &["", "slot_idle = \"2 s\""],
        &["", "transfer_timeout = \"2 s\"", "transfer_timeout = \"5 s\""],
        &["", "corrupt_chunks_max = 3"],
        &["", "search_retries = 3"],
        &["", "share_partial = true"],
        &["", "source_order = \"random\""],
        &["", "verification = \"bytes\""],
    ]);
}

fn action(author: &mut Author<impl Draw>) {
    author.fact("[[action]]");
    author.lines(&[
        &[
            "at = \"20 s\"",
            "at = \"30 s\"",
            "at = \"33333333333 ns\"",
            "at = \"50 s\"",
            "at = \"0 s\"",
            "at = \"100 s\"",
        ],
        &[
            "partition.shares = [0.5, 0.5]",
            "partition.groups = [[\"one\"], [\"two\"]]",
            "depart = { share = 0.5, crash = 0.5, for = \"5 s\" }",
            "depart = { count = 5, for = \"1 ns\" }",
            "depart = { count = 10, group = \"two\", crash = 1 }",
            "remove_best_connected = { count = 5, for = \"10 s\" }",
            "remove_best_connected = { share = 0.05 }",
        ],
    ]);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how many to draw is asked of the developer"
)]
fn drawn_scenarios_agree() {
    let seeds = std::env::var("EQUALITY_SEEDS").unwrap_or_else(|_| "0..16".to_owned());
    let (from, to) = seeds.split_once("..").unwrap();
    let mut events = 0;
    let mut report = String::new();
    for seed in from.parse::<u64>().unwrap()..to.parse().unwrap() {
        let toml = drawn(seed);
        let compared = std::panic::catch_unwind(|| {
            let lab = lab(&toml);
            let expected = by_reference(&lab);
            let found: String = [1, 2]
                .into_iter()
                .map(|threads| differences(&by_engine(&lab, threads).files, &expected.files))
                .collect();
            (expected.events, found)
        });
        match compared {
            Ok((more, found)) if found.is_empty() => events += more,
            Ok((_, found)) => writeln!(report, "seed {seed} differs:\n{found}\n{toml}").unwrap(),
            Err(_) => writeln!(report, "seed {seed} panics:\n{toml}").unwrap(),
        }
    }
    println!("{events} events");
    assert!(report.is_empty(), "{report}");
}
