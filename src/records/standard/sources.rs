//! The metrics of sources that peers name to each other.

use super::Metric;
use crate::records::rows::SourceRow;

/// Adds all of them, downloads from before `warm_up_ns` not counted.
pub(super) fn metrics(rows: &[SourceRow], warm_up_ns: u64, metrics: &mut Vec<Metric>) {
    let rows: Vec<&SourceRow> = rows.iter().filter(|row| row.started_ns >= warm_up_ns).collect();
    let every = |value: fn(&SourceRow) -> u64| rows.iter().map(|row| value(row)).collect::<Vec<u64>>();
    for (name, values) in [
        ("sources_by_overlay", every(|row| row.by_overlay)),
        ("sources_by_exchange", every(|row| row.by_exchange)),
        (
            "sources_delivered_by_exchange",
            every(|row| row.delivered_by_exchange),
        ),
    ] {
        metrics.push(Metric::distribution(name, "sources/download", values, 1));
    }
    let sum = |value: fn(&SourceRow) -> u64| rows.iter().map(|row| value(row)).sum::<u64>();
    for (name, value) in [
        ("sources_named", sum(|row| row.named)),
        ("sources_unfounded", sum(|row| row.unfounded)),
    ] {
        metrics.push(Metric::integer(name, "sources", value));
    }
}
