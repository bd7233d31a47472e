//! The rows of a result's tables, column by column: the fixed columns first, in their fixed order, further ones after.
//!
//! Times are nanoseconds of simulated time, printed as exact decimals; origins, sources, sinks and peers are labels
//! (those of the topology's file, 0 to n - 1 without one); empty fields say that there is no such value.

use super::column::{Hexadecimal, Key, Maybe, Milliseconds, Name, Plain, Ratio, Seconds, Vocabulary, Words};
use super::outcome::{
    DownloadOutcome, KeywordOutcome, LookupOutcome, QueryOutcome, ReadOutcome, WriteOutcome,
};
use super::table::row;
use crate::overlay::books::Fate;
use std::sync::Arc;

impl Vocabulary for Fate {
    const ALL: &'static [Self] = &[
        Self::Accepted,
        Self::Duplicate,
        Self::Answered,
        Self::Named,
        Self::Expired,
        Self::NoRoute,
        Self::Arrived,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Answered => "answered",
            Self::Named => "named",
            Self::Expired => "expired",
            Self::NoRoute => "no_route",
            Self::Arrived => "arrived",
        }
    }
}

row! {
    /// A row of `queries.csv`: one query of the workload, in order of issue.
    QueryRow in "queries" number 1;
    /// Its number, from 0.
    query: u64 => "query" as Plain,
    /// When it was issued.
    issued_ns: u64 => "issued_s" as Seconds,
    /// Label of the peer that asks.
    origin: u64 => "origin" as Plain,
    /// The item asked for.
    item: u64 => "item" as Plain,
    /// TTL as sent by the origin, or a walker's longest walk; empty where the overlay has none.
    ttl: Option<u32> => "ttl" as Maybe<Plain>,
    /// Peers that accepted the query first-hand, origin excluded.
    reached_peers: u64 => "reached_peers" as Plain,
    /// Query transmissions sent.
    query_messages: u64 => "query_messages" as Plain,
    /// Deliveries of a query already seen, the origin's included.
    duplicate_messages: u64 => "duplicate_messages" as Plain,
    /// QueryHit transmissions sent.
    hit_messages: u64 => "hit_messages" as Plain,
    /// Transmissions by which walkers check back with the origin.
    check_messages: u64 => "check_messages" as Plain,
    /// Bytes of all of these transmissions.
    bytes: u64 => "bytes" as Plain,
    /// QueryHits that arrived at the origin.
    hits: u64 => "hits" as Plain,
    /// Over the peers reached, first arrival minus issue: the sum in nanoseconds.
    first_arrival_sum_ns: u128 => "first_arrival_sum_ns" as Plain,
    /// From issue to the first hit's arrival at the origin, nanoseconds; empty without a hit.
    first_hit_ns: Option<u64> => "first_hit_ms" as Maybe<Milliseconds>,
    /// Hops from the origin to the holder that sent the first hit to arrive; a neighbour is 1. Empty without a hit.
    first_hit_hops: Option<u32> => "first_hit_hops" as Maybe<Plain>,
    /// Truth: online holders at issue, origin excluded; empty where the truth was not recorded.
    live_replicas: Option<u64> => "live_replicas" as Maybe<Plain>,
    /// Truth: those of them within `ttl` overlay hops; empty where the truth was not recorded.
    reachable_replicas: Option<u64> => "reachable_replicas" as Maybe<Plain>,
    /// What became of it.
    outcome: QueryOutcome => "outcome" as Words,
}

