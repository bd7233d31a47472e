//! The metrics every run has, computed from its rows and books: the one place that says how.

mod hybrid;
mod keywords;
mod sources;
mod values;

use super::column::Vocabulary;
use super::metric::Metric;
use super::outcome::{DownloadOutcome, LookupOutcome, QueryOutcome};
use super::rows::{
    DownloadRow, FlowRow, HybridRow, KeywordRow, LookupRow, PeerRow, QueryRow, SourceRow, ValueRow, WriteRow,
};
use super::series::column_name;
use crate::engine::accounts::{Accounts, Count, Drop};
use crate::engine::network::FlowBooks;

/// The tables of a run; empty where it has none.
#[derive(Clone, Copy, Default, Debug)]
pub struct Tables<'a> {
    /// Queries.
    pub queries: &'a [QueryRow],
    /// Searches by words.
    pub keywords: &'a [KeywordRow],
    /// What the parts of a hybrid did for queries.
    pub hybrid: &'a [HybridRow],
    /// Lookups.
    pub lookups: &'a [LookupRow],
    /// Reads of values.
    pub values: &'a [ValueRow],
    /// Writes of values.
    pub writes: &'a [WriteRow],
    /// Downloads.
    pub downloads: &'a [DownloadRow],
    /// Sources of downloads, where peers name them to each other.
    pub sources: &'a [SourceRow],
    /// Peers.
    pub peers: &'a [PeerRow],
    /// Bare flows.
    pub flows: &'a [FlowRow],
}

/// The books of a run.
#[derive(Clone, Copy, Debug)]
pub struct Books<'a> {
    /// Names of the kinds of message.
    pub kinds: &'a [&'a str],
    /// Messages by kind and fate.
    pub messages: &'a Accounts,
    /// Messages on their way when the run ended, counted one by one and not as a remainder.
    pub in_flight: Count,
    /// The flow layer's books at the end.
    pub flows: FlowBooks,
}

/// All standard metrics. Queries, lookups, reads, writes and downloads from before `warm_up_ns` do not count; books and peers cover
/// the whole run.
pub fn standard_metrics(tables: &Tables<'_>, books: &Books<'_>, warm_up_ns: u64) -> Vec<Metric> {
    let mut metrics = Vec::new();
    query_metrics(tables.queries, warm_up_ns, &mut metrics);
    if !tables.keywords.is_empty() {
        keywords::metrics(tables.keywords, warm_up_ns, &mut metrics);
    }
    if !tables.hybrid.is_empty() {
        hybrid::metrics(tables.hybrid, tables.queries, warm_up_ns, &mut metrics);
    }
    if !tables.lookups.is_empty() {
        lookup_metrics(tables.lookups, warm_up_ns, &mut metrics);
    }
    if !(tables.values.is_empty() && tables.writes.is_empty()) {
        values::metrics(tables.values, tables.writes, warm_up_ns, &mut metrics);
    }
    if !tables.downloads.is_empty() {
        download_metrics(tables.downloads, warm_up_ns, &mut metrics);
    }
    if !tables.sources.is_empty() {
        sources::metrics(tables.sources, warm_up_ns, &mut metrics);
    }
    peer_metrics(tables.peers, &mut metrics);
    if !tables.flows.is_empty() {
        flow_metrics(tables.flows, &mut metrics);
    }
    message_books(books, &mut metrics);
    flow_books(&books.flows, &mut metrics);
    metrics
}

const NS_PER_MS: u32 = 1_000_000;
const NS_PER_S: u32 = 1_000_000_000;

