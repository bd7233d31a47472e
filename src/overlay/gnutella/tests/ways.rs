//! The way back and the way for pushes.

use super::*;
use crate::overlay::books::Fate;
use crate::overlay::gnutella::Search;
use crate::overlay::gnutella::message::{hit_bytes, query_bytes};

fn path(nodes: u32) -> Network {
    let settings = Settings {
        search: Search::Flood { ttl: 200 },
        max_ttl: 255,
        ..Settings::default()
    };
    Network::frozen(&graph(nodes, (1..nodes).map(|node| (node - 1, node))), settings)
}

#[test]
fn a_hit_from_i_hops_away_costs_i_messages() {
    let mut network = path(60);
    for distance in [1, 2, 7, 31, 59] {
        let item = distance;
        network.hold(distance, item);
        let at_ns = network.now_ns;
        let line = network.ask(0, item, None);
        let hops = u64::from(distance);
        assert_eq!((line.hit_messages, line.hits), (hops, 1));
        assert_eq!(line.first_hit, (at_ns + 2 * hops * LATENCY_NS, distance));
        assert_eq!(line.reached_peers, 59, "a peer that hits still forwards");
        let bytes = 59 * query_bytes(TEXT_BYTES) + distance * hit_bytes(NAME_BYTES);
        assert_eq!(line.bytes, u64::from(bytes));
        let (origin, _, answer, _) = *network.desk.found.last().unwrap();
        assert_eq!(
            (origin, answer.hops, answer.firewalled),
            (PeerId(0), distance, false)
        );
        assert_eq!(
            answer.holder,
            Contact {
                peer: PeerId(distance),
                session: 1
            }
        );
    }
}

#[test]
fn every_holder_in_reach_answers_once_and_the_origin_does_not() {
    let settings = Settings {
        search: Search::Flood { ttl: 7 },
        ..Settings::default()
    };
    let mut network = Network::frozen(&hypercube(7), settings);
    for peer in [0, 1, 3, 7, 127] {
        network.hold(peer, 9);
    }
    let line = network.ask(0, 9, None);
    assert_eq!((line.hits, line.hit_messages), (4, 1 + 2 + 3 + 7));
    assert_eq!(line.first_hit.1, 1);
    let line = network.ask(0, 9, Some(2));
    assert_eq!((line.hits, line.hit_messages), (2, 1 + 2));
}

#[test]
fn a_hit_whose_way_back_is_gone_is_dropped() {
    let mut network = path(6);
    network.world.settings.maintenance = Maintenance::Full;
    network.desk.books.tracing = true;
    network.hold(5, 0);
    let query = network.issue(0, 0, None);
    // The query is at peer 5 after 5 latencies; peer 1 says goodbye while the hit is on its way.
    network.run(6 * LATENCY_NS);
    network.leave(PeerId(1), Departure::Graceful);
    network.act(PeerId(2), |node, host| {
        let gone = Contact {
            peer: PeerId(1),
            session: 1,
        };
        node.receive(gone, Message::Close, host);
        let super::super::Role::Servent(servent) = &mut node.role else {
            panic!()
        };
        // The frozen network ignores a close; take the link out as a maintained one would.
        let place = servent.links.place(gone).unwrap();
        servent.links.remove(place);
    });
    network.run(u64::MAX);
    let line = network.desk.books.read(query);
    assert_eq!((line.hits, line.hit_messages), (0, 3));
    let lost: Vec<_> = network
        .desk
        .books
        .trace
        .iter()
        .filter(|note| note.fate == Fate::NoRoute)
        .collect();
    assert_eq!(lost.len(), 1);
    assert_eq!((lost[0].peer, lost[0].from), (2, 3));
}

#[test]
fn an_expired_guid_has_no_way_back() {
    let mut network = path(6);
    network.hold(5, 0);
    network.world.settings.guid_expiry_ns = 5 * LATENCY_NS + 1;
    assert_eq!(
        network.ask(0, 0, None).hits,
        1,
        "the first generation is not yet over twice"
    );
    network.world.settings.guid_expiry_ns = 2 * LATENCY_NS;
    let line = network.ask(0, 0, None);
    assert_eq!((line.hits, line.hit_messages), (0, 2), "peer 3 has forgotten");
}

#[test]
fn the_fates_of_a_query_are_told() {
    let mut network = path(4);
    network.desk.books.tracing = true;
    network.hold(2, 0);
    network.ask(0, 0, Some(3));
    let told: Vec<_> = network
        .desk
        .books
        .trace
        .iter()
        .map(|note| (note.peer, note.from, note.hops, note.ttl, note.fate))
        .collect();
    assert_eq!(
        told,
        [
            (0, 0, 0, 3, Fate::Accepted),
            (1, 0, 1, 2, Fate::Accepted),
            (2, 1, 2, 1, Fate::Accepted),
            (2, 1, 2, 4, Fate::Answered),
            (3, 2, 3, 0, Fate::Accepted),
            (3, 2, 3, 0, Fate::Expired),
            (0, 1, 2, 2, Fate::Arrived),
        ]
    );
}

#[test]
fn a_push_goes_where_the_hit_came_from() {
    let mut network = path(8);
    network.hold(6, 0);
    network.hold(3, 1);
    network.world.firewalled.insert(6);
    let query = network.issue(0, 0, None);
    network.run(u64::MAX);
    let (_, _, answer, _) = network.desk.found[0];
    assert!(answer.firewalled);
    network.act(PeerId(0), |node, host| {
        node.request_call_back(query, answer.holder, host);
    });
    network.run(u64::MAX);
    assert_eq!(network.desk.called, [(PeerId(6), PeerId(0), query)]);
    assert_eq!(network.desk.sent["push"], (6, 6 * 49));

    // A holder that can be connected to leaves no way for pushes, and nothing is sent.
    let query = network.issue(0, 1, None);
    network.run(u64::MAX);
    let (_, _, answer, _) = network.desk.found[1];
    assert!(!answer.firewalled);
    network.act(PeerId(0), |node, host| {
        node.request_call_back(query, answer.holder, host);
    });
    network.run(u64::MAX);
    assert_eq!((network.sent("push"), network.desk.called.len()), (6, 1));
}
