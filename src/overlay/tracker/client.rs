//! A client: it announces what it has and what it looks for, each item to that item's tracker.
//!
//! A tracker answers announcements only of those who asked it for a number not long ago. One that stays silent is asked again,
//! later each time, and at last left alone until the item is to be announced again.

use super::message::{Announcement, Body, Message, Peers};
use super::{Host, Timer, Tracker};
use crate::engine::footprint::grown_bytes;
use crate::engine::{Contact, Departure, PeerId};
use crate::overlay::books::Fate;
use crate::overlay::servers::Servers;
use crate::overlay::{Answer, ItemId, QueryId, note_asked, note_fate};
use std::collections::BTreeSet;

/// A client's state.
#[derive(Debug)]
pub(super) struct Client {
    servers: Servers,
    /// Trackers that it turned to in this session.
    links: Vec<Link>,
    /// Swarms that it has to do with.
    swarms: Vec<Swarm>,
    /// Numbers given out to announcements.
    announcements: u32,
}

/// Where a client stands with a tracker.
#[derive(Debug)]
struct Link {
    tracker: PeerId,
    /// Until when the number is good that it gave, nanoseconds.
    good_until_ns: u64,
    /// Items that are announced when it has given a number; while there are any, it is being asked for one.
    waiting: Vec<ItemId>,
    /// Whether it left the last announcement without an answer.
    is_silent: bool,
}

/// A client's part in a swarm.
#[derive(Debug)]
struct Swarm {
    item: ItemId,
    /// The query that last asked for the item, if one did.
    query: Option<QueryId>,
    /// Whom it was told of for that query: who is named again is no further hit.
    told: Vec<PeerId>,
    /// Whether it was not answered yet.
    is_sought: bool,
    /// Whether the tracker was told that the client has the item, or a part.
    serves: bool,
    /// Number of the last announcement, by which its timers know whether they still matter.
    number: u32,
    /// How often that was made in vain.
    attempts: u32,
    /// Whether it was answered.
    is_answered: bool,
}

/// From a client over a tracker to a holder.
const HOPS: u32 = 2;

impl Client {
    pub(super) fn new(servers: Servers) -> Self {
        Self {
            servers,
            links: Vec::new(),
            swarms: Vec::new(),
            announcements: 0,
        }
    }

    /// Calls `visit` with every tracker but those that were silent last.
    pub(super) fn visit_trackers(&self, visit: &mut dyn FnMut(Contact)) {
        for tracker in self.servers.all() {
            let mut links = self.links.iter();
            if !links.any(|link| link.tracker == tracker && link.is_silent) {
                visit(Contact::any(tracker));
            }
        }
    }

    /// The item's tracker: a file that says what the item is says so, too.
    fn tracker(&self, item: ItemId) -> PeerId {
        self.servers.at(item.0)
    }

    fn link(&mut self, item: ItemId) -> &mut Link {
        let tracker = self.tracker(item);
        let place = self.links.iter().position(|link| link.tracker == tracker);
        let place = place.unwrap_or_else(|| {
            self.links.push(Link {
                tracker,
                good_until_ns: 0,
                waiting: Vec::new(),
                is_silent: false,
            });
            self.links.len() - 1
        });
        &mut self.links[place]
    }

    /// The session ends. Only swarms whose tracker knows of the client are told.
    pub(super) fn leave<H: Host<Tracker>>(&mut self, departure: Departure, host: &mut H) {
        if departure == Departure::Graceful {
            for swarm in std::mem::take(&mut self.swarms) {
                if swarm.serves {
                    self.stop(swarm.item, host);
                }
            }
        }
        self.links = Vec::new();
        self.swarms = Vec::new();
    }

    /// Takes its leave of a swarm. Where the tracker's number is too old, the request for another is charged with it: nobody
    /// waits for that in order to leave.
    fn stop<H: Host<Tracker>>(&mut self, item: ItemId, host: &mut H) {
        let (now_ns, wire) = (host.now_ns(), host.settings().wire);
        let link = self.link(item);
        let tracker = link.tracker;
        let number_bytes = if now_ns < link.good_until_ns {
            0
        } else {
            link.good_until_ns = now_ns.saturating_add(host.settings().connection_ns);
            wire.header + wire.connect
        };
        let message = Message {
            body: Body::Stopped(item),
            size_bytes: wire.header + wire.announce + number_bytes,
        };
        host.datagram(tracker, message);
    }

