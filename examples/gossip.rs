//! A protocol of one's own: a rumour spreads by push gossip. Run it: `cargo run --example gossip`.
//! It shows a peer's program, timers, random draws, datagrams, a workload of one command, and a network. Who knows the
//! rumour tells `fan_out` random others every second. At first the number who know grows by `1 + fan_out` a round; in
//! the end a round leaves `exp(-fan_out)` of those who did not know (Demers et al. 1987).

use servent::engine::time::{MILLISECOND_NS, SECOND_NS};
use servent::engine::{Contact, Context, Draw, Message, Network, Nobody};
use servent::engine::{Outcome, PeerId, Protocol, Setup, run};

/// 1. What travels from peer to peer, and how large it is on the wire.
#[derive(Clone)]
pub(crate) struct Rumour;
impl Message for Rumour {
    const KINDS: &'static [&'static str] = &["rumour"];
    fn size_bytes(&self) -> u32 {
        120
    }
    fn fingerprint(&self) -> u64 {
        1 // all rumours are the same
    }
}

/// 2. What all peers share and none can change: the knobs.
pub(crate) struct Knobs {
    pub(crate) peers: usize,
    pub(crate) fan_out: usize,
}

/// 3. What a peer knows, and how it answers to what happens to it.
#[derive(Clone, Default)]
pub(crate) struct Gossip {
    heard_ns: Option<u64>,
}
impl Protocol for Gossip {
    type Message = Rumour;
    type Timer = ();
    type Command = ();
    type World = Knobs;
    type Tally = ();
    fn tally(_: &Knobs) {}
    fn command(&mut self, (): (), cx: &mut Context<'_, Self>) {
        self.heard_ns = Some(cx.now_ns()); // the workload starts the rumour here
        cx.set_timer(SECOND_NS, ());
    }
    fn receive(&mut self, _: Contact, _: Rumour, cx: &mut Context<'_, Self>) {
        if self.heard_ns.is_none() {
            self.command((), cx);
        }
    }
    fn expire(&mut self, (): (), cx: &mut Context<'_, Self>) {
        for _ in 0..cx.world().fan_out {
            let (me, others) = (cx.me().peer.index(), cx.world().peers - 1);
            let other = cx.random().position(others); // one of the others: those after me are one further
            cx.datagram(PeerId::at(other + usize::from(other >= me)), Rumour);
        }
        cx.set_timer(SECOND_NS, ());
    }
}

/// 4. What carries the messages: 50 ms from anybody to anybody, and no partitions.
struct Wires;
impl Network for Wires {
    fn lookahead_ns(&self) -> u64 {
        50 * MILLISECOND_NS
    }
    fn latency_ns(&self, _: PeerId, _: PeerId) -> u64 {
        50 * MILLISECOND_NS
    }
    fn side(&self, _: PeerId) -> u8 {
        0
    }
    fn set_sides(&mut self, _: Option<Vec<u8>>) {}
}

/// 5. Everything put together.
pub(crate) fn play(knobs: Knobs, seconds: u64, threads: usize) -> Outcome<Gossip> {
    let peers = vec![Gossip::default(); knobs.peers];
    let mut setup = Setup::plain(knobs, peers, Wires, 1, seconds * SECOND_NS);
    setup.commands = vec![(0, PeerId(0), ())];
    run(setup, &mut Nobody, threads)
}

/// How many peers know the rumour at the end of a second.
pub(crate) fn knowing(outcome: &Outcome<Gossip>, second: u64) -> usize {
    let end_ns = second * SECOND_NS;
    let knows = |peer: &&Gossip| peer.heard_ns.is_some_and(|heard_ns| heard_ns < end_ns);
    outcome.peers.iter().filter(knows).count()
}

#[expect(clippy::print_stdout, reason = "an example shows what it found")]
fn main() {
    let (peers, fan_out) = (10_000, 1);
    let outcome = play(Knobs { peers, fan_out }, 30, 2);
    for second in 1..=30 {
        let count = knowing(&outcome, second);
        println!("{second:3} s {count:6} {}", "#".repeat(count / 200));
    }
    println!("digest of all messages: {}", outcome.digests.messages.hex());
}
