//! A lookup from its beginning at the origin to its end.
//!
//! First the key is approached: by asking node after node, or by a route that others take on. Where nodes are told who is
//! responsible for a key, those are then tried for one that is there, if the workload wants to know: the router makes do with
//! the word of the last node asked.

use super::books::{Ending, ReadEnding};
use super::directory::NodeId;
use super::identifier::Identifier;
use super::lookup::{Lookup, Rules};
use super::message::{Arrival, Cause, Content, Guidance, Route};
use super::node::{Dht, Wake};
use super::router::Router;
use super::service::{Errand, Found, Goal, Matter, Service, taken};
use super::settings::{StorageSettings, Way};
use super::store::Version;
use crate::engine::PeerId;
use crate::overlay::{Host, ItemId};
use smallvec::SmallVec;

/// A lookup under way at its origin.
#[derive(Debug)]
pub(super) struct Search<P> {
    pub(super) number: u32,
    pub(super) goal: Goal<P>,
    pub(super) key: Identifier,
    pub(super) stage: Stage,
    pub(super) gathered: Gathered,
}

/// What a search has been told of what its key stands for.
#[derive(Debug)]
pub(super) enum Gathered {
    /// Nobody has answered that.
    Unasked,
    /// Whoever answered knew nothing.
    Nothing,
    /// These hold it.
    Holders(Vec<PeerId>),
    /// It is a word, and these have it in their names.
    Items(Vec<ItemId>),
    /// It is a value, of which this is the highest version told of; the first one came over so many hops.
    Value { version: Version, hops: u16 },
}

#[derive(Debug)]
pub(super) enum Stage {
    /// The origin asks node after node.
    Asking {
        lookup: Lookup,
        /// Who told which nodes are responsible.
        told: Vec<(NodeId, Vec<NodeId>)>,
    },
    /// Others have taken it on.
    Routed { restarts: u32 },
    /// Those responsible are tried.
    Trying { found: Found, tried: usize },
}

impl<P> Goal<P> {
    /// Whether it is to be known what the key stands for, rather than who is responsible for it.
    pub(super) fn is_for_values(&self, storage: &StorageSettings) -> bool {
        match self {
            Self::Query(_) | Self::Read(_) => true,
            Self::Word { .. } => storage
                .keywords
                .is_some_and(|keywords| keywords.join.asks_for_lists()),
            _ => false,
        }
    }
}

impl<P> Search<P> {
    /// For whom it is made.
    pub(super) fn cause(&self) -> Cause {
        match self.goal {
            Goal::Workload(lookup) => Cause::Lookup(lookup),
            Goal::Query(query) => Cause::Query(query),
            Goal::Word { query, .. } => Cause::Words(query),
            Goal::Read(read) => Cause::Read(read),
            Goal::Write(write) => write.cause(),
            Goal::Own(_) | Goal::Publish | Goal::PublishFor(_) | Goal::PublishWord(_) | Goal::Replicate => {
                Cause::Upkeep
            }
        }
    }
}

