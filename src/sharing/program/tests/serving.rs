//! Slots, queues, partial sharing, firewalls.

use super::*;
use crate::engine::{Draw, Purpose, SmallStream};

#[test]
fn slots_are_never_exceeded_and_everybody_is_served() {
    let mut setup = Setup::new(21, 4, &[20]);
    setup.queries = (0..20).map(|peer| (SECOND_NS, peer, 0)).collect();
    for traits in &mut setup.traits[..20] {
        traits.shares_finished = false;
    }
    let settings = setup.settings();
    settings.upload_slots = 2;
    settings.queue_max = 3;
    let mut lab = setup.lab();
    let mut most = 0;
    lab.run(END_NS, |lab| most = most.max(lab.peer(20).active_uploads()));
    check(&lab);
    assert_eq!(most, 2, "the slots are used, and no more");
    assert_eq!(lab.flows_max[&PeerId(20)], 2, "one chunk at a time in each");
    // Two are served and three queued each minute, until the twenty are through.
    assert_eq!(lab.commons.tally.queued, 4 * 3);
    assert_eq!(lab.commons.tally.turned_away, 15 + 10 + 5);
    let lines = lab.commons.tally.downloads();
    assert_eq!(lines.len(), 20);
    assert!(
        lines
            .iter()
            .all(|line| line.outcome == DownloadOutcome::Completed),
        "{lines:?}"
    );
    // Those turned away come back after a minute, not sooner.
    let busy_ns = |peer: u32| {
        let requests = lab.sent.iter().filter(|(_, from, _, message)| {
            from.peer.0 == peer
                && matches!(message, SharingMessage::Transfer(message) if matches!(message.body, TransferBody::Request { .. }))
        });
        requests.map(|(at_ns, ..)| *at_ns).collect::<Vec<_>>()
    };
    let times = busy_ns(19);
    assert!(times.len() > 1);
    assert!(
        times
            .windows(2)
            .all(|pair| pair[1] - pair[0] == 60 * SECOND_NS + 2 * LATENCY_NS)
    );
}

#[test]
fn the_queue_is_first_come_first_served() {
    let mut setup = Setup::new(6, 3, &[5]);
    setup.queries = (0..5)
        .map(|peer| (SECOND_NS + u64::from(4 - peer), peer, 0))
        .collect();
    setup.settings().upload_slots = 1;
    for traits in &mut setup.traits[..5] {
        traits.shares = false;
    }
    let lab = setup.run();
    let mut lines = lab.commons.tally.downloads();
    lines.sort_by_key(|line| line.finished_ns);
    let order: Vec<u32> = lines.iter().map(|line| line.peer.0).collect();
    assert_eq!(order, [4, 3, 2, 1, 0]);
}

/// To whom the chunks of a run went, in order.
fn receivers(lab: &Lab<FileSharing<Direct>>) -> Vec<u32> {
    let heads = lab.sent.iter().filter(|(.., message)| {
        matches!(message, SharingMessage::Transfer(message) if matches!(message.body, TransferBody::ChunkHead { .. }))
    });
    heads.map(|(_, _, to, _)| to.peer.0).collect()
}

#[test]
fn whoever_waits_takes_turns_after_a_session_of_chunks() {
    let order = |session_chunks: Option<u32>, pipeline: u8| {
        let mut setup = Setup::new(4, 6, &[3]);
        setup.queries = vec![(SECOND_NS, 0, 0), (SECOND_NS + 1, 1, 0), (SECOND_NS + 2, 2, 0)];
        for traits in &mut setup.traits[..3] {
            traits.shares = false;
        }
        let settings = setup.settings();
        (settings.upload_slots, settings.session_chunks) = (1, session_chunks);
        settings.pipeline = pipeline;
        let lab = setup.run();
        for line in lab.commons.tally.downloads() {
            assert_eq!(
                (line.outcome, line.refetched_bytes),
                (DownloadOutcome::Completed, 0)
            );
        }
        assert_eq!(lab.flows_started, 18, "what was taken back is not sent");
        assert_eq!(lab.commons.tally.queued, 2, "who takes turns was queued once");
        receivers(&lab)
    };
    let repeated = |turns: &[u32], chunks: usize| -> Vec<u32> {
        let turns = turns.iter().map(|peer| vec![*peer; chunks]);
        turns.collect::<Vec<_>>().concat()
    };
    for pipeline in [1, 3] {
        assert_eq!(order(None, pipeline), repeated(&[0, 1, 2], 6));
        assert_eq!(order(Some(1), pipeline), repeated(&[0, 1, 2], 1).repeat(6));
        assert_eq!(
            order(Some(4), pipeline),
            [repeated(&[0, 1, 2], 4), repeated(&[0, 1, 2], 2)].concat()
        );
        assert_eq!(order(Some(6), pipeline), repeated(&[0, 1, 2], 6));
    }
}

