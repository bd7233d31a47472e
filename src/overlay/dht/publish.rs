//! Publishing: a peer stores the address of what it shares, and the values that it wrote, at the nodes responsible for them,
//! again and again.

use super::WriteId;
use super::identifier::Identifier;
use super::store::Version;
use crate::overlay::{ItemId, WordId};
use std::collections::{BTreeMap, BTreeSet};

/// Something that a peer publishes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Publication {
    /// That it has an item.
    Item(ItemId),
    /// A value that it wrote: the key.
    Value(Identifier),
    /// In which of its items' names a word is.
    Word(WordId),
}

/// What is published again and again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Round {
    /// Items and values.
    Things,
    /// Words of the items' names.
    Words,
}

/// Where a peer stands with publishing.
#[derive(Default, Debug)]
pub(super) struct Publisher {
    /// What is still to be published, the first last.
    waiting: Vec<Publication>,
    /// Being published.
    under_way: u16,
    /// Items that were published in this session, or wait for it; `None`: there was no round yet.
    told: Option<BTreeSet<ItemId>>,
    /// The last version of each value that the peer wrote, and the write that made it: it has them for good.
    written: BTreeMap<Identifier, (Version, WriteId)>,
}

impl Publisher {
    /// A round begins, with these items and the values that the peer wrote. What is left of the one before is part of it.
    pub(super) fn begin_things(&mut self, shared: Vec<ItemId>) {
        self.told = Some(shared.iter().copied().collect());
        let items = shared.into_iter().map(Publication::Item);
        let values = self.written.keys().copied().map(Publication::Value);
        let things = items.chain(values).collect();
        self.begin(things, |publication| matches!(publication, Publication::Word(_)));
    }

    /// A round of words begins. What is left of the one before is part of it.
    pub(super) fn begin_words(&mut self, words: BTreeSet<WordId>) {
        let words = words.into_iter().map(Publication::Word).collect();
        self.begin(words, |publication| !matches!(publication, Publication::Word(_)));
    }

    /// What is published now comes after what else waits.
    fn begin(&mut self, mut publications: Vec<Publication>, stays: impl Fn(&Publication) -> bool) {
        publications.reverse();
        self.waiting.retain(stays);
        publications.append(&mut self.waiting);
        self.waiting = publications;
    }

    /// Those of these items that have not been published in this session, nor wait for it, are published, too. Returns them.
    pub(super) fn add_news(&mut self, shared: Vec<ItemId>) -> Vec<ItemId> {
        let told = self.told.get_or_insert_default();
        let news: Vec<ItemId> = shared.into_iter().filter(|item| told.insert(*item)).collect();
        self.begin(news.iter().copied().map(Publication::Item).collect(), |_| true);
        news
    }

    /// Words are published, too, that have come to be in more items' names.
    pub(super) fn add_words(&mut self, words: BTreeSet<WordId>) {
        let words = words.into_iter().map(Publication::Word);
        let words = words.filter(|word| !self.waiting.contains(word)).collect();
        self.begin(words, |_| true);
    }

    /// Whether there was a round in this session.
    pub(super) fn has_begun(&self) -> bool {
        self.told.is_some()
    }

    /// What is next to be published, unless `at_once` are under way already.
    pub(super) fn next(&mut self, at_once: u16) -> Option<Publication> {
        if self.under_way >= at_once {
            return None;
        }
        let publication = self.waiting.pop()?;
        self.under_way += 1;
        Some(publication)
    }

    /// One was published, or could not be.
    pub(super) fn done(&mut self) {
        self.under_way -= 1;
    }

    /// The peer wrote a version of a value.
    pub(super) fn note_written(&mut self, key: Identifier, version: Version, made_by: WriteId) {
        self.written.insert(key, (version, made_by));
    }

    /// The last version of a value that the peer wrote.
    pub(super) fn written(&self, key: Identifier) -> Option<(Version, WriteId)> {
        self.written.get(&key).copied()
    }

    /// The session ends: what is under way is forgotten, but not what was written.
    pub(super) fn end_session(&mut self) {
        self.waiting.clear();
        self.under_way = 0;
        self.told = None;
    }
}

/// The key under which an item's holders are stored: its content's hash, which everybody who has its name is taken to know.
pub(super) fn item_key(item: ItemId, width: u32) -> Identifier {
    Identifier::hashed(format!("item {}", item.0).as_bytes(), width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_go_out_in_order_and_not_too_many_at_once() {
        let mut publisher = Publisher::default();
        publisher.begin_things([4, 7, 9].map(ItemId).to_vec());
        let item = |number| Some(Publication::Item(ItemId(number)));
        assert_eq!(publisher.next(2), item(4));
        assert_eq!(publisher.next(2), item(7));
        assert_eq!(publisher.next(2), None);
        publisher.done();
        assert_eq!(publisher.next(2), item(9));
        publisher.done();
        publisher.done();
        assert_eq!(publisher.next(2), None);
    }

    #[test]
    fn words_wait_behind_things_and_neither_round_ends_the_other() {
        let mut publisher = Publisher::default();
        let words = |words: &[u32]| words.iter().copied().map(WordId).collect();
        publisher.begin_things([4, 7].map(ItemId).to_vec());
        publisher.begin_words(words(&[5, 1]));
        let mut next = || publisher.next(99);
        assert_eq!(next(), Some(Publication::Item(ItemId(4))));
        publisher.begin_words(words(&[8, 1]));
        publisher.begin_things([7, 9].map(ItemId).to_vec());
        let rest: Vec<_> = std::iter::from_fn(|| publisher.next(99)).collect();
        let expect = [
            Publication::Word(WordId(1)),
            Publication::Word(WordId(8)),
            Publication::Item(ItemId(7)),
            Publication::Item(ItemId(9)),
        ];
        assert_eq!(rest, expect);
    }

    #[test]
    fn news_are_published_once() {
        let mut publisher = Publisher::default();
        let items = |numbers: &[u32]| numbers.iter().copied().map(ItemId).collect::<Vec<_>>();
        assert!(!publisher.has_begun());
        publisher.begin_things(items(&[4, 7]));
        assert!(publisher.has_begun());
        assert_eq!(publisher.add_news(items(&[4, 5, 7])), items(&[5]));
        assert_eq!(publisher.add_news(items(&[4, 5, 7])), items(&[]));
        publisher.add_words([WordId(2)].into());
        publisher.add_words([WordId(2), WordId(3)].into());
        let all: Vec<_> = std::iter::from_fn(|| publisher.next(99)).collect();
        let expect = items(&[4, 7, 5]).into_iter().map(Publication::Item);
        let words = [WordId(2), WordId(3)].map(Publication::Word);
        assert_eq!(all, expect.chain(words).collect::<Vec<_>>());
        publisher.end_session();
        assert!(!publisher.has_begun());
    }

    #[test]
    fn values_are_published_again_in_their_last_version_and_in_later_sessions() {
        let mut publisher = Publisher::default();
        publisher.note_written(Identifier::MAX, Version(1), WriteId(3));
        publisher.note_written(Identifier::MAX, Version(2), WriteId(5));
        publisher.begin_things(vec![ItemId(4)]);
        assert_eq!(publisher.next(9), Some(Publication::Item(ItemId(4))));
        publisher.end_session();
        publisher.begin_things(Vec::new());
        assert_eq!(publisher.next(9), Some(Publication::Value(Identifier::MAX)));
        assert_eq!(publisher.next(9), None);
        assert_eq!(publisher.written(Identifier::MAX), Some((Version(2), WriteId(5))));
        assert_eq!(publisher.written(Identifier::ZERO), None);
    }
}
