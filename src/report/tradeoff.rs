//! What latency a protocol buys with what bandwidth, combination by combination.
//!
//! The method is p2psim's (Li, Stribling, Morris, Kaashoek and Gil, "A performance vs. cost framework for evaluating DHT design
//! tradeoffs under churn", INFOCOM 2005): each combination of parameters is a point, and a protocol is judged by the lower
//! convex hull of its points, since whoever uses it may choose the parameters.

use super::hull::falling_hull;
use crate::records::{SweepRow, SweepTable};

/// The points of a protocol of a scenario.
#[derive(Clone, PartialEq, Debug)]
pub struct Tradeoff {
    /// The scenario; where it sweeps its overlay, with the protocol.
    pub name: String,
    /// Bytes per second of a peer, and median latency of a lookup in milliseconds: means over a combination's replications.
    /// Combinations of which a replication has no value are left out.
    pub points: Vec<(f64, f64)>,
    /// Combinations left out.
    pub left_out: usize,
}

impl Tradeoff {
    /// The protocols of a sweep, in the order of its table.
    pub fn of(table: &SweepTable) -> Vec<Self> {
        let mut tradeoffs: Vec<Self> = Vec::new();
        let is_one = |one: &SweepRow, other: &SweepRow| {
            (&one.scenario, &one.settings) == (&other.scenario, &other.settings)
        };
        for combination in table.rows.chunk_by(is_one) {
            let SweepRow {
                scenario, protocol, ..
            } = &combination[0];
            let mut rows = table.rows.iter();
            let has_several = rows.any(|row| row.scenario == *scenario && row.protocol != *protocol);
            let name = if has_several {
                format!("{scenario}, {protocol}")
            } else {
                scenario.clone()
            };
            let place = tradeoffs.iter().position(|tradeoff| tradeoff.name == name);
            let place = place.unwrap_or_else(|| {
                tradeoffs.push(Self {
                    name,
                    points: Vec::new(),
                    left_out: 0,
                });
                tradeoffs.len() - 1
            });
            match mean(combination) {
                Some(point) => tradeoffs[place].points.push(point),
                None => tradeoffs[place].left_out += 1,
            }
        }
        tradeoffs
    }

    /// The combinations that are worth their cost, the cheapest first.
    pub fn hull(&self) -> Vec<(f64, f64)> {
        falling_hull(&self.points)
    }
}

/// The point of a combination.
fn mean(replications: &[SweepRow]) -> Option<(f64, f64)> {
    let mut sum = (0.0, 0.0);
    for row in replications {
        sum.0 += row.measures.bytes_per_peer_per_s?;
        sum.1 += row.measures.latency_ns_median? as f64 / 1e6;
    }
    let number = replications.len() as f64;
    Some((sum.0 / number, sum.1 / number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Measures;

    fn row(scenario: &str, protocol: &str, setting: &str, point: Option<(f64, u64)>) -> SweepRow {
        SweepRow {
            scenario: scenario.to_owned(),
            protocol: protocol.to_owned(),
            replication: 0,
            settings: vec![setting.to_owned()],
            measures: Measures {
                bytes_per_peer_per_s: point.map(|(bytes, _)| bytes),
                latency_ns_median: point.map(|(_, ms)| ms * 1_000_000),
                ..Measures::default()
            },
        }
    }

    #[test]
    fn points_are_means_over_replications_and_protocols_stay_apart() {
        let table = SweepTable {
            keys: vec!["overlay".to_owned()],
            rows: vec![
                row("a", "chord", "1", Some((10.0, 100))),
                row("a", "chord", "1", Some((30.0, 200))),
                row("a", "chord", "2", Some((5.0, 500))),
                row("a", "kademlia", "3", None),
                row("b", "chord", "1", Some((1.0, 1))),
                row("b", "chord", "2", Some((1.0, 1))),
                row("b", "chord", "2", None),
            ],
        };
        let tradeoff = |name: &str, points: &[(f64, f64)], left_out| Tradeoff {
            name: name.to_owned(),
            points: points.to_vec(),
            left_out,
        };
        assert_eq!(
            Tradeoff::of(&table),
            [
                tradeoff("a, chord", &[(20.0, 150.0), (5.0, 500.0)], 0),
                tradeoff("a, kademlia", &[], 1),
                tradeoff("b", &[(1.0, 1.0)], 1),
            ]
        );
        assert_eq!(Tradeoff::of(&table)[0].hull(), [(5.0, 500.0), (20.0, 150.0)]);
    }
}
