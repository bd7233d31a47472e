//! Memory: the estimate of a run against the peak that the program had, and refusals.
//!
//! `cargo test --release --test integration slow_memory_estimate -- --ignored --nocapture` prints both for scenarios of
//! many kinds and sizes. Where the engine's or an overlay's things change in size the prices follow by themselves; the
//! measured factors stand in `src/scenario/estimate/`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::program::servent;
use crate::support::shared;

/// How far the estimate may be from the peak.
const TOLERANCE: f64 = 0.25;
/// The same where a few MiB of the program itself weigh most, and builds differ.
const TOLERANCE_SMALL: f64 = 0.4;

/// A scenario with its files.
struct Case {
    name: &'static str,
    toml: String,
    files: Vec<(&'static str, String)>,
}

/// Vigna's `splitmix64`.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % bound
    }
}

const CONSTANT: &str = "[underlay.latency.constant]\none_way = \"10 ms\"";
const PLANE: &str = "[underlay.latency.plane]\nwidth = \"9000 km\"\nbase = \"20 ms\"";
const FROZEN: &str = "[overlay.gnutella]\nmaintenance = \"none\"";
const CHURN: &str = "[peers.churn]\nsession.exponential = { mean = \"20 min\" }\n\
                     absence.exponential = { mean = \"20 min\" }\ncrash = 0.2";
const ACCESS: &str = "[[peers.group]]\nname = \"all\"\nshare = 1.0\n\
                      link = { down = \"2 Mbit/s\", up = \"512 kbit/s\" }";

fn case(name: &'static str, duration: &str, peers: u64, rest: &[&str]) -> Case {
    let toml = format!(
        "duration = \"{duration}\"\nobserve.truth = \"off\"\n[peers]\ncount = {peers}\n{}\n",
        rest.join("\n")
    );
    Case {
        name,
        toml,
        files: Vec::new(),
    }
}

impl Case {
    fn file(mut self, name: &'static str, text: String) -> Self {
        self.files.push((name, text));
        self
    }
}

/// So many queries at a distance of so many milliseconds.
fn queries(count: u64, peers: u64, gap_ms: u64) -> String {
    let mut draw = Draw(1);
    let mut rows = String::from("at_s,origin,item,ttl\n");
    for query in 0..count {
        let (at_ms, origin) = (query * gap_ms, draw.below(peers));
        writeln!(rows, "{}.{:03},{origin},0,7", at_ms / 1000, at_ms % 1000).unwrap();
    }
    rows
}

/// A structured overlay whose nodes come and go, and look up keys.
fn nodes(name: &'static str, overlay: &str, peers: u64) -> Case {
    let lookups = "[workload.random_lookups]\nrate_per_peer = \"6 /h\"";
    case(name, "30 min", peers, &[CHURN, PLANE, overlay, lookups])
}

/// Floods over a frozen graph.
fn floods(
    name: &'static str,
    peers: u64,
    topology: &str,
    latency: &str,
    (count, gap_ms): (u64, u64),
) -> Case {
    let duration = format!("{} s", count * gap_ms / 1000 + 10);
    let workload = "[content]\nitems = 1\n[workload.file]\npath = \"queries.csv\"";
    case(name, &duration, peers, &[topology, latency, FROZEN, workload])
        .file("queries.csv", queries(count, peers, gap_ms))
}

/// An edge list with latencies from 10 ms to 100 ms.
fn edges(peers: u64, degree: u64) -> String {
    let mut draw = Draw(2);
    let mut lines = String::new();
    for _ in 0..peers * degree / 2 {
        let (from, step) = (draw.below(peers), 1 + draw.below(peers - 1));
        let latency_ns = 10_000_000 + draw.below(90_000_001);
        writeln!(lines, "{from}\t{}\t{latency_ns}", (from + step) % peers).unwrap();
    }
    lines
}

fn transfers(count: u64, peers: u64) -> Case {
    let mut draw = Draw(3);
    let mut rows = String::from("flow,at_s,source,sink,size_bytes,after\n");
    for flow in 0..count {
        let (source, step) = (draw.below(peers), 1 + draw.below(peers - 1));
        let (sink, bytes) = ((source + step) % peers, 10_000 + draw.below(1_000_000));
        let at_ms = flow * 5;
        writeln!(
            rows,
            "f{flow},{}.{:03},{source},{sink},{bytes},",
            at_ms / 1000,
            at_ms % 1000
        )
        .unwrap();
    }
    let workload = "[workload.transfers]\npath = \"transfers.csv\"";
    case("bare transfers", "20 min", peers, &[ACCESS, CONSTANT, workload]).file("transfers.csv", rows)
}

