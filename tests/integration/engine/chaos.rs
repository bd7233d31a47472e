//! A protocol without sense: it does everything that a program can do, at random, and remembers the order in which
//! everything happened to it, so that any difference between two engines shows in its last state.

use servent::engine::network::{FlowEnd, FlowId, FlowNotice};
use servent::engine::{Contact, Context, Departure, Draw, Message, PeerId, Protocol, Tally};

/// Parameters.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) peers: u32,
    /// All waiting times are multiples of it (or 1 ns), so that events coincide.
    pub(super) grain_ns: u64,
    /// A peer does something of its own accord every so many grains on average.
    pub(super) idle_grains: u64,
    /// Longest chain of messages that one cause sets off.
    pub(super) hops: u8,
    /// Largest message, bytes.
    pub(super) size_bytes_max: u32,
    /// Largest flow in bytes; 0: nobody starts any.
    pub(super) flow_bytes_max: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Babble {
    kind: u8,
    hops: u8,
    size_bytes: u32,
    word: u64,
    flow: Option<FlowId>,
}

impl Message for Babble {
    const KINDS: &'static [&'static str] = &["chatter", "reply", "goodbye"];

    fn kind(&self) -> usize {
        usize::from(self.kind)
    }

    fn size_bytes(&self) -> u32 {
        self.size_bytes
    }

    fn fingerprint(&self) -> u64 {
        self.word
    }
}

/// Commutative books of what observers saw.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Seen {
    pub(super) missed: u64,
    pub(super) calls: u64,
    pub(super) words: u64,
}

impl Tally for Seen {
    fn merge(&mut self, other: Self) {
        self.missed = self.missed.wrapping_add(other.missed);
        self.calls += other.calls;
        self.words = self.words.wrapping_add(other.words);
    }
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Chaos {
    /// Hash of everything that happened, in order.
    pub(super) memory: u64,
    pub(super) calls: u64,
    pub(super) completed_flows: u64,
    known: Vec<Contact>,
    flows: Vec<FlowId>,
}

const KNOWN_MAX: usize = 6;

impl Chaos {
    fn remember(&mut self, cx: &mut Context<'_, Self>, words: [u64; 3]) {
        self.calls += 1;
        for word in [cx.now_ns(), u64::from(cx.me().session)].into_iter().chain(words) {
            self.memory = (self.memory ^ word)
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(23);
        }
        let memory = self.memory;
        let tally = cx.tally();
        tally.calls += 1;
        tally.words = tally.words.wrapping_add(memory);
    }

    fn meet(&mut self, contact: Contact) {
        if self.known.contains(&contact) {
            return;
        }
        if self.known.len() == KNOWN_MAX {
            self.known.remove(0);
        }
        self.known.push(contact);
    }

    fn anyone(cx: &mut Context<'_, Self>) -> Option<PeerId> {
        let (me, peers) = (cx.me().peer.0, cx.world().peers);
        if peers < 2 {
            return None;
        }
        let other = u32::try_from(cx.random().below(u64::from(peers) - 1)).unwrap();
        Some(PeerId(other + u32::from(other >= me)))
    }

    fn someone_known(&self, cx: &mut Context<'_, Self>) -> Option<Contact> {
        if self.known.is_empty() {
            return None;
        }
        let position = cx.random().position(self.known.len());
        Some(self.known[position])
    }

    fn babble(cx: &mut Context<'_, Self>, kind: u8, hops: u8, flow: Option<FlowId>) -> Babble {
        // Equal sizes are likely, as is 0.
        let largest = cx.world().size_bytes_max;
        let size_bytes = match cx.random().below(4) {
            0 => 0,
            1 => largest,
            _ => u32::try_from(cx.random().below(u64::from(largest) + 1)).unwrap(),
        };
        Babble {
            kind,
            hops,
            size_bytes,
            word: cx.random().bits(),
            flow,
        }
    }

    fn wait_ns(cx: &mut Context<'_, Self>) -> u64 {
        let (grain_ns, grains) = (cx.world().grain_ns, cx.world().idle_grains);
        match cx.random().below(6) {
            0 => 0,
            1 => 1,
            2 => grain_ns,
            _ => grain_ns * (1 + cx.random().below(2 * grains)),
        }
    }

    /// Does one thing at random.
    fn act(&mut self, hops: u8, cx: &mut Context<'_, Self>) {
        match cx.random().below(12) {
            0..3 => {
                if let Some(to) = Self::anyone(cx) {
                    let message = Self::babble(cx, 0, hops, None);
                    cx.datagram(to, message);
                }
            }
            3..7 | 9 => {
                if let Some(to) = self.someone_known(cx) {
                    let message = Self::babble(cx, 0, hops, None);
                    cx.send(to, message);
                }
            }
            7 => {
                if let Some(to) = Self::anyone(cx) {
                    let message = Self::babble(cx, 0, hops, None);
                    cx.send(Contact::any(to), message);
                }
            }
            8 => {
                let after_ns = Self::wait_ns(cx);
                cx.set_timer(after_ns, Some(hops));
            }
            10 => self.start_flow(cx),
            _ => self.stop_flow(cx),
        }
    }

