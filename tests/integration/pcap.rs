//! `servent run --pcap`: what was simulated, as a dissector of the real network's packets sees it.

mod codec;

use std::fs;
use std::path::Path;
use std::process::Command;

use servent::overlay::dht::Identifier;
use servent::overlay::krpc::address;
use servent::overlay::krpc::compact::Address;
use servent::overlay::krpc::message::{Body, Message, Query};
use servent::overlay::krpc::packet::{FILE_HEADER_BYTES, HEADERS_BYTES, RECORD_HEADER_BYTES, file_header};
use tempfile::TempDir;

use crate::program::{servent, small, tree};

const LOOKUPS: &str = r#"
title    = "lookups on the mainline DHT"
duration = "60 s"
[peers]
count = 20
[underlay.latency.plane]
[underlay]
loss = 0.02
[overlay.kademlia]
preset = "mainline"
[workload.random_lookups]
rate_per_peer = "60 /h"
"#;

const SHARING: &str = r#"
title    = "files on the mainline DHT"
duration = "60 s"
[peers]
count = 20
[underlay.latency.plane]
[overlay.kademlia]
preset = "mainline"
[content]
items = 10
replicas.proportional = { per_peer = 2 }
[workload.poisson]
rate_per_peer = "60 /h"
"#;

/// Peers and bootstrap nodes.
const NODES: u32 = 21;

/// A directory with both scenarios in it.
fn folder() -> TempDir {
    let folder = small();
    fs::write(folder.path().join("lookups.toml"), LOOKUPS).unwrap();
    fs::write(folder.path().join("sharing.toml"), SHARING).unwrap();
    folder
}

/// A packet as the file has it.
#[derive(Debug)]
struct Record {
    at_ns: u64,
    from: u32,
    to: u32,
    bytes: usize,
    message: Message,
}

/// The records of a capture whose header is right.
fn records(capture: &[u8]) -> Vec<Record> {
    let (header, mut rest) = capture.split_at(FILE_HEADER_BYTES);
    assert_eq!(header, file_header());
    let mut records = Vec::new();
    while !rest.is_empty() {
        let (header, after) = rest.split_at(RECORD_HEADER_BYTES);
        let word = |place: usize| u32::from_le_bytes(header[4 * place..4 * place + 4].try_into().unwrap());
        assert_eq!(word(2), word(3), "nothing is cut off");
        let (packet, after) = after.split_at(word(2) as usize);
        let peer = |place: usize| {
            let ip = packet[place..place + 4].try_into().unwrap();
            let port = address::PORT;
            address::peer_of(Address { ip, port }).unwrap()
        };
        records.push(Record {
            at_ns: u64::from(word(0)) * 1_000_000_000 + u64::from(word(1)),
            from: peer(12),
            to: peer(16),
            bytes: packet.len(),
            message: Message::decode(&packet[HEADERS_BYTES..]).unwrap(),
        });
        rest = after;
    }
    records
}

/// Runs a scenario of the directory; the capture, and what the summary says of messages and bytes sent and of losses.
fn capture(folder: &Path, scenario: &str, threads: u32) -> (Vec<u8>, [u64; 3]) {
    let line =
        format!("run {scenario}.toml -q --threads {threads} --out run-{threads} --pcap {threads}.pcap");
    servent(folder, &line).ends(0);
    let summary = fs::read_to_string(folder.join(format!("run-{threads}/summary.json"))).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let counts = ["messages_sent", "bytes_sent", "messages_dropped"].map(|name| {
        let value = summary["metrics"][name]["value"].as_u64();
        value.unwrap_or_else(|| panic!("there is no {name}"))
    });
    (fs::read(folder.join(format!("{threads}.pcap"))).unwrap(), counts)
}

/// The identifier that a scenario gives a node.
fn identifier(node: u32) -> [u8; 20] {
    Identifier::hashed(format!("node {node}").as_bytes(), 160).to_bytes()
}

fn sender(message: &Message) -> [u8; 20] {
    match &message.body {
        Body::Query { id, .. } => *id,
        Body::Response(response) => response.id,
        Body::Error { .. } => panic!("nobody refuses anything: {message:?}"),
    }
}

