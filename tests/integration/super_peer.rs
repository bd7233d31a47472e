//! Super-peers: what is said, what it costs, what is found, and what happens when super-peers are gone.
//!
//! Runs are held against the reference engine and other numbers of threads: see `Lab::run`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use servent::records::QueryRow;
use servent::sharing::QueryOutcome;

use crate::support::{Done, Lab, scenario};

/// Edges of a graph of super-peers, numbered from 0, that hangs together.
struct Tier {
    super_peers: u32,
    edges: BTreeSet<(u32, u32)>,
}

/// Each linked with its next and next but one on a ring.
fn circulant(super_peers: u32) -> Tier {
    let edges = (0..super_peers).flat_map(|one| [1, 2].map(|step| (one, (one + step) % super_peers)));
    let edges = edges.map(|(one, other)| (one.min(other), one.max(other)));
    Tier {
        super_peers,
        edges: edges.collect(),
    }
}

/// A ring, and as many links besides as there are super-peers, between whichever a simple generator names.
fn irregular(super_peers: u32) -> Tier {
    let mut edges: BTreeSet<(u32, u32)> = (1..super_peers).map(|one| (one - 1, one)).collect();
    edges.insert((0, super_peers - 1));
    let mut state = 1_u32;
    while edges.len() < 2 * super_peers as usize {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (one, other) = ((state >> 16) % super_peers, (state >> 8) % super_peers);
        if one != other {
            edges.insert((one.min(other), one.max(other)));
        }
    }
    Tier { super_peers, edges }
}

/// The same graph as a file, with leaves, numbered behind, each at one super-peer.
fn with_leaves(tier: &Tier, leaves: u32) -> String {
    let mut text = String::new();
    for (one, other) in &tier.edges {
        writeln!(text, "{one} {other}").unwrap();
    }
    for leaf in 0..leaves {
        // Some have many leaves and some have none.
        let home = (leaf * leaf) % tier.super_peers;
        writeln!(text, "{} {home}", tier.super_peers + leaf).unwrap();
    }
    text
}

const TIERS: &str = r#"
title    = "two tiers"
duration = "3 min"
[topology.file]
path = "graph.txt"
[peers.file]
path = "peers.csv"
[[peers.group]]
name = "ultrapeers"
[[peers.group]]
name = "leaves"
[underlay.latency.constant]
one_way = "20 ms"
[content]
items = 4
[content.replicas.file]
path = "replicas.csv"
[workload.file]
path = "queries.csv"
"#;

/// Holders of items 0 to 3: nobody, five leaves, every other leaf, all leaves; of the last super-peer 0 besides.
fn holders(tier: &Tier, leaves: u32, item: u32) -> Vec<u32> {
    let all = (0..leaves).map(|leaf| tier.super_peers + leaf);
    match item {
        0 => Vec::new(),
        1 => all.take(5).collect(),
        2 => all.step_by(2).collect(),
        _ => all.chain([0]).collect(),
    }
}

/// Runs queries for all items from several leaves over an overlay, and gives a row a query.
fn tiers(tier: &Tier, leaves: u32, overlay: &str) -> Vec<QueryRow> {
    let mut replicas = String::from("peer,item\n");
    let mut queries = String::from("at_s,origin,item,ttl\n");
    for item in 0..4 {
        for holder in holders(tier, leaves, item) {
            writeln!(replicas, "{holder},{item}").unwrap();
        }
        for (place, leaf) in [0, 3, leaves - 1].into_iter().enumerate() {
            let at_s = 20 + 30 * item + 10 * u32::try_from(place).unwrap();
            writeln!(queries, "{at_s},{},{item},", tier.super_peers + leaf).unwrap();
        }
    }
    let mut peers = String::from("peer,down_bps,up_bps,group\n");
    for peer in 0..tier.super_peers + leaves {
        let group = if peer < tier.super_peers {
            "ultrapeers"
        } else {
            "leaves"
        };
        writeln!(peers, "{peer},1000000000000,1000000000000,{group}").unwrap();
    }
    let done = scenario(&format!("{TIERS}{overlay}"))
        .file("peers.csv", peers)
        .file("graph.txt", with_leaves(tier, leaves))
        .file("replicas.csv", replicas)
        .file("queries.csv", queries)
        .run();
    let rows = done.queries();
    assert_eq!(rows.len(), 12);
    rows
}

