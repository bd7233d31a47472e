//! Hybrids of flooding and a distributed hash table against their parts, and against what is published of them.
//!
//! All runs of a test play the same world: who holds what and who asks for what, when, does not depend on the overlay.

use std::fmt::Write as _;

use servent::records::{HybridRow, QueryRow};

use crate::support::{Done, Lab, scenario};

/// Peers on a random graph, of which a query reaches less than a tenth; a Zipf law of popularity by which most items have few
/// copies.
#[derive(Clone)]
struct World {
    common: String,
    servents: String,
}

const KADEMLIA: &str = "bucket_contacts = 5\nstorage.replicas = 3\n";
const QUERIES: &str = "[workload.poisson]\nrate_per_peer = \"10 /h\"\nfrom = \"1 min\"\nuntil = \"4 min\"\n";

impl World {
    fn new(peers: u32, ttl: u32, workload: &str) -> Self {
        Self {
            common: format!(
                "title = \"{peers} peers\"\nseed = 5\nduration = \"5 min\"\nobserve.sample_every = \"5 min\"\n\
                 [peers]\ncount = {peers}\n[underlay.latency.constant]\none_way = \"50 ms\"\n\
                 [content]\nitems = {}\nreplicas.proportional = {{ per_item = 6 }}\n{workload}",
                peers / 2
            ),
            servents: format!("maintenance = \"none\"\nsearch.flood.ttl = {ttl}\n"),
        }
    }

    /// A horizon of some 80 of 1,000 peers.
    fn large() -> Self {
        Self::new(1000, 3, QUERIES)
    }

    /// A horizon of some 20 of 200 peers.
    fn small() -> Self {
        Self::new(200, 2, QUERIES)
    }

    /// Flooding alone.
    fn flooding(&self) -> Lab {
        scenario(&format!(
            "{}[topology.random]\nmean_degree = 4\n[overlay.gnutella]\n{}",
            self.common, self.servents
        ))
    }

    /// Kademlia alone.
    fn kademlia(&self) -> Lab {
        scenario(&format!("{}[overlay.kademlia]\n{KADEMLIA}", self.common))
    }

    /// Both under a policy.
    fn hybrid(&self, search: &str, publish: &str) -> Lab {
        scenario(&format!(
            "{}[topology.random]\nmean_degree = 4\n[overlay.hybrid]\nsearch.{search}\npublish.{publish}\n\
             [overlay.hybrid.unstructured.gnutella]\n{}[overlay.hybrid.structured.kademlia]\n{KADEMLIA}",
            self.common, self.servents
        ))
    }
}

/// Of the queries that were asked, how many found nothing.
fn empty(done: &Done) -> usize {
    let queries = done.queries();
    let asked = queries.iter().filter(|row| row.outcome.is_asked());
    asked.filter(|row| row.hits == 0).count()
}

/// Bytes of everything that the structured part sent.
fn structured_bytes(done: &Done) -> i128 {
    let names = done.summary.metrics().keys();
    let kinds = names.filter(|name| name.starts_with("bytes_sent_dht_"));
    kinds.map(|name| done.integer(name)).sum()
}

const RARE: &str = "rare.oracle.replicas_max = 6";
const ALL: &str = "all = {}";

/// Loo et al. 2004: at least half of the queries that flooding leaves without a result are answered, at less than twice what
/// it costs to publish the rare items. The horizon is the same, for the floods are the very same ones. What publishing costs is
/// what the structured overlay sends with it more than without, nothing being asked of it; what the hybrid costs is all that its
/// structured part sends more than its upkeep: what it publishes, and what it is asked.
#[test]
fn rare_items_in_the_structured_overlay_halve_the_queries_without_result() {
    let world = World::large();
    let alone = world.flooding().run_once();
    let quiet = |publish| structured_bytes(&world.hybrid("unstructured_only = {}", publish).run_once());
    let upkeep = quiet("nothing = {}");
    let publishing = |publish| quiet(publish) - upkeep;
    let (rare, all) = (publishing(RARE), publishing(ALL));
    println!(
        "flooding alone: {} of {} without a result; to publish what is rare costs {rare} bytes, all {all}",
        empty(&alone),
        alone.queries().len()
    );
    for publish in [
        RARE,
        "rare.sampled_hits = { holders_max = 0, listen = \"2 min\" }",
        ALL,
    ] {
        let joined = world.hybrid("unstructured_first = {}", publish).run_once();
        let cost = structured_bytes(&joined) - upkeep;
        let cut = 1.0 - empty(&joined) as f64 / empty(&alone) as f64;
        println!(
            "publish.{publish}: {} without a result ({:.1} % fewer), {} put to the structured overlay; \
             publishing and lookups: {cost} bytes, {:.2} times what publishing the rare items costs",
            empty(&joined),
            100.0 * cut,
            joined.integer("queries_put_to_structured"),
            cost as f64 / rare as f64
        );
        assert!(cut >= 0.5, "{cut}");
        // What little traffic lets peers see of hits is not enough to tell much of what is common.
        assert_eq!(cost < 2 * rare, publish == RARE, "{cost} and {rare}");
        assert!(publish == ALL || cost < all, "{cost} and {all}");
    }
}

