//! Finding items by words: every word of an item's name has a key, and under it a list of items is kept. Which of them have all the
//! words of a query is found by joining lists, in one of the ways of [`JoinWay`]; then the item's own key is looked up.
//!
//! What a query is after is one item: if it is among those that have all words, its user is taken to choose it.
//!
//! Loo, Hellerstein, Huebsch, Shenker and Stoica 2004 ("Enhancing P2P file-sharing with an Internet-scale query processor"), section
//! 3, join lists along a chain; with the whole name in every list, one is enough.

use super::bloom::BloomFilter;
use super::books::KeywordEnding;
use super::directory::NodeId;
use super::identifier::Identifier;
use super::message::{Cause, Content, ItemsQuestion, Join, Joined, Left};
use super::node::{Dht, Wake};
use super::publish::item_key;
use super::router::Router;
use super::search::Gathered;
use super::service::{Errand, Found, Goal, Matter, Service, taken};
use super::settings::{JoinWay, KeywordSettings};
use super::store::{Deposit, Known, Lifetime};
use crate::overlay::{Host, ItemId, QueryId, WordId};
use smallvec::SmallVec;

/// A query that looks for items by words, at its origin.
#[derive(Debug)]
pub(super) struct WordSearch {
    number: u32,
    query: QueryId,
    words: SmallVec<[WordId; 4]>,
    /// What is known of the words that are looked up, in their order.
    parts: SmallVec<[Part; 4]>,
    /// Joins that were begun.
    joins: u32,
}

/// What the origin knows of a word.
#[derive(Clone, Debug)]
enum Part {
    /// It is being looked up.
    Awaited,
    /// These items have it in their names.
    Items(Vec<ItemId>),
    /// These nodes keep the list of the items that do, at least one.
    Keepers(Vec<NodeId>),
}

/// The key under which the list of a word's items is kept.
pub(super) fn word_key(word: WordId, width: u32) -> Identifier {
    Identifier::hashed(format!("word {}", word.0).as_bytes(), width)
}

