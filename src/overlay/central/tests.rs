use super::message::Holders;
use super::*;
use crate::engine::PeerId;
use crate::overlay::testing::{NAME_BYTES, Table, in_session};
use crate::overlay::{Holder, ItemId};

const SETTINGS: Settings = Settings {
    login_timeout_ns: 25,
    retry_ns: 30,
    retry_ns_max: 100,
    keep_alive_ns: 120,
    expiry_ns: 360,
    answer_timeout_ns: 50,
    answers_max: 2,
    enough_answers: 3,
    ask_every_ns: 1,
    wire: Wire::EDONKEY,
};

/// A client on its table, with what it sent.
struct Play {
    client: Central,
    table: Table<Central>,
}

impl Play {
    /// A client that has come online and knows servers 10, 11 and so on.
    fn new(servers: u32) -> Self {
        let mut play = Self {
            client: Central::client(Servers::after(10, servers), true),
            table: Table::new(0, SETTINGS),
        };
        play.client.join(&mut play.table);
        play
    }

    /// Whom it turned to last.
    fn server(&self) -> u32 {
        self.table.sent.last().expect("it said something").0.peer.0
    }

    fn hear(&mut self, from: Contact, body: Body) {
        self.client.receive(from, plain(body, 0), &mut self.table);
    }

    fn expire(&mut self, timer: Timer) {
        self.client.expire(timer, &mut self.table);
    }

    /// What it sent since, and to whom.
    fn sent(&mut self) -> Vec<(Contact, Body)> {
        let sent = std::mem::take(&mut self.table.sent);
        sent.into_iter()
            .map(|(to, message, _)| (to, message.body))
            .collect()
    }

    /// It is let in by the server that it turned to.
    fn let_in(&mut self) -> Contact {
        let server = in_session(self.server(), 1);
        self.hear(server, Body::Accepted);
        server
    }

    fn answer(&mut self, from: Contact, query: u32, holders: &[(u32, bool)]) {
        let holder = |&(peer, firewalled): &(u32, bool)| Holder {
            contact: in_session(peer, 1),
            firewalled,
        };
        let holders = Holders {
            query: QueryId(query),
            list: holders.iter().map(holder).collect(),
        };
        self.hear(from, Body::Answer(Box::new(holders)));
    }

    fn found(&self) -> Vec<u32> {
        let found = self.table.found.iter();
        found.map(|(_, answer)| answer.holder.peer.0).collect()
    }
}

const LOGIN: Body = Body::Login { firewalled: false };

#[test]
fn every_server_is_tried_before_a_client_waits_and_longer_each_time() {
    let mut play = Play::new(3);
    let first = play.server();
    let mut pauses = Vec::new();
    for _ in 0..5 {
        for _ in 0..3 {
            play.expire(play.table.last_timer());
        }
        let (at_ns, timer) = *play.table.timers.last().unwrap();
        assert!(matches!(timer, Timer::Retry(_)));
        pauses.push(at_ns);
        play.expire(timer);
    }
    assert_eq!(pauses, [30, 60, 100, 100, 100]);
    let asked: Vec<u32> = play.sent().iter().map(|(to, _)| to.peer.0).collect();
    let expected: Vec<u32> = (0..16).map(|attempt| 10 + (first - 10 + attempt) % 3).collect();
    assert_eq!(asked, expected);
}

#[test]
fn timers_of_attempts_that_are_over_mean_nothing() {
    let mut play = Play::new(2);
    let (first, timer) = (play.server(), play.table.last_timer());
    play.expire(timer);
    let second = play.server();
    assert_ne!(first, second);
    play.sent();
    play.expire(timer);
    assert_eq!(play.sent(), []);
    // The first lets it in after all: too late.
    play.hear(in_session(first, 1), Body::Accepted);
    assert_eq!(play.sent(), [(in_session(first, 1), Body::Close)]);
    play.hear(in_session(second, 4), Body::Accepted);
    play.expire(Timer::Login(2));
    play.expire(Timer::Retry(2));
    assert_eq!(play.sent(), []);
}

#[test]
fn the_server_is_told_what_has_changed() {
    let mut play = Play::new(1);
    play.table.shared = vec![ItemId(7), ItemId(3)];
    play.client.shares_changed(&mut play.table);
    play.sent();
    // Nobody has let it in yet: nobody is told.
    play.table
        .sent
        .push((Contact::any(PeerId(10)), plain(LOGIN, 0), false));
    let server = play.let_in();
    play.table.sent.remove(0);
    assert_eq!(
        play.table.sent[0].1.size_bytes,
        6 + 2 * (40 + u32::from(NAME_BYTES))
    );
    let offer = |items: &[u32]| Body::Offer(items.iter().copied().map(ItemId).collect());
    assert_eq!(play.sent(), [(server, offer(&[3, 7]))]);
    play.client.shares_changed(&mut play.table);
    assert_eq!(play.sent(), []);
    play.table.shared = vec![ItemId(9), ItemId(7), ItemId(1)];
    play.client.shares_changed(&mut play.table);
    assert_eq!(play.table.sent[0].1.size_bytes, 6 + 16);
    let withdrawn = Body::Withdraw([ItemId(3)].into());
    assert_eq!(play.sent(), [(server, withdrawn), (server, offer(&[1, 9]))]);
    // Another server knows nothing.
    play.hear(server, Body::Close);
    assert_eq!(play.sent(), [(Contact::any(PeerId(10)), LOGIN)]);
    play.hear(in_session(10, 2), Body::Accepted);
    assert_eq!(play.sent(), [(in_session(10, 2), offer(&[1, 7, 9]))]);
}