/// Peers that hear enough tell by themselves what is rare: after ten minutes in which everybody asks once a minute, no query is
/// left without a result, at less than twice what it costs to publish what is really rare, where a peer goes by the other
/// holders in the hits that it saw. Going by words costs about twice, and by four neighbours more: they know little.
#[test]
fn peers_that_hear_enough_tell_what_is_rare() {
    let queries =
        "keywords = {}\n[workload.poisson]\nrate_per_peer = \"60 /h\"\nfrom = \"10 s\"\nuntil = \"15 min\"\n";
    let mut world = World::new(1000, 3, queries);
    world.common = world
        .common
        .replace("duration = \"5 min\"", "duration = \"16 min\"");
    let cost = |done: &Done| {
        let names = done.summary.metrics().keys();
        let sampling = names.filter(|name| name.starts_with("bytes_sent_sample_"));
        structured_bytes(done) + sampling.map(|name| done.integer(name)).sum::<i128>()
    };
    let quiet = |publish| cost(&world.hybrid("unstructured_only = {}", publish).run_once());
    let late = |done: &Done| {
        let queries = done.queries();
        let late = queries
            .iter()
            .filter(|row| row.outcome.is_asked() && row.issued_ns >= 720_000_000_000);
        let empty = late.clone().filter(|row| row.hits == 0).count();
        (empty, late.count())
    };
    let nothing = world.hybrid("unstructured_only = {}", "nothing = {}").run_once();
    let (upkeep, (empty, asked)) = (cost(&nothing), late(&nothing));
    let rare = quiet(RARE) - upkeep;
    println!(
        "flooding alone: {empty} of {asked} without a result; to publish what is rare costs {rare} bytes"
    );
    for (publish, times_max) in [
        ("rare.sampled_hits = { holders_max = 0 }", 2.0),
        ("rare.term_frequency = { share_max = 0.01 }", 2.1),
        ("rare.sampled_neighbours = { holders_max = 0 }", 2.9),
    ] {
        let times = (quiet(publish) - upkeep) as f64 / rare as f64;
        let (left, _) = late(
            &world
                .hybrid("unstructured_first = { wait = \"10 s\" }", publish)
                .run_once(),
        );
        println!(
            "publish.{publish}: {left} without a result, {times:.2} times what publishing the rare items costs"
        );
        assert!(2 * left <= empty, "{left} and {empty}");
        assert!(times < times_max, "{times}");
    }
}

/// `both` finds for every query what either overlay finds by itself, and in the time of the quicker one.
#[test]
fn asking_both_finds_what_either_finds() {
    let world = World::small();
    let (flood, dht) = (world.flooding().run().queries(), world.kademlia().run().queries());
    let both = world.hybrid("both = {}", "all = {}").run();
    assert_eq!(both.queries().len(), flood.len());
    let mut by_one_only = [0, 0];
    for ((both, flood), dht) in both.queries().iter().zip(&flood).zip(&dht) {
        assert_eq!((both.origin, both.item), (flood.origin, flood.item));
        assert_eq!(both.hits, flood.hits + dht.hits, "query {}", both.query);
        let quicker = [flood, dht].iter().filter_map(|row| row.first_hit_ns).min();
        assert_eq!(both.first_hit_ns, quicker, "query {}", both.query);
        by_one_only[0] += usize::from(flood.hits > 0 && dht.hits == 0);
        by_one_only[1] += usize::from(dht.hits > 0 && flood.hits == 0);
    }
    println!(
        "found by flooding only: {}, by the DHT only: {}",
        by_one_only[0], by_one_only[1]
    );
    assert!(by_one_only[1] > 0, "{by_one_only:?}");
}

