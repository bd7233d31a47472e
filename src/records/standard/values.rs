//! The metrics of reads and writes of values.

use super::NS_PER_MS;
use crate::records::column::Vocabulary as _;
use crate::records::metric::Metric;
use crate::records::outcome::{ReadOutcome, WriteOutcome};
use crate::records::rows::{ValueRow, WriteRow};

/// Adds all of them, reads and writes from before `warm_up_ns` not counted.
pub(super) fn metrics(reads: &[ValueRow], writes: &[WriteRow], warm_up_ns: u64, metrics: &mut Vec<Metric>) {
    let reads: Vec<&ValueRow> = reads.iter().filter(|row| row.issued_ns >= warm_up_ns).collect();
    let writes: Vec<&WriteRow> = writes.iter().filter(|row| row.issued_ns >= warm_up_ns).collect();
    read_metrics(&reads, metrics);
    write_metrics(&writes, metrics);
}

fn read_metrics(rows: &[&ValueRow], metrics: &mut Vec<Metric>) {
    let number = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
    metrics.push(Metric::integer("reads", "reads", rows.len() as u64));
    for outcome in ReadOutcome::ALL {
        let name = format!("reads_{}", outcome.word());
        metrics.push(Metric::integer(name, "reads", number(outcome) as u64));
    }
    // Of those that came to an end, their origin being there, of values that had been stored.
    let ended = [
        ("read_fresh_share", ReadOutcome::Fresh),
        ("read_stale_share", ReadOutcome::Stale),
        ("read_missing_share", ReadOutcome::Missing),
        ("read_failed_share", ReadOutcome::Failed),
    ];
    let whole = ended.iter().map(|(_, outcome)| number(*outcome)).sum::<usize>() as u128;
    for (name, outcome) in ended {
        metrics.push(Metric::ratio(name, "1", number(outcome) as u128, whole));
    }
    // What only an observer knows: somebody kept it all the same.
    if rows.iter().any(|row| row.live_replicas.is_some()) {
        let missed = rows
            .iter()
            .filter(|row| row.outcome == ReadOutcome::Missing && row.live_replicas > Some(0));
        metrics.push(Metric::integer(
            "reads_missing_though_kept",
            "reads",
            missed.count() as u64,
        ));
        let replicas = rows.iter().filter_map(|row| row.live_replicas).collect();
        metrics.push(Metric::distribution(
            "read_live_replicas",
            "peers/read",
            replicas,
            1,
        ));
    }
    let behind = rows.iter().filter(|row| row.outcome == ReadOutcome::Stale);
    let behind = behind.filter_map(|row| Some(u64::from(row.latest_version? - row.version?)));
    metrics.push(Metric::distribution(
        "read_versions_behind",
        "versions/read",
        behind.collect(),
        1,
    ));
    let found = || rows.iter().filter(|row| row.outcome.is_found());
    let hops = found().filter_map(|row| row.hops.map(u64::from)).collect();
    metrics.push(Metric::distribution("read_hops", "hops", hops, 1));
    let latencies = found().filter_map(|row| row.latency_ns).collect();
    metrics.push(Metric::distribution("read_latency", "ms", latencies, NS_PER_MS));
    let messages = found().map(|row| row.messages).collect();
    metrics.push(Metric::distribution(
        "read_messages",
        "messages/read",
        messages,
        1,
    ));
    let timeouts = found().map(|row| row.timeouts).collect();
    metrics.push(Metric::distribution(
        "read_timeouts",
        "timeouts/read",
        timeouts,
        1,
    ));
}

fn write_metrics(rows: &[&WriteRow], metrics: &mut Vec<Metric>) {
    metrics.push(Metric::integer("writes", "writes", rows.len() as u64));
    for outcome in WriteOutcome::ALL {
        let number = rows.iter().filter(|row| row.outcome == outcome).count();
        let name = format!("writes_{}", outcome.word());
        metrics.push(Metric::integer(name, "writes", number as u64));
    }
    let kept = || rows.iter().filter(|row| row.outcome == WriteOutcome::Kept);
    let replicas = kept().filter_map(|row| row.replicas.map(u64::from)).collect();
    metrics.push(Metric::distribution("write_replicas", "nodes/write", replicas, 1));
    let latencies = kept().filter_map(|row| row.latency_ns).collect();
    metrics.push(Metric::distribution("write_latency", "ms", latencies, NS_PER_MS));
    let messages = kept().map(|row| row.messages).collect();
    metrics.push(Metric::distribution(
        "write_messages",
        "messages/write",
        messages,
        1,
    ));
}