impl<R: Router, H: Host<Dht<R>>> Service<'_, R, H> {
    /// Begins a lookup; the router knows nobody if it is to go through a given node.
    pub(super) fn begin_search(
        &mut self,
        goal: Goal<R::Purpose>,
        key: Identifier,
        through: Option<NodeId>,
        router: &mut R,
    ) {
        if let Goal::Word { search, .. } = goal
            && !self.awaits_words(search)
        {
            return;
        }
        router.looks_up(key, self);
        let number = self.core.number();
        let lookup = self.settings().lookup;
        let stage = match lookup.way {
            // A node that has not joined yet can only ask.
            Way::SemiRecursive | Way::FullRecursive if through.is_none() => Stage::Routed {
                restarts: lookup.restarts,
            },
            _ => self.asking(key, through, router),
        };
        let is_routed = matches!(stage, Stage::Routed { .. });
        self.core.searches.push(Search {
            number,
            goal,
            key,
            stage,
            gathered: Gathered::Unasked,
        });
        self.wake(lookup.give_up_ns, Wake::GiveUp { search: number });
        if self.knows_already(number) {
            return;
        }
        if is_routed {
            self.set_out(number, router);
        } else {
            self.pursue(number);
        }
    }

    fn asking(&self, key: Identifier, through: Option<NodeId>, router: &R) -> Stage {
        let settings = self.settings();
        let mut lookup = Lookup::new(Rules {
            alpha: settings.lookup.alpha,
            breadth: R::breadth(&settings.router),
            paths: settings.lookup.paths,
        });
        let with_distance = |node: NodeId| (node, R::distance(key, self.identifier(node)));
        let mut told = Vec::new();
        if let Some(node) = through {
            lookup.seed(std::iter::once(with_distance(node)));
        } else {
            let guidance = router.guide(key, self.me, settings);
            lookup.begin_at(self.me, R::distance(key, self.my_identifier()));
            lookup.seed(guidance.closer.into_iter().map(with_distance));
            told.push((self.me, guidance.owners));
        }
        Stage::Asking { lookup, told }
    }

    /// Sends a recursive lookup on its way, as if another node had asked this one to take it on; again, if nothing has come of
    /// it yet.
    pub(super) fn set_out(&mut self, number: u32, router: &R) {
        let lookup = self.settings().lookup;
        let Some(search) = self.search_mut(number) else {
            return;
        };
        let (key, cause) = (search.key, search.cause());
        let Stage::Routed { restarts } = &mut search.stage else {
            return;
        };
        let may_restart = *restarts > 0;
        *restarts = restarts.saturating_sub(1);
        if may_restart {
            let after_ns = lookup.give_up_ns / u64::from(lookup.restarts + 1);
            self.wake(after_ns, Wake::Restart { search: number });
        }
        let route = Route {
            key,
            origin: self.me,
            search: number,
            hops: 0,
            returns: lookup.way == Way::FullRecursive,
        };
        self.take_on(route, None, cause, router);
    }

    pub(super) fn search(&self, number: u32) -> Option<&Search<R::Purpose>> {
        self.core.searches.iter().find(|search| search.number == number)
    }

    pub(super) fn search_mut(&mut self, number: u32) -> Option<&mut Search<R::Purpose>> {
        self.core
            .searches
            .iter_mut()
            .find(|search| search.number == number)
    }

    /// Asks whoever is to be asked next; ends the approach where nobody is left.
    fn pursue(&mut self, number: u32) {
        loop {
            let Some(search) = self.search_mut(number) else {
                return;
            };
            let (key, goal, cause) = (search.key, search.goal, search.cause());
            let Stage::Asking { lookup, .. } = &mut search.stage else {
                return;
            };
            match lookup.ask() {
                Some(node) => {
                    let content = if self.asks_for_values(goal) {
                        self.question(goal, key)
                    } else {
                        Content::FindNode(key)
                    };
                    self.request(node, content, Matter::Search(number), cause);
                }
                None if lookup.is_done() => return self.approached(number),
                None => return,
            }
        }
    }

    /// A node told the way to a search's key.
    pub(super) fn guided(&mut self, number: u32, from: NodeId, guidance: Guidance) {
        let (me, directory) = (self.me, &self.host.settings().directory);
        let search = self
            .core
            .searches
            .iter_mut()
            .find(|search| search.number == number);
        let Some(Search {
            key,
            stage: Stage::Asking { lookup, told },
            ..
        }) = search
        else {
            return;
        };
        // Identifiers lie anywhere: all are fetched before any is compared.
        let others = guidance.closer.into_iter().filter(|node| *node != me);
        let others: SmallVec<[(NodeId, Identifier); 20]> = others
            .map(|node| (node, R::distance(*key, directory.identifier(node))))
            .collect();
        lookup.answered(from, others.into_iter());
        if R::TELLS_OWNERS {
            told.push((from, guidance.owners));
        }
        self.pursue(number);
    }

    /// A node that a search asked is gone.
    pub(super) fn misled(&mut self, number: u32, node: NodeId) {
        if let Some(Search {
            stage: Stage::Asking { lookup, .. },
            ..
        }) = self.search_mut(number)
        {
            lookup.failed(node);
            self.pursue(number);
        }
    }

    /// The closest nodes have answered.
    fn approached(&mut self, number: u32) {
        let breadth = usize::from(R::breadth(&self.settings().router));
        let Some(Search {
            stage: Stage::Asking { lookup, told },
            ..
        }) = self.search_mut(number)
        else {
            return;
        };
        let Some(best) = lookup.reached().next() else {
            return self.conclude(number, None);
        };
        let owners = if R::TELLS_OWNERS {
            let place = told.iter().position(|(teller, _)| *teller == best.node);
            let mut owners = place.map_or_else(Vec::new, |place| std::mem::take(&mut told[place].1));
            owners.retain(|owner| !lookup.has_failed(*owner));
            owners
        } else {
            lookup
                .reached()
                .take(breadth)
                .map(|reached| reached.node)
                .collect()
        };
        let hops = best.depth;
        // Where nodes are not told who is responsible, they were asked for values on the way.
        let wants_values = R::TELLS_OWNERS && self.is_for_values(number);
        self.located(number, Found { owners, hops }, wants_values);
    }

    /// Whether a search is for what its key stands for.
    fn is_for_values(&self, number: u32) -> bool {
        let (search, storage) = (self.search(number), self.settings().storage);
        search.is_some_and(|search| search.goal.is_for_values(&storage))
    }

    /// A routed lookup arrived somewhere.
    pub(super) fn arrived(&mut self, arrival: Arrival) {
        let Arrival {
            search, hops, owners, ..
        } = arrival;
        let is_awaited = matches!(
            self.search(search),
            Some(Search {
                stage: Stage::Routed { .. },
                ..
            })
        );
        if is_awaited {
            let wants_values = self.is_for_values(search);
            self.located(search, Found { owners, hops }, wants_values);
        }
    }

    /// It is known who is responsible for a search's key, as far as others say. They are asked for what it stands for if that is
    /// wanted and was not found on the way.
    fn located(&mut self, number: u32, found: Found, wants_values: bool) {
        if found.owners.is_empty() {
            return self.conclude(number, None);
        }
        let Some(search) = self.search_mut(number) else {
            return;
        };
        if wants_values || R::TELLS_OWNERS && matches!(search.goal, Goal::Workload(_) | Goal::Word { .. }) {
            search.stage = Stage::Trying { found, tried: 0 };
            self.try_owner(number);
        } else {
            self.conclude(number, Some(found));
        }
    }

    /// Asks the next of those responsible whether it is there.
    fn try_owner(&mut self, number: u32) {
        let me = self.me;
        let Some(search) = self.search_mut(number) else {
            return;
        };
        let (key, goal, cause) = (search.key, search.goal, search.cause());
        let Stage::Trying { found, tried } = &mut search.stage else {
            return;
        };
        let Some(owner) = found.owners.get(*tried).copied() else {
            // Some may have answered, and known nothing.
            let found = matches!(search.gathered, Gathered::Nothing).then(|| found.clone());
            return self.conclude(number, found);
        };
        let is_for_values = goal.is_for_values(&self.settings().storage);
        match (is_for_values, owner == me) {
            (true, true) => {
                let known = self.known(goal, key);
                self.owner_valued(number, owner, &known);
            }
            (true, false) => {
                let question = self.question(goal, key);
                self.request(owner, question, Matter::Owner(number), cause);
            }
            (_, true) => self.confirmed(number, owner),
            (_, false) => self.request(owner, Content::Ping, Matter::Owner(number), cause),
        }
    }

    /// A node responsible for a search's key is there.
    pub(super) fn confirmed(&mut self, number: u32, owner: NodeId) {
        if let Some(Search {
            stage: Stage::Trying { found, .. },
            ..
        }) = self.search_mut(number)
        {
            let from = found.owners.iter().position(|other| *other == owner);
            let owners = found.owners.split_off(from.unwrap_or(0));
            let hops = found.hops;
            self.conclude(number, Some(Found { owners, hops }));
        }
    }

    /// A node responsible for a search's key is gone.
    pub(super) fn missing(&mut self, number: u32) {
        if let Some(Search {
            stage: Stage::Trying { tried, .. },
            ..
        }) = self.search_mut(number)
        {
            *tried += 1;
            self.try_owner(number);
        }
    }

    /// A search has ended: with the nodes responsible, or without.
    pub(super) fn conclude(&mut self, number: u32, found: Option<Found>) {
        let place = self
            .core
            .searches
            .iter()
            .position(|search| search.number == number);
        let Some(place) = place else { return };
        let search = taken(&mut self.core.searches, place);
        match search.goal {
            Goal::Workload(lookup) => {
                let at_ns = self.now_ns();
                let (ending, hops) = match found {
                    Some(found) => (Ending::Answered(found.owners[0]), found.hops),
                    None => (Ending::Unanswered, 0),
                };
                self.host.books().lookups.note_end(lookup, at_ns, ending, hops);
            }
            Goal::Own(purpose) => self.errand(Errand::Concluded(purpose, found)),
            Goal::Query(_) => {}
            Goal::Word {
                search: words, place, ..
            } => {
                self.word_concluded(words, place, search.gathered, found);
            }
            Goal::Read(read) => self.end_read(read, &search.gathered, found),
            Goal::Publish => self.publish_at(search.key, found),
            Goal::PublishWord(word) => self.publish_word_at(word, search.key, found),
            Goal::PublishFor(holder) => self.publish_for_at(search.key, holder, found),
            Goal::Write(write) => self.write_at(search.key, write, found),
            Goal::Replicate => self.replicate_at(search.key, found),
        }
    }

    /// The session ends: what the workload asks for comes to nothing.
    pub(super) fn abandon_all(&mut self) {
        let at_ns = self.now_ns();
        for search in std::mem::take(&mut self.core.searches) {
            let books = self.host.books();
            match search.goal {
                Goal::Workload(lookup) => books.lookups.note_end(lookup, at_ns, Ending::OriginLeft, 0),
                Goal::Read(read) => books.values.note_read(read, at_ns, ReadEnding::OriginLeft, 0),
                Goal::Write(write) => self.abandon(write),
                Goal::Own(_)
                | Goal::Query(_)
                | Goal::Word { .. }
                | Goal::Publish
                | Goal::PublishFor(_)
                | Goal::PublishWord(_)
                | Goal::Replicate => {}
            }
        }
        self.abandon_words();
        for writing in std::mem::take(&mut self.core.writings) {
            self.abandon(writing.write);
        }
    }
}