/// A hybrid that never asks its structured part is the unstructured overlay, to the last message; here with peers that come and
/// go, look after their links and draw whom they connect to.
#[test]
fn without_its_structured_part_a_hybrid_is_the_unstructured_overlay() {
    let world = r#"
title    = "eighty peers that come and go"
seed     = 6
duration = "20 min"
[peers]
count = 80
[peers.churn]
session.exponential = { mean = "12 min" }
absence.exponential = { mean = "4 min" }
crash = 0.5
[underlay.latency.plane]
[content]
items = 60
replicas.uniform = { per_item = 3 }
[workload.poisson]
rate_per_peer = "10 /h"
"#;
    const SERVENTS: &str = "search.flood.ttl = 2\nping = { ttl = 2, every = \"2 min\" }\n";
    let alone = scenario(&format!("{world}[overlay.gnutella]\n{SERVENTS}")).run();
    let joined = scenario(&format!(
        "{world}[overlay.hybrid]\nsearch.unstructured_only = {{}}\npublish.nothing = {{}}\n\
         [overlay.hybrid.unstructured.gnutella]\n{SERVENTS}[overlay.hybrid.structured.kademlia]\nbucket_contacts = 4\n"
    ))
    .run();
    assert!(alone.integer("queries_hit") > 0);
    assert!(
        structured_bytes(&joined) > 0,
        "it looks after itself all the same"
    );
    assert_eq!(alone.queries(), joined.queries());
    // Service nodes have sessions, too, so that those of the churn channel differ.
    let workload = |done: &Done| done.summary.digests()["workload"].clone();
    assert_eq!(workload(&alone), workload(&joined));
    for kind in [
        "ping",
        "pong",
        "query",
        "query_hit",
        "push",
        "handshake",
        "host_cache",
    ] {
        let metric = format!("messages_sent_{kind}");
        assert_eq!(alone.integer(&metric), joined.integer(&metric), "{metric}");
    }
    let rows: Vec<HybridRow> = joined.table();
    assert!(
        rows.iter()
            .all(|row| row.structured_asked_ns.is_none() && row.structured_messages == 0)
    );
}

/// A hybrid that never floods is the structured overlay, but for how far the unstructured one would have gone, and for which keys
/// it looks up to refresh its buckets: these are drawn, and a hybrid's structured part has draws of its own.
#[test]
fn without_its_unstructured_part_a_hybrid_is_the_structured_overlay() {
    let world = World::small();
    let alone = world.kademlia().run();
    let joined = world.hybrid("structured_only = {}", "all = {}").run();
    let of_one = |rows: Vec<QueryRow>| -> Vec<QueryRow> {
        let rows = rows.into_iter().map(|row| QueryRow {
            ttl: None,
            reachable_replicas: None,
            ..row
        });
        rows.collect()
    };
    assert!(alone.integer("queries_hit") > 0);
    assert_eq!(of_one(alone.queries()), of_one(joined.queries()));
    for kind in ["find_value", "values", "store"] {
        let (theirs, ours) = (
            format!("messages_sent_{kind}"),
            format!("messages_sent_dht_{kind}"),
        );
        assert_eq!(alone.integer(&theirs), joined.integer(&ours), "{kind}");
    }
    assert_eq!(joined.integer("messages_sent_query"), 0);
}

/// A policy waits as long as it says, and asks only for what was not found.
#[test]
fn the_structured_overlay_is_asked_after_the_wait_and_only_if_need_be() {
    let world = World::small();
    for fewer_than in [1, 3] {
        let search = format!("unstructured_first = {{ wait = \"20 s\", fewer_than = {fewer_than} }}");
        let rows: Vec<HybridRow> = world.hybrid(&search, "all = {}").run().table();
        assert!(rows.iter().any(|row| row.structured_hits > 0));
        for row in rows {
            let wants = row.unstructured_hits < fewer_than;
            let asked_ns = wants.then_some(20_000_000_000);
            assert_eq!(row.structured_asked_ns, asked_ns, "query {}", row.query);
            assert!(wants || row.structured_messages == 0, "query {}", row.query);
        }
    }
}

