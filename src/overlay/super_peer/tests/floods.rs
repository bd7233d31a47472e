//! Queries, hits, and calls to firewalled holders.

use super::*;

fn holder(peer: u32, firewalled: bool) -> Holder {
    Holder {
        contact: in_session(peer, 1),
        firewalled,
    }
}

#[test]
fn a_super_peer_answers_for_its_clients_or_has_them_answer() {
    for index in [IndexKind::Metadata, IndexKind::Routing] {
        let mut play = Play::super_peer(&[], Settings { index, ..settings() });
        play.log_in(1, false, &[7, 8]);
        play.log_in(2, false, &[8]);
        play.sent();
        play.hear(30, Said::Query { ttl: 3, hops: 1 });
        let onwards = (31, Said::Query { ttl: 2, hops: 2 });
        let hit = Said::Hit(Hit {
            query: QueryId(7),
            holders: vec![holder(1, true)],
            super_peer: PeerId(ME),
            distance: 2,
            size_bytes: Wire::METADATA.hit_bytes(1, NAME_BYTES),
        });
        let expected = match index {
            IndexKind::Metadata => [onwards, (30, hit)],
            IndexKind::Routing => [(1, Said::Query { ttl: 0, hops: 2 }), onwards],
        };
        assert_eq!(play.sent(), expected);
        // Copies that come later are dropped.
        play.hear(31, Said::Query { ttl: 3, hops: 1 });
        assert_eq!(play.sent(), []);
        let line = play.table.books.read(QueryId(7));
        assert_eq!((line.reached_peers, line.duplicate_messages), (1, 1));
        let copies = if index == IndexKind::Metadata { 1 } else { 2 };
        let query_bytes = u64::from(26 + u32::from(TEXT_BYTES));
        assert_eq!(line.query_messages, copies);
        assert!(line.bytes >= copies * query_bytes);
        // The last hop.
        let mut play = Play::super_peer(&[], settings());
        play.hear(30, Said::Query { ttl: 1, hops: 3 });
        assert_eq!(play.sent(), []);
        play.hear(77, Said::Query { ttl: 1, hops: 3 });
        assert_eq!(play.sent(), [(77, CLOSE)], "a stranger");
    }
}

#[test]
fn hits_go_back_the_way_of_their_query_and_firewalled_holders_are_called_through_their_super_peer() {
    let hit = Hit {
        query: QueryId(7),
        holders: vec![holder(50, true), holder(40, false)],
        super_peer: PeerId(40),
        distance: 3,
        size_bytes: 9,
    };
    // Over a super-peer to its client.
    let mut play = Play::super_peer(&[], settings());
    play.log_in(1, false, &[]);
    play.sent();
    play.hear(30, Said::Hit(hit.clone()));
    assert_eq!(play.sent(), [], "nobody here has asked");
    play.hear(1, Said::Query { ttl: 4, hops: 0 });
    let onwards = Said::Query { ttl: 4, hops: 1 };
    assert_eq!(play.sent(), [(30, onwards.clone()), (31, onwards)]);
    play.hear(30, Said::Hit(hit.clone()));
    assert_eq!(play.sent(), [(1, Said::Hit(hit.clone()))]);
    // At whoever asked: the super-peer itself is three hops away, its client four.
    let mut play = Play::client();
    play.peer.search(QueryId(7), &mut play.table);
    // Two partners: the seventh query is the second's turn.
    assert_eq!(play.sent(), [(21, Said::Query { ttl: 4, hops: 0 })]);
    play.hear(21, Said::Hit(hit));
    let found = play
        .table
        .found
        .iter()
        .map(|(_, answer)| (answer.holder.peer.0, answer.hops));
    assert_eq!(found.collect::<Vec<_>>(), [(50, 4), (40, 3)]);
    let holder = in_session(50, 1);
    play.peer.request_call_back(QueryId(7), holder, &mut play.table);
    let call_back = Short::CallBack {
        query: QueryId(7),
        holder: PeerId(50),
    };
    assert_eq!(play.sent(), [(40, Said::Short(call_back))]);
    // At the holder's super-peer, of which it is a client or has been.
    let mut play = Play::super_peer(&[], settings());
    play.hear(60, Said::Short(call_back));
    assert_eq!(play.sent(), []);
    play.log_in(50, false, &[]);
    play.sent();
    play.hear(60, Said::Short(call_back));
    let calling = Short::Calling {
        query: QueryId(7),
        requester: PeerId(60),
    };
    assert_eq!(play.sent(), [(50, Said::Short(calling))]);
    let mut play = Play::client();
    play.hear(20, Said::Short(calling));
    play.hear(30, Said::Short(calling));
    assert_eq!(play.table.called_back, [(PeerId(60), QueryId(7))]);
}
