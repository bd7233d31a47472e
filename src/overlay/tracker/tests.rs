use super::message::{Announcement, Body, Member, Peers};
use super::*;
use crate::engine::PeerId;
use crate::overlay::testing::{Table, in_session};

const SETTINGS: Settings = Settings {
    interval_ns: 1_800,
    expiry_ns: 2_700,
    numwant: 2,
    connection_ns: 60,
    timeout_ns: 15,
    retries: 3,
    wire: Wire::UDP,
};

const TRACKER: PeerId = PeerId(10);

/// A client on its table.
struct Play {
    client: Tracker,
    table: Table<Tracker>,
}

impl Play {
    /// A client that has come online, shares these items, and knows one tracker.
    fn new(shared: &[u32]) -> Self {
        let mut play = Self {
            client: Tracker::client(Servers::after(TRACKER.0, 1)),
            table: Table::new(0, SETTINGS),
        };
        play.table.shared = shared.iter().copied().map(ItemId).collect();
        play.client.join(&mut play.table);
        play
    }

    fn hear(&mut self, body: Body) {
        let message = Message { body, size_bytes: 0 };
        self.client
            .receive(Contact::any(TRACKER), message, &mut self.table);
    }

    /// The tracker names these.
    fn told(&mut self, item: u32, query: Option<u32>, peers: &[u32]) {
        let member = |peer: &u32| Member {
            contact: in_session(*peer, 1),
            firewalled: false,
        };
        self.hear(Body::Peers(Box::new(Peers {
            item: ItemId(item),
            query: query.map(QueryId),
            list: peers.iter().map(member).collect(),
        })));
    }

    /// What it sent since, all of it to the tracker and as datagrams.
    fn sent(&mut self) -> Vec<Body> {
        let sent = std::mem::take(&mut self.table.sent);
        let all_right = |(to, _, is_datagram): &(Contact, Message, bool)| to.peer == TRACKER && *is_datagram;
        assert!(sent.iter().all(all_right));
        sent.into_iter().map(|(_, message, _)| message.body).collect()
    }

    /// Plays the timer that was set last, at its time.
    fn wait(&mut self) {
        let (at_ns, timer) = *self.table.timers.last().expect("a timer was set");
        self.table.now_ns = at_ns;
        self.client.expire(timer, &mut self.table);
    }
}

fn announce(item: u32, query: Option<u32>, serves: bool) -> Body {
    Body::Announce(Announcement {
        item: ItemId(item),
        query: query.map(QueryId),
        serves,
        is_new: query.is_some(),
        firewalled: false,
    })
}

/// An announcement made while the file of a query is fetched that was answered before.
fn announce_again(item: u32, query: u32, serves: bool) -> Body {
    let Body::Announce(announcement) = announce(item, Some(query), serves) else {
        unreachable!("it is one");
    };
    Body::Announce(Announcement {
        is_new: false,
        ..announcement
    })
}

#[test]
fn one_number_serves_all_announcements_for_a_while() {
    let mut play = Play::new(&[3, 5]);
    assert_eq!(play.sent(), [Body::Connect]);
    play.hear(Body::Connected);
    assert_eq!(play.sent(), [announce(3, None, true), announce(5, None, true)]);
    play.table.now_ns = 59;
    play.client.search(QueryId(7), &mut play.table);
    assert_eq!(play.sent(), [announce(7, Some(7), false)]);
    play.told(7, Some(7), &[1, 2]);
    let found: Vec<u32> = play
        .table
        .found
        .iter()
        .map(|(_, answer)| answer.holder.peer.0)
        .collect();
    assert_eq!(found, [1, 2]);
    play.table.now_ns = 60;
    play.client.search(QueryId(8), &mut play.table);
    assert_eq!(play.sent(), [Body::Connect]);
}

#[test]
fn a_silent_tracker_is_asked_again_later_each_time_and_then_left_alone() {
    let mut play = Play::new(&[3]);
    let mut at_ns = vec![];
    for _ in 0..5 {
        at_ns.push(play.table.now_ns);
        play.wait();
    }
    // 15, 30, 60 and 120 later; then an interval.
    assert_eq!(at_ns, [0, 15, 45, 105, 225]);
    assert_eq!(play.table.now_ns, 225 + 1_800);
    assert_eq!(play.sent(), vec![Body::Connect; 4 + 1]);
    let mut trackers = 0;
    play.client.visit_neighbours(&mut |_| trackers += 1);
    assert_eq!(trackers, 0, "it is not believed in");
    play.hear(Body::Connected);
    play.told(3, None, &[]);
    play.client.visit_neighbours(&mut |_| trackers += 1);
    assert_eq!(trackers, 1);
}