/// A query that a leaf asks, in a full flood over super-peers, costs its way to the super-peer, the flood among super-peers and, with
/// routing tables, a message to each other leaf that has what is asked for. Where leaves are servents like all others it costs one to
/// each other leaf.
#[test]
fn two_tiers_cost_exactly_what_they_ought_to() {
    let leaves = 60;
    for tier in [circulant(12), irregular(20)] {
        let links = tier.edges.len() as u64;
        let among = 2 * links - (u64::from(tier.super_peers) - 1);
        let overlay = |index: &str| {
            format!(
                "[overlay.super_peer]\nindex = \"{index}\"\nttl = 60\nout_degree = 1\nclients_max = 100\n\
                 start.groups = {{ names = [\"ultrapeers\"] }}\n"
            )
        };
        let routing = tiers(&tier, leaves, &overlay("routing"));
        let metadata = tiers(&tier, leaves, &overlay("metadata"));
        let flat = "[overlay.gnutella]\nmaintenance = \"none\"\nsearch.flood = { ttl = 60 }\n";
        let flat = tiers(&tier, leaves, flat);
        for ((routing, metadata), flat) in routing.iter().zip(&metadata).zip(&flat) {
            let (origin, item) = (u32::try_from(routing.origin).unwrap(), routing.item);
            let all = holders(&tier, leaves, u32::try_from(item).unwrap());
            let others: Vec<u32> = all.into_iter().filter(|holder| *holder != origin).collect();
            let matching = others.iter().filter(|holder| **holder >= tier.super_peers);
            let matching = matching.count() as u64;
            println!(
                "{} super-peers, {links} links, {leaves} leaves, item {item}: routing {}, metadata {}, flat {}",
                tier.super_peers, routing.query_messages, metadata.query_messages, flat.query_messages
            );
            assert_eq!(routing.query_messages, 1 + among + matching);
            assert_eq!(metadata.query_messages, 1 + among);
            assert_eq!(flat.query_messages, 1 + among + u64::from(leaves) - 1);
            let saving = flat.query_messages - routing.query_messages;
            assert_eq!(saving, u64::from(leaves) - 1 - matching);
            // Each holder is found once, whoever speaks for it, and equally far away.
            for row in [routing, metadata, flat] {
                assert_eq!(row.hits, others.len() as u64, "{row:?}");
                assert_eq!(row.reachable_replicas, row.live_replicas, "{row:?}");
                assert_eq!(row.first_hit_hops, flat.first_hit_hops);
            }
            assert_eq!(metadata.reached_peers, u64::from(tier.super_peers));
            assert_eq!(routing.reached_peers, u64::from(tier.super_peers) + matching);
            let duplicates = 2 * (links - u64::from(tier.super_peers) + 1);
            for row in [routing, metadata, flat] {
                assert_eq!(row.duplicate_messages, duplicates, "{row:?}");
            }
        }
    }
}

/// A network in which nobody leaves.
const STILL: &str = r#"
title    = "design knobs"
duration = "15 min"
[underlay.latency.constant]
one_way = "20 ms"
[overlay.super_peer]
start.groups   = { names = ["super"] }
keep_alive     = "10 min"
addresses_given = 1
[content]
items = 200
popularity.uniform = {}
replicas.uniform = { per_peer = 8 }
[workload.poisson]
rate_per_peer = "8 /h"
from          = "1 min"
until         = "14 min"
"#;

/// What a design costs and gives.
#[derive(Debug)]
struct Load {
    /// Bytes per second that all peers send.
    aggregate: f64,
    /// Bytes per second that a super-peer sends and gets, on average.
    individual: f64,
    hits: u64,
    query_messages: u64,
    /// Of the first hit, on average over queries that had one.
    hops: f64,
    /// Smallest share of the holders that a query finds.
    recall_min: f64,
}

