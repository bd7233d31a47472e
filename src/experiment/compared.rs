//! What a comparison measures of a run, and the digests that say that the world is the same for all.

use std::collections::BTreeMap;

use crate::engine::digest::Channel;
use crate::engine::time::SECOND_NS;
use crate::overlay::ItemId;
use crate::records::comparison::{Measure, Measured};
use crate::records::metric::percentile;
use crate::records::{DownloadRow, Metric, PeerRow, QueryOutcome, QueryRow, Value};
use crate::sharing::library::Library;

/// What there is to be found, as far as a comparison needs it.
#[derive(Clone, Default, Debug)]
pub(super) struct Contents {
    /// Number of items.
    pub(super) items: u64,
    /// Digest of the items, the words of their names, their holders when the run begins, and the peers' traits.
    pub(super) digest: Channel,
    /// Of the only item, if there is but one: its size in bytes, and the peers that hold it when the run begins.
    pub(super) only: Option<(u64, Vec<u32>)>,
}

impl Contents {
    /// The contents of a library.
    pub(super) fn of(library: &Library) -> Self {
        let mut digest = Channel::default();
        let catalogue = &library.catalogue;
        for item in 0..catalogue.items() {
            let id = ItemId(item);
            let lengths = u64::from(catalogue.name_bytes(id)) << 16 | u64::from(catalogue.text_bytes(id));
            digest.add_four(SIZES, u64::from(item), catalogue.size_bytes(id), lengths);
            for (place, word) in (0..).zip(catalogue.name_words(id)) {
                digest.add_four(WORDS, u64::from(item), place, u64::from(word.0));
            }
            for holder in library.placement.holders(id) {
                digest.add(HOLDERS, u64::from(item), u64::from(holder.0));
            }
        }
        for (peer, traits) in (0..).zip(&library.traits) {
            let flags = [traits.shares, traits.shares_finished, traits.firewalled];
            let flags = flags.iter().fold(0, |word, flag| word << 1 | u64::from(*flag));
            digest.add_four(TRAITS, peer, flags, u64::from(traits.spoils_percent));
        }
        let only = (catalogue.items() == 1).then(|| {
            let holders = library.placement.holders(ItemId(0)).iter();
            (
                catalogue.size_bytes(ItemId(0)),
                holders.map(|holder| holder.0).collect(),
            )
        });
        Self {
            items: u64::from(catalogue.items()),
            digest,
            only,
        }
    }
}

/// Kinds of entries of a digest.
const SIZES: u64 = 1;
const HOLDERS: u64 = 2;
const TRAITS: u64 = 3;
const WORDS: u64 = 4;

/// The digest of who the peers are and when they were online. Service nodes, which belong to the overlay, are no part of it.
pub(super) fn population(peers: &[PeerRow]) -> Channel {
    let mut digest = Channel::default();
    for row in peers {
        let name = row.group.bytes();
        let group = name.fold(0, |word: u64, byte| {
            word.wrapping_mul(257).wrapping_add(u64::from(byte))
        });
        digest.add_four(row.peer, row.label, group, 0);
        digest.add_four(row.peer, row.online_ns, row.sessions, 1);
    }
    digest
}

/// A run's tables, as far as they are measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'r> {
    pub(super) metrics: &'r [Metric],
    pub(super) queries: &'r [QueryRow],
    pub(super) downloads: &'r [DownloadRow],
    /// Peers, without service nodes.
    pub(super) peers: &'r [PeerRow],
    pub(super) servers: &'r [PeerRow],
    pub(super) warm_up_ns: u64,
    /// Number of items.
    pub(super) items: u64,
}