impl<R: Router, H: Host<Dht<R>>> Service<'_, R, H> {
    /// How items are found by words; there must be a way.
    fn keywords(&self) -> KeywordSettings {
        let keywords = self.settings().storage.keywords;
        keywords.expect("words are looked up where they are published")
    }

    /// Begins a query that is to find items by words.
    pub(super) fn begin_words(&mut self, query: QueryId) {
        let keywords = self.keywords();
        self.host.books().keywords.line(query.0).is_begun = true;
        let item = self.host.question(query).item;
        let words: SmallVec<[WordId; 4]> = self.host.asked_words(item).into();
        let asked = match keywords.join {
            JoinWay::Cached { .. } => 1,
            JoinWay::Origin { .. } | JoinWay::Chain | JoinWay::Bloom { .. } => words.len(),
        };
        let number = self.core.number();
        let width = self.settings().directory.width();
        for (place, word) in (0..asked).zip(&words) {
            let goal = Goal::Word {
                search: number,
                place: u16::try_from(place).expect("a name has fewer than 2^16 words"),
                query,
            };
            let key = word_key(*word, width);
            self.errand(Errand::LookUp {
                goal,
                key,
                through: None,
            });
        }
        self.core.word_searches.push(WordSearch {
            number,
            query,
            words,
            parts: SmallVec::from_elem(Part::Awaited, asked),
            joins: 0,
        });
    }

    /// Whether a search by words has not ended: its words may still have to be looked up.
    pub(super) fn awaits_words(&self, search: u32) -> bool {
        self.word_search(search).is_some()
    }

    /// What a node that may keep the list of a word of a search is asked.
    pub(super) fn items_question(&self, search: u32, key: Identifier) -> ItemsQuestion {
        let search = self
            .word_search(search)
            .expect("no word is looked up for a search that has ended");
        ItemsQuestion {
            key,
            with: search.words[search.parts.len()..].to_vec(),
        }
    }

    /// What this node answers to a question for a word's items.
    pub(super) fn listed(&self, question: &ItemsQuestion) -> Known {
        let items = self.core.store.items(question.key, self.now_ns());
        let fits = items.filter(|item| {
            let name = self.host.name_words(*item);
            question.with.iter().all(|word| name.contains(word))
        });
        let postings_max = match self.keywords().join {
            JoinWay::Origin { postings_max } | JoinWay::Cached { postings_max } => postings_max,
            JoinWay::Chain | JoinWay::Bloom { .. } => unreachable!("nobody asks for lists"),
        };
        Known::of_items(fits.take(postings_max as usize).collect())
    }

    /// A word's lookup has ended.
    pub(super) fn word_concluded(
        &mut self,
        search: u32,
        place: u16,
        gathered: Gathered,
        found: Option<Found>,
    ) {
        let way = self.keywords().join;
        let part = match (way.asks_for_lists(), gathered, found) {
            (true, Gathered::Items(items), _) => Part::Items(items),
            // Whoever ought to know knows none.
            (true, _, Some(_)) => Part::Items(Vec::new()),
            (false, _, Some(found)) => Part::Keepers(found.owners),
            (_, _, None) => return self.end_words(search, None),
        };
        let searches = &mut self.core.word_searches;
        let Some(search) = searches.iter_mut().find(|other| other.number == search) else {
            return;
        };
        search.parts[usize::from(place)] = part;
        if search.parts.iter().any(|part| matches!(part, Part::Awaited)) {
            return;
        }
        let number = search.number;
        if way.asks_for_lists() {
            let common = search.common();
            self.end_words(number, Some(&common));
        } else {
            self.begin_join(number);
        }
    }

    /// What came of the last of so many joins has not come in time.
    pub(super) fn join_again(&mut self, number: u32, joins: u32) {
        let restarts = self.settings().lookup.restarts;
        match self.word_search(number) {
            Some(search) if search.joins == joins && joins > restarts => self.end_words(number, None),
            Some(search) if search.joins == joins => self.begin_join(number),
            _ => {}
        }
    }

    fn word_search(&self, number: u32) -> Option<&WordSearch> {
        self.core
            .word_searches
            .iter()
            .find(|search| search.number == number)
    }

    /// Has the nodes that keep the lists join them, each time others of those nodes.
    fn begin_join(&mut self, number: u32) {
        let (me, lookup) = (self.me, self.settings().lookup);
        let searches = &mut self.core.word_searches;
        let Some(search) = searches.iter_mut().find(|search| search.number == number) else {
            return;
        };
        let keeper = |part: &Part| match part {
            Part::Keepers(keepers) => keepers[search.joins as usize % keepers.len()],
            Part::Awaited | Part::Items(_) => unreachable!("it is known who keeps the lists"),
        };
        let join = Join {
            origin: me,
            search: number,
            words: search
                .words
                .iter()
                .copied()
                .zip(search.parts.iter().map(keeper))
                .collect(),
            place: 0,
            left: Left::All,
        };
        search.joins += 1;
        let (joins, cause) = (search.joins, Cause::Words(search.query));
        let after_ns = lookup.give_up_ns / u64::from(lookup.restarts + 1);
        self.wake(
            after_ns,
            Wake::Rejoin {
                search: number,
                joins,
            },
        );
        self.hand_on(join, cause);
    }

    /// Gives a join to the node whose turn it is.
    fn hand_on(&mut self, join: Join, cause: Cause) {
        let (_, node) = join.words[usize::from(join.place)];
        if node == self.me {
            self.join_list(join, cause);
        } else {
            self.request(node, Content::Join(Box::new(join)), Matter::Return, cause);
        }
    }

    /// Joins the list that is kept here with what is left of those before.
    pub(super) fn join_list(&mut self, mut join: Join, cause: Cause) {
        let place = usize::from(join.place);
        let key = word_key(join.words[place].0, self.settings().directory.width());
        let mut listed: Vec<ItemId> = self.core.store.items(key, self.now_ns()).collect();
        listed.sort_unstable();
        if listed.is_empty() {
            return self.report_items(&join, None, cause);
        }
        let left = match std::mem::replace(&mut join.left, Left::All) {
            Left::All => listed,
            Left::Items(items) => common(items, &listed),
            Left::Filter(filter) => {
                listed.retain(|item| filter.may_hold(*item));
                listed
            }
            Left::Candidates(items) => return self.check_candidates(join, items, &listed, cause),
        };
        let is_last = place + 1 == join.words.len();
        join.left = match self.keywords().join {
            JoinWay::Bloom { .. } if is_last && place > 0 => return self.hand_back(join, left, cause),
            _ if is_last || left.is_empty() => return self.report_items(&join, Some(left), cause),
            JoinWay::Bloom { bits_per_item } => Left::Filter(BloomFilter::of(&left, bits_per_item)),
            _ => Left::Items(left),
        };
        join.place += 1;
        self.hand_on(join, cause);
    }

    /// On the way back, drops what filters let through and is not in the list that is kept here.
    fn check_candidates(&mut self, join: Join, candidates: Vec<ItemId>, listed: &[ItemId], cause: Cause) {
        let told = candidates.len();
        let left = common(candidates, listed);
        if let Cause::Words(query) = cause {
            let line = self.host.books().keywords.line(query.0);
            line.false_positives += (told - left.len()) as u64;
        }
        if join.place == 0 {
            self.report_items(&join, Some(left), cause);
        } else {
            self.hand_back(join, left, cause);
        }
    }

    /// Gives what is left to the node before, which knows what is in its own list; nothing is the result wherever it is found.
    fn hand_back(&mut self, join: Join, left: Vec<ItemId>, cause: Cause) {
        if left.is_empty() {
            return self.report_items(&join, Some(left), cause);
        }
        let join = Join {
            place: join.place - 1,
            left: Left::Candidates(left),
            ..join
        };
        self.hand_on(join, cause);
    }

    /// Tells the origin what the lists have in common.
    fn report_items(&mut self, join: &Join, items: Option<Vec<ItemId>>, cause: Cause) {
        let joined = Joined {
            search: join.search,
            items,
        };
        if join.origin == self.me {
            self.joined(&joined);
        } else {
            self.request(
                join.origin,
                Content::Joined(Box::new(joined)),
                Matter::Return,
                cause,
            );
        }
    }

    /// What the lists have in common has come. A node without a list may have come to be responsible for it lately, and not have been
    /// told yet: others are tried.
    pub(super) fn joined(&mut self, joined: &Joined) {
        let restarts = self.settings().lookup.restarts;
        let joins = self.word_search(joined.search).map_or(0, |search| search.joins);
        match &joined.items {
            None if (1..=restarts).contains(&joins) => self.begin_join(joined.search),
            items => self.end_words(joined.search, Some(items.as_deref().unwrap_or_default())),
        }
    }

    /// A search by words has ended: with these items, or without an answer. The item that the query is after is looked up if it is
    /// among them.
    fn end_words(&mut self, number: u32, items: Option<&[ItemId]>) {
        let searches = &mut self.core.word_searches;
        let Some(place) = searches.iter().position(|search| search.number == number) else {
            return;
        };
        let search = taken(searches, place);
        // Words that are still being looked up matter no more.
        self.core
            .searches
            .retain(|other| !matches!(other.goal, Goal::Word { search, .. } if search == number));
        let item = self.host.question(search.query).item;
        let ending = match items {
            Some(items) => KeywordEnding::Answered {
                matches: u32::try_from(items.len()).expect("items are numbered by 32 bits"),
                is_found: items.contains(&item),
            },
            None => KeywordEnding::Failed,
        };
        let at_ns = self.now_ns();
        self.host.books().keywords.line(search.query.0).end(at_ns, ending);
        if let KeywordEnding::Answered { is_found: true, .. } = ending {
            self.errand(Errand::LookUp {
                goal: Goal::Query(search.query),
                key: item_key(item, self.settings().directory.width()),
                through: None,
            });
        }
    }

    /// The session ends: searches by words come to nothing.
    pub(super) fn abandon_words(&mut self) {
        let at_ns = self.now_ns();
        for search in std::mem::take(&mut self.core.word_searches) {
            let line = self.host.books().keywords.line(search.query.0);
            line.end(at_ns, KeywordEnding::OriginLeft);
        }
    }

    /// Stores which of the peer's items have a word in their names, at the nodes responsible for its key.
    pub(super) fn publish_word_at(&mut self, word: WordId, key: Identifier, found: Option<Found>) {
        let lifetime = Lifetime(self.keywords().expiry_ns);
        let mut items = Vec::new();
        self.host.visit_shared(&mut |item| {
            if self.host.name_words(item).contains(&word) {
                items.push((item, lifetime));
            }
        });
        if !items.is_empty() {
            self.post(key, Deposit::Items(items), found);
        }
        self.errand(Errand::Published);
    }
}

impl WordSearch {
    /// What all lists have in common; they are there.
    fn common(&self) -> Vec<ItemId> {
        let mut lists = self.parts.iter().map(|part| match part {
            Part::Items(items) => items,
            Part::Awaited | Part::Keepers(_) => unreachable!("the lists are known"),
        });
        let first = lists.next().cloned().unwrap_or_default();
        lists.fold(first, |left, list| {
            let mut list = list.clone();
            list.sort_unstable();
            common(left, &list)
        })
    }
}

/// Those of some items that are in a list, which is in order.
fn common(mut items: Vec<ItemId>, listed: &[ItemId]) -> Vec<ItemId> {
    items.retain(|item| listed.binary_search(item).is_ok());
    items
}