row! {
    /// A row of `hybrid.csv`: one query of the workload over a hybrid of two overlays, in order of issue. What both parts did
    /// together stands in `queries.csv`.
    HybridRow in "hybrid" number 14;
    /// Its number, from 0.
    query: u64 => "query" as Plain,
    /// From issue until it was put to the structured overlay, nanoseconds; empty if it was not.
    structured_asked_ns: Option<u64> => "structured_asked_ms" as Maybe<Milliseconds>,
    /// Messages that it caused in the unstructured overlay: queries, hits and checks.
    unstructured_messages: u64 => "unstructured_messages" as Plain,
    /// Bytes of these.
    unstructured_bytes: u64 => "unstructured_bytes" as Plain,
    /// Hits of the unstructured overlay that arrived at the origin.
    unstructured_hits: u64 => "unstructured_hits" as Plain,
    /// From issue to the first of them, nanoseconds; empty without one.
    unstructured_first_hit_ns: Option<u64> => "unstructured_first_hit_ms" as Maybe<Milliseconds>,
    /// Messages that it caused in the structured overlay, answers included.
    structured_messages: u64 => "structured_messages" as Plain,
    /// Bytes of these.
    structured_bytes: u64 => "structured_bytes" as Plain,
    /// Holders that the structured overlay told the origin of.
    structured_hits: u64 => "structured_hits" as Plain,
    /// From issue to the first of them, nanoseconds; empty without one.
    structured_first_hit_ns: Option<u64> => "structured_first_hit_ms" as Maybe<Milliseconds>,
}

row! {
    /// A row of `downloads.csv`: one download, in order of start.
    DownloadRow in "downloads" number 2;
    /// Its number, from 0.
    download: u64 => "download" as Plain,
    /// When the first source was asked.
    started_ns: u64 => "started_s" as Seconds,
    /// Label of the peer that downloads.
    peer: u64 => "peer" as Plain,
    /// The item.
    item: u64 => "item" as Plain,
    /// Size of the whole file.
    size_bytes: u64 => "size_bytes" as Plain,
    /// Different peers from which at least one chunk with the right hash came.
    sources: u64 => "sources" as Plain,
    /// When the last chunk was verified; empty unless completed.
    finished_ns: Option<u64> => "finished_s" as Maybe<Seconds>,
    /// Chunks that arrived with a wrong hash.
    corrupt_chunks: u64 => "corrupt_chunks" as Plain,
    /// Bytes fetched beyond the file's size: corrupt chunks, and parts of chunks that were broken off.
    refetched_bytes: u64 => "refetched_bytes" as Plain,
    /// What became of it.
    outcome: DownloadOutcome => "outcome" as Words,
    /// The query whose hit began it.
    query: u64 => "query" as Plain,
    /// Payload that arrived in chunks with the right hash.
    verified_bytes: u64 => "verified_bytes" as Plain,
}

row! {
    /// A row of `sources.csv`, where sources are exchanged: the sources that were found for one download, in the order of
    /// `downloads.csv`.
    SourceRow in "sources" number 15;
    /// The download's number.
    download: u64 => "download" as Plain,
    /// When it began.
    started_ns: u64 => "started_s" as Seconds,
    /// Sources that the overlay found first. One that was given up and found again counts anew.
    by_overlay: u64 => "by_overlay" as Plain,
    /// Sources that other peers of the swarm named first.
    by_exchange: u64 => "by_exchange" as Plain,
    /// Of these, those from which at least one chunk with the right hash came.
    delivered_by_exchange: u64 => "delivered_by_exchange" as Plain,
    /// Different peers that were named to it, those known already and those who cannot be reached included.
    named: u64 => "named" as Plain,
    /// Of these, those who had nothing of the item at any time: 0 where all are honest.
    unfounded: u64 => "unfounded" as Plain,
}

row! {
    /// A row of `peers.csv`: one peer, in order of its number.
    PeerRow in "peers" number 3;
    /// Its number, from 0.
    peer: u64 => "peer" as Plain,
    /// Its label in the topology's file; its number without one.
    label: u64 => "label" as Plain,
    /// Name of its group.
    group: Arc<str> => "group" as Name,
    /// Time it was online.
    online_ns: u64 => "online_s" as Seconds,
    /// Sessions it began.
    sessions: u64 => "sessions" as Plain,
    /// Messages of the overlay and the application it sent.
    sent_messages: u64 => "sent_messages" as Plain,
    /// Messages delivered to it.
    received_messages: u64 => "received_messages" as Plain,
    /// Bytes of the messages it sent.
    sent_bytes: u64 => "sent_bytes" as Plain,
    /// Bytes of the messages delivered to it.
    received_bytes: u64 => "received_bytes" as Plain,
    /// Payload of transfers it uploaded.
    uploaded_bytes: u64 => "uploaded_bytes" as Plain,
    /// Payload of transfers it downloaded.
    downloaded_bytes: u64 => "downloaded_bytes" as Plain,
    /// Links it had when the run ended; empty if it was offline then or there is no overlay.
    degree_end: Option<u64> => "degree_end" as Maybe<Plain>,
    /// Items it shared when the run ended; empty if there is no content.
    shared_items_end: Option<u64> => "shared_items_end" as Maybe<Plain>,
}