impl Run<'_> {
    /// Everything that the run has.
    pub(super) fn measure(&self) -> Measured {
        let mut measured = Measured::default();
        self.measure_queries(&mut measured);
        self.measure_files(&mut measured);
        self.measure_peers(&mut measured);
        if !self.servers.is_empty() {
            let sum = |value: fn(&PeerRow) -> u64| {
                let sum: u128 = self.servers.iter().map(|row| u128::from(value(row))).sum();
                Some(sum as f64)
            };
            measured.set(
                Measure::ServerMessageBytes,
                sum(|row| row.sent_bytes + row.received_bytes),
            );
            measured.set(Measure::ServerPayloadBytes, sum(|row| row.uploaded_bytes));
        }
        measured
    }

    /// A number of the run's summary.
    fn told(&self, name: &str) -> Option<f64> {
        let metric = self.metrics.iter().find(|metric| metric.name == name)?;
        match metric.value {
            Value::Real(value) => Some(value),
            Value::Integer(value) => Some(value as f64),
            Value::Undefined | Value::Distribution(_) | Value::Interval(_) => None,
        }
    }

    fn measure_queries(&self, measured: &mut Measured) {
        if self.queries.is_empty() {
            return;
        }
        for measure in [
            Measure::Queries,
            Measure::Success,
            Measure::RecallLive,
            Measure::RecallReachable,
            Measure::ExistedNotFound,
        ] {
            measured.set(measure, self.told(measure.column()));
        }
        let rows = self.queries.iter();
        let asked: Vec<&QueryRow> = rows
            .filter(|row| row.issued_ns >= self.warm_up_ns && row.outcome.is_asked())
            .collect();
        let mut first = 0;
        for (measure, percent) in CLASSES {
            let end = (self.items * percent)
                .div_ceil(100)
                .max(first + 1)
                .min(self.items);
            let class = asked.iter().filter(|row| (first..end).contains(&row.item));
            let found = class
                .clone()
                .filter(|row| row.outcome == QueryOutcome::Hit)
                .count();
            measured.set(measure, share(found as f64, class.count() as f64));
            first = end;
        }
        let hits_ns = asked.iter().filter_map(|row| row.first_hit_ns).collect();
        for (measure, ns) in [Measure::FirstHitMedian, Measure::FirstHit95]
            .into_iter()
            .zip(percentiles(hits_ns, [50, 95]))
        {
            measured.set(measure, ns.map(|ns| ns as f64 / 1e6));
        }
    }

    fn measure_files(&self, measured: &mut Measured) {
        let started = |row: &&DownloadRow| row.started_ns >= self.warm_up_ns;
        measured.set(
            Measure::DownloadSuccess,
            self.told(Measure::DownloadSuccess.column()),
        );
        let issued: BTreeMap<u64, u64> = self
            .queries
            .iter()
            .map(|row| (row.query, row.issued_ns))
            .collect();
        let times = self.downloads.iter().filter(started).filter_map(|row| {
            let issued_ns = issued.get(&row.query)?;
            row.finished_ns?.checked_sub(*issued_ns)
        });
        for (measure, ns) in [Measure::FileTimeMedian, Measure::FileTime95]
            .into_iter()
            .zip(percentiles(times.collect(), [50, 95]))
        {
            measured.set(measure, ns.map(|ns| ns as f64 / 1e9));
        }
    }

    fn measure_peers(&self, measured: &mut Measured) {
        let sum = |value: fn(&PeerRow) -> u64| {
            let sum: u128 = self.peers.iter().map(|row| u128::from(value(row))).sum();
            sum as f64
        };
        let online_s = sum(|row| row.online_ns) / 1e9;
        measured.set(Measure::PeerBytesMean, share(sum(|row| row.sent_bytes), online_s));
        // Millibytes, so that percentiles are those of whole numbers.
        let judged = self.peers.iter().filter(|row| row.online_ns >= RATE_ONLINE_NS);
        let rates = judged.map(|row| {
            let scaled = u128::from(row.sent_bytes) * 1_000_000_000_000 / u128::from(row.online_ns);
            u64::try_from(scaled).unwrap_or(u64::MAX)
        });
        for (measure, rate) in [Measure::PeerBytesMedian, Measure::PeerBytes99]
            .into_iter()
            .zip(percentiles(rates.collect(), [50, 99]))
        {
            measured.set(measure, rate.map(|rate| rate as f64 / 1e3));
        }
        let online = self.peers.iter().filter(|row| row.online_ns > 0);
        let mut loads: Vec<u64> = online.map(|row| row.sent_bytes + row.received_bytes).collect();
        loads.sort_unstable();
        measured.set(Measure::LoadGini, gini(&loads));
        let top = loads.len() - loads.len().div_ceil(100);
        let total = |loads: &[u64]| loads.iter().map(|&load| u128::from(load)).sum::<u128>() as f64;
        measured.set(Measure::LoadTopShare, share(total(&loads[top..]), total(&loads)));
    }
}

/// Peers that were online for less have no rate of their own: what it takes to join would be all that shows.
const RATE_ONLINE_NS: u64 = 60 * SECOND_NS;

/// Classes of items by popularity, with the percentage of items at which each ends.
const CLASSES: [(Measure, u64); 4] = [
    (Measure::SuccessFirst1, 1),
    (Measure::SuccessNext9, 10),
    (Measure::SuccessNext40, 50),
    (Measure::SuccessLast50, 100),
];

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Percentiles by nearest rank.
fn percentiles(mut values: Vec<u64>, percents: [u32; 2]) -> [Option<u64>; 2] {
    values.sort_unstable();
    percents.map(|percent| (!values.is_empty()).then(|| percentile(&values, percent)))
}

