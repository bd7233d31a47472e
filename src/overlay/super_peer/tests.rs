use super::message::Hit;
use super::*;
use crate::overlay::testing::{NAME_BYTES, TEXT_BYTES, Table, in_session};
use crate::overlay::{Holder, ItemId};

const CACHE: u32 = 90;
/// The peer on the table.
const ME: u32 = 10;

fn settings() -> Settings {
    Settings {
        cluster_size: 2,
        clients_max: 3,
        redundancy: 1,
        out_degree: 2,
        out_degree_max: 3,
        ttl: 4,
        index: IndexKind::Metadata,
        answers_max: 9,
        uptime_min_ns: 1_000,
        login_timeout_ns: 50,
        retry_ns: 30,
        retry_ns_max: 100,
        keep_alive_ns: 120,
        expiry_ns: 360,
        answer_timeout_ns: 40,
        guid_expiry_ns: 1_000_000,
        addresses_given: 5,
        known_addresses_max: 5,
        caches: vec![PeerId(CACHE)],
        wire: Wire::METADATA,
    }
}

/// A peer on its table, with what it sent.
struct Play {
    peer: SuperPeer,
    table: Table<SuperPeer>,
}

/// What was sent, in short.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Said {
    Query { ttl: u8, hops: u8 },
    Hit(Hit),
    Short(Short),
    Long(Long),
}

fn peers(numbers: &[u32]) -> Vec<PeerId> {
    numbers.iter().copied().map(PeerId).collect()
}

impl Play {
    fn new(is_capable: bool, beginning: Option<Beginning>, settings: Settings) -> Self {
        let mut play = Self {
            peer: SuperPeer::peer(is_capable, beginning),
            table: Table::new(ME, settings),
        };
        play.peer.join(&mut play.table);
        play
    }

    /// A super-peer with neighbours 30 and 31, each a cluster of its own, and these partners.
    fn super_peer(partners: &[u32], settings: Settings) -> Self {
        let beginning = Beginning::SuperPeer {
            founder: PeerId(ME),
            partners: peers(partners),
            links: [30, 31].map(|peer| (PeerId(peer), PeerId(peer))).to_vec(),
        };
        let mut play = Self::new(true, Some(beginning), settings);
        play.sent();
        play
    }

    /// A client of 20 and 21, partners, that has been online for long.
    fn client() -> Self {
        let super_peers = peers(&[20, 21]);
        let mut play = Self::new(true, Some(Beginning::Client { super_peers }), settings());
        for peer in [20, 21] {
            play.accept(peer, &[20, 21]);
        }
        play.table.now_ns = 5_000;
        play.sent();
        play
    }

    fn hear(&mut self, from: u32, said: Said) {
        let message = match said {
            Said::Query { ttl, hops } => Message::Query {
                query: QueryId(7),
                size_bytes: 0,
                ttl,
                hops,
            },
            Said::Hit(hit) => Message::Hit(Box::new(hit)),
            Said::Short(body) => short(body, 0),
            Said::Long(body) => long(body, 0),
        };
        self.peer.receive(in_session(from, 1), message, &mut self.table);
    }

    fn accept(&mut self, from: u32, group: &[u32]) {
        let (group, others) = (peers(group), Vec::new());
        self.hear(from, Said::Long(Long::Accepted { group, others }));
    }

    fn log_in(&mut self, client: u32, is_eligible: bool, items: &[u32]) {
        let firewalled = client % 2 == 1;
        self.hear(
            client,
            Said::Short(Short::Login {
                firewalled,
                is_eligible,
            }),
        );
        let items = items.iter().copied().map(ItemId).collect();
        self.hear(client, Said::Long(Long::Offer(items)));
    }

    fn expire(&mut self, timer: Timer) {
        self.peer.expire(timer, &mut self.table);
    }

    /// What it sent since, and to whom.
    fn sent(&mut self) -> Vec<(u32, Said)> {
        let sent = std::mem::take(&mut self.table.sent);
        let said = |message| match message {
            Message::Query { ttl, hops, .. } => Said::Query { ttl, hops },
            Message::Hit(hit) => Said::Hit(*hit),
            Message::Short { body, .. } => Said::Short(body),
            Message::Long(letter) => Said::Long(letter.body),
        };
        sent.into_iter()
            .map(|(to, message, _)| (to.peer.0, said(message)))
            .collect()
    }