/// Everything that was sent is in the file and nothing else, in order, whatever the number of threads.
#[test]
fn every_message_is_a_packet_of_its_size() {
    let folder = folder();
    for scenario in ["lookups", "sharing"] {
        let (file, [sent, sent_bytes, lost]) = capture(folder.path(), scenario, 1);
        let records = records(&file);
        let bytes: usize = records.iter().map(|record| record.bytes).sum();
        let found = [records.len(), bytes].map(|number| u64::try_from(number).unwrap());
        assert_eq!(found, [sent, sent_bytes], "{scenario}: messages and bytes");
        assert!(lost > 0 || scenario != "lookups", "what is lost was sent");
        assert!(records.len() > 500, "{scenario}: {} packets", records.len());
        let order = |record: &Record| (record.at_ns, record.from);
        assert!(records.is_sorted_by_key(order), "{scenario}");
        for record in &records {
            assert!(record.from < NODES && record.to < NODES && record.from != record.to);
            assert_eq!(sender(&record.message), identifier(record.from), "{record:?}");
        }
        for threads in [2, 3] {
            let (other, _) = capture(folder.path(), scenario, threads);
            assert!(other == file, "{scenario}: {threads} threads write another file");
        }
        for run in 1..=3 {
            fs::remove_dir_all(folder.path().join(format!("run-{run}"))).unwrap();
        }
    }
}

/// Peers announce what they share with the token that they were given, and are found.
#[test]
fn file_sharing_asks_and_announces() {
    let folder = folder();
    let (file, _) = capture(folder.path(), "sharing", 2);
    let records = records(&file);
    let announced = records.iter().filter_map(|record| match &record.message.body {
        Body::Query {
            query: Query::AnnouncePeer { token, .. },
            ..
        } => Some((record, token)),
        _ => None,
    });
    let mut announcements = 0;
    for (announcement, token) in announced {
        announcements += 1;
        let gave = |record: &Record| match &record.message.body {
            Body::Response(response) => response.token.as_ref() == Some(token),
            _ => false,
        };
        let mut answers = records
            .iter()
            .take_while(|record| record.at_ns < announcement.at_ns);
        let way = (announcement.to, announcement.from);
        assert!(
            answers.any(|record| (record.from, record.to) == way && gave(record)),
            "{announcement:?} shows a token that nobody gave"
        );
    }
    let has_values = |record: &&Record| match &record.message.body {
        Body::Response(response) => response.values.is_some(),
        _ => false,
    };
    let found = records.iter().filter(has_values).count();
    assert!(
        announcements > 50 && found > 10,
        "{announcements} announced, {found} found"
    );
}

/// What tshark makes of a capture, a line a packet; `None`, with a word about it, where there is no tshark.
fn dissect(file: &Path, fields: &[&str]) -> Option<Vec<String>> {
    let mut command = Command::new("tshark");
    command.arg("-r").arg(file);
    command.args(["-d", "udp.port==6881,bt-dht", "-T", "fields", "-E", "separator=|"]);
    command.args(["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]);
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: tshark cannot be run: {error}");
            return None;
        }
    };
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}

#[test]
fn tshark_dissects_every_packet() {
    let folder = folder();
    let fields = [
        "frame.protocols",
        "ip.checksum.status",
        "udp.checksum.status",
        "_ws.malformed",
        "_ws.expert.message",
        "bt-dht.truncated_data",
        "bt-dht.invalid_length",
        "frame.time_epoch",
        "ip.src",
        "bt-dht.bencoded.string",
    ];
    for scenario in ["lookups", "sharing"] {
        let (file, _) = capture(folder.path(), scenario, 1);
        let Some(lines) = dissect(&folder.path().join("1.pcap"), &fields) else {
            return;
        };
        let records = records(&file);
        assert_eq!(lines.len(), records.len(), "{scenario}");
        for (line, record) in lines.iter().zip(&records) {
            let [a, b, c, d] = address::of_peer(record.from).ip;
            let (time_s, rest_ns) = (record.at_ns / 1_000_000_000, record.at_ns % 1_000_000_000);
            // A status of 1 is a checksum that is right; then come complaints, and there are none.
            let expected = format!("raw:ip:udp:bt-dht|1|1|||||{time_s}.{rest_ns:09}|{a}.{b}.{c}.{d}|");
            let strings = line.strip_prefix(&expected);
            let strings = strings.unwrap_or_else(|| panic!("{line} does not begin with {expected}"));
            let digits = |text: String, byte: &u8| text + &format!("{byte:02x}");
            let id = identifier(record.from).iter().fold(String::new(), digits);
            let says_who = ["a", "r"].map(|key| format!("{key},id,{id},"));
            assert!(says_who.iter().any(|words| strings.starts_with(words)), "{line}");
        }
        fs::remove_dir_all(folder.path().join("run-1")).unwrap();
    }
}

