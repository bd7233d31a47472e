//! Ways to find sources: trackers, a hash table, and peers that name sources to each other, alone and together.
//!
//! Every run is held against the reference engine and other numbers of threads, unless it is larger than others that are: see
//! `Lab::run`.

use std::fmt::Write as _;

use servent::records::{DownloadOutcome, DownloadRow, QueryRow, SourceRow};
use servent::sharing::QueryOutcome;

use crate::support::{Done, Lab, scenario};

const SECOND_NS: u64 = 1_000_000_000;

/// Peer 0 holds item 0 and is all that others can ask: their queries go one hop, and lead nowhere else.
const STAR: &str = r#"
duration = "30 min"
[underlay.latency.constant]
one_way = "50 ms"
[topology.star]
[overlay.gnutella]
maintenance = "none"
search.flood = { ttl = 1 }
[content]
items = 1
[content.replicas.file]
path = "replicas.csv"
[workload.file]
path = "queries.csv"
[sharing]
upload_slots = 8
queue_max = 60
sources_max = 8
"#;

/// A star whose peers ask for the item at these seconds, from number 1 on.
fn star(at_s: &[u64], rest: &str) -> Lab {
    let rest = if rest.contains("[peers.file]") {
        rest.to_owned()
    } else {
        format!("{rest}\n[peers]\ncount = {}\n", at_s.len() + 1)
    };
    let mut rows = String::from("at_s,origin,item,ttl\n");
    for (place, at_s) in at_s.iter().enumerate() {
        writeln!(rows, "{at_s},{},0,", place + 1).unwrap();
    }
    scenario(&format!("{STAR}\n{rest}"))
        .file("replicas.csv", "peer,item\n0,0\n")
        .file("queries.csv", rows)
}

/// Whoever comes asks the seed once, and is told of those that came before.
#[test]
fn questions_and_their_answers_are_those_expected() {
    let at_s = [10, 70, 130, 190, 250];
    let done = star(&at_s, "")
        .set("content.size.fixed.size=1 MiB")
        .set("sharing.source_exchange.preset=edonkey")
        // One question for each download, which lasts but some round trips.
        .set("sharing.source_exchange.few_sources=0")
        .run();
    let peers = at_s.len() as i128;
    assert_eq!(done.sent("sources_request"), (peers, peers * 22));
    // The first of them is told of nobody, and so gets no answer.
    let named: i128 = (0..peers).sum();
    assert_eq!(done.sent("sources"), (peers - 1, (peers - 1) * 24 + named * 28));
    let rows: Vec<SourceRow> = done.table();
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row.by_overlay, row.by_exchange, row.named, row.unfounded))
        .collect();
    assert_eq!(
        found,
        [
            (1, 0, 0, 0),
            (1, 1, 1, 0),
            (1, 2, 2, 0),
            (1, 3, 3, 0),
            (1, 4, 4, 0)
        ]
    );
    let delivered: Vec<u64> = rows.iter().map(|row| row.delivered_by_exchange).collect();
    assert!(delivered[1..].iter().all(|sources| *sources > 0), "{delivered:?}");
    let queries = done.queries();
    assert!(
        queries.iter().all(|query| query.hits == 1),
        "the overlay knows the seed only"
    );
    println!("delivered by sources that were named: {delivered:?}");
}

/// Whoever was served no longer than `remember` ago is named, and nobody else.
#[test]
fn the_served_are_remembered_for_as_long_as_is_said() {
    let done = star(&[10, 70, 130, 190, 250], "")
        .set("content.size.fixed.size=1 MiB")
        .set("sharing.source_exchange.few_sources=0")
        .set("sharing.source_exchange.remember=100 s")
        .run();
    let rows: Vec<SourceRow> = done.table();
    let named: Vec<u64> = rows.iter().map(|row| row.named).collect();
    assert_eq!(named, [0, 1, 1, 1, 1], "each the one who came a minute before");
}

