//! A client: it logs in to one server at a time, tells it what the peer shares, and asks it.
//!
//! A server that does not let it in, closes the connection or stays silent is given up for the next on the list; when none
//! lets it in, the client waits, twice as long each time, and begins anew. A query waits for an attempt to log in that is
//! under way; without one it finds nothing.

use super::message::{Body, Holders};
use super::{Central, Timer, plain};
use crate::engine::{Contact, Departure, PeerId};
use crate::overlay::books::Fate;
use crate::overlay::servers::Servers;
use crate::overlay::{Answer, Host, ItemId, QueryId, note_asked, note_fate};

/// Where a client stands.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Standing {
    /// Nowhere: offline, or waiting for the next attempt.
    #[default]
    Out,
    /// It asked to be let in.
    Knocking,
    /// This server let it in.
    In(Contact),
}

/// A client's state.
#[derive(Debug)]
pub(super) struct Client {
    servers: Servers,
    /// Whether it asks the other servers, too, if its own names too few holders.
    asks_others: bool,
    /// The server that it turns to: a place on the list.
    place: u32,
    standing: Standing,
    /// Attempts to log in so far, by which their timers know whether they still matter.
    attempts: u32,
    /// Attempts that failed since the last success.
    failures: u32,
    /// Messages that the own server sent so far: by it a timer knows whether the server has been silent.
    heard: u32,
    /// What the own server was told that the peer shares, ascending.
    registered: Vec<ItemId>,
    /// Queries that wait for the attempt under way.
    waiting: Vec<QueryId>,
    searches: Vec<Search>,
}

/// A query under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    query: QueryId,
    /// The own server then: a place on the list.
    home: u32,
    /// Answers so far.
    found: u32,
    /// Other servers that were asked so far.
    others: u32,
    /// Servers whose turn is over, by which its timers know whether they still matter.
    step: u32,
}

impl Client {
    pub(super) fn new(servers: Servers, asks_others: bool) -> Self {
        Self {
            servers,
            asks_others,
            place: 0,
            standing: Standing::Out,
            attempts: 0,
            failures: 0,
            heard: 0,
            registered: Vec::new(),
            waiting: Vec::new(),
            searches: Vec::new(),
        }
    }

    /// Calls `visit` with the servers that it asks: the one that let it in, and then the others, if it asks these, too.
    pub(super) fn visit_servers(&self, visit: &mut dyn FnMut(Contact)) {
        let Some(own) = self.server() else { return };
        visit(own);
        if self.asks_others {
            let others = self.servers.all().filter(|server| *server != own.peer);
            others.for_each(|server| visit(Contact::any(server)));
        }
    }

    /// The server that let it in.
    fn server(&self) -> Option<Contact> {
        match self.standing {
            Standing::In(server) => Some(server),
            Standing::Out | Standing::Knocking => None,
        }
    }

    /// The peer comes online: it turns to a server that it draws.
    pub(super) fn join<H: Host<Central>>(&mut self, host: &mut H) {
        self.place = self.servers.draw(host.random());
        self.failures = 0;
        self.knock(host);
    }

    /// The session ends.
    pub(super) fn leave<H: Host<Central>>(&mut self, departure: Departure, host: &mut H) {
        let server = match self.standing {
            Standing::Out => None,
            Standing::Knocking => Some(Contact::any(self.servers.at(self.place))),
            Standing::In(server) => Some(server),
        };
        if let Some(server) = server
            && departure == Departure::Graceful
        {
            host.send(server, plain(Body::Close, host.settings().wire.close));
        }
        self.standing = Standing::Out;
        // Most peers are away most of the time.
        self.registered = Vec::new();
        self.waiting = Vec::new();
        self.searches = Vec::new();
    }

    fn knock<H: Host<Central>>(&mut self, host: &mut H) {
        self.standing = Standing::Knocking;
        self.attempts += 1;
        let settings = host.settings();
        let (size_bytes, patience_ns) = (
            settings.wire.header + settings.wire.login,
            settings.login_timeout_ns,
        );
        let firewalled = host.firewalled();
        let server = Contact::any(self.servers.at(self.place));
        host.send(server, plain(Body::Login { firewalled }, size_bytes));
        host.set_timer(patience_ns, Timer::Login(self.attempts));
    }

    /// The server has had its time to let the client in.
    pub(super) fn login_expired<H: Host<Central>>(&mut self, attempt: u32, host: &mut H) {
        if self.standing == Standing::Knocking && self.attempts == attempt {
            self.turn_to_next(host);
        }
    }