/// Of a hybrid, what its structured part sends is in the file, to the last message of each kind, and nothing else.
#[test]
fn of_a_hybrid_the_structured_part_is_captured() {
    let folder = folder();
    let hybrid = SHARING.replace(
        "[overlay.kademlia]\npreset = \"mainline\"\n",
        "[overlay.hybrid]\nsearch.both = {}\n[overlay.hybrid.unstructured.tracker]\n\
         [overlay.hybrid.structured.kademlia]\npreset = \"mainline\"\n",
    );
    fs::write(folder.path().join("hybrid.toml"), hybrid).unwrap();
    let (packets, _) = capture(folder.path(), "hybrid", 1);
    let (same, _) = capture(folder.path(), "hybrid", 2);
    assert!(packets == same);
    let records = records(&packets);
    let summary = fs::read_to_string(folder.path().join("run-1/summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    let sent = |kind: &str| summary["metrics"][format!("messages_sent_{kind}")]["value"].as_u64();
    let kind = |record: &Record| match &record.message.body {
        Body::Query { query, .. } => match query {
            Query::Ping => "dht_ping",
            Query::FindNode { .. } => "dht_find_node",
            Query::GetPeers { .. } => "dht_find_value",
            Query::AnnouncePeer { .. } => "dht_store",
        },
        Body::Response(_) | Body::Error { .. } => "an answer",
    };
    for asked in ["dht_ping", "dht_find_node", "dht_find_value", "dht_store"] {
        let captured = records.iter().filter(|record| kind(record) == asked).count() as u64;
        assert_eq!(Some(captured), sent(asked), "{asked}");
        assert!(captured > 0 || asked == "dht_ping", "{asked}");
    }
}

#[test]
fn runs_without_packets_are_refused() {
    let folder = folder();
    let before = tree(folder.path());
    for line in [
        "run small.toml --out run --pcap run.pcap",
        "run lookups.toml --out run --pcap run.pcap --set overlay.kademlia.preset=paper",
    ] {
        let stderr = servent(folder.path(), line).ends(2);
        assert!(stderr.starts_with("error: --pcap needs messages"), "{stderr}");
        assert_eq!(tree(folder.path()), before);
    }
    let stderr = servent(folder.path(), "run lookups.toml --out run --pcap run/run.pcap").ends(2);
    assert!(
        stderr.contains("run/run.pcap would lie in the directory of the results"),
        "{stderr}"
    );
    let stderr = servent(
        folder.path(),
        "run lookups.toml --out run --pcap one --trace ./one",
    )
    .ends(2);
    assert!(stderr.contains("would both be one"), "{stderr}");
    let stderr = servent(
        folder.path(),
        "run lookups.toml --out run --pcap nowhere/run.pcap",
    )
    .ends(4);
    assert!(
        stderr.starts_with("error: cannot create nowhere/run.pcap.partial-"),
        "{stderr}"
    );
    assert_eq!(tree(folder.path()), before);
}

/// Who watches changes nothing.
#[test]
fn capturing_changes_no_result() {
    let folder = folder();
    servent(
        folder.path(),
        "run lookups.toml -q --out captured --pcap run.pcap",
    )
    .ends(0);
    servent(folder.path(), "run lookups.toml -q --out plain").ends(0);
    let differences = servent(folder.path(), "diff captured plain").end();
    assert_eq!(differences.code, 0, "{}", differences.stdout);
}