/// The seed tells everybody at once of all others, when it has had a minute and they have a chunk each; nobody changes anything then.
#[test]
fn changes_are_told_once_a_minute_and_once_only() {
    let links = r#"
[[peers.group]]
name = "all"
share = 1.0
link = { down = "1 Mbit/s", up = "128 kbit/s" }
"#;
    let peers = 4_i128;
    let run = |set: &[&str]| {
        let lab = star(&[10; 4], links)
            .set("content.size.fixed.size=1 MiB")
            .set("sharing.chunk=64 KiB")
            // Nobody else can serve anything before it is done.
            .set("sharing.share_finished=false")
            .set("sharing.source_exchange.preset=pex");
        set.iter().fold(lab, |lab, set| lab.set(*set)).run()
    };
    let done = run(&[]);
    assert_eq!(done.sent("sources_request"), (0, 0));
    assert_eq!(done.sent("sources").0, peers);
    assert_eq!(done.sent("sources").1, peers * (44 + (peers - 1) * 7));
    let rows: Vec<SourceRow> = done.table();
    let others = u64::try_from(peers - 1).unwrap();
    for row in &rows {
        assert_eq!((row.by_overlay, row.by_exchange, row.named), (1, others, others));
        assert_eq!((row.delivered_by_exchange, row.unfounded), (0, 0));
    }
    let downloads: Vec<DownloadRow> = done.table();
    assert!(
        downloads
            .iter()
            .all(|row| row.outcome == DownloadOutcome::Completed)
    );
    // With two to a message it takes two minutes.
    let done = run(&["sharing.source_exchange.sources_max=2"]);
    assert_eq!(done.sent("sources").0, 2 * peers);
    assert_eq!(done.sent("sources").1, peers * (2 * 44 + (peers - 1) * 7));
    // Those to whom nobody can connect are named, and of no use.
    let done = run(&["peers.group.0.firewalled=1"]);
    let rows: Vec<SourceRow> = done.table();
    assert!(rows.iter().all(|row| (row.by_exchange, row.named) == (0, others)));
    let done = run(&[
        "peers.group.0.firewalled=1",
        "sharing.source_exchange.name_firewalled=false",
    ]);
    assert_eq!(done.sent("sources"), (0, 0));
}

/// Bits of the file, and rates in bit/s, of the swarm below.
const FILE_BITS: f64 = 2e6 * 8.0;
const SEED_BPS: f64 = 512e3;
const UP_BPS: f64 = 256e3;
const DOWN_BPS: f64 = 2e6;

/// The access links of the seed, which is peer 0, and of so many others.
fn links(others: usize) -> String {
    let mut rows = format!("peer,down_bps,up_bps\n0,{DOWN_BPS},{SEED_BPS}\n");
    for peer in 1..=others {
        writeln!(rows, "{peer},{DOWN_BPS},{UP_BPS}").unwrap();
    }
    rows
}

/// When the last of a swarm has the file, in seconds from when the first asked, where the overlay knows of the seed alone. They come
/// two seconds apart: who asks a source for others before that has served anybody is told of nobody, and may ask again much later.
fn swarm(peers: usize, set: &[&str]) -> (f64, Vec<SourceRow>) {
    let at_s: Vec<u64> = (0..peers as u64).map(|place| 10 + 2 * place).collect();
    let lab = star(&at_s, "[peers.file]\npath = \"peers.csv\"\n")
        .file("peers.csv", links(peers))
        .set("duration=90 min")
        .set("content.size.fixed.size=2 MB")
        .set("sharing.chunk=64 KiB")
        .set("sharing.share_partial=true")
        .set("sharing.busy_retry=10 s")
        .set("sharing.busy_retries=1000")
        .set("sharing.source_order=random")
        .set("sharing.upload_slots=4");
    let done = set.iter().fold(lab, |lab, set| lab.set(*set)).run_once();
    let downloads: Vec<DownloadRow> = done.table();
    assert_eq!(downloads.len(), peers);
    let finished = |row: &DownloadRow| row.finished_ns.unwrap_or_else(|| panic!("{row:?}"));
    let last_ns = downloads.iter().map(finished).max().unwrap();
    let rows = if set.is_empty() { Vec::new() } else { done.table() };
    ((last_ns - 10 * SECOND_NS) as f64 / 1e9, rows)
}

