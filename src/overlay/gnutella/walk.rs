//! Random walks: a query that goes to one neighbour at a time (Lv, Cao, Cohen, Li, Shenker, ICS 2002).
//!
//! A walker carries its number of steps and its requester's address in an extension of the query. It passes peers that
//! have seen its query (they count a duplicate) and dies when its steps are used up. With `check_every = 0` it stops
//! where it finds the item; otherwise it asks its requester at every so many steps, waits there for the word, and goes
//! on, past holders too, until the requester has an answer. If no word comes in time the walker dies, since nobody is
//! known to want its find; a firewalled requester cannot be asked, so its walkers stop at the first hit.
//!
//! A holder answers once per query, on the way its first walker came (as in Lv et al. hits go back hop by hop): that way
//! leads to the origin since every peer on it saw the query earlier. A walker that comes back to a requester that itself
//! holds the item has found it there, without a message.

use super::hits::answer;
use super::links::LinkId;
use super::message::{Message, walk_bytes};
use super::recent::Recent;
use super::settings::Walk;
use super::{Gnutella, Search, Searches, Servent, Timer};
use crate::engine::{Contact, Draw, Message as _, PeerId};
use crate::overlay::books::Fate;
use crate::overlay::{Answer, Host, QueryId, note_fate};

/// A walking query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walker {
    /// The query.
    pub(super) query: QueryId,
    /// Whose query it is.
    pub(super) origin: PeerId,
    /// Steps made.
    pub(super) steps: u32,
    /// Length of the search text.
    pub(super) text_bytes: u16,
    /// Whether the requester can be asked.
    pub(super) checkable: bool,
}

/// A servent's part in walks.
#[derive(Default, Debug)]
pub(super) struct Walks {
    /// The servent's own queries of this session, ascending as they were issued.
    own: Vec<Own>,
    /// Walkers that wait here for their requesters' word, in order of arrival.
    waiting: Vec<Waiting>,
    /// Waits begun.
    tokens: u32,
}

#[derive(Clone, Copy, Debug)]
struct Own {
    query: QueryId,
    /// An answer has arrived.
    satisfied: bool,
    /// A walker came back, and this servent holds the item itself.
    answered: bool,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    walker: Walker,
    from: LinkId,
    token: u32,
}

impl Walks {
    fn place(&self, query: QueryId) -> Result<usize, usize> {
        self.own.binary_search_by_key(&query, |own| own.query)
    }

    /// Whether a query is the servent's own, in this session.
    pub(super) fn owns(&self, query: QueryId) -> bool {
        self.place(query).is_ok()
    }

    /// Whether one of the servent's own queries has an answer; `None` if it is not its own.
    fn satisfied(&self, query: QueryId) -> Option<bool> {
        self.place(query).ok().map(|place| self.own[place].satisfied)
    }

    /// Notes an answer to one of the servent's own queries.
    pub(super) fn satisfy(&mut self, query: QueryId) {
        if let Ok(place) = self.place(query) {
            self.own[place].satisfied = true;
        }
    }
}

impl Servent {
    /// Sends walkers with a query of this peer's own. The workload's TTL, if it has one, is their number of steps.
    ///
    /// # Panics
    /// When the query was asked before.
    pub(super) fn start_walks<H: Host<Gnutella>>(
        &mut self,
        query: QueryId,
        walk: Walk,
        recent: &mut Recent,
        host: &mut H,
    ) {
        let question = host.question(query);
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        let walks = &mut self.aside.open_searches().walks;
        let place = walks.place(query).expect_err("a query is asked once");
        walks.own.insert(
            place,
            Own {
                query,
                satisfied: false,
                answered: false,
            },
        );
        self.queries(recent, host.arena())
            .first(query, LinkId::OWN, now_ns, expiry_ns);
        let limit = question.ttl.unwrap_or(walk.ttl);
        let me = host.me().peer;
        note_fate(host, query, me, (0, limit), Fate::Accepted);
        if limit == 0 {
            return;
        }
        let walker = Walker {
            query,
            origin: me,
            steps: 0,
            text_bytes: host.text_bytes(question.item),
            checkable: !host.firewalled(),
        };
        for _ in 0..walk.walkers {
            self.step(walker, None, walk.avoid_return, host);
        }
    }

    /// A walker came over the link at `place`.
    pub(super) fn receive_walk<H: Host<Gnutella>>(
        &mut self,
        place: usize,
        walker: Walker,
        recent: &mut Recent,
        host: &mut H,
    ) {
        let Search::Walk(walk) = host.settings().search else {
            unreachable!("walkers walk where queries walk");
        };
        let link = self.links.at(place);
        let (query, from, steps) = (walker.query, link.contact.peer, walker.steps);
        let question = host.question(query);
        let (now_ns, expiry_ns) = (host.now_ns(), host.settings().guid_expiry_ns);
        let limit = question.ttl.unwrap_or(walk.ttl);
        let left = limit.saturating_sub(steps);
        let at_home = walker.origin == host.me().peer;
        let first = self
            .queries(recent, host.arena())
            .first(query, link.id, now_ns, expiry_ns)
            && !at_home;
        let line = host.books().line(query);
        if first {
            line.note_reached(now_ns - question.issued_ns);
        } else {
            line.duplicate_messages += 1;
        }
        let fate = if first { Fate::Accepted } else { Fate::Duplicate };
        note_fate(host, query, from, (steps, left), fate);

        let found = host.holds(question.item);
        if found && at_home {
            self.find_at_home(query, steps, host);
        } else if found && first {
            answer(link, query, question.item, steps, host);
        }
        let checks = walk.check_every > 0 && walker.checkable;
        if left == 0 || (found && !checks) {
            note_fate(host, query, from, (steps, left), Fate::Expired);
        } else if checks && steps % walk.check_every == 0 {
            if at_home {
                let word = self.word(query);
                self.resume(walker, link.id, word, walk, host);
            } else {
                self.check(walker, link.id, walk, host);
            }
        } else {
            self.step(walker, Some(place), walk.avoid_return, host);
        }
    }

