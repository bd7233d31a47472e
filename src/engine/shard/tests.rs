//! The outcome of a window comes from what its events are, not from the order they were inserted in.

use super::*;
use crate::engine::digest::Digests;
use crate::engine::event::WORKLOAD;
use crate::engine::peer::Contact;
use crate::engine::peers::Peers;
use crate::engine::protocol::Context;
use crate::engine::random::{Draw, Purpose};
use crate::engine::sessions::AlwaysOnline;

/// The command to draw a word.
const DRAW: u64 = u64::MAX;

/// Remembers the order of everything that happens to it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Diary(Vec<(u64, u64)>);

#[derive(Clone, Debug)]
struct Word(u64);

impl Message for Word {
    const KINDS: &'static [&'static str] = &["word"];

    fn size_bytes(&self) -> u32 {
        1
    }

    fn fingerprint(&self) -> u64 {
        self.0
    }
}

impl Protocol for Diary {
    type Message = Word;
    type Timer = u64;
    type Command = u64;
    type World = ();
    type Tally = ();

    fn tally((): &()) {}

    fn join(&mut self, cx: &mut Context<'_, Self>) {
        cx.set_timer(1, 0);
    }

    fn receive(&mut self, _: Contact, message: Word, cx: &mut Context<'_, Self>) {
        self.0.push((cx.now_ns(), message.0));
    }

    fn expire(&mut self, timer: u64, cx: &mut Context<'_, Self>) {
        self.0.push((cx.now_ns(), timer));
        // A few of its own timers fall between the others.
        if timer < 6 {
            cx.set_timer(timer * 3, timer + 1);
        }
    }

    fn command(&mut self, command: u64, cx: &mut Context<'_, Self>) {
        let word = if command == DRAW {
            cx.random().bits()
        } else {
            command
        };
        self.0.push((cx.now_ns(), word));
    }
}

/// Nothing delays anything.
struct Plain;

impl Network for Plain {
    fn lookahead_ns(&self) -> u64 {
        WINDOW_NS
    }

    fn latency_ns(&self, _: PeerId, _: PeerId) -> u64 {
        WINDOW_NS
    }

    fn side(&self, _: PeerId) -> u8 {
        0
    }

    fn set_sides(&mut self, _: Option<Vec<u8>>) {}
}

const SHIFT: u32 = 6;
const WINDOW_NS: u64 = 1 << SHIFT;
const PEERS: u32 = 3;

/// Something due at a peer.
#[derive(Clone)]
enum Due {
    Letter(PeerLetter<Diary>),
    Other(PeerEvent<Diary>),
}

impl Due {
    fn key(&self) -> (u32, PeerKey) {
        match self {
            Self::Letter(letter) => (letter.target, letter.peer_key()),
            Self::Other(event) => (event.target, event.peer_key()),
        }
    }
}

fn letter(time_ns: u64, target: u32, source: u32, sequence: u32, word: u64) -> Due {
    let from = Contact {
        peer: PeerId(source),
        session: 1,
    };
    let to = Contact::any(PeerId(target));
    Due::Letter(Letter::new(time_ns, from, to, sequence, Word(word)))
}

fn other(time_ns: u64, target: u32, source: u32, sequence: u32, what: Occurrence<u64, u64>) -> Due {
    Due::Other(Event {
        time_ns,
        target,
        source,
        sequence,
        session: 0,
        what: Some(what),
    })
}

/// Up to `most` events with different keys, many of them at equal times.
fn drawn_events(draw: &mut impl Draw, most: u64) -> Vec<Due> {
    let mut events = Vec::new();
    let mut keys = std::collections::BTreeSet::new();
    for _ in 0..draw.below(most) {
        let time_ns = 1 + draw.below(8) * draw.below(8);
        let small = |draw: &mut dyn FnMut(u64) -> u64, bound| u32::try_from(draw(bound)).unwrap();
        let mut below = |bound| draw.below(bound);
        let target = small(&mut below, u64::from(PEERS));
        let source = small(&mut below, 3);
        // Above what the peers' own timers count up to.
        let sequence = 100 + small(&mut below, most);
        let word = below(1_000) + 1_000;
        let drawn = match below(3) {
            0 => other(time_ns, target, target, sequence, Occurrence::Timer(word)),
            1 => other(time_ns, target, WORKLOAD, sequence, Occurrence::Command(word)),
            _ => letter(time_ns, target, PEERS + source, sequence, word),
        };
        if keys.insert(drawn.key()) {
            events.push(drawn);
        }
    }
    events
}

const SEED: Seed = Seed {
    seed: 1,
    replication: 0,
};

fn outcome(events: Vec<Due>) -> (Peers<Diary>, Digests, Accounts) {
    let constants = Constants {
        seed: SEED,
        shares: Shares::new(PEERS as usize, 1),
        has_flows: false,
    };
    let around = Surroundings::new((&(), &Plain, &AlwaysOnline), constants, WINDOW_NS);
    let peers = Peers::from(vec![Diary::default(); PEERS as usize]);
    let mut residents = peers.into_residents();
    let mut shard = Shard::new(0, &mut residents, 1, SHIFT, &around);
    for due in events {
        match due {
            Due::Letter(letter) => shard.letters.push(letter),
            Due::Other(event) => shard.others.push(event),
        }
    }
    shard.run(0, &around);
    let (digests, accounts) = (shard.digests.total(), shard.accounts);
    (Peers::of_residents(residents), digests, accounts)
}

fn check_orders(sets: u64) {
    let mut draw = Seed {
        seed: 2,
        replication: 0,
    }
    .small(Purpose::Observation, 0);
    for set in 0..sets {
        // Few are sorted in another way than many.
        let mut events = drawn_events(&mut draw, if set % 8 == 0 { 400 } else { 20 });
        let expected = outcome(events.clone());
        draw.shuffle(&mut events);
        let hint: Vec<_> = events.iter().map(Due::key).collect();
        assert!(outcome(events) == expected, "{hint:?}");
    }
}

#[test]
fn order_of_insertion_does_not_matter() {
    check_orders(3_000);
}

#[test]
#[ignore = "slow: a million sets take minutes"]
fn slow_order_of_insertion_does_not_matter_a_million_times() {
    check_orders(1_000_000);
}

#[test]
#[should_panic(expected = "equal keys")]
fn equal_keys_stop_the_run() {
    let twin = || letter(5, 1, 7, 3, 9);
    outcome(vec![twin(), twin()]);
}

#[test]
#[should_panic(expected = "equal keys")]
fn equal_keys_among_a_peers_own_events_stop_the_run() {
    // The peer's first own timer, set when it joins at 0, has number 0 and is due at 1.
    outcome(vec![other(1, 1, 1, 0, Occurrence::Timer(0))]);
}

#[test]
fn every_peer_draws_from_its_own_stream() {
    let draws = (0..PEERS).flat_map(|peer| {
        [12, 22].map(|time_ns| other(time_ns, peer, WORKLOAD, peer, Occurrence::Command(DRAW)))
    });
    let (peers, ..) = outcome(draws.collect());
    for (number, diary) in (0..).zip(peers.iter()) {
        let mut stream = SEED.small(Purpose::Protocol, number);
        let drawn = diary.0.iter().filter(|(time_ns, _)| [12, 22].contains(time_ns));
        let expected = [12, 22].map(|time_ns| (time_ns, stream.bits()));
        assert!(drawn.copied().eq(expected), "{number}: {diary:?}");
    }
}