#[test]
fn a_swarm_is_done_sooner_when_sources_name_others_and_no_sooner_than_fluid() {
    const PEERS: usize = 60;
    let peers = PEERS as f64;
    let bound_s = (FILE_BITS / SEED_BPS)
        .max(2.0 * (peers - 1.0) + FILE_BITS / DOWN_BPS)
        .max(peers * FILE_BITS / (SEED_BPS + peers * UP_BPS));
    let (alone_s, _) = swarm(PEERS, &[]);
    // The seed's uplink is all there is.
    assert!(
        alone_s >= peers * FILE_BITS / SEED_BPS,
        "{alone_s} s without exchange"
    );
    for preset in ["edonkey", "pex"] {
        let set = format!("sharing.source_exchange.preset={preset}");
        let (with_s, rows) = swarm(PEERS, &[&set]);
        let by_exchange: u64 = rows.iter().map(|row| row.by_exchange).sum();
        println!(
            "{preset}: {with_s:.1} s, without {alone_s:.1} s, bound {bound_s:.1} s; {:.1} sources found by exchange for each",
            by_exchange as f64 / peers
        );
        assert!(with_s >= bound_s, "{preset}: {with_s} s");
        assert!(with_s < 0.5 * alone_s, "{preset}: {with_s} s of {alone_s} s");
        assert!(rows.iter().all(|row| row.unfounded == 0));
    }
}

/// A seed, twelve who ask for its file at 10 s, and four that ask at 400 s.
const FLOCK: &str = r#"
duration = "40 min"
[peers.file]
path = "peers.csv"
[underlay.latency.constant]
one_way = "50 ms"
[content]
items = 1
size.fixed = { size = "4 MB" }
[content.replicas.file]
path = "replicas.csv"
[workload.file]
path = "queries.csv"
[sharing]
share_partial = true
announce_partial = true
"#;
const EARLY: usize = 12;

/// What a flock found.
struct Flock {
    /// Hits of those that asked first, and those that asked later.
    early_hits: Vec<u64>,
    late_hits: Vec<u64>,
    /// Peers that delivered, for each of the first.
    sources: Vec<u64>,
    /// Sources that those were told of by others of the swarm.
    by_exchange: Vec<u64>,
    /// When the last of the first had the file, in seconds.
    done_s: f64,
}

fn flock(rest: &str, with_exchange: bool) -> Flock {
    let mut queries = String::from("at_s,origin,item,ttl\n");
    for peer in 1..=16 {
        let at_s = if peer <= EARLY { 10 } else { 400 };
        writeln!(queries, "{at_s},{peer},0,").unwrap();
    }
    let lab = scenario(&format!("{FLOCK}{rest}"))
        .file("peers.csv", links(16))
        .file("replicas.csv", "peer,item\n0,0\n")
        .file("queries.csv", queries);
    let lab = if with_exchange {
        lab.set("sharing.source_exchange.preset=pex")
    } else {
        lab
    };
    let done = lab.run();
    let queries: Vec<QueryRow> = done.queries();
    let downloads: Vec<DownloadRow> = done.table();
    let early: Vec<&DownloadRow> = downloads.iter().filter(|row| row.query < EARLY as u64).collect();
    assert_eq!(early.len(), EARLY);
    let is_complete = |row: &&DownloadRow| row.outcome == DownloadOutcome::Completed;
    assert!(early.iter().all(is_complete), "{early:?}");
    let rows: Vec<SourceRow> = if with_exchange { done.table() } else { Vec::new() };
    assert!(rows.iter().all(|row| row.unfounded == 0));
    let of_early = |row: &&SourceRow| early.iter().any(|download| download.download == row.download);
    let hits = |rows: &[QueryRow]| rows.iter().map(|row| row.hits).collect();
    assert!(
        queries
            .iter()
            .all(|row| (row.outcome == QueryOutcome::Hit) == (row.hits > 0))
    );
    let last_ns = early.iter().filter_map(|row| row.finished_ns).max().unwrap();
    Flock {
        early_hits: hits(&queries[..EARLY]),
        late_hits: hits(&queries[EARLY..]),
        sources: early.iter().map(|row| row.sources).collect(),
        by_exchange: rows.iter().filter(of_early).map(|row| row.by_exchange).collect(),
        done_s: last_ns as f64 / 1e9 - 10.0,
    }
}

fn mean(numbers: &[u64]) -> f64 {
    numbers.iter().sum::<u64>() as f64 / numbers.len().max(1) as f64
}