fn query_metrics(rows: &[QueryRow], warm_up_ns: u64, metrics: &mut Vec<Metric>) {
    let counted: Vec<&QueryRow> = rows.iter().filter(|row| row.issued_ns >= warm_up_ns).collect();
    let number = |outcome| counted.iter().filter(|row| row.outcome == outcome).count();
    metrics.push(Metric::integer("queries", "queries", counted.len() as u64));
    for outcome in QueryOutcome::ALL {
        let name = format!("queries_{}", outcome.word());
        metrics.push(Metric::integer(name, "queries", number(outcome) as u64));
    }

    // What was really asked of others: only these cost anything, and only these can succeed.
    let asked: Vec<&QueryRow> = counted
        .iter()
        .copied()
        .filter(|row| row.outcome.is_asked())
        .collect();
    let sum = |value: fn(&QueryRow) -> u64| asked.iter().map(|row| u128::from(value(row))).sum::<u128>();
    let every = |value: fn(&QueryRow) -> u64| asked.iter().map(|row| value(row)).collect::<Vec<u64>>();
    let found = number(QueryOutcome::Hit) as u128;
    metrics.push(Metric::ratio("query_success", "1", found, asked.len() as u128));
    for (name, unit, values) in [
        (
            "query_messages",
            "messages/query",
            every(|row| row.query_messages),
        ),
        ("query_bytes", "bytes/query", every(|row| row.bytes)),
        (
            "query_reached_peers",
            "peers/query",
            every(|row| row.reached_peers),
        ),
        ("query_hits", "hits/query", every(|row| row.hits)),
        (
            "query_hit_messages",
            "messages/query",
            every(|row| row.hit_messages),
        ),
    ] {
        metrics.push(Metric::distribution(name, unit, values, 1));
    }
    let duplicates = sum(|row| row.duplicate_messages);
    let sent = sum(|row| row.query_messages);
    metrics.push(Metric::ratio("query_duplicate_share", "1", duplicates, sent));
    let checks = sum(|row| row.check_messages);
    metrics.push(Metric::integer("query_check_messages", "messages", checks));
    let arrivals_ns: u128 = asked.iter().map(|row| row.first_arrival_sum_ns).sum();
    let reached_ms = sum(|row| row.reached_peers) * u128::from(NS_PER_MS);
    metrics.push(Metric::ratio(
        "query_first_arrival_mean",
        "ms",
        arrivals_ns,
        reached_ms,
    ));
    let latencies = asked.iter().filter_map(|row| row.first_hit_ns).collect();
    metrics.push(Metric::distribution(
        "query_first_hit_latency",
        "ms",
        latencies,
        NS_PER_MS,
    ));
    let hops = asked.iter().filter_map(|row| row.first_hit_hops.map(u64::from));
    metrics.push(Metric::distribution(
        "query_first_hit_hops",
        "hops",
        hops.collect(),
        1,
    ));
    truth_metrics(&asked, metrics);
}

/// What only an observer knows: who could have answered.
fn truth_metrics(asked: &[&QueryRow], metrics: &mut Vec<Metric>) {
    let known = |truth: fn(&QueryRow) -> Option<u64>| {
        let rows = asked
            .iter()
            .filter_map(move |row| truth(row).map(|replicas| (row, replicas)));
        rows.collect::<Vec<_>>()
    };
    let live = known(|row| row.live_replicas);
    let reachable = known(|row| row.reachable_replicas);
    if live.is_empty() && reachable.is_empty() {
        return;
    }
    for (name, rows) in [
        ("query_recall_live", &live),
        ("query_recall_reachable", &reachable),
    ] {
        let hits = rows.iter().map(|(row, _)| u128::from(row.hits)).sum();
        let replicas = rows.iter().map(|&(_, replicas)| u128::from(replicas)).sum();
        metrics.push(Metric::ratio(name, "1", hits, replicas));
    }
    for (name, share, rows) in [
        (
            "queries_existed_not_found",
            "query_existed_not_found_share",
            &live,
        ),
        (
            "queries_reachable_not_found",
            "query_reachable_not_found_share",
            &reachable,
        ),
    ] {
        let existing = rows.iter().filter(|&&(_, replicas)| replicas > 0);
        let missed = existing
            .clone()
            .filter(|(row, _)| row.outcome == QueryOutcome::NoHit)
            .count();
        metrics.push(Metric::integer(name, "queries", missed as u64));
        metrics.push(Metric::ratio(
            share,
            "1",
            missed as u128,
            existing.count() as u128,
        ));
    }
}