fn sharing(peers: u64, duration: &str) -> Case {
    let content = "[content]\nitems = 2000\nsize.fixed = { size = \"1 MiB\" }\n\
                   popularity.zipf = { exponent = 0.8 }\nreplicas.proportional = { per_peer = 10 }\n\
                   [workload.poisson]\nrate_per_peer = \"1 /h\"\n[sharing]";
    let search = "search.flood = { ttl = 4 }";
    let topology = "[topology.random]\nmean_degree = 4";
    case(
        "file sharing",
        duration,
        peers,
        &[ACCESS, topology, CONSTANT, FROZEN, search, content],
    )
}

fn walks(peers: u64) -> Case {
    let search = "search.walk = { walkers = 16, ttl = 64 }";
    let content = "[content]\nitems = 5000\nreplicas.square_root = { per_peer = 5 }\n\
                   [workload.poisson]\nrate_per_peer = \"0.3 /h\"";
    let topology = "[topology.random]\nmean_degree = 6";
    case(
        "walks",
        "2 min",
        peers,
        &[topology, PLANE, FROZEN, search, content],
    )
}

fn churn(name: &'static str, peers: u64, duration: &str, more: &str) -> Case {
    let overlay = "[overlay.gnutella]\nsearch.flood = { ttl = 4 }";
    case(name, duration, peers, &[CHURN, more, PLANE, overlay])
}

/// Files found through index servers.
fn indexes(name: &'static str, peers: u64, duration: &str) -> Case {
    let content = "[overlay.central]\npreset = \"edonkey\"\n[content]\nitems = 20000\n\
                   size.fixed = { size = \"1 MiB\" }\nreplicas.proportional = { per_peer = 40 }\n\
                   [workload.poisson]\nrate_per_peer = \"2 /h\"\n[sharing]";
    case(name, duration, peers, &[ACCESS, CHURN, CONSTANT, content])
}

/// Files found through super-peers.
fn super_peers(name: &'static str, peers: u64, duration: &str) -> Case {
    let content = "[overlay.super_peer]\nout_degree = 10\nuptime_min = \"1 min\"\n[content]\nitems = 20000\n\
                   size.fixed = { size = \"1 MiB\" }\nreplicas.proportional = { per_peer = 40 }\n\
                   [workload.poisson]\nrate_per_peer = \"2 /h\"\n[sharing]";
    case(name, duration, peers, &[ACCESS, CHURN, CONSTANT, content])
}

/// Files fetched from a server.
fn served(peers: u64) -> Case {
    let content = "[overlay.client_server]\nlink = { down = \"1 Gbit/s\", up = \"1 Gbit/s\" }\n[content]\n\
                   items = 1000\nsize.fixed = { size = \"1 MiB\" }\nreplicas.uniform = { per_peer = 1 }\n\
                   [workload.poisson]\nrate_per_peer = \"2 /h\"\n[sharing]";
    case(
        "client and server",
        "30 min",
        peers,
        &[ACCESS, CHURN, CONSTANT, content],
    )
}

fn books(peers: u64) -> Case {
    let overlay = "search.flood = { ttl = 2 }\n[content]\nitems = 100\nreplicas.uniform = { per_peer = 1 }\n\
                   [workload.poisson]\nrate_per_peer = \"6 /h\"";
    case(
        "books of many queries",
        "24 h",
        peers,
        &["[topology.ring]", CONSTANT, FROZEN, overlay],
    )
}