/// Gini coefficient of ascending loads: the mean difference between two of them, over twice their mean. `None`: nobody bears
/// anything.
fn gini(loads: &[u64]) -> Option<f64> {
    let n = loads.len() as i128;
    let sum: i128 = loads.iter().map(|&load| i128::from(load)).sum();
    // Of n ascending loads, that of rank i is the larger in i - 1 pairs and the smaller in n - i.
    let weighted: i128 = loads
        .iter()
        .zip(1_i128..)
        .map(|(&load, rank)| (2 * rank - n - 1) * i128::from(load))
        .sum();
    (sum > 0).then(|| weighted as f64 / (n as f64 * sum as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::DownloadOutcome;

    /// By definition, pair by pair.
    fn slow_gini(loads: &[u64]) -> f64 {
        let mut differences = 0.0;
        for one in loads {
            for other in loads {
                differences += (*one as f64 - *other as f64).abs();
            }
        }
        let n = loads.len() as f64;
        let mean = loads.iter().sum::<u64>() as f64 / n;
        differences / (n * n) / (2.0 * mean)
    }

    #[test]
    fn gini_coefficients_are_those_of_the_definition() {
        for loads in [
            vec![3, 3, 3],
            vec![0, 0, 0, 12],
            vec![1, 2, 3, 4, 5],
            vec![0, 7, 7, 100, 9_000],
        ] {
            let found = gini(&loads).unwrap();
            assert!((found - slow_gini(&loads)).abs() < 1e-12, "{loads:?}: {found}");
        }
        assert_eq!(gini(&[0, 0]), None);
        assert_eq!(gini(&[]), None);
    }

    fn query(query: u64, issued_ns: u64, item: u64, first_hit_ns: Option<u64>) -> QueryRow {
        QueryRow {
            query,
            issued_ns,
            origin: 0,
            item,
            ttl: None,
            reached_peers: 0,
            query_messages: 0,
            duplicate_messages: 0,
            hit_messages: 0,
            check_messages: 0,
            bytes: 0,
            hits: u64::from(first_hit_ns.is_some()),
            first_arrival_sum_ns: 0,
            first_hit_ns,
            first_hit_hops: None,
            live_replicas: None,
            reachable_replicas: None,
            outcome: if first_hit_ns.is_some() {
                QueryOutcome::Hit
            } else {
                QueryOutcome::NoHit
            },
        }
    }

    fn peer(online_s: u64, sent_bytes: u64, received_bytes: u64) -> PeerRow {
        PeerRow {
            peer: 0,
            label: 0,
            group: "all".into(),
            online_ns: online_s * 1_000_000_000,
            sessions: 1,
            sent_messages: 0,
            received_messages: 0,
            sent_bytes,
            received_bytes,
            uploaded_bytes: 500,
            downloaded_bytes: 0,
            degree_end: None,
            shared_items_end: None,
        }
    }

    #[test]
    fn measures_are_those_counted_by_hand() {
        let ms = |ms: u64| Some(ms * 1_000_000);
        // 20 items: class by class 1, 1, 8 and 10 of them.
        let queries = [
            query(0, 5, 0, ms(9_999)),
            query(1, 10, 0, ms(10)),
            query(2, 11, 0, None),
            query(3, 12, 1, ms(30)),
            query(4, 13, 9, ms(20)),
            query(5, 14, 10, None),
        ];
        let download = |query, started_ns, finished_s: Option<u64>| DownloadRow {
            download: 0,
            started_ns,
            peer: 0,
            item: 0,
            size_bytes: 1,
            sources: 1,
            finished_ns: finished_s.map(|s| s * 1_000_000_000 + 10),
            corrupt_chunks: 0,
            refetched_bytes: 0,
            outcome: DownloadOutcome::Completed,
            query,
            verified_bytes: 1,
        };
        let downloads = [
            download(0, 6, Some(1)),
            download(1, 20, Some(4)),
            download(3, 20, None),
        ];
        let run = Run {
            metrics: &[Metric::ratio("query_success", "1", 3, 5)],
            queries: &queries,
            downloads: &downloads,
            peers: &[peer(100, 1_000, 0), peer(0, 0, 0), peer(200, 6_000, 1_000)],
            servers: &[peer(30, 40, 2), peer(30, 0, 1)],
            warm_up_ns: 10,
            items: 20,
        };
        let measured = run.measure();
        for (measure, expected) in [
            (Measure::Success, Some(0.6)),
            (Measure::RecallLive, None),
            (Measure::SuccessFirst1, Some(0.5)),
            (Measure::SuccessNext9, Some(1.0)),
            (Measure::SuccessNext40, Some(1.0)),
            (Measure::SuccessLast50, Some(0.0)),
            (Measure::FirstHitMedian, Some(20.0)),
            (Measure::FirstHit95, Some(30.0)),
            (Measure::FileTimeMedian, Some(4.0)),
            (Measure::DownloadSuccess, None),
            (Measure::PeerBytesMean, Some(7_000.0 / 300.0)),
            (Measure::PeerBytesMedian, Some(10.0)),
            (Measure::PeerBytes99, Some(30.0)),
            // Loads 1000 and 7000.
            (Measure::LoadGini, Some(0.375)),
            (Measure::LoadTopShare, Some(0.875)),
            (Measure::ServerMessageBytes, Some(43.0)),
            (Measure::ServerPayloadBytes, Some(1_000.0)),
        ] {
            assert_eq!(measured.get(measure), expected, "{measure:?}");
        }
        let nothing = Run {
            metrics: &[],
            queries: &[],
            downloads: &[],
            peers: &[],
            servers: &[],
            warm_up_ns: 0,
            items: 0,
        };
        assert_eq!(nothing.measure(), Measured::default());
    }
}