/// What is put together from what is seen at many places (Loo et al. 2004: 18 % of the queries are without a result at one place,
/// 6 % at all of 30 together, so that at least 1 - 6/18 of them could have been answered): every item is asked for at many places,
/// and the hybrid answers at each at least what flooding answers at any.
#[test]
fn a_hybrid_answers_everywhere_what_flooding_answers_at_any_of_many_places() {
    const PLACES: u64 = 30;
    const ITEMS: [u64; 8] = [20, 60, 100, 150, 200, 300, 400, 499];
    let mut queries = String::from("at_s,origin,item\n");
    for (number, item) in (0_u64..).zip(ITEMS) {
        for place in 0..PLACES {
            let at_s = 20 + number * PLACES + place;
            // Every place is a peer of its own, and every item is asked for at others.
            writeln!(queries, "{at_s},{},{item}", (place * 33 + number * 7) % 1000).unwrap();
        }
    }
    let world = World::new(1000, 2, "[workload.file]\npath = \"queries.csv\"\n");
    let run = |lab: Lab| lab.file("queries.csv", &queries).run_once().queries();
    let (alone, joined) = (
        run(world.flooding()),
        run(world.hybrid("unstructured_first = {}", "all = {}")),
    );
    // Links are fixed and everybody is there: a flood finds something just where the truth has a copy within its reach.
    for row in &alone {
        assert_eq!(
            row.hits > 0,
            row.reachable_replicas > Some(0),
            "query {}",
            row.query
        );
    }
    let empty_share =
        |rows: &[QueryRow]| rows.iter().filter(|row| row.hits == 0).count() as f64 / rows.len() as f64;
    let empty_everywhere = ITEMS.iter().filter(|item| {
        let of_item = alone.iter().filter(|row| row.item == **item);
        of_item.clone().count() > 0 && of_item.into_iter().all(|row| row.hits == 0)
    });
    let at_one = empty_share(&alone);
    let in_union = empty_everywhere.count() as f64 / ITEMS.len() as f64;
    let by_hybrid = empty_share(&joined);
    let satisfiable = 1.0 - in_union / at_one;
    println!(
        "without a result: {:.1} % at one place, {:.1} % at all of {PLACES} together, {:.1} % with the hybrid at one; \
         {:.1} % of those at one place could have been answered",
        100.0 * at_one,
        100.0 * in_union,
        100.0 * by_hybrid,
        100.0 * satisfiable
    );
    assert!(at_one > in_union, "many places see more than one");
    assert!(satisfiable >= 0.5, "{satisfiable}");
    assert!(1.0 - by_hybrid / at_one >= satisfiable, "{by_hybrid}");
}

/// Only some peers are members of the structured overlay. The others have their items published by members and put their queries
/// to members: whatever is online and published is found all the same, and no message of the structured overlay comes from, or
/// goes to, anybody else.
#[test]
fn peers_that_are_no_members_take_part_through_members() {
    let world = |members: &str| {
        scenario(&format!(
            r#"
title    = "some are members"
seed     = 8
duration = "12 min"
warm_up  = "3 min"
[peers]
count = 120
[[peers.group]]
name  = "ultrapeer"
count = 24
[[peers.group]]
name  = "leaf"
count = 96
[topology.random]
mean_degree = 5
[underlay.latency.constant]
one_way = "50 ms"
[overlay.hybrid]
search.structured_only = {{}}
members.{members}
[overlay.hybrid.unstructured.gnutella]
maintenance = "none"
[overlay.hybrid.structured.kademlia]
bucket_contacts = 5
[content]
items = 60
replicas.uniform = {{ per_item = 2 }}
[workload.poisson]
rate_per_peer = "10 /h"
from          = "3 min"
until         = "11 min"
"#
        ))
        .run()
    };
    let (some, all) = (world("groups.names = [\"ultrapeer\"]"), world("all = {}"));
    for kind in ["member", "ask", "taken", "told", "publish"] {
        let metric = format!("messages_sent_gateway_{kind}");
        assert!(some.integer(&metric) > 0, "{metric}");
        assert_eq!(all.integer(&metric), 0, "{metric}");
    }
    let (some_rows, all_rows): (Vec<QueryRow>, Vec<QueryRow>) = (some.queries(), all.queries());
    assert_eq!(some_rows.len(), all_rows.len());
    let asked = some_rows
        .iter()
        .zip(&all_rows)
        .filter(|(row, _)| row.outcome.is_asked());
    let in_vain = asked.clone().filter(|(some, _)| some.hits == 0).count();
    println!("{in_vain} of {} without a result", asked.clone().count());
    assert!(asked.clone().count() > 50 && in_vain == 0);
    for (some, all) in asked {
        assert!(all.hits > 0, "query {}", all.query);
        // It is told of all others, the member that it asked included, and not of itself.
        assert_eq!(some.hits, some.live_replicas.unwrap(), "query {}", some.query);
    }
    // What leaves send: to announce nothing, to publish once, to ask for each of their queries.
    let leaves: Vec<_> = some
        .peers()
        .into_iter()
        .filter(|row| &*row.group == "leaf")
        .collect();
    let is_leaf = |origin| leaves.iter().any(|row| row.label == origin);
    let by_leaf = |row: &&QueryRow| row.outcome.is_asked() && is_leaf(row.origin);
    let asks = some_rows.iter().filter(by_leaf).count() as u64;
    let sharers = leaves.iter().filter(|row| row.shared_items_end > Some(0)).count() as u64;
    let sent: u64 = leaves.iter().map(|row| row.sent_messages).sum();
    assert_eq!(
        sent,
        asks + sharers,
        "nobody is asked in vain where nobody leaves"
    );
}