    fn neighbours(&self) -> Vec<u32> {
        let mut all = Vec::new();
        self.peer
            .visit_neighbours(&mut |contact| all.push(contact.peer.0));
        all
    }
}

fn login(is_eligible: bool) -> Said {
    Said::Short(Short::Login {
        firewalled: false,
        is_eligible,
    })
}

fn told(list: &[u32]) -> Said {
    Said::Long(Long::Told(peers(list)))
}

const CLOSE: Said = Said::Short(Short::Close);
const ASK: Said = Said::Short(Short::Ask);
const ANNOUNCE: Said = Said::Short(Short::Announce { is_over: false });

#[test]
fn a_client_tries_whom_it_hears_of_and_waits_with_its_queries() {
    let mut play = Play::new(false, None, settings());
    assert_eq!(play.sent(), [(CACHE, ASK)]);
    play.peer.search(QueryId(7), &mut play.table);
    play.hear(CACHE, told(&[5]));
    assert_eq!(play.sent(), [(5, login(false))]);
    // No room there, but maybe here: no answer; and then there is nobody left.
    play.hear(5, Said::Long(Long::Refused { others: peers(&[6]) }));
    assert_eq!(play.sent(), [(6, login(false))]);
    play.expire(Timer::Login(2));
    assert_eq!(play.sent(), [], "a cache was asked a short while ago");
    play.expire(Timer::AskAgain);
    assert_eq!(play.sent(), [(CACHE, ASK)]);
    play.hear(CACHE, told(&[8]));
    play.table.shared = vec![ItemId(3), ItemId(1)];
    play.sent();
    play.accept(8, &[8]);
    let offer = Said::Long(Long::Offer([1, 3].map(ItemId).into()));
    assert_eq!(play.sent(), [(8, offer), (8, Said::Query { ttl: 4, hops: 0 })]);
    assert_eq!(play.neighbours(), [8]);
    // What is shared in between, and no longer.
    play.table.shared = vec![ItemId(3), ItemId(4)];
    play.peer.shares_changed(&mut play.table);
    let withdraw = Said::Long(Long::Withdraw([ItemId(1)].into()));
    let offer = Said::Long(Long::Offer([ItemId(4)].into()));
    assert_eq!(play.sent(), [(8, withdraw), (8, offer)]);
}

/// Two that have no room, and name each other, are tried once each until a cache is asked again.
#[test]
fn who_has_no_room_is_left_alone_for_a_while() {
    let mut play = Play::new(false, None, settings());
    play.hear(CACHE, told(&[5]));
    play.sent();
    play.hear(5, Said::Long(Long::Refused { others: peers(&[6]) }));
    assert_eq!(play.sent(), [(6, login(false))]);
    play.hear(6, Said::Long(Long::Refused { others: peers(&[5]) }));
    assert_eq!(play.sent(), []);
    play.expire(Timer::AskAgain);
    assert_eq!(play.sent(), [(CACHE, ASK)]);
    play.hear(CACHE, told(&[5]));
    assert_eq!(play.sent(), [(5, login(false))]);
}

#[test]
fn a_silent_super_peer_is_given_up_and_one_that_answers_is_not() {
    for answers in [true, false] {
        let mut play = Play::client();
        play.expire(Timer::Tick);
        let sign = Said::Short(Short::KeepAlive {
            is_answer: false,
            is_eligible: true,
        });
        assert_eq!(play.sent(), [(20, sign.clone()), (21, sign)]);
        let silence = play.table.last_timer();
        if answers {
            let sign = Short::KeepAlive {
                is_answer: true,
                is_eligible: false,
            };
            play.hear(21, Said::Short(sign));
        }
        play.expire(silence);
        let left: &[u32] = if answers { &[20, 21] } else { &[20] };
        assert_eq!(play.neighbours(), left);
    }
}