    /// Looks for holders of what a query asks for.
    pub(super) fn search<H: Host<Tracker>>(&mut self, query: QueryId, host: &mut H) {
        let item = host.question(query).item;
        note_asked(host, query);
        let place = self.swarm(item);
        self.swarms[place].query = Some(query);
        self.swarms[place].told.clear();
        self.swarms[place].is_sought = true;
        self.announce(place, host);
    }

    /// The client's part in a swarm, which it may have none in so far.
    fn swarm(&mut self, item: ItemId) -> usize {
        let place = self.swarms.iter().position(|swarm| swarm.item == item);
        place.unwrap_or_else(|| {
            self.swarms.push(Swarm {
                item,
                query: None,
                told: Vec::new(),
                is_sought: false,
                serves: false,
                number: 0,
                attempts: 0,
                is_answered: false,
            });
            self.swarms.len() - 1
        })
    }

    /// Announces what the peer shares by now and did not, and takes its leave of where it does not and did.
    pub(super) fn shares_changed<H: Host<Tracker>>(&mut self, host: &mut H) {
        let mut shared = BTreeSet::new();
        host.visit_shared(&mut |item| {
            shared.insert(item);
        });
        let is_gone = |swarm: &&mut Swarm| swarm.serves && !shared.contains(&swarm.item);
        let gone: Vec<ItemId> = self
            .swarms
            .iter_mut()
            .filter(is_gone)
            .map(|swarm| {
                swarm.serves = false;
                swarm.item
            })
            .collect();
        for item in gone {
            self.stop(item, host);
            if !host.fetches(item) {
                self.forget(item);
            }
        }
        for item in shared {
            let place = self.swarm(item);
            if !self.swarms[place].serves {
                self.announce(place, host);
            }
        }
    }

    /// Has to do with a swarm no longer.
    fn forget(&mut self, item: ItemId) {
        self.swarms.retain(|swarm| swarm.item != item);
        self.link(item).waiting.retain(|waiting| *waiting != item);
    }

    /// Announces an item, for the first time or again.
    fn announce<H: Host<Tracker>>(&mut self, place: usize, host: &mut H) {
        self.announcements = self.announcements.wrapping_add(1);
        let number = self.announcements;
        let swarm = &mut self.swarms[place];
        swarm.number = number;
        swarm.attempts = 0;
        swarm.is_answered = false;
        self.request(place, host);
    }

    /// Makes an announcement, or asks for the number that it needs.
    fn request<H: Host<Tracker>>(&mut self, place: usize, host: &mut H) {
        let Swarm {
            item,
            number,
            attempts,
            ..
        } = &self.swarms[place];
        let (item, number, attempts) = (*item, *number, *attempts);
        let (now_ns, wire) = (host.now_ns(), host.settings().wire);
        let link = self.link(item);
        if now_ns < link.good_until_ns {
            self.send(place, host);
        } else {
            let is_asked = !link.waiting.is_empty() && attempts == 0;
            if !link.waiting.contains(&item) {
                link.waiting.push(item);
            }
            if !is_asked {
                let message = Message {
                    body: Body::Connect,
                    size_bytes: wire.header + wire.connect,
                };
                host.datagram(link.tracker, message);
            }
        }
        let factor = 1_u64.checked_shl(attempts).unwrap_or(u64::MAX);
        let patience_ns = host.settings().timeout_ns.saturating_mul(factor);
        host.set_timer(patience_ns, Timer::Patience { item, number });
    }