/// Expected and measured peak of a run, in MiB, the former as the program prints it.
fn measure(place: &Path, arguments: &str) -> (f64, f64) {
    let mibibytes = |word: &str| {
        word.parse::<f64>()
            .unwrap_or_else(|_| panic!("a number, not {word}"))
    };
    let table = servent(place, &format!("run --estimate {arguments}")).says();
    let sums = table.lines().filter(|line| line.starts_with("sum while"));
    let sums = sums.map(|line| mibibytes(line.split_whitespace().last().unwrap()));
    let expected = sums.fold(0.0, f64::max);
    let ended = servent(
        place,
        &format!("run --quiet --threads 2 --out result {arguments}"),
    )
    .end();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let text = fs::read_to_string(place.join("result/provenance.json")).unwrap();
    let provenance: serde_json::Value = serde_json::from_str(&text).unwrap();
    let peak = provenance["peak_rss_bytes"]
        .as_f64()
        .expect("this system tells the peak");
    (expected, peak / f64::from(1 << 20))
}

/// Prints a line a case, and gives those that are off by more than `tolerance`.
fn compare(cases: Vec<Case>, tolerance: f64) -> Vec<String> {
    let mut off = Vec::new();
    println!(
        "{:<32}{:>14}{:>10}{:>8}",
        "scenario", "estimate MiB", "peak MiB", "ratio"
    );
    for case in cases {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("scenario.toml"), &case.toml).unwrap();
        for (name, text) in &case.files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        off.extend(judge(
            case.name,
            measure(folder.path(), "scenario.toml"),
            tolerance,
        ));
    }
    off
}

fn judge(name: &str, (expected, peak): (f64, f64), tolerance: f64) -> Option<String> {
    let ratio = expected / peak;
    let line = format!("{name:<32}{expected:>14.1}{peak:>10.1}{ratio:>8.2}");
    println!("{line}");
    ((ratio - 1.0).abs() > tolerance).then_some(line)
}

#[test]
#[cfg(target_os = "linux")]
fn the_estimate_is_near_the_peak_of_small_runs() {
    let cases = vec![
        floods(
            "floods, 5,000",
            5_000,
            "[topology.regular]\ndegree = 8",
            CONSTANT,
            (60, 100),
        ),
        churn("churn, 2,000", 2_000, "5 min", ""),
        transfers(20_000, 2_000),
        books(500),
        indexes("index servers, 2,000", 2_000, "5 min"),
        super_peers("super-peers, 2,000", 2_000, "5 min"),
    ];
    let off = compare(cases, TOLERANCE_SMALL);
    assert!(off.is_empty(), "{}", off.join("\n"));
}

#[test]
#[cfg(target_os = "linux")]
#[ignore = "slow: up to a million peers"]
fn slow_memory_estimate() {
    let random = "[topology.random]\nmean_degree = 8";
    let by_link = "[topology.file]\npath = \"edges.txt\"\n[underlay.latency.edges]\nunit = \"ns\"";
    let cases = vec![
        floods("a few peers", 200, "[topology.ring]", CONSTANT, (5, 1000)),
        floods(
            "floods, 10,000",
            10_000,
            "[topology.regular]\ndegree = 8",
            CONSTANT,
            (100, 1000),
        ),
        floods("floods, 100,000", 100_000, random, PLANE, (20, 1000)),
        floods("floods, 1,000,000", 1_000_000, random, CONSTANT, (4, 1000)),
        floods(
            "a burst of floods, 20,000",
            20_000,
            "[topology.power_law.preferential]\nlinks = 3",
            PLANE,
            (200, 10),
        ),
        floods("an edge list of 400,000", 100_000, "", by_link, (20, 1000))
            .file("edges.txt", edges(100_000, 8)),
        case(
            "idle, 1,000,000",
            "100 s",
            1_000_000,
            &[
                "[topology.small_world]\nneighbours = 4\nrewired = 0.1",
                CONSTANT,
                FROZEN,
            ],
        ),
        walks(100_000),
        churn("churn, 10,000", 10_000, "20 min", ""),
        churn(
            "churn, 100,000",
            100_000,
            "1 min",
            "[topology.random]\nmean_degree = 4",
        ),
        transfers(100_000, 20_000),
        sharing(10_000, "30 min"),
        books(2_000),
        nodes("Kademlia", "[overlay.kademlia]", 20_000),
        nodes("Chord", "[overlay.chord]", 20_000),
        indexes("index servers", 20_000, "20 min"),
        served(20_000),
        super_peers("super-peers", 20_000, "20 min"),
    ];
    let mut off = compare(cases, TOLERANCE);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shipped = |name: &str, more: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = root.join("scenarios").join(name);
        let figures = measure(folder.path(), &format!("{} {more}", path.display()));
        judge(name, figures, TOLERANCE)
    };
    off.extend(shipped("gnutella-2001.toml", "--set duration=40min"));
    for overlay in ["kademlia", "chord", "bittorrent", "overnet", "hybrid"] {
        off.extend(shipped(&format!("compare/{overlay}.toml"), "--set duration=5min"));
    }
    if shared("data/gnutella/p2p-Gnutella08.txt").is_some() {
        off.extend(shipped("gnutella-snapshot.toml", "--set duration=4h"));
    }
    // An estimate is no promise: of two dozen very different runs it may miss one by more than a quarter.
    assert!(off.len() <= 1, "{}", off.join("\n"));
}