fn lookup_metrics(rows: &[LookupRow], warm_up_ns: u64, metrics: &mut Vec<Metric>) {
    let counted: Vec<&LookupRow> = rows.iter().filter(|row| row.issued_ns >= warm_up_ns).collect();
    let number = |outcome| counted.iter().filter(|row| row.outcome == outcome).count();
    metrics.push(Metric::integer("lookups", "lookups", counted.len() as u64));
    for outcome in LookupOutcome::ALL {
        let name = format!("lookups_{}", outcome.word());
        metrics.push(Metric::integer(name, "lookups", number(outcome) as u64));
    }
    // Of those that came to an end, their origin being there.
    let ended = [
        ("lookup_correct_share", LookupOutcome::Correct),
        ("lookup_incorrect_share", LookupOutcome::Incorrect),
        ("lookup_failed_share", LookupOutcome::Failed),
    ];
    let whole = ended.iter().map(|(_, outcome)| number(*outcome)).sum::<usize>() as u128;
    for (name, outcome) in ended {
        metrics.push(Metric::ratio(name, "1", number(outcome) as u128, whole));
    }
    let answered = || counted.iter().filter(|row| row.outcome.is_answered());
    let hops = answered().filter_map(|row| row.hops.map(u64::from)).collect();
    metrics.push(Metric::distribution("lookup_hops", "hops", hops, 1));
    let latencies = answered().filter_map(|row| row.latency_ns).collect();
    metrics.push(Metric::distribution("lookup_latency", "ms", latencies, NS_PER_MS));
    let messages = answered().map(|row| row.messages).collect();
    metrics.push(Metric::distribution(
        "lookup_messages",
        "messages/lookup",
        messages,
        1,
    ));
    let timeouts = answered().map(|row| row.timeouts).collect();
    metrics.push(Metric::distribution(
        "lookup_timeouts",
        "timeouts/lookup",
        timeouts,
        1,
    ));
}

fn download_metrics(rows: &[DownloadRow], warm_up_ns: u64, metrics: &mut Vec<Metric>) {
    let counted: Vec<&DownloadRow> = rows.iter().filter(|row| row.started_ns >= warm_up_ns).collect();
    metrics.push(Metric::integer("downloads", "downloads", counted.len() as u64));
    for outcome in DownloadOutcome::ALL {
        let number = counted.iter().filter(|row| row.outcome == outcome).count();
        let name = format!("downloads_{}", outcome.word());
        metrics.push(Metric::integer(name, "downloads", number as u64));
    }
    let completed: Vec<&DownloadRow> = counted
        .iter()
        .copied()
        .filter(|row| row.outcome == DownloadOutcome::Completed)
        .collect();
    let (done, started) = (completed.len() as u128, counted.len() as u128);
    metrics.push(Metric::ratio("download_success", "1", done, started));
    let many = completed.iter().filter(|row| row.sources >= 2).count();
    metrics.push(Metric::integer(
        "downloads_multi_source",
        "downloads",
        many as u64,
    ));
    metrics.push(Metric::ratio(
        "download_multi_source_share",
        "1",
        many as u128,
        done,
    ));
    let sources = completed.iter().map(|row| row.sources).collect();
    metrics.push(Metric::distribution(
        "download_sources",
        "peers/download",
        sources,
        1,
    ));
    let times: Vec<u64> = completed
        .iter()
        .filter_map(|row| row.finished_ns?.checked_sub(row.started_ns))
        .collect();
    metrics.push(Metric::distribution("download_time", "s", times, NS_PER_S));
    let sum = |value: fn(&DownloadRow) -> u64| counted.iter().map(|row| u128::from(value(row))).sum::<u128>();
    let corrupt = sum(|row| row.corrupt_chunks);
    metrics.push(Metric::integer("download_corrupt_chunks", "chunks", corrupt));
    let (verified, refetched) = (sum(|row| row.verified_bytes), sum(|row| row.refetched_bytes));
    metrics.push(Metric::integer("download_verified_bytes", "bytes", verified));
    metrics.push(Metric::integer("download_refetched_bytes", "bytes", refetched));
}

fn peer_metrics(rows: &[PeerRow], metrics: &mut Vec<Metric>) {
    metrics.push(Metric::integer("peers", "peers", rows.len() as u64));
    let every = |value: fn(&PeerRow) -> u64| rows.iter().map(value).collect::<Vec<u64>>();
    for (name, unit, values, divisor) in [
        ("peer_online_time", "s", every(|row| row.online_ns), NS_PER_S),
        ("peer_sessions", "sessions", every(|row| row.sessions), 1),
        (
            "peer_sent_messages",
            "messages",
            every(|row| row.sent_messages),
            1,
        ),
        (
            "peer_received_messages",
            "messages",
            every(|row| row.received_messages),
            1,
        ),
        ("peer_sent_bytes", "bytes", every(|row| row.sent_bytes), 1),
        ("peer_received_bytes", "bytes", every(|row| row.received_bytes), 1),
        ("peer_uploaded_bytes", "bytes", every(|row| row.uploaded_bytes), 1),
        (
            "peer_downloaded_bytes",
            "bytes",
            every(|row| row.downloaded_bytes),
            1,
        ),
    ] {
        metrics.push(Metric::distribution(name, unit, values, divisor));
    }
    let degrees = rows.iter().filter_map(|row| row.degree_end).collect();
    metrics.push(Metric::distribution("peer_degree_end", "links", degrees, 1));
    let mut uploads = every(|row| row.uploaded_bytes);
    uploads.sort_unstable_by(|a, b| b.cmp(a));
    let bytes = |uploads: &[u64]| uploads.iter().map(|&value| u128::from(value)).sum::<u128>();
    let top = bytes(&uploads[..uploads.len().div_ceil(100)]);
    metrics.push(Metric::ratio(
        "upload_top_percent_share",
        "1",
        top,
        bytes(&uploads),
    ));
}