impl Load {
    fn of(done: &Done) -> Self {
        let seconds = 900.0;
        let (peers, queries) = (done.peers(), done.queries());
        let sent = |row: &servent::records::PeerRow| row.sent_bytes as f64;
        let super_peers: Vec<_> = peers.iter().filter(|row| &*row.group == "super").collect();
        let both = super_peers
            .iter()
            .map(|row| sent(row) + row.received_bytes as f64);
        let hops: Vec<u32> = queries.iter().filter_map(|row| row.first_hit_hops).collect();
        let recall = queries.iter().filter(|row| row.live_replicas > Some(0));
        let recall = recall.map(|row| row.hits as f64 / row.live_replicas.unwrap() as f64);
        Self {
            aggregate: peers.iter().map(sent).sum::<f64>() / seconds,
            individual: both.sum::<f64>() / super_peers.len() as f64 / seconds,
            hits: queries.iter().map(|row| row.hits).sum(),
            query_messages: queries.iter().map(|row| row.query_messages).sum(),
            hops: f64::from(hops.iter().sum::<u32>()) / hops.len() as f64,
            recall_min: recall.fold(1.0, f64::min),
        }
    }
}

/// A design of 240 peers: sizes of clusters, super-peers in each, neighbours, TTL.
fn design(keys: &[&str], cluster_size: u32, redundancy: u32, out_degree: u32, ttl: u32) -> Load {
    let super_peers = 240 / cluster_size * redundancy;
    let groups = format!(
        "[[peers.group]]\nname = \"super\"\ncount = {super_peers}\n[[peers.group]]\nname = \"client\"\ncount = {}\n",
        240 - super_peers
    );
    let lab = scenario(&format!("{STILL}{groups}"));
    let done = keys
        .iter()
        .fold(lab, |lab, key| lab.set(*key))
        .set(format!("overlay.super_peer.cluster_size={cluster_size}"))
        .set(format!("overlay.super_peer.redundancy={redundancy}"))
        .set(format!("overlay.super_peer.out_degree={out_degree}"))
        .set(format!("overlay.super_peer.ttl={ttl}"))
        .run_once();
    Load::of(&done)
}

/// The same with the smallest TTL with which every query finds everything.
fn reaching_all(keys: &[&str], cluster_size: u32, out_degree: u32) -> (u32, Load) {
    let designs = (1..20).map(|ttl| (ttl, design(keys, cluster_size, 1, out_degree, ttl)));
    let mut reaching = designs.filter(|(_, load)| load.recall_min > 0.999_999);
    reaching.next().expect("the graph hangs together")
}

fn per_cent(new: f64, old: f64) -> f64 {
    100.0 * (new / old - 1.0)
}

/// Yang and Garcia-Molina (2003), rule 1.
#[test]
fn larger_clusters_lower_the_aggregate_load_and_raise_the_individual() {
    let loads: Vec<(u32, u32, Load)> = [6, 12, 24]
        .into_iter()
        .map(|size| {
            let (ttl, load) = reaching_all(&[], size, 4);
            (size, ttl, load)
        })
        .collect();
    for (size, ttl, load) in &loads {
        println!(
            "clusters of {size}, TTL {ttl}: {:.0} B/s of all, {:.0} B/s of a super-peer, {} hits",
            load.aggregate, load.individual, load.hits
        );
        assert_eq!(load.hits, loads[0].2.hits, "every design finds everything");
    }
    for pair in loads.windows(2) {
        let (small, large) = (&pair[0].2, &pair[1].2);
        assert!(large.aggregate < small.aggregate);
        assert!(large.individual > small.individual);
    }
}

/// Rule 2.
#[test]
fn partners_halve_the_individual_load_at_little_cost() {
    // A query every 108 s, as theirs; nobody joins but at the start, which is as often as theirs do.
    let keys = ["workload.poisson.rate_per_peer=\"33 /h\""];
    let (ttl, one) = reaching_all(&keys, 24, 4);
    let two = design(&keys, 24, 2, 4, ttl);
    println!(
        "two partners: {:.1} % of a super-peer's bandwidth (published -48), {:+.1} % of all (published +2.5)",
        per_cent(two.individual, one.individual),
        per_cent(two.aggregate, one.aggregate)
    );
    assert_eq!(two.hits, one.hits);
    assert!((-60.0..-35.0).contains(&per_cent(two.individual, one.individual)));
    assert!((0.0..8.0).contains(&per_cent(two.aggregate, one.aggregate)));
}