#[test]
fn a_session_goes_on_while_nobody_waits() {
    let time_ns = |session_chunks: Option<u32>| {
        let mut setup = Setup::new(2, 20, &[1]);
        setup.settings().session_chunks = session_chunks;
        let line = only_line(&setup.run());
        assert_eq!(line.outcome, DownloadOutcome::Completed);
        line.finished_ns.unwrap() - line.started_ns
    };
    assert_eq!(time_ns(Some(1)), time_ns(None));
}

/// A request crosses the word that the session is over, and before it arrives the slot is the asker's again: the chunk comes to
/// somebody who has taken the request back.
#[test]
fn a_request_may_cross_the_end_of_its_session_and_the_beginning_of_the_next() {
    let mut setup = Setup::new(3, 3, &[2]);
    setup.queries = vec![(SECOND_NS, 0, 0), (SECOND_NS + 1, 1, 0)];
    for traits in &mut setup.traits[..2] {
        traits.shares = false;
    }
    let settings = setup.settings();
    (settings.upload_slots, settings.session_chunks) = (1, Some(1));
    let is = |message: &SharingMessage<DirectMessage>, is_meant: fn(&TransferBody) -> bool| matches!(message, SharingMessage::Transfer(message) if is_meant(&message.body));
    let plain = setup.run();
    let over_ns = plain.sent.iter().find_map(|(at_ns, _, to, message)| {
        let is_queued = is(message, |body| matches!(body, TransferBody::Queued { .. }));
        (to.peer == PeerId(0) && is_queued).then_some(*at_ns)
    });
    // Peer 1 has the slot for ten milliseconds, until its farewell arrives.
    let left_ns = over_ns.expect("the first session ends") + 10 * MILLISECOND_NS - LATENCY_NS;
    let mut lab = setup.lab();
    lab.at(left_ns, Event::Leave(PeerId(1), Departure::Graceful));
    lab.run(END_NS, |_| {});
    check(&lab);
    let grants = lab.sent.iter().filter(|(_, _, to, message)| {
        to.peer == PeerId(0) && is(message, |body| matches!(body, TransferBody::Granted { .. }))
    });
    assert_eq!(grants.count(), 2, "two sessions");
    assert_eq!(receivers(&lab), [0; 4], "three chunks and one of them again");
    let line = lab.commons.tally.downloads()[0];
    assert_eq!(line.outcome, DownloadOutcome::Completed);
    assert!(line.refetched_bytes > 0);
}

#[test]
fn a_slot_whose_peer_is_gone_goes_to_the_next() {
    let mut setup = Setup::new(4, 3, &[3]);
    setup.queries = vec![(SECOND_NS, 0, 0), (SECOND_NS + 1, 1, 0), (SECOND_NS + 2, 2, 0)];
    setup.settings().upload_slots = 1;
    let mut lab = setup.lab();
    // Peer 1 crashes while it waits: it is granted a slot that it never uses.
    lab.at(7 * SECOND_NS, Event::Leave(PeerId(1), Departure::Crash));
    lab.run(END_NS, |_| {});
    check(&lab);
    let outcomes: Vec<&str> = lab
        .commons
        .tally
        .downloads()
        .iter()
        .map(|line| line.outcome.name())
        .collect();
    assert_eq!(outcomes, ["completed", "aborted", "completed"]);
    let waited_ns = lab.commons.tally.downloads()[2].finished_ns.unwrap()
        - lab.commons.tally.downloads()[0].finished_ns.unwrap();
    assert!(
        waited_ns > setup.transfers.unwrap().slot_idle_ns,
        "after the slot lay idle"
    );
}