fn flow_metrics(rows: &[FlowRow], metrics: &mut Vec<Metric>) {
    let times: Vec<u64> = rows
        .iter()
        .filter_map(|row| row.finished_ns?.checked_sub(row.started_ns?))
        .collect();
    metrics.push(Metric::integer("transfers", "flows", rows.len() as u64));
    metrics.push(Metric::integer("transfers_finished", "flows", times.len() as u64));
    metrics.push(Metric::distribution("transfer_time", "s", times, NS_PER_S));
}

/// What was sent, and that nothing of it is missing: sent - delivered - dropped - in flight must be 0.
fn message_books(books: &Books<'_>, metrics: &mut Vec<Metric>) {
    let accounts = books.messages;
    let total = |counts: &[Count]| {
        let mut sum = Count::default();
        for count in counts {
            sum.merge(*count);
        }
        sum
    };
    let mut enter = |name: &str, count: Count| {
        metrics.push(Metric::integer(
            format!("messages_{name}"),
            "messages",
            count.messages,
        ));
        metrics.push(Metric::integer(format!("bytes_{name}"), "bytes", count.bytes));
    };
    let (sent, delivered, dropped) = (
        total(&accounts.sent),
        total(&accounts.delivered),
        total(&accounts.dropped),
    );
    enter("sent", sent);
    enter("delivered", delivered);
    enter("dropped", dropped);
    enter("in_flight", books.in_flight);
    for (kind, count) in books.kinds.iter().zip(&accounts.sent) {
        enter(&format!("sent_{}", column_name(kind)), *count);
    }
    for (reason, count) in Drop::ALL.into_iter().zip(accounts.dropped) {
        enter(&format!("dropped_{}", reason.name()), count);
    }
    let difference = |part: fn(Count) -> u64| {
        let part = |count| i128::from(part(count));
        part(sent) - part(delivered) - part(dropped) - part(books.in_flight)
    };
    let (messages, bytes) = (
        difference(|count| count.messages),
        difference(|count| count.bytes),
    );
    metrics.push(Metric::integer("messages_difference", "messages", messages));
    metrics.push(Metric::integer("bytes_difference", "bytes", bytes));
}

/// What flows were to carry: offered - carried - abandoned - remaining must be 0.
fn flow_books(books: &FlowBooks, metrics: &mut Vec<Metric>) {
    for (name, value) in [
        ("flows_started", books.started),
        ("flows_completed", books.completed),
        ("flows_ended", books.ended),
        ("flows_active", books.active),
    ] {
        metrics.push(Metric::integer(name, "flows", value));
    }
    let signed = |bytes: u128| i128::try_from(bytes).expect("bytes of a run fit 127 bits");
    let parts = [books.carried_bytes, books.abandoned_bytes, books.remaining_bytes];
    let difference = parts
        .into_iter()
        .fold(signed(books.offered_bytes), |rest, part| rest - signed(part));
    let names = [
        "flow_bytes_carried",
        "flow_bytes_abandoned",
        "flow_bytes_remaining",
    ];
    metrics.push(Metric::integer(
        "flow_bytes_offered",
        "bytes",
        books.offered_bytes,
    ));
    for (name, bytes) in names.into_iter().zip(parts) {
        metrics.push(Metric::integer(name, "bytes", bytes));
    }
    metrics.push(Metric::integer("flow_bytes_difference", "bytes", difference));
    let flows = i128::from(books.started)
        - i128::from(books.completed)
        - i128::from(books.ended)
        - i128::from(books.active);
    metrics.push(Metric::integer("flows_difference", "flows", flows));
}
