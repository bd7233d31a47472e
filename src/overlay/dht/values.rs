//! What keys stand for: found by queries, stored for others, and stored elsewhere when others have come to be responsible.

use super::directory::NodeId;
use super::identifier::Identifier;
use super::message::{Cause, Content, Posting, Values};
use super::node::{Dht, Wake};
use super::router::Router;
use super::search::{Gathered, Search, Stage};
use super::service::{Errand, Found, Goal, Matter, Service};
use super::settings::StorageSettings;
use super::store::{Deposit, Holder, Known, Lifetime, Standing};
use crate::engine::{Contact, PeerId};
use crate::overlay::books::Fate;
use crate::overlay::{Answer, Host, QueryId, note_fate};

impl<R: Router, H: Host<Dht<R>>> Service<'_, R, H> {
    /// Whether nodes on the way to a key are asked for what it stands for: where nodes are told who is responsible, only these
    /// are.
    pub(super) fn asks_for_values(&self, goal: Goal<R::Purpose>) -> bool {
        let storage = self.settings().storage;
        let is_wanted = match goal {
            Goal::Publish | Goal::PublishFor(_) | Goal::PublishWord(_) | Goal::Write(_) => {
                storage.asks_for_token
            }
            _ => goal.is_for_values(&storage),
        };
        is_wanted && !R::TELLS_OWNERS
    }

    /// The question for what a key stands for.
    pub(super) fn question(&self, goal: Goal<R::Purpose>, key: Identifier) -> Content<R::Body> {
        match goal {
            Goal::Word { search, .. } => Content::FindItems(Box::new(self.items_question(search, key))),
            _ => Content::FindValue(key),
        }
    }

    /// What this very node answers to that question.
    pub(super) fn known(&self, goal: Goal<R::Purpose>, key: Identifier) -> Known {
        match goal {
            Goal::Word { search, .. } => self.listed(&self.items_question(search, key)),
            _ => self.stored(key),
        }
    }

    /// Whether a query or read is answered by what this very node keeps for others.
    pub(super) fn knows_already(&mut self, number: u32) -> bool {
        let Some(search) = self.search(number) else {
            return true;
        };
        if !search.goal.is_for_values(&self.settings().storage) {
            return false;
        }
        let known = self.known(search.goal, search.key);
        // What others know is still to be asked.
        let is_enough = known != Known::Nothing
            && self.gather(number, &known, (self.me, 0))
            && self.settings().storage.stops_at_value;
        if is_enough {
            self.conclude(number, None);
        }
        is_enough
    }

    /// A node on the way to a search's key was asked for what it stands for.
    pub(super) fn valued(&mut self, number: u32, from: NodeId, values: Values) {
        let Some(Search {
            goal,
            stage: Stage::Asking { lookup, .. },
            ..
        }) = self.search(number)
        else {
            return;
        };
        if !goal.is_for_values(&self.settings().storage) {
            return self.guided(number, from, values.guidance);
        }
        let hops = lookup.depth(from);
        let is_found = self.gather(number, &values.known, (from, hops));
        if is_found && self.settings().storage.stops_at_value {
            self.cache(number, values.known);
            return self.conclude(number, None);
        }
        self.guided(number, from, values.guidance);
    }

    /// A node responsible for a search's key said what it stands for.
    pub(super) fn owner_valued(&mut self, number: u32, from: NodeId, known: &Known) {
        let Some(Search {
            stage: Stage::Trying { found, tried },
            ..
        }) = self.search(number)
        else {
            return;
        };
        let (hops, tried) = (found.hops.saturating_add(1), *tried);
        let is_found = self.gather(number, known, (from, hops));
        let storage = self.settings().storage;
        if !is_found && tried + 1 < usize::from(storage.replicas) {
            // One that came to be responsible lately may not have been told yet.
            self.missing(number);
        } else {
            self.confirmed(number, from);
        }
    }

    /// Adds to a search what a node so many hops away knows. Returns whether it is something, and more than that this peer holds it.
    fn gather(&mut self, number: u32, known: &Known, (from, hops): (NodeId, u16)) -> bool {
        let Some(search) = self.search_mut(number) else {
            return false;
        };
        match (search.goal, known) {
            (Goal::Query(query), _) => self.note_holders(number, query, known.holders(), (from, hops)),
            (_, Known::Value(version)) => {
                search.gathered = match search.gathered {
                    Gathered::Value { version: other, hops } => Gathered::Value {
                        version: other.max(*version),
                        hops,
                    },
                    _ => Gathered::Value {
                        version: *version,
                        hops,
                    },
                };
                true
            }
            (Goal::Word { .. }, Known::Items(items)) => {
                match &mut search.gathered {
                    Gathered::Items(gathered) => {
                        gathered.extend(items);
                        gathered.sort_unstable();
                        gathered.dedup();
                    }
                    gathered => *gathered = Gathered::Items(items.clone()),
                }
                true
            }
            (_, Known::Nothing | Known::Holders(_) | Known::Items(_)) => {
                if let Gathered::Unasked = search.gathered {
                    search.gathered = Gathered::Nothing;
                }
                false
            }
        }
    }

    /// Passes on holders that were not known yet. Returns whether any other than this peer is among the holders.
    fn note_holders(
        &mut self,
        number: u32,
        query: QueryId,
        holders: &[Holder],
        (from, hops): (NodeId, u16),
    ) -> bool {
        let me = self.host.me().peer;
        let from = self.settings().directory.peer_of(from);
        let mut has_others = false;
        for holder in holders.iter().filter(|holder| holder.peer != me) {
            has_others = true;
            let Some(search) = self.search_mut(number) else {
                return has_others;
            };
            match &mut search.gathered {
                Gathered::Holders(found) if found.contains(&holder.peer) => continue,
                Gathered::Holders(found) => found.push(holder.peer),
                gathered => *gathered = Gathered::Holders(vec![holder.peer]),
            }
            let answer = Answer {
                holder: Contact::any(holder.peer),
                hops: u32::from(hops),
                firewalled: holder.firewalled,
            };
            note_fate(self.host, query, from, (u32::from(hops), 0), Fate::Arrived);
            self.host.deliver(query, answer);
        }
        has_others
    }

    /// Stores the address of a peer that is no part of the network at the nodes responsible for a key.
    pub(super) fn publish_for_at(&mut self, key: Identifier, peer: PeerId, found: Option<Found>) {
        let holder = Holder {
            peer,
            firewalled: false,
        };
        let lifetime = Lifetime(self.settings().storage.expiry_ns);
        self.post(key, Deposit::Holders(vec![(holder, lifetime)]), found);
    }

    /// Stores this peer's address at the nodes responsible for a key.
    pub(super) fn publish_at(&mut self, key: Identifier, found: Option<Found>) {
        let holder = Holder {
            peer: self.host.me().peer,
            firewalled: self.host.firewalled(),
        };
        let lifetime = Lifetime(self.settings().storage.expiry_ns);
        self.post(key, Deposit::Holders(vec![(holder, lifetime)]), found);
        self.errand(Errand::Published);
    }

    /// Stores what is kept here under a key at the nodes that are responsible for it now.
    pub(super) fn replicate_at(&mut self, key: Identifier, found: Option<Found>) {
        let deposit = self.core.store.replicas(key, self.now_ns());
        self.post(key, deposit, found);
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

    pub(super) fn post(&mut self, key: Identifier, deposit: Deposit, found: Option<Found>) {
        let owners = found.map_or_else(Vec::new, |found| found.owners);
        self.store_at(&owners, key, deposit, Matter::Return, Cause::Upkeep);
    }

    /// Stores something at the nodes responsible for a key, the first of which are given. Returns how many keep it already, which
    /// is this one at most, and how many were asked to.
    pub(super) fn store_at(
        &mut self,
        owners: &[NodeId],
        key: Identifier,
        deposit: Deposit,
        matter: Matter<R::Purpose>,
        cause: Cause,
    ) -> (u16, u16) {
        let posting = Posting {
            key,
            deposit,
            standing: Standing::Replica,
        };
        let (mut kept, mut asked) = (0, 0);
        for owner in owners.iter().take(usize::from(self.settings().storage.replicas)) {
            if *owner == self.me {
                self.keep(&posting, 0);
                kept += 1;
            } else {
                self.request(*owner, Content::Store(Box::new(posting.clone())), matter, cause);
                asked += 1;
            }
        }
        (kept, asked)
    }

    /// Keeps what somebody stored here, for a time that is halved so often.
    pub(super) fn keep(&mut self, posting: &Posting, halvings: u32) {
        let (now_ns, standing) = (self.now_ns(), posting.standing);
        let until_ns = |lifetime: Lifetime| now_ns.saturating_add(lifetime.halved(halvings).0);
        let store = &mut self.core.store;
        match &posting.deposit {
            Deposit::Holders(holders) => {
                for (holder, lifetime) in holders {
                    store.put(posting.key, *holder, standing, now_ns, until_ns(*lifetime));
                }
            }
            Deposit::Items(items) => {
                for (item, lifetime) in items {
                    store.put(posting.key, *item, standing, now_ns, until_ns(*lifetime));
                }
            }
            Deposit::Value(version, lifetime) => {
                store.put_value(posting.key, *version, standing, now_ns, until_ns(*lifetime));
            }
        }
    }

    /// What a key stands for, as far as this node was told.
    pub(super) fn stored(&self, key: Identifier) -> Known {
        let holders_max = self.settings().storage.holders_max;
        self.core.store.get(key, self.now_ns(), holders_max)
    }
}