/// Rules 3 and 4.
#[test]
fn more_neighbours_and_no_larger_a_ttl_than_needed() {
    // Paths show where few have what is asked for, and count where answers are most of the traffic.
    let many_answers = ["content.items=20", "content.name_bytes=100"];
    let compare = |keys: &[&str]| {
        let (few_ttl, few) = reaching_all(keys, 6, 4);
        let (many_ttl, many) = reaching_all(keys, 6, 10);
        for (degree, ttl, load) in [(4, few_ttl, &few), (10, many_ttl, &many)] {
            println!(
                "{keys:?}, out-degree {degree}, TTL {ttl}: {:.3} hops to the first hit, {:.1} bytes a result, {} query messages",
                load.hops,
                load.aggregate * 900.0 / load.hits as f64,
                load.query_messages
            );
        }
        assert!(many_ttl < few_ttl);
        assert_eq!(many.hits, few.hits);
        (few, many, many_ttl)
    };
    let (few, many, _) = compare(&[]);
    assert!(many.hops < 0.95 * few.hops);
    let (few, many, ttl) = compare(&many_answers);
    assert!(many.hops < few.hops);
    assert!(many.aggregate < few.aggregate);
    let too_far = design(&many_answers, 6, 1, 10, ttl + 2);
    println!(
        "out-degree 10, TTL {}: {:+.1} % bytes of all for the same {} hits",
        ttl + 2,
        per_cent(too_far.aggregate, many.aggregate),
        too_far.hits
    );
    assert_eq!(too_far.hits, many.hits);
    assert!(too_far.query_messages > many.query_messages && too_far.aggregate > many.aggregate);
}

/// A network of many, of whom each shares.
const LARGE: &str = r#"
title    = "super-peers"
duration = "20 min"
[peers]
count = 200
[[peers.group]]
name  = "slow"
share = 0.4
link  = { down = "56 kbit/s", up = "33 kbit/s" }
[[peers.group]]
name       = "fast"
share      = 0.6
firewalled = 0.2
link       = { down = "1 Mbit/s", up = "256 kbit/s" }
[underlay.latency.plane]
width = "6000 km"
base  = "5 ms"
[overlay.super_peer]
cluster_size = 20
out_degree   = 6
ttl          = 4
uptime_min   = "1 min"
[content]
items = 300
replicas.uniform = { per_item = 5 }
[workload.poisson]
rate_per_peer = "20 /h"
from = "10 s"
"#;

fn minutes(row: &QueryRow) -> f64 {
    row.issued_ns as f64 / 60e9
}

/// Of what was there when it was asked for by somebody online, between two minutes: the share of queries with an answer, and that of holders named.
fn found(rows: &[QueryRow], from: f64, until: f64) -> (f64, f64) {
    let meant = rows.iter().filter(|row| {
        let is_asked = matches!(row.outcome, QueryOutcome::Hit | QueryOutcome::NoHit);
        is_asked && (from..until).contains(&minutes(row)) && row.live_replicas > Some(0)
    });
    let (mut queries, mut hit, mut live, mut named) = (0, 0, 0, 0);
    for row in meant {
        queries += 1;
        hit += u32::from(row.outcome == QueryOutcome::Hit);
        live += row.live_replicas.unwrap();
        named += row.hits;
    }
    assert!(queries > 20, "{queries} queries between {from} and {until}");
    (f64::from(hit) / f64::from(queries), named as f64 / live as f64)
}

const CHURN: &str = "[peers.churn]\nsession.exponential = { mean = \"15 min\" }\nabsence.exponential = { mean = \"5 min\" }\ncrash = 0.5\n";

fn with_churn(rest: &str) -> Lab {
    scenario(&format!("{LARGE}\n{CHURN}{rest}"))
}

