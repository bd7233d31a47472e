//! What is left of a network after an attack: of its queries and of its links.

use crate::records::comparison::{Measure, Measured};
use crate::records::{QueryOutcome, QueryRow, SeriesRow};

/// The share of queries issued in `from_ns..to_ns`, and put to others, to which a hit came; `None` if there were none.
pub(super) fn success(queries: &[QueryRow], from_ns: u64, to_ns: u64) -> Option<f64> {
    let rows = queries.iter();
    let asked = rows.filter(|row| (from_ns..to_ns).contains(&row.issued_ns) && row.outcome.is_asked());
    let found = asked
        .clone()
        .filter(|row| row.outcome == QueryOutcome::Hit)
        .count();
    let number = asked.count();
    (number > 0).then(|| found as f64 / number as f64)
}

/// How peers hang together after an attack and at the end, as far as samples know.
pub(super) fn shape(series: &[SeriesRow], at_ns: u64, measured: &mut Measured) {
    let after = series.partition_point(|row| row.time_ns <= at_ns);
    let (before, after) = series.split_at(after);
    measured.set(
        Measure::OnlinePeers,
        after.first().map(|row| row.online_peers as f64),
    );
    let has_links = before
        .last()
        .is_some_and(|row| row.links.is_some_and(|links| links > 0));
    if has_links {
        measured.set(Measure::LargestComponent, after.first().and_then(largest_share));
        measured.set(Measure::LargestComponentEnd, after.last().and_then(largest_share));
    }
}

fn largest_share(row: &SeriesRow) -> Option<f64> {
    let largest = row.largest_component?;
    (row.online_peers > 0).then(|| largest as f64 / row.online_peers as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(time_ns: u64, online_peers: u64, links: u64, largest: u64) -> SeriesRow {
        SeriesRow {
            time_ns,
            online_peers,
            links: Some(links),
            components: Some(1),
            largest_component: Some(largest),
            ..SeriesRow::default()
        }
    }

    #[test]
    fn components_are_those_of_the_first_sample_after_the_attack_and_of_the_last() {
        let check = |series: &[SeriesRow], at_ns, expected: [Option<f64>; 3]| {
            let mut measured = Measured::default();
            shape(series, at_ns, &mut measured);
            let found = [
                Measure::OnlinePeers,
                Measure::LargestComponent,
                Measure::LargestComponentEnd,
            ];
            assert_eq!(found.map(|measure| measured.get(measure)), expected, "{at_ns}");
        };
        let series = [
            sample(10, 100, 200, 99),
            // A sample comes before what happens at its instant.
            sample(20, 100, 210, 98),
            sample(30, 50, 60, 40),
            sample(40, 50, 90, 50),
        ];
        check(&series, 20, [Some(50.0), Some(0.8), Some(1.0)]);
        check(&series, 19, [Some(100.0), Some(0.98), Some(1.0)]);
        check(&series, 40, [None, None, None]);
        // Before the first sample nobody knows whether there are links at all.
        check(&series, 5, [Some(100.0), None, None]);
        // Where there were none, none can be missed.
        let bare = [sample(10, 100, 0, 1), sample(20, 50, 0, 1)];
        check(&bare, 10, [Some(50.0), None, None]);
    }
}