#[test]
fn a_client_that_finds_no_room_becomes_a_super_peer_if_it_can() {
    for (is_capable, now_ns) in [(true, 5_000), (true, 500), (false, 5_000)] {
        let mut play = Play::new(is_capable, None, settings());
        play.table.now_ns = now_ns;
        // In a cluster of two every other client helps itself at once, and every one in the second round.
        for _ in 0..2 {
            play.hear(CACHE, told(&[]));
            play.expire(Timer::AskAgain);
        }
        play.hear(CACHE, told(&[]));
        let becomes = is_capable && now_ns == 5_000;
        assert_eq!(play.peer.is_super_peer(), becomes);
        assert_eq!(play.sent().contains(&(CACHE, ANNOUNCE)), becomes);
    }
}

#[test]
fn a_cluster_without_room_is_split() {
    let mut play = Play::super_peer(&[], settings());
    for (client, is_eligible) in [(1, false), (3, true), (5, false)] {
        play.log_in(client, is_eligible, &[]);
    }
    assert_eq!(play.neighbours(), [1, 3, 5, 30, 31]);
    play.sent();
    play.log_in(7, true, &[]);
    let sent = play.sent();
    assert!(matches!(&sent[0], (7, Said::Long(Long::Refused { others })) if others.len() == 2));
    assert!(matches!(
        &sent[1],
        (3, Said::Long(Long::Invite { partners: None, .. }))
    ));
    assert_eq!(sent[2], (7, CLOSE), "a stranger's offer");
    // Nobody else is asked in the meantime.
    play.log_in(7, true, &[]);
    assert_eq!(play.sent().len(), 2);
    play.hear(5, Said::Short(Short::Promoted));
    assert_eq!(play.sent(), [], "that one was not asked");
    play.hear(3, Said::Short(Short::Promoted));
    assert_eq!(play.sent(), [(1, Said::Short(Short::Redirect { to: PeerId(3) }))]);
}

#[test]
fn a_partner_that_is_gone_is_replaced() {
    let with_partners = Settings {
        redundancy: 2,
        ..settings()
    };
    let mut play = Play::super_peer(&[20], with_partners);
    play.accept(20, &[10, 20]);
    play.log_in(20, false, &[]);
    play.log_in(1, true, &[]);
    assert_eq!(play.neighbours(), [1, 20, 30, 31]);
    play.sent();
    play.hear(20, CLOSE);
    let alone = Said::Long(Long::Group(peers(&[10])));
    let own = in_session(ME, 1);
    let invite = Said::Long(Long::Invite {
        partners: Some((own, peers(&[10]))),
        others: peers(&[30, 31]),
    });
    assert_eq!(
        play.sent(),
        [(1, alone.clone()), (30, alone.clone()), (31, alone), (1, invite)]
    );
    play.hear(1, Said::Short(Short::Promoted));
    let both = Said::Long(Long::Group(peers(&[1, 10])));
    assert_eq!(
        play.sent(),
        [
            (1, both.clone()),
            (30, both.clone()),
            (31, both),
            (1, login(false))
        ]
    );
}

#[test]
fn an_invited_client_becomes_a_partner_or_founds_a_cluster() {
    let connect = |cluster| Said::Short(Short::Connect { cluster });
    let mut play = Play::client();
    let cluster = in_session(20, 1);
    let partners = Some((cluster, peers(&[20, 21])));
    let others = peers(&[30]);
    play.hear(20, Said::Long(Long::Invite { partners, others }));
    assert!(play.peer.is_super_peer());
    assert_eq!(
        play.sent()[..3],
        [
            (20, Said::Short(Short::Promoted)),
            (CACHE, ANNOUNCE),
            (30, connect(cluster))
        ]
    );

    let mut play = Play::client();
    let (partners, others) = (None, peers(&[30]));
    play.hear(20, Said::Long(Long::Invite { partners, others }));
    let own = in_session(ME, 1);
    assert_eq!(
        play.sent(),
        [
            (20, Said::Short(Short::Promoted)),
            (20, CLOSE),
            (21, CLOSE),
            (CACHE, ANNOUNCE),
            (20, connect(own)),
            (30, connect(own))
        ]
    );

    // Not by anybody, and not too soon.
    let mut play = Play::client();
    let invite = Said::Long(Long::Invite {
        partners: None,
        others: Vec::new(),
    });
    play.hear(30, invite.clone());
    play.table.now_ns = 500;
    play.hear(20, invite);
    assert!(!play.peer.is_super_peer() && play.sent().is_empty());
}