row! {
    /// A row of `flows.csv`: one bare flow of a transfer workload, in the order of its file.
    FlowRow in "flows" number 4;
    /// Its name in the workload's file.
    flow: Arc<str> => "flow" as Name,
    /// Label of the peer that sends.
    source: u64 => "source" as Plain,
    /// Label of the peer that receives.
    sink: u64 => "sink" as Plain,
    /// Payload.
    size_bytes: u64 => "size_bytes" as Plain,
    /// When it started; empty if the flow it waits for never ended.
    started_ns: Option<u64> => "started_s" as Maybe<Seconds>,
    /// When the last byte was at the sink (drained, plus the one-way latency); empty if it was not.
    finished_ns: Option<u64> => "finished_s" as Maybe<Seconds>,
}

row! {
    /// A row of `invariants.csv`: what an observer found at a time.
    InvariantRow in "invariants" number 9;
    /// When.
    time_ns: u64 => "time_s" as Seconds,
    /// What was checked.
    invariant: Arc<str> => "invariant" as Name,
    /// The number that says how far it holds.
    value: u64 => "value" as Plain,
}

row! {
    /// A row of a trace: a descriptor of a query at a peer.
    TraceRow in "trace" number 5;
    /// When.
    at_ns: u64 => "at_s" as Seconds,
    /// The query.
    query: u64 => "query" as Plain,
    /// Label of the peer that handled the descriptor.
    peer: u64 => "peer" as Plain,
    /// Label of the peer it came from; the peer itself at the origin.
    from: u64 => "from" as Plain,
    /// Hops it had made on arrival.
    hops: u32 => "hops" as Plain,
    /// TTL left after this peer lowered it.
    ttl: u32 => "ttl" as Plain,
    /// What became of it.
    fate: Fate => "fate" as Words,
}

row! {
    /// A row of `lookups.csv`: one lookup of a workload of lookups, in order of issue.
    LookupRow in "lookups" number 8;
    /// Its number, from 0.
    lookup: u64 => "lookup" as Plain,
    /// When it was issued.
    issued_ns: u64 => "issued_s" as Seconds,
    /// Label of the peer that looks up.
    origin: u64 => "origin" as Plain,
    /// The key, in hexadecimal digits.
    key: Key => "key" as Hexadecimal,
    /// Nodes on the way, the origin excluded: in Chord up to and including the key's predecessor, which names the node
    /// responsible; in Kademlia up to and including the closest, each told of by the one before. Empty without an answer.
    hops: Option<u32> => "hops" as Maybe<Plain>,
    /// Messages between peers that it caused, answers and those sent again included.
    messages: u64 => "messages" as Plain,
    /// Nodes that did not answer.
    timeouts: u64 => "timeouts" as Plain,
    /// From issue to answer, nanoseconds; empty without an answer.
    latency_ns: Option<u64> => "latency_ms" as Maybe<Milliseconds>,
    /// What became of it.
    outcome: LookupOutcome => "outcome" as Words,
}

row! {
    /// A row of `keywords.csv`: one search by words, in order of issue of the queries for which they were made. What a query does
    /// once its item is found is in `queries.csv` alone.
    KeywordRow in "keywords" number 13;
    /// The query's number, from 0.
    query: u64 => "query" as Plain,
    /// When it was issued.
    issued_ns: u64 => "issued_s" as Seconds,
    /// Label of the peer that asks.
    origin: u64 => "origin" as Plain,
    /// Words of the query.
    words: u32 => "words" as Plain,
    /// Messages between peers that it caused until the items were known, answers and those sent again included.
    messages: u64 => "messages" as Plain,
    /// Their bytes.
    bytes: u64 => "bytes" as Plain,
    /// Items in the lists that these carried, each as often as it was sent.
    postings: u64 => "postings" as Plain,
    /// Bytes of the Bloom filters that these carried.
    filter_bytes: u64 => "filter_bytes" as Plain,
    /// Items that Bloom filters let through and that did not belong there.
    false_positives: u64 => "false_positives" as Plain,
    /// Nodes that did not answer.
    timeouts: u64 => "timeouts" as Plain,
    /// Items that it was told have all words in their names; empty without an answer.
    matches: Option<u32> => "matches" as Maybe<Plain>,
    /// From issue to that answer, nanoseconds; empty without one.
    latency_ns: Option<u64> => "latency_ms" as Maybe<Milliseconds>,
    /// What became of it.
    outcome: KeywordOutcome => "outcome" as Words,
}

