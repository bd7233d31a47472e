//! A peer, client or super-peer: what it keeps, and who deals with what happens to it.

use super::hub::Hub;
use super::message::{Long, Message, Short};
use super::uplinks::Uplinks;
use super::ways::Ways;
use super::{Beginning, SuperPeer, Timer, short};
use crate::engine::{Contact, Departure, Draw, PeerId};
use crate::overlay::addresses::KnownAddresses;
use crate::overlay::{Host, ItemId, QueryId};

/// A peer's state.
#[derive(Default, Debug)]
pub(super) struct Peer {
    /// Whether it is fast enough for a super-peer and can be connected to.
    pub(super) is_capable: bool,
    /// How it begins its first session.
    beginning: Option<Box<Beginning>>,
    /// When the session began, nanoseconds.
    pub(super) began_ns: u64,
    pub(super) contacts: Contacts,
    /// Attempts to log in or to link so far, by which their timers know whether they still matter.
    pub(super) attempts: u32,
    /// The super-peers with which it is registered; of a super-peer, its partners.
    pub(super) uplinks: Uplinks,
    /// The super-peers with which it ought to be registered, ascending: all of its cluster but itself.
    pub(super) group: Vec<PeerId>,
    /// What those were told that the peer shares, ascending.
    pub(super) registered: Vec<ItemId>,
    /// Queries that wait until a super-peer lets the peer in.
    pub(super) waiting: Vec<QueryId>,
    pub(super) ways: Ways,
    /// What a super-peer has besides.
    pub(super) hub: Option<Box<Hub>>,
}

/// The super-peers that a peer has heard of, and how it hears of more.
#[derive(Default, Debug)]
pub(super) struct Contacts {
    /// Addresses to try. They outlast a session, as where they are kept in a file.
    pub(super) known: KnownAddresses,
    /// Who had no room or did not answer since a cache was last asked: they are not tried again before that is done anew.
    pub(super) in_vain: Vec<PeerId>,
    /// Whether a cache was asked a short while ago.
    pub(super) is_asked: bool,
    /// Whether it has answered.
    pub(super) is_told: bool,
    /// How long the next wait is, nanoseconds; 0: as long as the first.
    pub(super) retry_ns: u64,
    /// How often a client found no room since it was last let in.
    pub(super) rounds: u32,
}

/// Who has sent a message, as far as the receiver knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender {
    pub(super) contact: Contact,
    /// A client or partner of this super-peer.
    pub(super) is_client: bool,
    /// A super-peer with which this peer is registered.
    pub(super) is_uplink: bool,
    /// The cluster of a neighbour of this super-peer.
    pub(super) cluster: Option<Contact>,
}

impl Sender {
    fn is_stranger(&self) -> bool {
        !self.is_client && !self.is_uplink && self.cluster.is_none()
    }
}

impl Peer {
    pub(super) fn new(is_capable: bool, beginning: Option<Beginning>) -> Self {
        Self {
            is_capable,
            beginning: beginning.map(Box::new),
            ..Self::default()
        }
    }

    pub(super) fn is_super_peer(&self) -> bool {
        self.hub.is_some()
    }

    pub(super) fn visit_neighbours(&self, visit: &mut dyn FnMut(Contact)) {
        match &self.hub {
            None => self.uplinks.entered().for_each(visit),
            // Partners are among those that are registered here.
            Some(hub) => hub.visit_neighbours(visit),
        }
    }

