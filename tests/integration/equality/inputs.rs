//! The files that the scenarios of this room name, made here so that none has to be kept.
//!
//! Their numbers come from a generator of our own: it has nothing to do with the program's random streams, and its
//! output is part of the frozen digests.

use std::fmt::Write as _;

/// Split-mix (Steele, Lea and Flood 2014).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Peers of the small graphs.
const PEERS: u64 = 200;

/// All files, by name.
pub(super) fn all() -> Vec<(&'static str, String)> {
    vec![
        ("graph.txt", graph(&label, &|_| String::new())),
        (
            "links.txt",
            graph(&|node| node, &|number| format!(" {}", 5 + number * 37 % 190)),
        ),
        (
            "close.txt",
            graph(&|node| node, &|number| {
                format!(" {}", 1 + number % 3 * number % 40)
            }),
        ),
        (
            "doubled.txt",
            graph(&|node| node, &|number| {
                format!(" {}", 2 * (5 + number * 37 % 190))
            }),
        ),
        ("matrix.txt", matrix()),
        ("queries.csv", queries(&label, PEERS, 60)),
        ("asks.csv", queries(&|node| node, PEERS, 60)),
        ("bursts.csv", bursts()),
        ("replicas.csv", replicas()),
        ("sessions.txt", sessions()),
        ("peers.csv", peers()),
        ("transfers.csv", transfers()),
    ]
}

/// Labels with gaps, as in a snapshot.
fn label(node: u64) -> u64 {
    7 + 3 * node
}

/// A graph in which early nodes have many links; `column` gives what stands behind the two ends of a link.
fn graph(label: &dyn Fn(u64) -> u64, column: &dyn Fn(u64) -> String) -> String {
    let mut numbers = Numbers(1);
    let mut text = "# a small graph with a few well-connected nodes\n".to_owned();
    let mut links = 0;
    for node in 1..PEERS {
        for link in 0..3.min(node) {
            // The square of a uniform number prefers the early nodes.
            let other = numbers.below(node) * numbers.below(node) / node;
            let other = if link == 0 { node - 1 } else { other };
            if link > 0 && other + 1 >= node {
                continue;
            }
            writeln!(text, "{}\t{}{}", label(node), label(other), column(links)).unwrap();
            links += 1;
        }
    }
    text
}

/// Round trips between twelve sites in milliseconds, asymmetric, two of them not measured.
fn matrix() -> String {
    let mut text = String::new();
    for row in 0..12_u64 {
        for column in 0..12_u64 {
            let entry = if row == column || (row, column) == (3, 7) || (row, column) == (7, 3) {
                0
            } else {
                40 + (row * 31 + column * 17) % 160
            };
            write!(text, "{entry}.{} ", (row + column) % 10 * u64::from(entry > 0)).unwrap();
        }
        text.push('\n');
    }
    text
}

/// Queries, many at equal times, some at the same origin at once, one at time 0.
fn queries(label: &dyn Fn(u64) -> u64, peers: u64, count: u64) -> String {
    let mut numbers = Numbers(2);
    let mut text = "at_s,origin,item,ttl\n".to_owned();
    for number in 0..count {
        let at_s = number / 3 * 5;
        let origin = label(numbers.below(peers));
        let item = numbers.below(50);
        let ttl = match number % 4 {
            0 => String::new(),
            other => (2 * other + 1).to_string(),
        };
        writeln!(text, "{at_s},{origin},{item},{ttl}").unwrap();
    }
    text
}

/// Forty queries at each of three moments, from three thousand peers.
fn bursts() -> String {
    let mut numbers = Numbers(3);
    let mut text = "at_s,origin,item\n".to_owned();
    for number in 0..24 {
        writeln!(
            text,
            "{}.0{},{},{}",
            number / 12 + 1,
            number / 8,
            numbers.below(3_000),
            numbers.below(50)
        )
        .unwrap();
    }
    text
}

/// Every item has some holders; peers by label.
fn replicas() -> String {
    let mut numbers = Numbers(4);
    let mut text = "peer,item\n".to_owned();
    for item in 0..50 {
        let mut holders: Vec<u64> = (0..=item % 5).map(|_| numbers.below(PEERS)).collect();
        holders.sort_unstable();
        holders.dedup();
        for holder in holders {
            writeln!(text, "{},{item}", label(holder)).unwrap();
        }
    }
    text
}

/// Hosts that come and go at whole and at broken seconds, some at the same moments, one with a session of length zero.
fn sessions() -> String {
    let mut numbers = Numbers(5);
    let mut text = String::new();
    for host in 0..120 {
        let count = 1 + numbers.below(6);
        let mut at_s = numbers.below(100);
        let mut spans = String::new();
        for session in 0..count {
            let start_s = at_s;
            at_s += match (host + session) % 9 {
                0 => 0,
                _ => 30 * (1 + numbers.below(12)),
            };
            write!(spans, " {start_s}.5 {at_s}.5").unwrap();
            at_s += 30 * (1 + numbers.below(6));
        }
        writeln!(text, "{host} {count}{spans}").unwrap();
    }
    text
}

/// Access links of forty peers, from modems to none at all.
fn peers() -> String {
    let mut text = "peer,down_bps,up_bps,group\n".to_owned();
    for peer in 0..40 {
        let (down_bps, up_bps, group) = match peer % 4 {
            0 => (56_000, 33_600, "modem"),
            1 => (1_536_000, 128_000, "cable"),
            2 => (10_000_000, 10_000_000, "campus"),
            _ => (1_000_003, 999_983, "cable"),
        };
        writeln!(text, "{peer},{down_bps},{up_bps},{group}").unwrap();
    }
    text
}

/// Transfers that share links, start at equal times, and wait for one another in chains.
fn transfers() -> String {
    let mut numbers = Numbers(6);
    let mut text = "flow,at_s,source,sink,size_bytes,after\n".to_owned();
    let mut last: Option<(u64, u64)> = None;
    for flow in 0..400 {
        let at_s = flow / 8;
        let size_bytes = 1 + numbers.below(400_000);
        let source = match last {
            Some((_, sink)) if flow % 3 != 0 => sink,
            _ => numbers.below(40),
        };
        let sink = (source + 1 + numbers.below(39)) % 40;
        let after = match last {
            Some((before, _)) if flow % 3 != 0 => format!("f{before}"),
            _ => String::new(),
        };
        writeln!(text, "f{flow},{at_s},{source},{sink},{size_bytes},{after}").unwrap();
        last = Some((flow, sink));
    }
    text
}
