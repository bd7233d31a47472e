mod client;
mod clusters;
mod floods;

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
        Self::founded_by(ME, partners, settings)
    }

    /// The same, of a cluster that another of its super-peers founded.
    fn founded_by(founder: u32, partners: &[u32], settings: Settings) -> Self {
        let beginning = Beginning::SuperPeer {
            founder: PeerId(founder),
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
