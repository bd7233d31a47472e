//! The metrics that tell the parts of a hybrid from one another.

use super::super::rows::{HybridRow, QueryRow};
use super::{Metric, NS_PER_MS};

/// Metrics of queries over a hybrid, those before `warm_up_ns` left out. Both tables have a row for every query.
pub(super) fn metrics(rows: &[HybridRow], queries: &[QueryRow], warm_up_ns: u64, metrics: &mut Vec<Metric>) {
    let asked = rows.iter().zip(queries);
    let asked = asked.filter(|(_, query)| query.issued_ns >= warm_up_ns && query.outcome.is_asked());
    let asked: Vec<&HybridRow> = asked.map(|(row, _)| row).collect();
    let number = |is_so: fn(&&&HybridRow) -> bool| asked.iter().filter(is_so).count() as u64;
    for (name, value) in [
        (
            "queries_put_to_structured",
            number(|row| row.structured_asked_ns.is_some()),
        ),
        (
            "queries_hit_by_unstructured",
            number(|row| row.unstructured_hits > 0),
        ),
        ("queries_hit_by_structured", number(|row| row.structured_hits > 0)),
        (
            "queries_hit_by_structured_only",
            number(|row| row.structured_hits > 0 && row.unstructured_hits == 0),
        ),
    ] {
        metrics.push(Metric::integer(name, "queries", value));
    }
    let every = |value: fn(&HybridRow) -> u64| asked.iter().map(|row| value(row)).collect::<Vec<u64>>();
    for (name, unit, values) in [
        (
            "query_unstructured_messages",
            "messages/query",
            every(|row| row.unstructured_messages),
        ),
        (
            "query_unstructured_bytes",
            "bytes/query",
            every(|row| row.unstructured_bytes),
        ),
        (
            "query_structured_messages",
            "messages/query",
            every(|row| row.structured_messages),
        ),
        (
            "query_structured_bytes",
            "bytes/query",
            every(|row| row.structured_bytes),
        ),
    ] {
        metrics.push(Metric::distribution(name, unit, values, 1));
    }
    let first_hits =
        |value: fn(&HybridRow) -> Option<u64>| asked.iter().filter_map(|row| value(row)).collect();
    for (name, values) in [
        (
            "query_unstructured_first_hit_latency",
            first_hits(|row| row.unstructured_first_hit_ns),
        ),
        (
            "query_structured_first_hit_latency",
            first_hits(|row| row.structured_first_hit_ns),
        ),
    ] {
        metrics.push(Metric::distribution(name, "ms", values, NS_PER_MS));
    }
}