/// A million peers in a folder of their own.
fn large(more: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "duration = \"1 min\"\n[peers]\ncount = 1_000_000\n[topology.regular]\ndegree = 8\n{more}{FROZEN}\n"
    );
    fs::write(folder.path().join("large.toml"), text).unwrap();
    folder
}

#[test]
fn an_estimate_is_printed_and_nothing_run() {
    let folder = large("");
    // As many neighbours as do not fit into a peer's own struct.
    let line = "run --estimate large.toml --set topology.regular.degree=16";
    let text = servent(folder.path(), line).says();
    for words in [
        "peers: programs and seats",
        "neighbours",
        "sum while running",
        "bytes per idle peer",
        "per neighbour",
        "per message in flight",
        "per duplicate-table entry",
        "expected peak",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "only the scenario is there"
    );
}

#[test]
fn a_run_above_the_limit_is_refused_before_it_starts() {
    let folder = large("");
    let told = servent(folder.path(), "run large.toml --memory-limit")
        .arg("100 MiB")
        .ends(3);
    for words in [
        "large.toml:3:9",
        "`peers.count`",
        "above `--memory-limit` (100 MiB)",
        "mostly for",
    ] {
        assert!(told.contains(words), "{words}:\n{told}");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing is left behind"
    );
}

#[test]
fn what_only_builds_is_refused_too() {
    let folder = large("[limits]\nmemory = \"2 GiB\"\n");
    let validate = "validate large.toml --set topology.regular.degree=200";
    assert!(servent(folder.path(), validate).ends(3).contains("`topology`"));
    let topology = "topology large.toml --set topology.regular.degree=900";
    assert!(servent(folder.path(), topology).ends(3).contains("`topology`"));
}

#[test]
fn the_flag_goes_before_the_scenario_in_both_directions() {
    let folder = large("[limits]\nmemory = \"100 MiB\"\n");
    let told = servent(folder.path(), "run large.toml").ends(3);
    assert!(told.contains("above `limits.memory` (100 MiB)"), "{told}");
    let call = servent(folder.path(), "run --estimate large.toml --memory-limit").arg("900 GiB");
    assert!(call.says().contains("`--memory-limit` (900 GiB)"));
    let call = servent(folder.path(), "run large.toml --memory-limit").arg("50 MiB");
    assert!(call.ends(3).contains("above `--memory-limit` (50 MiB)"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_that_no_machine_holds_is_refused() {
    let folder = large("");
    let told = servent(folder.path(), "run large.toml --set peers.count=2000000000").ends(3);
    assert!(told.contains("above what this machine has left"), "{told}");
}

#[test]
fn files_count_too() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("duration = \"1 min\"\n[topology.file]\npath = \"edges.txt\"\n{FROZEN}\n");
    fs::write(folder.path().join("graph.toml"), text).unwrap();
    fs::write(folder.path().join("edges.txt"), edges(20_000, 8)).unwrap();
    let told = servent(folder.path(), "run graph.toml --memory-limit")
        .arg("16 MiB")
        .ends(3);
    assert!(told.contains("`topology"), "{told}");
    let said = servent(
        folder.path(),
        "run graph.toml --quiet --out result --memory-limit",
    )
    .arg("1 GiB");
    assert_eq!(said.end().code, 0);
    let resolved = fs::read_to_string(folder.path().join("result/scenario.toml")).unwrap();
    assert!(
        !resolved.contains("memory"),
        "the limit is no part of the result:\n{resolved}"
    );
}