#[test]
fn a_silent_server_is_given_up_and_one_that_speaks_is_not() {
    let mut play = Play::new(2);
    let server = play.let_in();
    let keep_alive = play.table.last_timer();
    play.sent();
    play.expire(keep_alive);
    assert_eq!(play.sent(), [(server, Body::KeepAlive)]);
    let silence = play.table.last_timer();
    play.hear(server, Body::KeepAlive);
    play.expire(silence);
    assert_eq!(play.sent(), []);
    // Others' words do not count.
    play.expire(keep_alive);
    let silence = play.table.last_timer();
    play.hear(in_session(server.peer.0, 9), Body::KeepAlive);
    play.sent();
    play.expire(silence);
    let other = Contact::any(PeerId(21 - server.peer.0));
    assert_eq!(play.sent(), [(other, LOGIN)]);
    play.expire(keep_alive);
    assert_eq!(play.sent(), []);
}

#[test]
fn a_query_waits_for_the_attempt_under_way_and_for_nothing_else() {
    let query = Body::Query {
        query: QueryId(4),
        is_datagram: false,
    };
    let mut play = Play::new(1);
    play.client.search(QueryId(4), &mut play.table);
    let server = play.let_in();
    assert_eq!(play.sent()[1..], [(server, query.clone())]);
    let mut play = Play::new(1);
    play.client.search(QueryId(4), &mut play.table);
    play.expire(play.table.last_timer());
    play.client.search(QueryId(5), &mut play.table);
    play.expire(play.table.last_timer());
    play.let_in();
    assert!(play.sent().iter().all(|(_, body)| *body == LOGIN));
}

#[test]
fn others_are_asked_until_there_is_enough() {
    let mut play = Play::new(4);
    let server = play.let_in();
    play.sent();
    play.client.search(QueryId(4), &mut play.table);
    play.sent();
    play.answer(server, 4, &[(1, true)]);
    let next = |step: u32| 10 + (server.peer.0 - 10 + step) % 4;
    let asked = |play: &Play| {
        let (to, message, is_datagram) = play.table.sent.last().unwrap();
        assert!(
            *is_datagram
                && matches!(
                    message.body,
                    Body::Query {
                        is_datagram: true,
                        ..
                    }
                )
        );
        to.peer.0
    };
    assert_eq!(asked(&play), next(1));
    // Another server's clients behind firewalls cannot be reached.
    play.answer(in_session(next(1), 1), 4, &[(2, false), (3, true)]);
    assert_eq!(play.found(), [1, 2]);
    play.expire(play.table.last_timer());
    assert_eq!(asked(&play), next(2));
    play.answer(in_session(next(2), 1), 4, &[(5, false)]);
    play.sent();
    play.expire(play.table.last_timer());
    assert_eq!(play.sent(), [], "three are enough");
    play.answer(in_session(next(3), 1), 4, &[(6, false)]);
    assert_eq!(play.found(), [1, 2, 5], "the search is over");
    // The own server's silence is no reason not to ask the others.
    play.client.search(QueryId(5), &mut play.table);
    let timer = play.table.last_timer();
    assert_eq!(
        timer,
        Timer::Search {
            query: QueryId(5),
            step: 0
        }
    );
    play.expire(timer);
    assert_eq!(asked(&play), next(1));
}

#[test]
fn a_goodbye_goes_to_the_own_server() {
    let mut play = Play::new(1);
    play.sent();
    play.client.leave(Departure::Graceful, &mut play.table);
    assert_eq!(play.sent(), [(Contact::any(PeerId(10)), Body::Close)]);
    play.client.join(&mut play.table);
    let server = play.let_in();
    play.sent();
    play.client.leave(Departure::Crash, &mut play.table);
    assert_eq!(play.sent(), []);
    play.client.leave(Departure::Graceful, &mut play.table);
    assert_eq!(play.sent(), [], "it is nowhere");
    let mut neighbours = Vec::new();
    play.client
        .visit_neighbours(&mut |contact| neighbours.push(contact));
    assert_eq!(neighbours, []);
    assert_eq!(server.peer, PeerId(10));
}