#[test]
fn whoever_waits_in_a_queue_notices_when_its_source_is_gone() {
    let mut setup = Setup::new(3, 300, &[2]);
    setup.queries.push((SECOND_NS + 1, 1, 0));
    setup.settings().upload_slots = 1;
    let mut lab = setup.lab();
    lab.at(20 * SECOND_NS, Event::Leave(PeerId(2), Departure::Crash));
    lab.run(END_NS, |_| {});
    let line = lab.commons.tally.downloads()[1];
    assert_eq!((line.peer.0, line.outcome), (1, DownloadOutcome::Failed));
    // It polls a minute after it was queued and waits half a minute for an answer.
    assert_eq!(
        line.finished_ns,
        Some(line.started_ns + 2 * LATENCY_NS + 90 * SECOND_NS)
    );
}

#[test]
fn pipelined_requests_save_the_wait_between_chunks() {
    let time_ns = |pipeline: u8| {
        let mut setup = Setup::new(2, 50, &[1]);
        setup.settings().pipeline = pipeline;
        let lab = setup.run();
        assert_eq!(lab.flows_max[&PeerId(1)], 1, "one chunk after the other");
        let line = only_line(&lab);
        assert_eq!(line.outcome, DownloadOutcome::Completed);
        line.finished_ns.unwrap() - line.started_ns
    };
    // The 49 gaps shrink from two latencies (told, asked) to one (told).
    assert_eq!(time_ns(1) - time_ns(2), 49 * LATENCY_NS);
}

#[test]
fn parts_serve_others_only_if_that_is_set() {
    for partial_sharing in [false, true] {
        let mut setup = Setup::new(3, 40, &[2]);
        setup.queries = vec![(SECOND_NS, 0, 0), (20 * SECOND_NS, 1, 0)];
        setup.settings().partial_sharing = partial_sharing;
        let lab = setup.run();
        let lines = lab.commons.tally.downloads();
        assert!(
            lines
                .iter()
                .all(|line| line.outcome == DownloadOutcome::Completed)
        );
        assert_eq!(lines[1].sources, if partial_sharing { 2 } else { 1 });
        assert_eq!(
            lab.commons.tally.peer_bytes(PeerId(0)).uploaded > 0,
            partial_sharing
        );
        assert_eq!(lab.flows_started, 80, "no chunk is asked of one that lacks it");
    }
}

#[test]
fn a_firewalled_holder_calls_back() {
    let mut setup = Setup::new(3, 4, &[1]);
    setup.traits[1].firewalled = true;
    let lab = setup.run();
    assert_eq!(only_line(&lab).outcome, DownloadOutcome::Completed);
    assert_eq!(bodies(&lab, |body| matches!(body, TransferBody::Give { .. })), 1);
    let push_ns = lab
        .sent
        .iter()
        .find(|(.., message)| message.kind() == 2)
        .unwrap()
        .0;
    let request = lab.sent.iter().find(|(.., message)| message.kind() == 3).unwrap();
    assert_eq!(
        request.0,
        push_ns + 2 * LATENCY_NS,
        "asked only once the holder called"
    );
}

#[test]
fn a_late_hit_from_a_firewalled_holder_is_followed_at_once() {
    let mut setup = Setup::new(3, 60, &[1, 2]);
    setup.traits[1].firewalled = true;
    let mut lab = setup.lab();
    lab.at(0, Event::Leave(PeerId(1), Departure::Graceful));
    lab.at(10 * SECOND_NS, Event::Join(PeerId(1)));
    let (holder, asker) = (PeerId(1), PeerId(0));
    let late_ns = 20 * SECOND_NS;
    let contact = |peer, session| Contact { peer, session };
    let hit = SharingMessage::Overlay(DirectMessage::Hit(QueryId(0), true));
    lab.at(
        late_ns,
        Event::Message(contact(holder, 2), contact(asker, 1), hit),
    );
    lab.run(END_NS, |_| {});
    check(&lab);
    let pushes: Vec<_> = lab
        .sent
        .iter()
        .filter(|(.., message)| message.kind() == 2)
        .map(|(at_ns, from, to, _)| (*at_ns, from.peer, to.peer))
        .collect();
    assert_eq!(pushes, [(late_ns, asker, holder)]);
    assert_eq!(only_line(&lab).sources, 2);
}