    /// The next server's turn; after the last, the client waits.
    fn turn_to_next<H: Host<Central>>(&mut self, host: &mut H) {
        self.place += 1;
        self.failures += 1;
        if !self.failures.is_multiple_of(self.servers.count()) {
            return self.knock(host);
        }
        self.standing = Standing::Out;
        self.waiting.clear();
        let rounds = self.failures / self.servers.count();
        let settings = host.settings();
        let factor = 1_u64.checked_shl(rounds - 1).unwrap_or(u64::MAX);
        let pause_ns = settings.retry_ns.saturating_mul(factor);
        let pause_ns = pause_ns.min(settings.retry_ns_max);
        host.set_timer(pause_ns, Timer::Retry(self.attempts));
    }

    /// It is time to begin anew.
    pub(super) fn retry<H: Host<Central>>(&mut self, attempt: u32, host: &mut H) {
        if self.standing == Standing::Out && self.attempts == attempt {
            self.knock(host);
        }
    }

    pub(super) fn receive<H: Host<Central>>(&mut self, from: Contact, body: Body, host: &mut H) {
        let is_own = self.standing == Standing::In(from);
        if is_own {
            self.heard = self.heard.wrapping_add(1);
        }
        match body {
            Body::Accepted => self.accepted(from, host),
            Body::Answer(holders) => self.answered(from.peer, is_own, &holders, host),
            Body::Calling { query, requester } if is_own => host.call_back(requester, query),
            Body::Close if is_own => self.lose_server(host),
            Body::KeepAlive | Body::Close | Body::Calling { .. } => {}
            Body::Login { .. }
            | Body::Offer(_)
            | Body::Withdraw(_)
            | Body::Query { .. }
            | Body::CallBack { .. } => unreachable!("clients say this, and not to each other"),
        }
    }

    /// A server lets the client in.
    fn accepted<H: Host<Central>>(&mut self, from: Contact, host: &mut H) {
        match self.standing {
            Standing::Knocking if from.peer == self.servers.at(self.place) => {}
            // It had knocked twice.
            Standing::In(server) if server == from => return,
            // It was too slow: the client is elsewhere by now.
            _ => {
                let close_bytes = host.settings().wire.close;
                return host.send(from, plain(Body::Close, close_bytes));
            }
        }
        self.standing = Standing::In(from);
        self.failures = 0;
        self.heard = self.heard.wrapping_add(1);
        self.registered.clear();
        self.shares_changed(host);
        host.set_timer(host.settings().keep_alive_ns, Timer::KeepAlive(self.attempts));
        for query in std::mem::take(&mut self.waiting) {
            self.search(query, host);
        }
    }

    /// Tells the own server what the peer shares by now and did not, or does not and did.
    pub(super) fn shares_changed<H: Host<Central>>(&mut self, host: &mut H) {
        let Standing::In(server) = self.standing else {
            return;
        };
        let mut shared = Vec::with_capacity(host.shared_files() as usize);
        host.visit_shared(&mut |item| shared.push(item));
        shared.sort_unstable();
        let wire = host.settings().wire;
        let gone = without(&self.registered, &shared);
        if !gone.is_empty() {
            let size = |item: &ItemId| wire.withdrawn + wire.mention(host.name_bytes(*item));
            let size_bytes = wire.header + gone.iter().map(size).sum::<u32>();
            host.send(server, plain(Body::Withdraw(gone), size_bytes));
        }
        let new = without(&shared, &self.registered);
        if !new.is_empty() {
            let size = |item: &ItemId| wire.file + u32::from(host.name_bytes(*item));
            let size_bytes = wire.header + new.iter().map(size).sum::<u32>();
            host.send(server, plain(Body::Offer(new), size_bytes));
        }
        self.registered = shared;
    }

    /// It is time to say that the client is still there.
    pub(super) fn keep_alive<H: Host<Central>>(&mut self, attempt: u32, host: &mut H) {
        let Standing::In(server) = self.standing else {
            return;
        };
        if self.attempts == attempt {
            host.send(server, plain(Body::KeepAlive, host.settings().wire.header));
            host.set_timer(host.settings().keep_alive_ns, Timer::KeepAlive(attempt));
            self.expect_answer(host);
        }
    }

    /// The own server owes an answer.
    fn expect_answer<H: Host<Central>>(&mut self, host: &mut H) {
        let patience_ns = host.settings().answer_timeout_ns;
        host.set_timer(patience_ns, Timer::Silence { heard: self.heard });
    }