    /// The peer comes online.
    pub(super) fn join<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        self.began_ns = host.now_ns();
        let period_ns = host.settings().keep_alive_ns;
        let phase_ns = host.random().below(period_ns) + 1;
        host.set_timer(phase_ns, Timer::Tick);
        match self.beginning.take().map(|beginning| *beginning) {
            None => self.seek(host),
            Some(Beginning::Client { super_peers }) => {
                self.group = super_peers;
                self.knock_at_group(host);
            }
            Some(Beginning::SuperPeer {
                founder,
                partners,
                links,
            }) => {
                self.hub = Some(Box::new(Hub::given(founder, &links, host.now_ns())));
                self.group = partners;
                announce(false, host);
                self.knock_at_group(host);
            }
        }
    }

    /// The session ends. Most peers are away most of the time: nothing but addresses is kept.
    pub(super) fn leave<H: Host<SuperPeer>>(&mut self, departure: Departure, host: &mut H) {
        if departure == Departure::Graceful {
            self.say_goodbye(host);
        }
        *self = Self {
            is_capable: self.is_capable,
            attempts: self.attempts,
            contacts: Contacts {
                known: std::mem::take(&mut self.contacts.known),
                ..Contacts::default()
            },
            ..Self::default()
        };
    }

    fn say_goodbye<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        let mut told: Vec<Contact> = self.uplinks.all().map(|uplink| uplink.contact).collect();
        if let Some(hub) = &self.hub {
            // To partners there is one connection, whoever is registered with whom.
            let known: Vec<PeerId> = told.iter().map(|contact| contact.peer).collect();
            hub.visit_all(&mut |contact| {
                if !known.contains(&contact.peer) {
                    told.push(contact);
                }
            });
            announce(true, host);
        }
        for contact in told {
            close(contact, host);
        }
    }

    /// Who a sender is; whoever is known counts as heard.
    fn sender<H: Host<SuperPeer>>(&mut self, contact: Contact, host: &H) -> Sender {
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().expiry_ns);
        let mut sender = Sender {
            contact,
            is_client: false,
            is_uplink: self.uplinks.hear(contact),
            cluster: None,
        };
        if let Some(hub) = &mut self.hub {
            hub.index.strike_silent(now_ns);
            sender.is_client = hub.index.hear(contact, now_ns.saturating_add(expiry_ns));
            sender.cluster = hub.links.hear(contact, now_ns);
        }
        sender
    }

    pub(super) fn receive<H: Host<SuperPeer>>(&mut self, from: Contact, message: Message, host: &mut H) {
        let sender = self.sender(from, host);
        match message {
            Message::Query { query, ttl, hops, .. } => {
                if sender.is_stranger() {
                    return close(from, host);
                }
                self.receive_query(sender, query, (ttl, hops), host);
            }
            Message::Hit(hit) => {
                if !sender.is_stranger() {
                    self.receive_hit(from, hit, host);
                }
            }
            Message::Short { body, .. } => self.receive_short(sender, body, host),
            Message::Long(letter) => self.receive_long(sender, letter.body, host),
        }
    }

    fn receive_short<H: Host<SuperPeer>>(&mut self, sender: Sender, body: Short, host: &mut H) {
        let from = sender.contact;
        match body {
            Short::Login {
                firewalled,
                is_eligible,
            } => self.log_in(from, firewalled, is_eligible, host),
            Short::KeepAlive { .. } if sender.is_stranger() => close(from, host),
            Short::KeepAlive { is_answer: true, .. } => {}
            Short::KeepAlive { is_eligible, .. } => self.stays(from, is_eligible, host),
            Short::Close => self.closed(from, host),
            Short::CallBack { query, holder } => self.pass_on(from.peer, query, holder, host),
            Short::Calling { query, requester } => {
                if sender.is_uplink {
                    host.call_back(requester, query);
                }
            }
            Short::Connect { cluster } => self.receive_connect(from, cluster, host),
            Short::Linked { cluster } => self.receive_linked(from, cluster, host),
            Short::Promoted => self.promoted(sender, host),
            Short::Redirect { to } => {
                if sender.is_uplink && !self.is_super_peer() {
                    self.knock(to, host);
                }
            }
            Short::Ask | Short::Announce { .. } => unreachable!("caches are told this"),
        }
    }

    fn receive_long<H: Host<SuperPeer>>(&mut self, sender: Sender, body: Long, host: &mut H) {
        let from = sender.contact;
        match body {
            Long::Accepted { group, others } => self.accepted(from, group, &others, host),
            Long::Refused { others } => self.refused(from, &others, host),
            Long::Offer(_) | Long::Withdraw(_) if !sender.is_client => close(from, host),
            Long::Offer(items) => self.with_index(|index| index.offer(from.peer, &items)),
            Long::Withdraw(items) => self.with_index(|index| index.withdraw(from.peer, &items)),
            Long::Group(group) => self.receive_group(sender, group, host),
            Long::Invite { partners, others } => {
                if sender.is_uplink {
                    self.invited(from, partners, &others, host);
                }
            }
            Long::Told(list) => {
                self.contacts.is_told = true;
                self.learn(&list, host);
                self.look_for_more(host);
            }
        }
    }

    pub(super) fn expire<H: Host<SuperPeer>>(&mut self, timer: Timer, host: &mut H) {
        match timer {
            Timer::Tick => self.tick(host),
            Timer::Login(attempt) => self.login_expired(attempt, host),
            Timer::Silence { peer, heard } => self.silence(peer, heard, host),
            Timer::Connecting { peer, attempt } => self.give_up(peer, attempt, host),
            Timer::AskAgain => {
                self.contacts.is_asked = false;
                self.contacts.in_vain = Vec::new();
                self.look_for_more(host);
            }
        }
    }

    /// It is time to say that the peer is still there, and to look who else is.
    fn tick<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        let settings = host.settings();
        let (period_ns, patience_ns, header) = (
            settings.keep_alive_ns,
            settings.answer_timeout_ns,
            settings.wire.header,
        );
        host.set_timer(period_ns, Timer::Tick);
        let body = Short::KeepAlive {
            is_answer: false,
            is_eligible: self.is_eligible(host),
        };
        let sign = short(body, header);
        for uplink in self.uplinks.all().filter(|uplink| uplink.is_in) {
            host.send(uplink.contact, sign.clone());
            let timer = Timer::Silence {
                peer: uplink.contact.peer,
                heard: uplink.heard,
            };
            host.set_timer(patience_ns, timer);
        }
        self.knock_at_group(host);
        self.watch(host);
    }

    /// Notes addresses of super-peers.
    pub(super) fn learn<H: Host<SuperPeer>>(&mut self, peers: &[PeerId], host: &mut H) {
        let max = host.settings().known_addresses_max as usize;
        let me = host.me().peer;
        let Contacts { known, in_vain, .. } = &mut self.contacts;
        let is_new = |peer: &&PeerId| **peer != me && !in_vain.contains(*peer);
        for peer in peers.iter().filter(is_new) {
            known.learn(*peer, max, host.random());
        }
    }

    /// Somebody has no room or does not answer.
    pub(super) fn tried_in_vain(&mut self, peer: PeerId) {
        if !self.contacts.in_vain.contains(&peer) {
            self.contacts.in_vain.push(peer);
        }
    }

    /// There may be addresses to try: a client without a super-peer looks for one, a super-peer for neighbours.
    fn look_for_more<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        if self.is_super_peer() {
            self.replenish(host);
        } else {
            self.seek(host);
        }
    }

    /// Asks a random cache for addresses, unless one was asked a short while ago.
    pub(super) fn ask_cache<H: Host<SuperPeer>>(&mut self, host: &mut H) {
        let settings = host.settings();
        let (caches, first_ns, max_ns) = (settings.caches.len(), settings.retry_ns, settings.retry_ns_max);
        if caches == 0 || self.contacts.is_asked {
            return;
        }
        self.contacts.is_asked = true;
        self.contacts.is_told = false;
        let wait_ns = self.contacts.retry_ns.max(first_ns);
        self.contacts.retry_ns = wait_ns.saturating_mul(2).min(max_ns);
        // Half of the wait is drawn, so that those who failed together do not ask together.
        let drawn_ns = wait_ns / 2 + host.random().below(wait_ns / 2 + 1);
        host.set_timer(drawn_ns, Timer::AskAgain);
        let cache = host.random().position(caches);
        tell_cache(cache, Short::Ask, host);
    }
}

/// Tells all caches that this peer is a super-peer, or is no more.
pub(super) fn announce<H: Host<SuperPeer>>(is_over: bool, host: &mut H) {
    for cache in 0..host.settings().caches.len() {
        tell_cache(cache, Short::Announce { is_over }, host);
    }
}

fn tell_cache<H: Host<SuperPeer>>(place: usize, body: Short, host: &mut H) {
    let (cache, wire) = (host.settings().caches[place], host.settings().wire);
    host.datagram(cache, short(body, wire.header + wire.cache_request));
}

/// Closes a connection, or says that there is none.
pub(super) fn close<H: Host<SuperPeer>>(to: Contact, host: &mut H) {
    host.send(to, short(Short::Close, host.settings().wire.close));
}