    fn start_flow(&mut self, cx: &mut Context<'_, Self>) {
        let bytes_max = cx.world().flow_bytes_max;
        if bytes_max == 0 {
            return;
        }
        let sink = match cx.random().below(8) {
            0 => Self::anyone(cx).map(Contact::any),
            _ => self.someone_known(cx),
        };
        let Some(sink) = sink else { return };
        let bytes = 1 + cx.random().below(bytes_max);
        let tag = cx.random().bits();
        let idle_timeout_ns = cx.random().below(3) * 700_000_000;
        let flow = cx.start_flow(sink, bytes, tag, idle_timeout_ns);
        if cx.random().below(12) == 0 {
            cx.stop_flow(flow);
            return;
        }
        self.note_flow(flow);
        let message = Self::babble(cx, 0, 0, Some(flow));
        cx.send(sink, message);
    }

    fn note_flow(&mut self, flow: FlowId) {
        if self.flows.len() == KNOWN_MAX {
            self.flows.remove(0);
        }
        self.flows.push(flow);
    }

    fn stop_flow(&mut self, cx: &mut Context<'_, Self>) {
        if self.flows.is_empty() {
            return;
        }
        let position = cx.random().position(self.flows.len());
        let flow = self.flows.swap_remove(position);
        cx.stop_flow(flow);
    }
}

impl Protocol for Chaos {
    type Message = Babble;
    /// `None`: the heartbeat of a session; otherwise the end of a chain.
    type Timer = Option<u8>;
    type Command = u8;
    type World = Rules;
    type Tally = Seen;

    fn tally(_: &Rules) -> Seen {
        Seen::default()
    }

    fn join(&mut self, cx: &mut Context<'_, Self>) {
        self.remember(cx, [1, 0, 0]);
        let hops = cx.world().hops;
        cx.set_timer(0, None);
        self.act(hops, cx);
        self.act(hops, cx);
    }

    fn receive(&mut self, from: Contact, message: Babble, cx: &mut Context<'_, Self>) {
        let who = u64::from(from.peer.0) << 16 | u64::from(from.session);
        self.remember(cx, [2, who, message.word]);
        self.meet(from);
        if let Some(flow) = message.flow {
            self.note_flow(flow);
        }
        if message.hops > 0 {
            if message.kind == 0 && cx.random().below(2) == 0 {
                let reply = Self::babble(cx, 1, message.hops - 1, None);
                cx.send(from, reply);
            }
            self.act(message.hops - 1, cx);
        }
    }

    fn expire(&mut self, chain: Option<u8>, cx: &mut Context<'_, Self>) {
        let told = chain.map_or(0, |hops| 1 + u64::from(hops));
        self.remember(cx, [3, told, 0]);
        match chain {
            None => {
                let (grain_ns, grains, hops) = (cx.world().grain_ns, cx.world().idle_grains, cx.world().hops);
                let after_ns = grain_ns * (1 + cx.random().below(2 * grains));
                cx.set_timer(after_ns, None);
                self.act(hops, cx);
            }
            Some(0) => {}
            Some(hops) => self.act(hops - 1, cx),
        }
    }

    fn leave(&mut self, departure: Departure, cx: &mut Context<'_, Self>) {
        self.remember(cx, [4, departure as u64, 0]);
        for to in std::mem::take(&mut self.known) {
            let goodbye = Self::babble(cx, 2, 1, None);
            cx.send(to, goodbye);
            // What a leaving peer sets in motion for itself comes to nothing.
            cx.set_timer(1, Some(1));
            if cx.world().flow_bytes_max > 0 {
                cx.start_flow(to, 10, 0, 0);
            }
        }
        self.stop_flow(cx);
        self.flows.clear();
    }

    fn command(&mut self, command: u8, cx: &mut Context<'_, Self>) {
        self.remember(cx, [5, u64::from(command), 0]);
        let hops = cx.world().hops;
        for _ in 0..command {
            self.act(hops.saturating_sub(1), cx);
        }
    }

    fn missed(command: u8, at_ns: u64, _: &Rules, tally: &mut Seen) {
        tally.missed = tally.missed.wrapping_add(u64::from(command) ^ at_ns);
    }

    fn flow_ended(&mut self, notice: &FlowNotice, cx: &mut Context<'_, Self>) {
        let told = notice.spec.tag ^ notice.carried_bytes.rotate_left(40);
        let drained_ns = if notice.end == FlowEnd::Completed {
            notice.drained_ns
        } else {
            0
        };
        self.remember(cx, [6 + notice.end as u64, told, drained_ns]);
        if notice.end == FlowEnd::Completed {
            self.completed_flows += 1;
        }
        if cx.random().below(3) > 0 {
            self.act(1, cx);
        }
    }
}
