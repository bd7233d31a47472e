//! A servent of eight links that gets every query from each of its neighbours: the first copy is new, seven are
//! duplicates, and the TTL is used up, so that little is left but to find the link and to look into the table of what
//! was seen. One element is one copy.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use servent::engine::{Arena, Contact, PeerId, Purpose, SmallStream};
use servent::overlay::books::SearchBooks;
use servent::overlay::gnutella::{Gnutella, Maintenance, Message, Settings, Timer};
use servent::overlay::{Answer, Host, ItemId, Overlay, QueryId, Question};

use super::SEED;

const NEIGHBOURS: u32 = 8;
const TEXT_BYTES: u16 = 20;

/// A peer that shares nothing, and hears of nothing but what it is handed.
struct Desk {
    settings: Settings,
    random: SmallStream,
    books: SearchBooks,
    arena: Arena,
}

impl Desk {
    fn new() -> Self {
        Self {
            settings: Settings {
                maintenance: Maintenance::None,
                ..Settings::default()
            },
            random: SEED.small(Purpose::Protocol, 0),
            books: SearchBooks::default(),
            arena: Arena::default(),
        }
    }
}

impl Host<Gnutella> for Desk {
    fn now_ns(&self) -> u64 {
        0
    }
    fn me(&self) -> Contact {
        contact(NEIGHBOURS)
    }
    fn settings(&self) -> &Settings {
        &self.settings
    }
    fn random(&mut self) -> &mut SmallStream {
        &mut self.random
    }
    fn send(&mut self, _: Contact, _: Message) {}
    fn datagram(&mut self, _: PeerId, _: Message) {}
    fn set_timer(&mut self, _: u64, _: Timer) {}
    fn question(&self, _: QueryId) -> Question {
        Question {
            item: ItemId(0),
            ttl: None,
            issued_ns: 0,
        }
    }
    fn text_bytes(&self, _: ItemId) -> u16 {
        TEXT_BYTES
    }

    fn holds(&self, _: ItemId) -> bool {
        false
    }
    fn visit_shared(&self, _: &mut dyn FnMut(ItemId)) {}

    fn shared_files(&self) -> u32 {
        0
    }
    fn name_bytes(&self, _: ItemId) -> u16 {
        0
    }
    fn firewalled(&self) -> bool {
        false
    }
    fn found(&mut self, _: QueryId, _: Answer) {}
    fn call_back(&mut self, _: PeerId, _: QueryId) {}
    fn books(&mut self) -> &mut SearchBooks {
        &mut self.books
    }
    fn arena(&mut self) -> &mut Arena {
        &mut self.arena
    }
}

fn contact(peer: u32) -> Contact {
    Contact {
        peer: PeerId(peer),
        session: 1,
    }
}

/// A servent with its links.
fn servent(desk: &mut Desk) -> Gnutella {
    let neighbours: Vec<PeerId> = (0..NEIGHBOURS).map(PeerId).collect();
    let mut servent = Gnutella::servent(&neighbours);
    servent.join(desk);
    servent
}

pub(super) fn duplicates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("duplicates");
    for queries in [10, 1_000, 100_000] {
        group.throughput(Throughput::Elements(u64::from(queries * NEIGHBOURS)));
        group.bench_function(
            BenchmarkId::from_parameter(format!("{queries} queries")),
            |bencher| {
                let mut desk = Desk::new();
                bencher.iter_batched(
                    || servent(&mut Desk::new()),
                    |mut servent| {
                        for query in 0..queries {
                            for neighbour in 0..NEIGHBOURS {
                                let message = Message::Query {
                                    query: QueryId(query),
                                    text_bytes: TEXT_BYTES,
                                    ttl: 1,
                                    hops: 1,
                                };
                                servent.receive(contact(neighbour), message, &mut desk);
                            }
                        }
                        servent
                    },
                    BatchSize::LargeInput,
                );
                let copies = desk.books.read(QueryId(0));
                assert!(
                    copies.duplicate_messages == u64::from(NEIGHBOURS - 1) * copies.reached_peers,
                    "one copy in eight is new"
                );
            },
        );
    }
    group.finish();
}