#[test]
fn two_firewalled_peers_cannot_transfer() {
    let mut setup = Setup::new(3, 4, &[1]);
    setup.traits[0].firewalled = true;
    setup.traits[1].firewalled = true;
    let lab = setup.run();
    assert_eq!(lab.commons.tally.outcome(QueryId(0)), QueryOutcome::Hit);
    assert!(lab.commons.tally.downloads().is_empty());

    // With one that can be reached beside it, that one alone serves.
    setup.holders.push((2, 0));
    assert_eq!(only_line(&setup.run()).sources, 1);
}

#[test]
fn a_firewalled_holder_that_never_calls_back_is_given_up() {
    let mut setup = Setup::new(3, 4, &[1]);
    setup.traits[1].firewalled = true;
    let mut lab = setup.lab();
    lab.at(2 * SECOND_NS, Event::Leave(PeerId(1), Departure::Crash));
    lab.run(END_NS, |_| {});
    let line = only_line(&lab);
    assert_eq!(line.outcome, DownloadOutcome::Failed);
    assert_eq!(line.finished_ns, Some(line.started_ns + 30 * SECOND_NS));
}

#[test]
fn no_more_sources_deliver_at_a_time_than_allowed_and_late_hits_join() {
    let mut setup = Setup::new(9, 60, &[1, 2, 3, 4, 5, 6]);
    setup.settings().sources_max = 2;
    setup.settings().source_order = crate::sharing::library::SourceOrder::Random;
    let mut lab = setup.lab();
    let mut most = 0;
    lab.run(END_NS, |lab| {
        most = most.max((1..9).map(|peer| lab.peer(peer).active_uploads()).sum());
    });
    check(&lab);
    assert_eq!(most, 2);
    assert_eq!(only_line(&lab).sources, 2);

    // The others are there when the first ones go.
    let mut lab = setup.lab();
    for peer in 1..6 {
        lab.at(
            (8 + u64::from(peer)) * SECOND_NS,
            Event::Leave(PeerId(peer), Departure::Graceful),
        );
    }
    lab.run(END_NS, |_| {});
    check(&lab);
    assert_eq!(only_line(&lab).outcome, DownloadOutcome::Completed);
}

#[test]
fn a_peer_answers_for_just_what_it_offers() {
    const PEERS: u32 = 8;
    let mut random: SmallStream = SEED.small(Purpose::Faults, 1);
    let mut setup = Setup::new(PEERS, 3, &[]);
    setup.items = 300;
    setup.holders = (0..setup.items)
        .map(|item| (u32::try_from(random.below(4)).unwrap(), item))
        .filter(|(peer, item)| *peer < 3 || item % 10 == 0)
        .collect();
    setup.queries = (0..60)
        .map(|number| {
            let peer = u32::try_from(random.below(u64::from(PEERS))).unwrap();
            let item = u32::try_from(random.below(u64::from(setup.items))).unwrap();
            (SECOND_NS * (1 + number), peer, item)
        })
        .collect();
    for (place, traits) in setup.traits.iter_mut().enumerate() {
        traits.shares = place != 5;
        traits.shares_finished = place != 6;
    }
    setup.settings().partial_sharing = true;
    let mut lab = setup.lab();
    let (mut joined, mut offered) = (0, 0);
    lab.run(END_NS, |lab| {
        // The first events are those by which everybody joins.
        joined += 1;
        for peer in (0..PEERS).take_while(|peer| *peer < joined) {
            for item in (0..setup.items).map(ItemId) {
                let (program, me) = (lab.peer(peer), PeerId(peer));
                let offers = program.offers(item, me, &lab.world);
                assert_eq!(program.answers(item, me, &lab.world), offers);
                offered += u32::from(offers && peer > 3);
            }
        }
    });
    check(&lab);
    let fetched = (0..PEERS)
        .map(|peer| lab.peer(peer).fetched().len())
        .sum::<usize>();
    assert!(fetched > 20 && offered > 0, "{fetched} {offered}");
}