/// A server on its table hears this from somebody; what it answers.
fn say(
    server: &mut Central,
    table: &mut Table<Central>,
    from: Contact,
    body: Body,
) -> Vec<(Contact, Body, bool)> {
    server.receive(from, plain(body, 0), table);
    let sent = std::mem::take(&mut table.sent);
    sent.into_iter()
        .map(|(to, message, is_datagram)| (to, message.body, is_datagram))
        .collect()
}

#[test]
fn a_server_serves_those_that_it_let_in() {
    let (mut server, mut table) = (Central::server(), Table::new(10, SETTINGS));
    let (one, two) = (in_session(1, 3), in_session(2, 1));
    let mut say = |table: &mut Table<Central>, from, body| say(&mut server, table, from, body);
    let offer = || Body::Offer([ItemId(4)].into());
    let query = |is_datagram| Body::Query {
        query: QueryId(4),
        is_datagram,
    };
    let answer = |holders: &[Contact]| {
        let firewalled = true;
        let list = holders.iter().map(|&contact| Holder { contact, firewalled });
        let holders = Holders {
            query: QueryId(4),
            list: list.collect(),
        };
        Body::Answer(Box::new(holders))
    };
    for body in [offer(), query(false), Body::KeepAlive] {
        assert_eq!(
            say(&mut table, one, body),
            [(one, Body::Close, false)],
            "a stranger"
        );
    }
    let login = || Body::Login { firewalled: true };
    assert_eq!(say(&mut table, one, login()), [(one, Body::Accepted, false)]);
    assert_eq!(say(&mut table, one, offer()), []);
    assert_eq!(
        say(&mut table, one, query(false)),
        [(one, answer(&[]), false)],
        "not itself"
    );
    // A stranger may ask by datagram.
    let any = Contact::any(two.peer);
    assert_eq!(say(&mut table, two, query(true)), [(any, answer(&[one]), true)]);
    say(&mut table, two, login());
    let call_back = |holder| Body::CallBack {
        query: QueryId(4),
        holder: PeerId(holder),
    };
    let calling = Body::Calling {
        query: QueryId(4),
        requester: two.peer,
    };
    assert_eq!(say(&mut table, two, call_back(1)), [(one, calling, false)]);
    assert_eq!(say(&mut table, two, call_back(7)), [], "whoever that is");
    table.now_ns = 300;
    assert_eq!(
        say(&mut table, one, Body::KeepAlive),
        [(one, Body::KeepAlive, false)]
    );
    table.now_ns = 360;
    assert_eq!(
        say(&mut table, two, Body::KeepAlive),
        [(two, Body::Close, false)],
        "struck off"
    );
    say(&mut table, two, login());
    assert_eq!(say(&mut table, two, query(false)), [(two, answer(&[one]), false)]);
    say(&mut table, one, Body::Close);
    assert_eq!(say(&mut table, two, query(false)), [(two, answer(&[]), false)]);
}

#[test]
fn no_more_are_named_than_wanted_and_all_alike() {
    let (mut server, mut table) = (Central::server(), Table::new(10, SETTINGS));
    for peer in 0..5 {
        say(&mut server, &mut table, in_session(peer, 1), LOGIN);
        let offer = Body::Offer([ItemId(4)].into());
        say(&mut server, &mut table, in_session(peer, 1), offer);
    }
    let mut counts = [[0_u32; 2]; 5];
    for _ in 0..2_000 {
        let query = Body::Query {
            query: QueryId(4),
            is_datagram: false,
        };
        let said = say(&mut server, &mut table, in_session(4, 1), query);
        let [(_, Body::Answer(holders), _)] = said.as_slice() else {
            panic!("{said:?}");
        };
        assert_eq!(holders.list.len(), 2);
        for (place, holder) in holders.list.iter().enumerate() {
            counts[holder.contact.peer.index()][place] += 1;
        }
    }
    assert_eq!(counts[4], [0, 0]);
    // 500 expected each, standard deviation 19.4: five of them.
    assert!(
        counts[..4]
            .iter()
            .flatten()
            .all(|count| (403..=597).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn calls_come_from_the_own_server_only() {
    let mut play = Play::new(2);
    let server = play.let_in();
    let calling = || Body::Calling {
        query: QueryId(4),
        requester: PeerId(9),
    };
    play.hear(in_session(21 - server.peer.0, 1), calling());
    assert_eq!(play.table.called_back, []);
    play.hear(server, calling());
    assert_eq!(play.table.called_back, [(PeerId(9), QueryId(4))]);
    play.sent();
    play.client
        .request_call_back(QueryId(4), in_session(3, 1), &mut play.table);
    let call_back = Body::CallBack {
        query: QueryId(4),
        holder: PeerId(3),
    };
    assert_eq!(play.sent(), [(server, call_back)]);
}
