//! How a peer tells by itself what is rare, from what it saw of others in a session.
//!
//! Sources: Loo, Hellerstein, Huebsch, Shenker and Stoica, "Enhancing P2P File-Sharing with an Internet-Scale Query Processor"
//! (VLDB 2004), whose schemes go by the sizes of results, by the frequency of terms, and by samples of neighbours.
//!
//! Nothing here is known beyond hits that came past and lists that neighbours sent.

use super::message::{HybridMessage, HybridTimer, OwnTimer, SampleBody, SampleMessage};
use super::policy::Publish;
use super::{Hybrid, Seat};
use crate::engine::{Contact, PeerId};
use crate::overlay::{Host, ItemId, Overlay, WordId};
use std::collections::BTreeMap;

/// By what a peer takes an item for rare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// It saw few other holders in the hits that it got and passed on.
    SampledHits {
        /// Most other holders seen of a rare item.
        holders_max: u32,
    },
    /// One of the words of its name is in few of the hits that the peer got and passed on.
    TermFrequency {
        /// Largest share of the hits in which a rare item's least frequent word is, in millionths.
        millionths_max: u32,
    },
    /// Few of its neighbours have it, which it asks for lists of what they share.
    SampledNeighbours(NeighbourSampling),
}

/// How neighbours are sampled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NeighbourSampling {
    /// Most neighbours that have a rare item.
    pub holders_max: u32,
    /// How long their lists are waited for, nanoseconds.
    pub timeout_ns: u64,
    /// Size of a message that carries nothing, bytes.
    pub header_bytes: u32,
    /// Size of what a list says of an item beside its name, bytes.
    pub entry_bytes: u32,
}

/// What a peer saw of others in a session.
#[derive(Default, Debug)]
pub(super) struct Sightings {
    /// Other holders of items; no more of each than needed to tell what is rare.
    holders: BTreeMap<ItemId, Vec<PeerId>>,
    /// In how many hits a word was.
    words: BTreeMap<WordId, u32>,
    /// Hits.
    hits: u32,
}

impl Sightings {
    /// A hit, or a list, names another holder of an item; more than `holders_max` and one are not remembered.
    pub(super) fn note_holder(&mut self, item: ItemId, holder: PeerId, holders_max: u32) {
        let holders = self.holders.entry(item).or_default();
        if holders.len() <= holders_max as usize && !holders.contains(&holder) {
            holders.push(holder);
        }
    }

