//! What keys stand for: found by queries, stored for others, and stored elsewhere when others have come to be responsible.

use super::directory::NodeId;
use super::identifier::Identifier;
use super::message::{Cause, Content, Posting, Values};
use super::node::{Dht, Wake};
use super::router::Router;
use super::search::{Search, Stage};
use super::service::{Errand, Found, Goal, Matter, Service};
use super::settings::StorageSettings;
use super::store::{Holder, Lifetime};
use crate::engine::Contact;
use crate::overlay::{Answer, Host, QueryId};

impl<R: Router, H: Host<Dht<R>>> Service<'_, R, H> {
    /// Whether nodes on the way to a key are asked for what it stands for: where nodes are told who is responsible, only these
    /// are.
    pub(super) fn asks_for_values(&self, goal: Goal<R::Purpose>) -> bool {
        let is_wanted = match goal {
            Goal::Query(_) => true,
            Goal::Publish => self.settings().storage.asks_for_token,
            Goal::Workload(_) | Goal::Own(_) | Goal::Replicate => false,
        };
        is_wanted && !R::TELLS_OWNERS
    }

    /// Whether a query is answered by what this very node keeps for others.
    pub(super) fn knows_already(&mut self, number: u32) -> bool {
        let Some(search) = self.search(number) else {
            return true;
        };
        let Goal::Query(query) = search.goal else {
            return false;
        };
        let holders = self.stored(search.key);
        let is_enough =
            self.note_holders(number, query, &holders, 0) && self.settings().storage.stops_at_value;
        if is_enough {
            self.conclude(number, None);
        }
        is_enough
    }

    /// A node on the way to a search's key was asked for what it stands for.
    pub(super) fn valued(&mut self, number: u32, from: NodeId, values: Values) {
        let Some(Search {
            goal: Goal::Query(query),
            stage: Stage::Asking { lookup, .. },
            ..
        }) = self.search(number)
        else {
            return self.guided(number, from, values.guidance);
        };
        let (query, hops) = (*query, lookup.depth(from));
        let has_others = self.note_holders(number, query, &values.holders, hops);
        if has_others && self.settings().storage.stops_at_value {
            return self.conclude(number, None);
        }
        self.guided(number, from, values.guidance);
    }

    /// A node responsible for a search's key said what it stands for.
    pub(super) fn owner_valued(&mut self, number: u32, from: NodeId, holders: &[Holder]) {
        let Some(Search {
            goal: Goal::Query(query),
            stage: Stage::Trying { found, tried },
            ..
        }) = self.search(number)
        else {
            return;
        };
        let (query, hops, tried) = (*query, found.hops.saturating_add(1), *tried);
        let has_others = self.note_holders(number, query, holders, hops);
        let storage = self.settings().storage;
        if !has_others && tried + 1 < usize::from(storage.replicas) {
            // One that came to be responsible lately may not have been told yet.
            self.missing(number);
        } else {
            self.confirmed(number, from);
        }
    }

    /// Passes on holders that were not known yet. Returns whether any other than this peer is among the holders.
    fn note_holders(&mut self, number: u32, query: QueryId, holders: &[Holder], hops: u16) -> bool {
        let (me, now_ns) = (self.host.me().peer, self.now_ns());
        let mut has_others = false;
        for holder in holders.iter().filter(|holder| holder.peer != me) {
            has_others = true;
            let Some(search) = self.search_mut(number) else {
                return has_others;
            };
            if search.holders.contains(&holder.peer) {
                continue;
            }
            search.holders.push(holder.peer);
            let hops = u32::from(hops);
            let line = self.host.books().line(query);
            line.hits += 1;
            line.first_hit = line.first_hit.min((now_ns, hops));
            let answer = Answer {
                holder: Contact::any(holder.peer),
                hops,
                firewalled: holder.firewalled,
            };
            self.host.found(query, answer);
        }
        has_others
    }

    /// Stores this peer's address at the nodes responsible for a key.
    pub(super) fn publish_at(&mut self, key: Identifier, found: Option<Found>) {
        let holder = Holder {
            peer: self.host.me().peer,
            firewalled: self.host.firewalled(),
        };
        let lifetime = Lifetime(self.settings().storage.expiry_ns);
        self.post(key, &[(holder, lifetime)], found);
        self.errand(Errand::Published);
    }

    /// Stores what is kept here under a key at the nodes that are responsible for it now.
    pub(super) fn replicate_at(&mut self, key: Identifier, found: Option<Found>) {
        let holders = self.core.store.all(key, self.now_ns());
        self.post(key, &holders, found);
        self.replicate_next();
    }

    /// It is time to store elsewhere what is kept here and nobody has stored again for long: the nodes responsible for it may be
    /// others by now.
    pub(super) fn replicate(&mut self) {
        let StorageSettings {
            replicate_ns,
            publishes_at_once,
            ..
        } = self.settings().storage;
        self.wake(replicate_ns, Wake::Replicate);
        let now_ns = self.now_ns();
        let since_ns = now_ns.saturating_sub(replicate_ns);
        let is_idle = self.core.replicating.is_empty();
        self.core.replicating = self.core.store.untouched(now_ns, since_ns);
        self.core.replicating.reverse();
        if is_idle {
            (0..publishes_at_once).for_each(|_| self.replicate_next());
        }
    }

    fn replicate_next(&mut self) {
        if let Some(key) = self.core.replicating.pop() {
            self.errand(Errand::LookUp {
                goal: Goal::Replicate,
                key,
                through: None,
            });
        }
    }

    /// Stores holders at the nodes responsible for a key.
    fn post(&mut self, key: Identifier, holders: &[(Holder, Lifetime)], found: Option<Found>) {
        let replicas = usize::from(self.settings().storage.replicas);
        let owners = found.map_or_else(Vec::new, |found| found.owners);
        for owner in owners.into_iter().take(replicas) {
            let holders = holders.to_vec();
            let posting = Posting { key, holders };
            if owner == self.me {
                self.keep(&posting);
            } else {
                self.request(
                    owner,
                    Content::Store(Box::new(posting)),
                    Matter::Return,
                    Cause::Upkeep,
                );
            }
        }
    }

    /// Keeps what somebody published.
    pub(super) fn keep(&mut self, posting: &Posting) {
        let now_ns = self.now_ns();
        for (holder, lifetime) in &posting.holders {
            let until_ns = now_ns.saturating_add(lifetime.0);
            self.core.store.put(posting.key, *holder, now_ns, until_ns);
        }
    }

    /// Who holds what a key stands for, as far as this node was told.
    pub(super) fn stored(&self, key: Identifier) -> Vec<Holder> {
        let holders_max = self.settings().storage.holders_max;
        self.core.store.get(key, self.now_ns(), holders_max)
    }
}