#[test]
fn what_is_shared_or_fetched_is_announced_again_and_what_is_neither_is_not() {
    let mut play = Play::new(&[3]);
    play.hear(Body::Connected);
    play.told(3, None, &[]);
    play.sent();
    play.wait();
    assert_eq!(play.sent(), [Body::Connect]);
    play.hear(Body::Connected);
    assert_eq!(play.sent(), [announce(3, None, true)]);
    // A query that finds nobody.
    play.client.search(QueryId(4), &mut play.table);
    play.told(4, Some(4), &[]);
    play.sent();
    play.wait();
    assert_eq!(play.sent(), []);
    // One that finds somebody, from whom it fetches.
    play.client.search(QueryId(6), &mut play.table);
    play.hear(Body::Connected);
    play.told(6, Some(6), &[1]);
    play.table.fetching.push(ItemId(6));
    play.sent();
    play.wait();
    play.hear(Body::Connected);
    assert_eq!(play.sent(), [Body::Connect, announce_again(6, 6, false)]);
    // Who is named again is told of again, and is no further hit.
    play.told(6, Some(6), &[1, 2]);
    assert_eq!(play.table.found.len(), 3);
    assert_eq!(play.table.books.line(QueryId(6)).hits, 2);
    // Another file is whole: what is fetched and was not announced stays.
    play.table.shared.push(ItemId(9));
    play.client.shares_changed(&mut play.table);
    assert_eq!(play.sent(), [announce(9, None, true)]);
    play.told(9, None, &[]);
    // A part is there; and then the whole.
    play.table.shared.push(ItemId(6));
    play.client.shares_changed(&mut play.table);
    assert_eq!(play.sent(), [announce_again(6, 6, true)]);
    play.table.fetching.clear();
    play.client.shares_changed(&mut play.table);
    assert_eq!(play.sent(), []);
    // One that is whole before anybody was told of a part: it wants nobody any more.
    play.client.search(QueryId(8), &mut play.table);
    play.told(8, Some(8), &[1]);
    play.table.shared.push(ItemId(8));
    play.client.shares_changed(&mut play.table);
    assert_eq!(
        play.sent(),
        [announce(8, Some(8), false), announce(8, None, true)]
    );
    play.table.shared.retain(|item| *item != ItemId(8));
    play.client.shares_changed(&mut play.table);
    assert_eq!(play.sent(), [Body::Stopped(ItemId(8))]);
    // It is gone.
    play.table.shared.retain(|item| *item != ItemId(6));
    play.client.shares_changed(&mut play.table);
    assert_eq!(play.sent(), [Body::Stopped(ItemId(6))]);
    play.client.leave(Departure::Graceful, &mut play.table);
    assert_eq!(play.sent(), [Body::Stopped(ItemId(3)), Body::Stopped(ItemId(9))]);
}

/// A tracker, and who announces what to it.
struct Desk {
    tracker: Tracker,
    table: Table<Tracker>,
}

impl Desk {
    fn new() -> Self {
        Self {
            tracker: Tracker::server(),
            table: Table::new(TRACKER.0, SETTINGS),
        }
    }

    /// Who is named to a peer that announces in a session.
    fn announced(&mut self, client: (u32, u16), query: Option<u32>, serves: bool) -> Vec<u32> {
        self.announced_item(0, client, query, serves)
    }

    fn announced_item(
        &mut self,
        item: u32,
        (peer, session): (u32, u16),
        query: Option<u32>,
        serves: bool,
    ) -> Vec<u32> {
        let message = Message {
            body: announce(item, query, serves),
            size_bytes: 0,
        };
        self.tracker
            .receive(in_session(peer, session), message, &mut self.table);
        let (_, answer, _) = self.table.sent.pop().expect("it answers");
        let Body::Peers(peers) = answer.body else {
            panic!("{answer:?}");
        };
        assert_eq!(answer.size_bytes as usize, 28 + 20 + 6 * peers.list.len());
        let mut list: Vec<u32> = peers.list.iter().map(|member| member.contact.peer.0).collect();
        list.sort_unstable();
        list
    }

    /// How many take part in any swarm.
    fn members(&self) -> usize {
        let mut members = 0;
        self.tracker.visit_neighbours(&mut |_| members += 1);
        members
    }

    fn stopped(&mut self, peer: u32, session: u16) {
        let body = Body::Stopped(ItemId(0));
        let message = Message { body, size_bytes: 0 };
        self.tracker
            .receive(in_session(peer, session), message, &mut self.table);
        assert!(self.table.sent.is_empty());
    }
}

#[test]
fn a_tracker_names_who_serves_and_is_there_and_no_more_than_it_may() {
    let mut desk = Desk::new();
    assert_eq!(desk.announced((1, 1), None, true), [0_u32; 0]);
    assert_eq!(desk.announced((2, 1), Some(0), false), [1]);
    assert_eq!(
        desk.announced((3, 1), Some(0), true),
        [1],
        "who only asks is not named"
    );
    assert_eq!(desk.announced((1, 1), Some(0), true), [3], "nor is who asks");
    assert_eq!(
        desk.announced((4, 1), None, true),
        [0_u32; 0],
        "who wants none gets none"
    );
    assert_eq!(
        desk.announced((2, 1), Some(0), false).len(),
        2,
        "as many as it may"
    );
    desk.stopped(3, 2);
    desk.stopped(1, 1);
    assert_eq!(
        desk.announced((2, 1), Some(0), false),
        [3, 4],
        "the goodbye of another session"
    );
    desk.table.now_ns = 2_699;
    assert_eq!(desk.announced((4, 1), None, true), [0_u32; 0]);
    assert_eq!(desk.announced((2, 1), Some(0), false), [3, 4]);
    desk.table.now_ns = 2_700;
    assert_eq!(
        desk.announced((2, 1), Some(0), false),
        [4],
        "the others are past their time"
    );
    let mut peers = Vec::new();
    desk.tracker
        .visit_neighbours(&mut |contact| peers.push(contact.peer.0));
    assert_eq!(peers, [4]);
    desk.tracker.leave(Departure::Crash, &mut desk.table);
    assert_eq!(desk.announced((2, 1), Some(0), false), [0_u32; 0]);
}

#[test]
fn swarms_that_nobody_asks_for_are_forgotten_too() {
    let mut desk = Desk::new();
    for item in [2, 4, 6, 8] {
        desk.announced_item(item, (item, 1), None, true);
    }
    assert_eq!(desk.members(), 4);
    desk.table.now_ns = 2_700;
    // Every announcement is another swarm's turn, in a ring, and at last that of the swarm which is announced.
    let mut members = Vec::new();
    for _ in 0..5 {
        desk.announced_item(7, (1, 1), None, true);
        members.push(desk.members());
    }
    assert_eq!(members, [4, 3, 2, 1, 1]);
}
