use super::*;
use crate::engine::Message as _;

fn all() -> Vec<(Message, &'static str, u32)> {
    let (query, peer) = (QueryId(3), PeerId(5));
    let hit = |ttl| {
        Message::QueryHit(Box::new(Hit {
            query,
            holder: Contact { peer, session: 1 },
            distance: 2,
            ttl,
            hops: 1,
            name_bytes: 20,
            firewalled: false,
        }))
    };
    let walker = Message::Walk {
        query,
        origin: peer,
        steps: 70_000,
        text_bytes: 10,
        checkable: true,
    };
    let reply = |n: u32| {
        Message::CacheReply(Box::new(Addresses {
            peers: (0..n).map(PeerId).collect(),
        }))
    };
    vec![
        (
            Message::Ping {
                origin: peer,
                counter: 1,
                ttl: 7,
                hops: 0,
            },
            "ping",
            23,
        ),
        (
            Message::Pong {
                origin: peer,
                counter: 1,
                about: peer,
                ttl: 7,
                hops: 0,
            },
            "pong",
            37,
        ),
        (
            Message::Query {
                query,
                text_bytes: 10,
                ttl: 7,
                hops: 0,
            },
            "query",
            23 + 2 + 10 + 1,
        ),
        (walker, "query", 23 + 2 + 10 + 1 + 14),
        (hit(3), "query_hit", 23 + 27 + 10 + 20),
        (hit(255), "query_hit", 23 + 27 + 10 + 20 + 8),
        (
            Message::Push {
                query,
                holder: peer,
                requester: PeerId(6),
                ttl: 7,
            },
            "push",
            49,
        ),
        (
            Message::Push {
                query,
                holder: peer,
                requester: PeerId(6),
                ttl: 256,
            },
            "push",
            57,
        ),
        (Message::Check { query }, "check", 23),
        (Message::CheckReply { query, go_on: true }, "check", 24),
        (
            Message::Connect,
            "handshake",
            u32::try_from(b"GNUTELLA CONNECT/0.4\n\n".len()).unwrap(),
        ),
        (
            Message::Accept,
            "handshake",
            u32::try_from(b"GNUTELLA OK\n\n".len()).unwrap(),
        ),
        (Message::Close, "handshake", 40),
        (Message::CacheRequest { listed: true }, "host_cache", 30),
        (reply(0), "host_cache", 37 + 6),
        (reply(10), "host_cache", 37 + 6 + 60),
        (reply(11), "host_cache", 37 + 7 + 66),
    ]
}

#[test]
fn sizes_and_kinds_are_those_of_the_table() {
    for (message, kind, bytes) in all() {
        assert_eq!(message.size_bytes(), bytes, "{message:?}");
        assert_eq!(Message::KINDS[message.kind()], kind, "{message:?}");
    }
}

#[test]
fn fingerprints_tell_messages_apart() {
    let mut prints: Vec<u64> = all().iter().map(|(message, ..)| message.fingerprint()).collect();
    for ttl in 0..8 {
        for hops in 0..8 {
            for query in 10..20 {
                prints.push(
                    Message::Query {
                        query: QueryId(query),
                        text_bytes: 10,
                        ttl,
                        hops,
                    }
                    .fingerprint(),
                );
            }
        }
    }
    let count = prints.len();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), count);
    for (message, ..) in all() {
        assert_eq!(message.clone().fingerprint(), message.fingerprint());
    }
}