/// The tracker of the flock dies before anybody but the seed has anything.
#[test]
fn trackers_tables_and_exchange_find_sources_alone_and_together() {
    const TRACKER: &str = "[overlay.tracker]\n";
    const KILLED: &str = "[overlay.tracker]\n[[action]]\nat = \"15 s\"\nfail_servers = { share = 1.0 }\n";
    const TABLE: &str = "[overlay.kademlia]\npreset = \"mainline\"\n";
    // The nodes by which peers join the table stay.
    const BOTH_KILLED: &str = "[overlay.hybrid]\nsearch.both = {}\n[overlay.hybrid.unstructured.tracker]\n\
         [overlay.hybrid.structured.kademlia]\npreset = \"mainline\"\n\
         [[action]]\nat = \"15 s\"\nfail_servers = { share = 1.0, kind = \"tracker\" }\n";
    let runs = [
        ("tracker", TRACKER),
        ("tracker, killed at 15 s", KILLED),
        ("hash table", TABLE),
        ("tracker, killed at 15 s, and hash table", BOTH_KILLED),
    ]
    .map(|(name, overlay)| {
        [false, true].map(|with_exchange| {
            let found = flock(overlay, with_exchange);
            println!(
                "{name}{}: hits {:.1} and later {:.1}, delivering sources {:.1}, told of by exchange {:.1}, done after {:.0} s",
                if with_exchange { " + exchange" } else { "" },
                mean(&found.early_hits),
                mean(&found.late_hits),
                mean(&found.sources),
                mean(&found.by_exchange),
                found.done_s
            );
            found
        })
    });
    let [tracker, killed, table, both_killed] = &runs;
    // While it lives it tells of others those that fetch, and those that come.
    assert!(mean(&tracker[0].early_hits) > 2.0 && mean(&tracker[0].sources) > 2.0);
    assert!(tracker[0].late_hits.iter().all(|hits| *hits >= EARLY as u64));
    // When it is dead, nobody who comes finds anything.
    for found in killed {
        assert!(found.early_hits.iter().all(|hits| *hits == 1));
        assert!(found.late_hits.iter().all(|hits| *hits == 0));
    }
    // Those already there know the seed, and no more unless they tell each other.
    assert!(killed[0].sources.iter().all(|sources| *sources == 1));
    assert!(killed[1].by_exchange.iter().all(|sources| *sources > 1));
    assert!(killed[1].sources.iter().all(|sources| *sources > 1));
    assert!(killed[1].done_s < 0.75 * killed[0].done_s);
    // A table tells whoever comes of everybody, and those already there of nobody more.
    assert!(table[0].sources.iter().all(|sources| *sources == 1));
    assert!(table[0].late_hits.iter().all(|hits| *hits >= EARLY as u64 / 2));
    assert!(table[1].sources.iter().all(|sources| *sources > 1));
    assert!(table[1].done_s < 0.75 * table[0].done_s);
    // With both, whoever comes later finds what the table knows, and those already there go on by exchange.
    for found in both_killed {
        assert!(found.late_hits.iter().all(|hits| *hits >= EARLY as u64 / 2));
    }
    assert!(both_killed[1].done_s < 0.75 * both_killed[0].done_s);
}

/// An index is told of parts when there are any, where that is wanted, and takes them off when the download is given up.
#[test]
fn parts_are_found_where_they_are_announced() {
    let run = |announces: bool| {
        scenario(FLOCK)
            .set(format!("sharing.announce_partial={announces}"))
            .set("overlay.central.preset=napster")
            .file("peers.csv", links(16))
            .file("replicas.csv", "peer,item\n0,0\n")
            // The first fetches for more than a minute, at the seed's rate.
            .file(
                "queries.csv",
                "at_s,origin,item,ttl\n10,1,0,\n50,2,0,\n400,3,0,\n",
            )
            .run()
    };
    let of = |done: &Done| {
        let rows = done.queries();
        let count = |value: fn(&QueryRow) -> u64| rows.iter().map(value).collect::<Vec<u64>>();
        (count(|row| row.hits), count(|row| row.live_replicas.unwrap()))
    };
    let (announced, kept) = (run(true), run(false));
    assert_eq!(of(&announced), (vec![1, 2, 3], vec![1, 2, 3]));
    // Whoever has a part would answer, and counts as live; but only the seed and those that are done are known.
    assert_eq!(of(&kept), (vec![1, 1, 3], vec![1, 2, 3]));
    // The seed, two with their first chunk each, and one that is soon done besides.
    assert_eq!(announced.sent("offer").0, kept.sent("offer").0);
}