    /// Sends an announcement. Further holders are wanted while the item is looked for.
    fn send<H: Host<Tracker>>(&mut self, place: usize, host: &mut H) {
        let swarm = &mut self.swarms[place];
        let item = swarm.item;
        swarm.serves = false;
        host.visit_shared(&mut |shared| swarm.serves |= shared == item);
        let query = swarm.query.filter(|_| swarm.is_sought || host.fetches(item));
        let announcement = Announcement {
            item,
            query,
            serves: swarm.serves,
            is_new: swarm.is_sought,
            firewalled: host.firewalled(),
        };
        let wire = host.settings().wire;
        let size_bytes = wire.header + wire.announce;
        if let Some(query) = query {
            host.books().line(query).note_query_sent(size_bytes);
        }
        let body = Body::Announce(announcement);
        host.datagram(self.tracker(item), Message { body, size_bytes });
    }

    pub(super) fn receive<H: Host<Tracker>>(&mut self, from: PeerId, body: Body, host: &mut H) {
        match body {
            Body::Connected => self.connected(from, host),
            Body::Peers(peers) => self.told(from, *peers, host),
            Body::Connect | Body::Announce(_) | Body::Stopped(_) => {
                unreachable!("clients say this, and not to each other")
            }
        }
    }

    /// A tracker gave a number.
    fn connected<H: Host<Tracker>>(&mut self, from: PeerId, host: &mut H) {
        let good_until_ns = host.now_ns().saturating_add(host.settings().connection_ns);
        let Some(link) = self.links.iter_mut().find(|link| link.tracker == from) else {
            return;
        };
        link.good_until_ns = good_until_ns;
        for item in std::mem::take(&mut link.waiting) {
            if let Some(place) = self.swarms.iter().position(|swarm| swarm.item == item) {
                self.send(place, host);
            }
        }
    }

    /// A tracker answers an announcement; each member that it names for the first time counts as a hit.
    fn told<H: Host<Tracker>>(&mut self, from: PeerId, peers: Peers, host: &mut H) {
        if let Some(link) = self.links.iter_mut().find(|link| link.tracker == from) {
            link.is_silent = false;
        }
        let Some(swarm) = self.swarms.iter_mut().find(|swarm| swarm.item == peers.item) else {
            return;
        };
        if !swarm.is_answered {
            swarm.is_answered = true;
            swarm.is_sought &= peers.query.is_none();
            let timer = Timer::Again {
                item: swarm.item,
                number: swarm.number,
            };
            host.set_timer(host.settings().interval_ns, timer);
        }
        let Some(query) = peers.query else { return };
        for member in peers.list {
            let answer = Answer {
                holder: member.contact,
                hops: HOPS,
                firewalled: member.firewalled,
            };
            if swarm.query == Some(query) && swarm.told.contains(&member.contact.peer) {
                host.found(query, answer);
            } else {
                swarm.told.push(member.contact.peer);
                note_fate(host, query, from, (HOPS, 0), Fate::Arrived);
                host.deliver(query, answer);
            }
        }
    }

    /// A tracker has had its time to answer.
    pub(super) fn lose_patience<H: Host<Tracker>>(&mut self, item: ItemId, number: u32, host: &mut H) {
        let is_meant = |swarm: &Swarm| swarm.item == item && swarm.number == number && !swarm.is_answered;
        let Some(place) = self.swarms.iter().position(is_meant) else {
            return;
        };
        self.link(item).is_silent = true;
        self.link(item).good_until_ns = 0;
        let retries = host.settings().retries;
        if self.swarms[place].attempts < retries {
            self.swarms[place].attempts += 1;
            self.request(place, host);
        } else {
            self.link(item).waiting.retain(|waiting| *waiting != item);
            host.set_timer(host.settings().interval_ns, Timer::Again { item, number });
        }
    }

    /// It is time to announce an item again, unless the peer has to do with it no longer.
    pub(super) fn announce_again<H: Host<Tracker>>(&mut self, item: ItemId, number: u32, host: &mut H) {
        let is_meant = |swarm: &Swarm| swarm.item == item && swarm.number == number;
        let Some(place) = self.swarms.iter().position(is_meant) else {
            return;
        };
        if host.holds(item) || host.fetches(item) {
            self.announce(place, host);
        } else {
            self.forget(item);
        }
    }

    /// What a client keeps that has to do with so many swarms: for estimates.
    pub(super) fn client_bytes(swarms: usize) -> usize {
        grown_bytes::<Link>(1) + grown_bytes::<Swarm>(swarms) + grown_bytes::<ItemId>(swarms)
    }
}