row! {
    /// A row of `values.csv`: one read of a workload of values, in order of issue.
    ValueRow in "values" number 10;
    /// Its number, from 0.
    read: u64 => "read" as Plain,
    /// When it was issued.
    issued_ns: u64 => "issued_s" as Seconds,
    /// Label of the peer that reads.
    origin: u64 => "origin" as Plain,
    /// The value's key, in hexadecimal digits.
    key: Key => "key" as Hexadecimal,
    /// The version that it found: the highest, if several nodes were asked. Empty if it found none.
    version: Option<u32> => "version" as Maybe<Plain>,
    /// Truth: the highest version that had been stored when the read was issued. Stored is a version when all nodes that were
    /// asked to keep it have answered or did not in time, and one does. Empty if none had been.
    latest_version: Option<u32> => "latest_version" as Maybe<Plain>,
    /// Nodes on the way, the origin excluded, up to and including the first that gave a version; 0 where the origin keeps one
    /// itself. Empty if it found none.
    hops: Option<u32> => "hops" as Maybe<Plain>,
    /// Messages between peers that it caused: answers, those sent again and storing a copy on the way included.
    messages: u64 => "messages" as Plain,
    /// Nodes that did not answer.
    timeouts: u64 => "timeouts" as Plain,
    /// From issue to the end, nanoseconds; empty if it found none.
    latency_ns: Option<u64> => "latency_ms" as Maybe<Milliseconds>,
    /// Truth: peers online at issue, service nodes and the origin included, that kept any version, as a copy on the way too;
    /// empty where the truth was not recorded.
    live_replicas: Option<u64> => "live_replicas" as Maybe<Plain>,
    /// What became of it.
    outcome: ReadOutcome => "outcome" as Words,
}

row! {
    /// A row of `writes.csv`: one write of a workload of values, in order of issue.
    WriteRow in "writes" number 11;
    /// Its number, from 0.
    write: u64 => "write" as Plain,
    /// When it was issued.
    issued_ns: u64 => "issued_s" as Seconds,
    /// Label of the peer that writes.
    origin: u64 => "origin" as Plain,
    /// The value's key, in hexadecimal digits.
    key: Key => "key" as Hexadecimal,
    /// The version that it makes.
    version: u32 => "version" as Plain,
    /// Nodes that said that they keep it, the writer's own included; empty unless it came to an end.
    replicas: Option<u32> => "replicas" as Maybe<Plain>,
    /// Messages between peers that it caused, answers and those sent again included; publishing it again is not.
    messages: u64 => "messages" as Plain,
    /// Nodes that did not answer.
    timeouts: u64 => "timeouts" as Plain,
    /// From issue to the end, nanoseconds; empty unless a node keeps it.
    latency_ns: Option<u64> => "latency_ms" as Maybe<Milliseconds>,
    /// What became of it.
    outcome: WriteOutcome => "outcome" as Words,
}

row! {
    /// A row of `replications.csv`: one number of one replication's summary.
    ReplicationRow in "replications" number 20;
    /// Number of the replication.
    replication: u64 => "replication" as Plain,
    /// The metric, as `summary.json` of a single run calls it.
    metric: Arc<str> => "metric" as Name,
    /// `value`, or which number of a distribution: `n`, `mean`, `sd`, `min`, `max`, `p50` ...
    part: Arc<str> => "part" as Name,
    /// Its unit; a distribution's `n` is a number of what it is of.
    unit: Arc<str> => "unit" as Name,
    /// The number; empty where it is not defined.
    value: Option<f64> => "value" as Maybe<Ratio>,
}
