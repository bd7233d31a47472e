use super::*;
use crate::overlay::ItemId;
use crate::overlay::testing::{TEXT_BYTES, Table, in_session};

const SETTINGS: Settings = Settings {
    answer_timeout_ns: 30,
    query_bytes: 300,
    answer_bytes: 200,
};

fn answer_to(query: u32) -> Message {
    Message {
        body: Body::Answer {
            query: QueryId(query),
        },
        size_bytes: 200,
    }
}

#[test]
fn each_server_is_asked_once_until_one_answers() {
    let mut table = Table::new(0, SETTINGS);
    let mut client = ClientServer::client(Servers::after(10, 3));
    client.search(QueryId(4), &mut table);
    for _ in 0..5 {
        let timer = table.last_timer();
        client.expire(timer, &mut table);
    }
    let mut asked: Vec<u32> = table.sent.iter().map(|(to, _, _)| to.peer.0).collect();
    let first = asked[0];
    let round = [first, 10 + (first - 9) % 3, 10 + (first - 8) % 3];
    assert_eq!(asked, round, "in their order, and none twice");
    asked.sort_unstable();
    assert_eq!(asked, [10, 11, 12]);
    let size_bytes = 300 + u32::from(TEXT_BYTES);
    assert!(
        table
            .sent
            .iter()
            .all(|(_, message, _)| message.size_bytes == size_bytes)
    );
    client.receive(in_session(10, 1), answer_to(4), &mut table);
    assert!(table.found.is_empty(), "it was given up");
}

#[test]
fn the_first_answer_counts_be_it_late_and_no_other() {
    let mut table = Table::new(0, SETTINGS);
    let mut client = ClientServer::client(Servers::after(10, 3));
    client.search(QueryId(4), &mut table);
    let first = table.sent[0].0.peer.0;
    client.expire(table.last_timer(), &mut table);
    client.receive(in_session(first, 2), answer_to(4), &mut table);
    client.receive(in_session(table.sent[1].0.peer.0, 1), answer_to(4), &mut table);
    let expected = Answer {
        holder: in_session(first, 2),
        hops: 1,
        firewalled: false,
    };
    assert_eq!(table.found, [(QueryId(4), expected)]);
    client.expire(table.last_timer(), &mut table);
    assert_eq!(table.sent.len(), 2);
    // A session's questions end with it.
    client.search(QueryId(5), &mut table);
    client.leave(Departure::Graceful, &mut table);
    client.receive(in_session(first, 2), answer_to(5), &mut table);
    assert_eq!(table.found.len(), 1);
}

#[test]
fn a_server_answers_whoever_asks() {
    let mut table = Table::new(10, SETTINGS);
    table.shared = vec![ItemId(4)];
    table.now_ns = 7;
    let query = Message {
        body: Body::Query { query: QueryId(4) },
        size_bytes: 310,
    };
    ClientServer::server().receive(in_session(3, 2), query, &mut table);
    assert_eq!(table.sent, [(in_session(3, 2), answer_to(4), false)]);
    let line = table.books.read(QueryId(4));
    assert_eq!((line.reached_peers, line.first_arrival_sum_ns), (1, 7));
    assert_eq!((line.hit_messages, line.bytes), (1, 200));
}