    /// There was a hit for an item with these words in its name.
    pub(super) fn note_words(&mut self, words: &[WordId]) {
        self.hits = self.hits.saturating_add(1);
        for word in words {
            let count = self.words.entry(*word).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Whether an item with these words in its name looks rare.
    pub(super) fn is_rare(&self, item: ItemId, words: &[WordId], scheme: Scheme) -> bool {
        match scheme {
            Scheme::SampledHits { holders_max }
            | Scheme::SampledNeighbours(NeighbourSampling { holders_max, .. }) => {
                self.holders.get(&item).map_or(0, Vec::len) <= holders_max as usize
            }
            Scheme::TermFrequency { millionths_max } => {
                let count = |word| u64::from(self.words.get(word).copied().unwrap_or(0));
                let least = words.iter().map(count).min().unwrap_or(0);
                least * 1_000_000 <= u64::from(self.hits) * u64::from(millionths_max)
            }
        }
    }
}

/// The session of a peer begins: what is rare it can tell in a while.
pub(super) fn begin_listening<U: Overlay, S: Overlay, H: Host<Hybrid<U, S>>>(host: &mut H) {
    if let Publish::Rare { scheme, listen_ns } = host.settings().policy.publish {
        let timer = match scheme {
            Scheme::SampledNeighbours(_) => OwnTimer::Sample,
            Scheme::SampledHits { .. } | Scheme::TermFrequency { .. } => OwnTimer::Listened,
        };
        host.set_timer(listen_ns, HybridTimer::Own(timer));
    }
}

impl<U: Overlay, S: Overlay> Hybrid<U, S> {
    /// Asks the neighbours for lists of what they share.
    pub(super) fn sample<H: Host<Self>>(&mut self, host: &mut H) {
        let NeighbourSampling {
            timeout_ns,
            header_bytes,
            ..
        } = sampling_of(host);
        let mut neighbours = Vec::new();
        self.unstructured
            .visit_neighbours(&mut |neighbour| neighbours.push(neighbour));
        host.send_all(neighbours.into_iter(), sample(SampleBody::Ask, header_bytes));
        host.set_timer(timeout_ns, HybridTimer::Own(OwnTimer::Listened));
    }

    /// A message by which neighbours are sampled arrived.
    pub(super) fn receive_sample<H: Host<Self>>(&mut self, from: Contact, body: SampleBody, host: &mut H) {
        let NeighbourSampling {
            holders_max,
            header_bytes,
            entry_bytes,
            ..
        } = sampling_of(host);
        match body {
            // Service nodes share nothing.
            SampleBody::Ask if matches!(self.rest.seat, Seat::Member | Seat::Guest) => {
                let mut items = Vec::with_capacity(host.shared_files() as usize);
                host.visit_shared(&mut |item| items.push(item));
                let entries: u32 = items
                    .iter()
                    .map(|item| u32::from(host.name_bytes(*item)) + entry_bytes)
                    .sum();
                host.send(from, sample(SampleBody::Shares(items), header_bytes + entries));
            }
            SampleBody::Ask => {}
            SampleBody::Shares(items) => {
                for item in items {
                    self.rest.desk.sightings.note_holder(item, from.peer, holders_max);
                }
            }
        }
    }
}

/// How neighbours are sampled, where they are.
fn sampling_of<U: Overlay, S: Overlay, H: Host<Hybrid<U, S>>>(host: &H) -> NeighbourSampling {
    match host.settings().policy.publish {
        Publish::Rare {
            scheme: Scheme::SampledNeighbours(sampling),
            ..
        } => sampling,
        _ => unreachable!("no other scheme samples neighbours"),
    }
}

fn sample<A, B>(body: SampleBody, size_bytes: u32) -> HybridMessage<A, B> {
    HybridMessage::Sample(Box::new(SampleMessage { body, size_bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_few_holders_in_sight_is_rare() {
        let scheme = Scheme::SampledHits { holders_max: 1 };
        let mut sightings = Sightings::default();
        let (rare, common) = (ItemId(0), ItemId(1));
        // One holder, told of again and again, is one.
        for _ in 0..5 {
            sightings.note_holder(rare, PeerId(8), 1);
        }
        for peer in 0..5 {
            sightings.note_holder(common, PeerId(peer), 1);
        }
        for (item, expected) in [(rare, true), (ItemId(2), true), (common, false)] {
            assert_eq!(sightings.is_rare(item, &[], scheme), expected, "{item:?}");
        }
    }

    #[test]
    fn the_least_frequent_word_tells_what_is_rare() {
        let mut sightings = Sightings::default();
        let scheme = |millionths_max| Scheme::TermFrequency { millionths_max };
        // Word 1 is in all of four hits, word 2 in two of them, word 3 in one.
        for words in [&[1, 2, 3][..], &[1, 2], &[1], &[1]] {
            let words: Vec<WordId> = words.iter().map(|word| WordId(*word)).collect();
            sightings.note_words(&words);
        }
        for (words, millionths_max, expected) in [
            (&[1][..], 999_999, false),
            (&[1], 1_000_000, true),
            (&[1, 2], 499_999, false),
            (&[1, 2], 500_000, true),
            (&[1, 2, 3], 250_000, true),
            (&[2, 3], 249_999, false),
            (&[1, 4], 0, true),
        ] {
            let words: Vec<WordId> = words.iter().map(|word| WordId(*word)).collect();
            let is_rare = sightings.is_rare(ItemId(0), &words, scheme(millionths_max));
            assert_eq!(is_rare, expected, "{words:?} at {millionths_max}");
        }
    }
}