#[test]
fn under_churn_nearly_everything_is_found() {
    for set in [
        &["overlay.super_peer.index=metadata"][..],
        &["overlay.super_peer.index=routing"],
        &["overlay.super_peer.redundancy=2"],
        &["overlay.super_peer.start={organic={}}"],
    ] {
        let lab = set.iter().fold(with_churn(""), |lab, key| lab.set(*key));
        let done = lab.run();
        // Those who begin without super-peers have to wait for the first.
        let (success, recall) = found(&done.queries(), 8.0, 19.0);
        let degrees: Vec<u64> = done.peers().iter().filter_map(|row| row.degree_end).collect();
        let super_peers = degrees.iter().filter(|degree| **degree > 3).count();
        println!(
            "{set:?}: {:.1} % of queries, {:.1} % of holders; {super_peers} super-peers of {} peers",
            100.0 * success,
            100.0 * recall,
            degrees.len()
        );
        assert!(success > 0.93, "{success}");
        assert!((0.8..1.1).contains(&recall), "{recall}");
        // Clusters of twenty are aimed at; they have from half as many to half as many again, and more super-peers with partners.
        let clusters = degrees.len() as f64 / 20.0;
        let found_clusters = super_peers as f64
            / if set[0].ends_with("redundancy=2") {
                2.0
            } else {
                1.0
            };
        assert!(
            (0.6 * clusters..2.2 * clusters).contains(&found_clusters),
            "{super_peers}"
        );
    }
}

/// Clients of a super-peer that crashed notice within a keep-alive and a time-out, and are with another soon after: a minute and ten
/// seconds, and some attempts of five seconds.
#[test]
fn clients_of_a_crashed_super_peer_are_found_again_within_two_minutes() {
    let groups =
        "[[peers.group]]\nname = \"super\"\ncount = 6\n[[peers.group]]\nname = \"client\"\ncount = 114\n";
    let rest = "[[action]]\nat = \"8 min\"\ndepart = { count = 1, group = \"super\", crash = 1.0 }\n";
    for redundancy in [1, 2] {
        let toml = format!(
            "title = \"a crash\"\nduration = \"15 min\"\n{groups}[underlay.latency.constant]\none_way = \"30 ms\"\n\
             [overlay.super_peer]\ncluster_size = {}\nredundancy = {redundancy}\nstart.groups = {{ names = [\"super\"] }}\n\
             out_degree = 4\nttl = 4\nuptime_min = \"1 min\"\n[content]\nitems = 100\nreplicas.uniform = {{ per_item = 4 }}\n\
             [workload.poisson]\nrate_per_peer = \"60 /h\"\nfrom = \"10 s\"\n{rest}",
            20 * redundancy
        );
        let rows = scenario(&toml).run().queries();
        let (before, during, after) = (
            found(&rows, 1.0, 7.9),
            found(&rows, 8.0, 9.0),
            found(&rows, 10.0, 14.9),
        );
        println!(
            "{redundancy} super-peers a cluster: holders named before {:.3}, in the first minute {:.3}, after two {:.3}",
            before.1, during.1, after.1
        );
        assert!((0.999..=1.001).contains(&before.1), "{before:?}");
        assert!(during.1 < 0.99, "{during:?}");
        assert!((0.999..=1.001).contains(&after.1), "{after:?}");
    }
}

/// The best connected are the super-peers: without them nothing is found until others have taken their places.
#[test]
fn the_network_recovers_from_the_loss_of_all_super_peers() {
    let rest = "[[action]]\nat = \"8 min\"\nremove_best_connected = { count = 20 }\n";
    let rows = with_churn(rest).run().queries();
    let (before, during, after) = (
        found(&rows, 3.0, 7.9),
        found(&rows, 8.0, 9.0),
        found(&rows, 14.0, 19.9),
    );
    println!(
        "success before {:.3}, in the first minute {:.3}, after six {:.3}",
        before.0, during.0, after.0
    );
    assert!(before.0 > 0.93 && after.0 > 0.93, "{before:?} {after:?}");
    assert!(during.0 < 0.3, "{during:?}");
}