#[test]
fn a_client_that_is_sent_elsewhere_leaves_when_it_is_let_in_there() {
    let mut play = Play::client();
    play.hear(21, Said::Short(Short::Redirect { to: PeerId(40) }));
    assert_eq!(play.sent(), [(40, login(true))]);
    assert_eq!(play.neighbours(), [20, 21]);
    play.accept(40, &[40]);
    assert_eq!(play.sent(), [(20, CLOSE), (21, CLOSE)]);
    assert_eq!(play.neighbours(), [40]);
}

#[test]
fn links_are_made_up_to_two_bounds() {
    let mut play = Play::super_peer(&[], settings());
    play.hear(30, CLOSE);
    play.sent();
    // One is missing, and the third may come by itself; the fourth may not.
    play.hear(CACHE, told(&[31, 32]));
    let own = in_session(ME, 1);
    assert_eq!(play.sent(), [(32, Said::Short(Short::Connect { cluster: own }))]);
    let linked = |peer| {
        Said::Short(Short::Linked {
            cluster: in_session(peer, 1),
        })
    };
    play.hear(32, linked(32));
    for (peer, is_linked) in [(33, true), (34, false), (33, true)] {
        let cluster = in_session(peer, 1);
        play.hear(peer, Said::Short(Short::Connect { cluster }));
        let sent = play.sent();
        assert_eq!(sent == [(peer, linked(ME))], is_linked, "{sent:?}");
    }
    play.hear(35, linked(35));
    assert_eq!(play.sent(), [(35, CLOSE)], "nobody asked");
    assert_eq!(play.neighbours(), [31, 32, 33]);
}

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

#[test]
fn neighbours_that_are_silent_are_dropped_and_a_goodbye_is_said_once_to_each() {
    let mut play = Play::super_peer(&[20], settings());
    play.accept(20, &[10, 20]);
    play.log_in(20, false, &[]);
    play.log_in(1, false, &[]);
    play.table.now_ns = 300;
    let sign = Said::Short(Short::KeepAlive {
        is_answer: true,
        is_eligible: false,
    });
    play.hear(31, sign.clone());
    play.hear(1, sign);
    play.table.now_ns = 400;
    play.expire(Timer::Tick);
    assert_eq!(
        play.neighbours(),
        [1, 31],
        "a partner too is struck off the index"
    );
    play.sent();
    play.peer.leave(Departure::Graceful, &mut play.table);
    let over = Said::Short(Short::Announce { is_over: true });
    let mut sent = play.sent();
    sent.sort_by_key(|(to, _)| *to);
    assert_eq!(sent, [(1, CLOSE), (20, CLOSE), (31, CLOSE), (CACHE, over)]);
    assert!(!play.peer.is_super_peer());
}

#[test]
fn a_cache_tells_who_announced_itself_lately() {
    let mut play = Play {
        peer: SuperPeer::cache(),
        table: Table::new(CACHE, settings()),
    };
    for (now_ns, peer, is_over) in [(0, 1, false), (100, 2, false), (200, 3, false), (300, 2, true)] {
        play.table.now_ns = now_ns;
        play.hear(peer, Said::Short(Short::Announce { is_over }));
    }
    for (now_ns, asker, expected) in [
        (300, 9, &[1, 3][..]),
        (359, 3, &[1]),
        (360, 9, &[3]),
        (560, 9, &[]),
    ] {
        play.table.now_ns = now_ns;
        play.hear(asker, ASK);
        let mut sent = play.sent();
        let Some((to, Said::Long(Long::Told(mut list)))) = sent.pop() else {
            panic!("it answers");
        };
        list.sort_unstable();
        assert_eq!((to, list), (asker, peers(expected)), "{now_ns}");
    }
}
