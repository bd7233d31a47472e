//! The metrics of searches by words.

use super::NS_PER_MS;
use crate::records::column::Vocabulary as _;
use crate::records::metric::Metric;
use crate::records::outcome::KeywordOutcome;
use crate::records::rows::KeywordRow;

/// Adds all of them, searches from before `warm_up_ns` not counted.
pub(super) fn metrics(rows: &[KeywordRow], warm_up_ns: u64, metrics: &mut Vec<Metric>) {
    let rows: Vec<&KeywordRow> = rows.iter().filter(|row| row.issued_ns >= warm_up_ns).collect();
    metrics.push(Metric::integer("keyword_searches", "searches", rows.len() as u64));
    for outcome in KeywordOutcome::ALL {
        let number = rows.iter().filter(|row| row.outcome == outcome).count();
        let name = format!("keyword_searches_{}", outcome.word());
        metrics.push(Metric::integer(name, "searches", number as u64));
    }
    let every = |value: fn(&KeywordRow) -> u64| rows.iter().map(|row| value(row)).collect::<Vec<u64>>();
    for (name, unit, values) in [
        ("keyword_messages", "messages/search", every(|row| row.messages)),
        ("keyword_bytes", "bytes/search", every(|row| row.bytes)),
        ("keyword_postings", "items/search", every(|row| row.postings)),
        (
            "keyword_filter_bytes",
            "bytes/search",
            every(|row| row.filter_bytes),
        ),
        (
            "keyword_false_positives",
            "items/search",
            every(|row| row.false_positives),
        ),
        ("keyword_timeouts", "timeouts/search", every(|row| row.timeouts)),
    ] {
        metrics.push(Metric::distribution(name, unit, values, 1));
    }
    let matches = rows.iter().filter_map(|row| row.matches.map(u64::from)).collect();
    metrics.push(Metric::distribution(
        "keyword_matches",
        "items/search",
        matches,
        1,
    ));
    let latencies = rows.iter().filter_map(|row| row.latency_ns).collect();
    metrics.push(Metric::distribution(
        "keyword_latency",
        "ms",
        latencies,
        NS_PER_MS,
    ));
}