    /// The own server has had its time to answer.
    pub(super) fn silence<H: Host<Central>>(&mut self, heard: u32, host: &mut H) {
        if matches!(self.standing, Standing::In(_)) && self.heard == heard {
            self.lose_server(host);
        }
    }

    fn lose_server<H: Host<Central>>(&mut self, host: &mut H) {
        self.place += 1;
        self.failures = 0;
        self.knock(host);
    }

    /// Asks the own server.
    pub(super) fn search<H: Host<Central>>(&mut self, query: QueryId, host: &mut H) {
        let server = match self.standing {
            Standing::Out => return,
            Standing::Knocking => return self.waiting.push(query),
            Standing::In(server) => server,
        };
        note_asked(host, query);
        self.searches.push(Search {
            query,
            home: self.place,
            found: 0,
            others: 0,
            step: 0,
        });
        let message = note_query(query, false, host);
        host.send(server, message);
        self.expect_answer(host);
        let patience_ns = host.settings().answer_timeout_ns;
        host.set_timer(patience_ns, Timer::Search { query, step: 0 });
    }

    /// A server names holders; each counts as a hit.
    fn answered<H: Host<Central>>(&mut self, from: PeerId, is_own: bool, holders: &Holders, host: &mut H) {
        let query = holders.query;
        let Some(place) = self.searches.iter().position(|search| search.query == query) else {
            return;
        };
        // Another server's clients cannot be asked, through one's own, to call back.
        let usable = holders.list.iter().filter(|holder| is_own || !holder.firewalled);
        let search = &mut self.searches[place];
        for holder in usable {
            search.found += 1;
            let answer = Answer {
                holder: holder.contact,
                hops: HOPS,
                firewalled: holder.firewalled,
            };
            note_fate(host, query, from, (HOPS, 0), Fate::Arrived);
            host.deliver(query, answer);
        }
        if is_own && self.searches[place].step == 0 {
            self.ask_on(place, host);
        }
    }

    /// A server has had its time to answer a query.
    pub(super) fn search_expired<H: Host<Central>>(&mut self, query: QueryId, step: u32, host: &mut H) {
        let is_meant = |search: &Search| search.query == query && search.step == step;
        if let Some(place) = self.searches.iter().position(is_meant) {
            self.ask_on(place, host);
        }
    }

    /// Asks another server if need be; otherwise the search is over.
    fn ask_on<H: Host<Central>>(&mut self, place: usize, host: &mut H) {
        let settings = host.settings();
        let others = if self.asks_others {
            self.servers.count() - 1
        } else {
            0
        };
        let (enough, pause_ns) = (settings.enough_answers, settings.ask_every_ns);
        let patience_ns = settings.answer_timeout_ns;
        let search = &mut self.searches[place];
        if search.found >= enough || search.others == others {
            self.searches.swap_remove(place);
            return;
        }
        search.others += 1;
        search.step += 1;
        let Search {
            query, home, step, ..
        } = *search;
        let server = self.servers.at(home + search.others);
        let is_last = search.others == others;
        let message = note_query(query, true, host);
        host.datagram(server, message);
        let wait_ns = if is_last { patience_ns } else { pause_ns };
        host.set_timer(wait_ns, Timer::Search { query, step });
    }

    /// Asks the own server to have a holder call back.
    pub(super) fn request_call_back<H: Host<Central>>(
        &mut self,
        query: QueryId,
        holder: Contact,
        host: &mut H,
    ) {
        let Standing::In(server) = self.standing else {
            return;
        };
        let wire = host.settings().wire;
        let name_bytes = host.name_bytes(host.question(query).item);
        let size_bytes = wire.header + wire.call_back + wire.mention(name_bytes);
        let holder = holder.peer;
        host.send(server, plain(Body::CallBack { query, holder }, size_bytes));
    }
}

/// From a client over a server to a holder.
const HOPS: u32 = 2;

/// A query, noted in the books.
fn note_query<H: Host<Central>>(query: QueryId, is_datagram: bool, host: &mut H) -> super::Message {
    let wire = host.settings().wire;
    let text_bytes = u32::from(host.text_bytes(host.question(query).item));
    let message = plain(
        Body::Query { query, is_datagram },
        wire.header + wire.query + text_bytes,
    );
    host.books().line(query).note_query_sent(message.size_bytes);
    message
}

/// What is in `these` and not in `those`; both ascend.
fn without(these: &[ItemId], those: &[ItemId]) -> Box<[ItemId]> {
    let is_not_there = |item: &&ItemId| those.binary_search(item).is_err();
    these.iter().filter(is_not_there).copied().collect()
}
