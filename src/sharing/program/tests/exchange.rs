//! Who is named to whom, and when.

use super::*;
use crate::sharing::message::SourceList;
use std::collections::{BTreeMap, BTreeSet};

const PEERS: u32 = 14;
/// The only one that the overlay knows of.
const SEED_PEER: PeerId = PeerId(13);
/// Another that holds the item.
const OTHER: PeerId = PeerId(12);

const QUESTIONS: ExchangeSettings = ExchangeSettings {
    way: ExchangeWay::Questions {
        pause_ns: 8 * SECOND_NS,
        few_sources: 3,
        request_bytes: 22,
    },
    every_ns: 30 * SECOND_NS,
    sources_max: 4,
    remember_ns: 60 * SECOND_NS,
    names_firewalled: false,
    message_bytes: 24,
    source_bytes: 28,
};

const CHANGES: ExchangeSettings = ExchangeSettings {
    way: ExchangeWay::Changes {
        dropped_max: 2,
        dropped_bytes: 6,
    },
    every_ns: 5 * SECOND_NS,
    sources_max: 3,
    remember_ns: 0,
    names_firewalled: true,
    message_bytes: 44,
    source_bytes: 7,
};

/// A swarm that peers come to one after the other, some of which go and come back.
fn swarm(exchange: ExchangeSettings) -> Lab<FileSharing<Direct>> {
    let mut setup = Setup::new(PEERS, 24, &[SEED_PEER.0, OTHER.0]);
    setup.queries = (0..12)
        .map(|peer| (SECOND_NS * u64::from(1 + 4 * peer), peer, 0))
        .collect();
    setup.traits[3].firewalled = true;
    setup.traits[6].shares = false;
    let settings = setup.settings();
    settings.partial_sharing = true;
    settings.busy_retry_ns = 5 * SECOND_NS;
    settings.exchange = Some(exchange);
    let mut lab = setup.lab();
    let everybody: BTreeSet<PeerId> = [SEED_PEER].into();
    lab.world.overlay.0[0] = everybody;
    for (at_s, peer, departure) in [
        (30, 2, Departure::Graceful),
        (45, 5, Departure::Crash),
        (50, 13, Departure::Crash),
    ] {
        lab.at(at_s * SECOND_NS, Event::Leave(PeerId(peer), departure));
        lab.at((at_s + 20) * SECOND_NS, Event::Join(PeerId(peer)));
    }
    lab
}

/// What a message names.
fn list(message: &SharingMessage<DirectMessage>) -> Option<&SourceList> {
    match message {
        SharingMessage::Transfer(message) => match &message.body {
            TransferBody::Sources(list) => Some(list),
            _ => None,
        },
        SharingMessage::Overlay(_) => None,
    }
}

#[test]
fn nobody_is_named_who_has_nothing_and_nobody_too_often() {
    for exchange in [QUESTIONS, CHANGES] {
        let mut lab = swarm(exchange);
        let mut had: BTreeSet<PeerId> = BTreeSet::new();
        let (mut looked_at, mut named) = (0, 0);
        lab.run(600 * SECOND_NS, |lab| {
            had.extend(lab.commons.tally.gained.iter().map(|(_, peer)| *peer));
            for (_, from, to, message) in &lab.sent[looked_at..] {
                let Some(list) = list(message) else { continue };
                assert!(list.added.len() <= usize::from(exchange.sources_max), "{list:?}");
                for source in &list.added {
                    let holds = [SEED_PEER, OTHER].contains(&source.peer) || had.contains(&source.peer);
                    assert!(holds, "{from:?} names {source:?}");
                    assert!(source.peer != to.peer && source.peer != from.peer);
                    assert_eq!(source.firewalled, source.peer == PeerId(3));
                    assert!(exchange.names_firewalled || !source.firewalled);
                    named += 1;
                }
            }
            looked_at = lab.sent.len();
        });
        check(&lab);
        assert!(named > 20, "{named}");
        // Somebody is asked, or told of changes, no more often than is said.
        let mut last: BTreeMap<(Contact, PeerId), u64> = BTreeMap::new();
        let is_question = matches!(exchange.way, ExchangeWay::Questions { .. });
        let mut told = 0;
        for (at_ns, from, to, message) in &lab.sent {
            let SharingMessage::Transfer(transfer) = message else {
                continue;
            };
            let is_meant = match &transfer.body {
                TransferBody::SourcesRequest { .. } => is_question,
                TransferBody::Sources(_) => !is_question,
                _ => false,
            };
            if is_meant {
                told += 1;
                if let Some(before_ns) = last.insert((*from, to.peer), *at_ns) {
                    assert!(at_ns - before_ns >= exchange.every_ns, "{from:?} to {to:?}");
                }
            }
        }
        println!("{named} named, {told} questions or changes");
        let lines = lab.commons.tally.downloads();
        let by_exchange: u32 = lines.iter().map(|line| line.found.by_exchange).sum();
        let delivered: u32 = lines.iter().map(|line| line.found.delivered_by_exchange).sum();
        assert!(by_exchange > 5 && delivered > 0, "{by_exchange} {delivered}");
        assert!(
            lines
                .iter()
                .all(|line| line.found.delivered_by_exchange <= line.sources)
        );
    }
}

/// A liar's chunks make nobody a source.
#[test]
fn who_was_served_rubbish_is_not_named() {
    let mut setup = Setup::new(4, 6, &[3]);
    setup.queries = vec![(SECOND_NS, 0, 0), (SECOND_NS, 1, 0), (SECOND_NS, 2, 0)];
    setup.traits[3].spoils_percent = 100;
    // They go on for twice as long as it takes until there is something to tell.
    setup.settings().failures_max = 12;
    setup.settings().exchange = Some(CHANGES);
    let lab = setup.run();
    assert!(
        lab.commons
            .tally
            .downloads()
            .iter()
            .all(|line| line.corrupt_chunks == 12)
    );
    assert_eq!(bodies(&lab, |body| matches!(body, TransferBody::Sources(_))), 0);
}

#[test]
fn questions_come_when_they_may() {
    use crate::sharing::exchange::Asked;
    let mut asked = Asked::default();
    let mut ask =
        |peer: u32, at_s: u64, known: usize| asked.ask(PeerId(peer), at_s * SECOND_NS, known, &QUESTIONS);
    assert!(ask(1, 0, 9), "the first");
    assert!(!ask(2, 7, 3), "not so soon with three known");
    assert!(ask(2, 7, 2), "at once with fewer");
    assert!(!ask(1, 29, 0), "the same not so soon");
    assert!(ask(1, 30, 9), "and then again");
    assert!(!ask(3, 37, 9));
    assert!(ask(3, 38, 9));
}