    /// A walker is back where it started, and the item is here. Counts once per query.
    fn find_at_home<H: Host<Gnutella>>(&mut self, query: QueryId, steps: u32, host: &mut H) {
        let Some(Searches { walks, .. }) = self.aside.searches_mut() else {
            return;
        };
        let Ok(place) = walks.place(query) else { return };
        if std::mem::replace(&mut walks.own[place].answered, true) {
            return;
        }
        let me = host.me();
        note_fate(host, query, me.peer, (steps, 0), Fate::Arrived);
        let answer = Answer {
            holder: me,
            hops: steps,
            firewalled: host.firewalled(),
        };
        self.accept_answer(query, answer, host);
    }

    /// Sends a walker, which came over the link at `from` if that is still there, one step further, to a neighbour
    /// chosen uniformly; it dies where there is none.
    #[inline]
    fn step<H: Host<Gnutella>>(
        &mut self,
        walker: Walker,
        from: Option<usize>,
        avoid_return: bool,
        host: &mut H,
    ) {
        let count = self.links.len();
        if count == 0 {
            return;
        }
        let next = match from.filter(|_| avoid_return && count > 1) {
            None => host.random().position(count),
            Some(back) => {
                let choice = host.random().position(count - 1);
                choice + usize::from(choice >= back)
            }
        };
        let message = Message::Walk {
            query: walker.query,
            origin: walker.origin,
            steps: walker.steps + 1,
            text_bytes: walker.text_bytes,
            checkable: walker.checkable,
        };
        let bytes = walk_bytes(walker.text_bytes);
        host.books().line(walker.query).note_query_sent(bytes);
        host.send_to_neighbour(next, self.links.contact(next), message);
    }

    /// A walker asks its requester, over a connection of its own, whether to go on, and waits.
    fn check<H: Host<Gnutella>>(&mut self, walker: Walker, from: LinkId, walk: Walk, host: &mut H) {
        let walks = &mut self.aside.open_searches().walks;
        let token = walks.tokens;
        walks.tokens = token.wrapping_add(1);
        walks.waiting.push(Waiting { walker, from, token });
        host.set_timer(walk.check_timeout_ns, Timer::Checking { token });
        let to = Contact::any(walker.origin);
        send_check(to, walker.query, Message::Check { query: walker.query }, host);
    }

    /// What a requester tells its walkers: go on while nothing was found; stop what it does not know (any more).
    fn word(&self, query: QueryId) -> bool {
        let searches = self.aside.searches();
        searches.and_then(|searches| searches.walks.satisfied(query)) == Some(false)
    }

    /// A walker of this servent's asks whether to go on.
    pub(super) fn receive_check<H: Host<Gnutella>>(&mut self, from: Contact, query: QueryId, host: &mut H) {
        let go_on = self.word(query);
        send_check(from, query, Message::CheckReply { query, go_on }, host);
    }

    /// A requester's word arrived: it is for the walker of this query that has waited longest.
    pub(super) fn receive_check_reply<H: Host<Gnutella>>(
        &mut self,
        query: QueryId,
        go_on: bool,
        host: &mut H,
    ) {
        let Search::Walk(walk) = host.settings().search else {
            return;
        };
        let Some(Searches { walks, .. }) = self.aside.searches_mut() else {
            return;
        };
        let Some(place) = walks.waiting.iter().position(|wait| wait.walker.query == query) else {
            return;
        };
        let wait = walks.waiting.remove(place);
        self.resume(wait.walker, wait.from, go_on, walk, host);
    }

    /// A requester's word did not come in time.
    pub(super) fn check_unanswered<H: Host<Gnutella>>(&mut self, token: u32, host: &mut H) {
        let Search::Walk(walk) = host.settings().search else {
            return;
        };
        let Some(Searches { walks, .. }) = self.aside.searches_mut() else {
            return;
        };
        let Some(place) = walks.waiting.iter().position(|wait| wait.token == token) else {
            return;
        };
        let wait = walks.waiting.remove(place);
        self.resume(wait.walker, wait.from, false, walk, host);
    }

    fn resume<H: Host<Gnutella>>(
        &mut self,
        walker: Walker,
        from: LinkId,
        go_on: bool,
        walk: Walk,
        host: &mut H,
    ) {
        if go_on {
            self.step(walker, self.links.place_named(from), walk.avoid_return, host);
        } else {
            let me = host.me().peer;
            note_fate(host, walker.query, me, (walker.steps, 0), Fate::Expired);
        }
    }
}

fn send_check<H: Host<Gnutella>>(to: Contact, query: QueryId, message: Message, host: &mut H) {
    let line = host.books().line(query);
    line.check_messages += 1;
    line.bytes += u64::from(message.size_bytes());
    host.send(to, message);
}
