//! What a sweep measures of a run of lookups: what it cost, and how well it went.

use crate::engine::accounts::Count;
use crate::engine::time::SECOND_NS;
use crate::records::metric::percentile;
use crate::records::{LookupOutcome, LookupRow, Measures, PeerRow};
use crate::sharing::director::Sample;

/// What peers and service nodes spent together.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Expense {
    /// Messages sent.
    sent: Count,
    /// Time online, summed over them, nanoseconds.
    online_ns: u128,
}

impl Expense {
    /// What was spent until the last sample that is not after the end of the warm-up; nothing if there is none.
    pub(super) fn of_warm_up(samples: &[Sample], warm_up_ns: u64) -> Self {
        let mut expense = Self::default();
        if let Some(sample) = samples.iter().rev().find(|sample| sample.time_ns <= warm_up_ns) {
            expense.online_ns = sample.attendance.online_ns(sample.time_ns);
            sample
                .accounts
                .sent
                .iter()
                .for_each(|count| expense.sent.merge(*count));
        }
        expense
    }
}

/// Measures lookups issued at `warm_up_ns` or later, and messages sent after the expense of the warm-up.
///
/// Latencies are those of p2psim (Li, Stribling, Morris, Kaashoek and Gil 2005): a lookup that fails counts with the time after
/// which lookups are given up, `give_up_ns`. So does one that found the wrong node: whoever asked is no better off.
pub(super) fn measure(
    lookups: &[LookupRow],
    peers: &[PeerRow],
    warm_up_ns: u64,
    give_up_ns: u64,
    warm_up: Expense,
) -> Measures {
    let counted = || lookups.iter().filter(|row| row.issued_ns >= warm_up_ns);
    let number = |outcome| counted().filter(|row| row.outcome == outcome).count();
    let correct = number(LookupOutcome::Correct);
    let incorrect = number(LookupOutcome::Incorrect);
    let failed = number(LookupOutcome::Failed);
    let ended = correct + incorrect + failed;
    let share = |part: usize| (ended > 0).then(|| part as f64 / ended as f64);

    let mut latencies_ns: Vec<u64> = counted()
        .filter(|row| row.outcome == LookupOutcome::Correct)
        .filter_map(|row| row.latency_ns)
        .collect();
    latencies_ns.resize(ended, give_up_ns);
    latencies_ns.sort_unstable();
    let latency_ns = |percent| (ended > 0).then(|| percentile(&latencies_ns, percent));

    let hops: Vec<u64> = counted().filter_map(|row| row.hops.map(u64::from)).collect();
    let hops_sum: u64 = hops.iter().sum();

    let sum = |value: fn(&PeerRow) -> u64| peers.iter().map(|row| u128::from(value(row))).sum::<u128>();
    let online_ns = sum(|row| row.online_ns) - warm_up.online_ns;
    let messages = sum(|row| row.sent_messages) - u128::from(warm_up.sent.messages);
    let bytes = sum(|row| row.sent_bytes) - u128::from(warm_up.sent.bytes);
    let rate = |sent: u128| (online_ns > 0).then(|| sent as f64 / (online_ns as f64 / SECOND_NS as f64));
    Measures {
        online_ns,
        lookups: counted().count() as u64,
        correct_share: share(correct),
        incorrect_share: share(incorrect),
        failed_share: share(failed),
        latency_ns_median: latency_ns(50),
        latency_ns_90: latency_ns(90),
        hops_mean: (!hops.is_empty()).then(|| hops_sum as f64 / hops.len() as f64),
        messages_per_peer_per_s: rate(messages),
        bytes_per_peer_per_s: rate(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::dht::Identifier;
    use crate::records::column::Key;

    const GIVE_UP_NS: u64 = 4_000;

    fn lookup(issued_ns: u64, outcome: LookupOutcome, answer: Option<(u64, u32)>) -> LookupRow {
        LookupRow {
            lookup: 0,
            issued_ns,
            origin: 0,
            key: Key {
                identifier: Identifier::of_number(1, 4),
                digits: 1,
            },
            hops: answer.map(|(_, hops)| hops),
            messages: 2,
            timeouts: 0,
            latency_ns: answer.map(|(latency_ns, _)| latency_ns),
            outcome,
        }
    }

    fn peer(online_s: u64, messages: u64, bytes: u64) -> PeerRow {
        PeerRow {
            peer: 0,
            label: 0,
            group: "all".into(),
            online_ns: online_s * 1_000_000_000,
            sessions: 1,
            sent_messages: messages,
            received_messages: 0,
            sent_bytes: bytes,
            received_bytes: 0,
            uploaded_bytes: 0,
            downloaded_bytes: 0,
            degree_end: None,
            shared_items_end: None,
        }
    }

    #[test]
    fn what_is_not_correct_takes_as_long_as_giving_up() {
        use LookupOutcome::{Correct, Failed, Incorrect, OriginLeft, OriginOffline, Unfinished};
        let lookups = [
            lookup(9, Correct, Some((1, 1))),
            lookup(10, Correct, Some((100, 2))),
            lookup(11, Correct, Some((300, 4))),
            lookup(12, Incorrect, Some((5, 6))),
            lookup(13, Failed, None),
            lookup(14, OriginLeft, None),
            lookup(15, OriginOffline, None),
            lookup(16, Unfinished, None),
        ];
        let peers = [peer(10, 3, 100), peer(0, 0, 0), peer(30, 5, 60)];
        let measures = measure(&lookups, &peers, 10, GIVE_UP_NS, Expense::default());
        let expected = Measures {
            online_ns: 40_000_000_000,
            lookups: 7,
            correct_share: Some(0.5),
            incorrect_share: Some(0.25),
            failed_share: Some(0.25),
            // 100, 300, 4000, 4000.
            latency_ns_median: Some(300),
            latency_ns_90: Some(GIVE_UP_NS),
            hops_mean: Some(4.0),
            messages_per_peer_per_s: Some(0.2),
            bytes_per_peer_per_s: Some(4.0),
        };
        assert_eq!(measures, expected);
    }

    #[test]
    fn of_nothing_there_is_no_mean() {
        let measures = measure(&[], &[peer(0, 0, 0)], 0, GIVE_UP_NS, Expense::default());
        assert_eq!(measures, Measures::default());
    }
}
