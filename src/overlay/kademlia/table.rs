//! The routing table of a node: buckets of contacts, the least recently heard first, and those that wait for a place.
//!
//! Maymounkov and Mazières 2002, sections 2.2 (buckets and who is dropped from them) and 4.1 (the replacement cache). The
//! table knows places and contacts; whose identifiers they have, messages and timers are not its business.

mod changes;

pub(super) use changes::Silence;

use super::contact::Contact;
use super::place::{Digits, Place};
use super::settings::Settings;
use crate::engine::prefetch::{LINE_BYTES, prefetch_index};
use crate::overlay::dht::{Identifier, NodeId};
use smallvec::SmallVec;
use std::ops::Range;

/// Room for so many contacts is made at a time: tables grow seldom, and a vector that doubles would be half empty.
pub(super) const GROWTH: usize = 8;

/// What a table knows of one place. Buckets without contacts are kept for the time of their refresh.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    pub(super) place: Place,
    /// Whether its least recently heard contact was asked for a sign of life.
    is_probed: bool,
    contacts: u16,
    replacements: u16,
    /// When it is to be refreshed unless something is looked up in it before, nanoseconds.
    pub(super) due_ns: u64,
}

/// At most twenty-odd with one bit to a level, seven times seven with three.
const _: () = assert!(size_of::<Bucket>() == 16);

/// The routing table of a node: three allocations, however many buckets there are.
#[derive(Clone, Default, Debug)]
pub(super) struct Table {
    /// In order of places.
    buckets: Vec<Bucket>,
    /// Contacts of one bucket after the other, in each the least recently heard first.
    contacts: Vec<Contact>,
    /// As the contacts.
    replacements: Vec<Contact>,
}

/// Where a bucket's things are.
#[derive(Clone, Debug)]
struct Slot {
    bucket: usize,
    contacts: Range<usize>,
    replacements: Range<usize>,
}

impl Table {
    /// A table with these contacts, heard at the start of the run, for places in ascending order.
    pub(super) fn warm(contacts: &[(Place, NodeId)]) -> Self {
        let mut buckets: Vec<Bucket> = Vec::new();
        for (place, _) in contacts {
            match buckets.last_mut() {
                Some(bucket) if bucket.place == *place => bucket.contacts += 1,
                _ => buckets.push(Bucket {
                    contacts: 1,
                    ..Bucket::empty(*place, 0)
                }),
            }
        }
        buckets.shrink_to_fit();
        let heard = contacts.iter().map(|(_, node)| Contact::heard(*node, 0));
        Self {
            buckets,
            contacts: heard.collect(),
            replacements: Vec::new(),
        }
    }

    /// Has the memory fetched that most messages need: half of all nodes belong into the first bucket.
    #[inline]
    pub(super) fn prefetch(&self) {
        for line in 0..4 {
            prefetch_index(&self.buckets, line * (LINE_BYTES / size_of::<Bucket>()));
            prefetch_index(&self.contacts, line * (LINE_BYTES / size_of::<Contact>()));
        }
    }

    /// Whether there are no contacts.
    pub(super) fn is_empty(&self) -> bool {
        self.contacts.is_empty()
    }

    /// All contacts.
    pub(super) fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// The buckets in order of places, each with its contacts and those that wait.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (&Bucket, &[Contact], &[Contact])> {
        let (mut contacts, mut replacements) = (0, 0);
        self.buckets.iter().map(move |bucket| {
            let (contact, replacement) = (contacts, replacements);
            contacts += usize::from(bucket.contacts);
            replacements += usize::from(bucket.replacements);
            (
                bucket,
                &self.contacts[contact..contacts],
                &self.replacements[replacement..replacements],
            )
        })
    }

    /// Calls `visit` with the contacts of one bucket after the other, those whose range is closest to a key first, while it says
    /// that it wants more; `me` is the identifier of the node whose table it is.
    ///
    /// At each level, the key has its place either in a bucket or with the deeper levels: buckets whose digit is closer to the
    /// key's than the node's own digit come before all deeper levels, the others after them.
    pub(super) fn visit_by_closeness(
        &self,
        me: Identifier,
        key: Identifier,
        digits: Digits,
        visit: &mut impl FnMut(&[Contact]) -> bool,
    ) {
        // Visits those buckets of a level that come before deeper ones, or after them, and returns whether more is wanted.
        let mut visit_level = |level: &[Bucket], first_contact: usize, comes_before: bool| {
            let number = level[0].place.level;
            let wanted = digits.digit(key, number);
            let own = digits.digit(me, number) ^ wanted;
            let mut end = first_contact;
            let ranges = level.iter().map(|bucket| {
                let start = end;
                end += usize::from(bucket.contacts);
                (bucket.place.digit ^ wanted, start..end)
            });
            let mut chosen = ranges.filter(|(distance, _)| (*distance < own) == comes_before);
            if level.len() == 1 {
                return chosen
                    .next()
                    .is_none_or(|(_, range)| visit(&self.contacts[range]));
            }
            let mut chosen: SmallVec<[(u8, Range<usize>); 8]> = chosen.collect();
            chosen.sort_unstable_by_key(|(distance, _)| *distance);
            chosen.into_iter().all(|(_, range)| visit(&self.contacts[range]))
        };
        let levels = || {
            self.buckets
                .chunk_by(|one, other| one.place.level == other.place.level)
        };
        let held = |level: &[Bucket]| {
            let held = level.iter().map(|bucket| usize::from(bucket.contacts));
            held.sum::<usize>()
        };
        let mut start = 0;
        for level in levels() {
            if !visit_level(level, start, true) {
                return;
            }
            start += held(level);
        }
        for level in levels().rev() {
            start -= held(level);
            if !visit_level(level, start, false) {
                return;
            }
        }
    }

    /// The deepest place that has contacts.
    pub(super) fn deepest(&self) -> Option<Place> {
        let known = self.buckets.iter().rev().find(|bucket| bucket.contacts > 0);
        known.map(|bucket| bucket.place)
    }

    /// Whether a node is a contact, or the bucket that it belongs to has no room for it.
    pub(super) fn needs_not(&self, place: Place, node: NodeId, settings: &Settings) -> bool {
        self.slot(place).is_ok_and(|slot| {
            let contacts = &self.contacts[slot.contacts];
            contacts.len() >= usize::from(settings.bucket_contacts)
                || contacts.iter().any(|contact| contact.node() == node)
        })
    }

    fn slot(&self, place: Place) -> Result<Slot, Slot> {
        let (mut contacts, mut replacements) = (0, 0);
        for (number, bucket) in self.buckets.iter().enumerate() {
            let (held, waiting) = match bucket.place.cmp(&place) {
                std::cmp::Ordering::Greater => return Err(Slot::empty(number, contacts, replacements)),
                _ => (usize::from(bucket.contacts), usize::from(bucket.replacements)),
            };
            if bucket.place == place {
                return Ok(Slot {
                    bucket: number,
                    contacts: contacts..contacts + held,
                    replacements: replacements..replacements + waiting,
                });
            }
            contacts += held;
            replacements += waiting;
        }
        Err(Slot::empty(self.buckets.len(), contacts, replacements))
    }

    /// Sees to it that there is a bucket for a place: a new one is due for a refresh at `due_ns`.
    pub(super) fn open(&mut self, place: Place, due_ns: u64) {
        self.opened(place, due_ns);
    }

    fn opened(&mut self, place: Place, due_ns: u64) -> Slot {
        self.slot(place).unwrap_or_else(|slot| {
            if self.buckets.len() == self.buckets.capacity() {
                self.buckets.reserve_exact(GROWTH);
            }
            self.buckets.insert(slot.bucket, Bucket::empty(place, due_ns));
            slot
        })
    }

    /// It is known whether the contact at a place that was asked for a sign of life is alive.
    pub(super) fn probed(&mut self, place: Place) {
        if let Ok(slot) = self.slot(place) {
            self.buckets[slot.bucket].is_probed = false;
        }
    }

    /// Sets when the bucket at a place is to be refreshed, if there is one.
    pub(super) fn set_due(&mut self, place: Place, due_ns: u64) {
        if let Ok(slot) = self.slot(place) {
            self.buckets[slot.bucket].due_ns = due_ns;
        }
    }

    /// Sets when each bucket is to be refreshed, in order of places.
    pub(super) fn set_all_due(&mut self, mut due_ns: impl FnMut() -> u64) {
        for bucket in &mut self.buckets {
            bucket.due_ns = due_ns();
        }
    }

    /// When the first bucket is to be refreshed, nanoseconds.
    pub(super) fn next_due_ns(&self) -> Option<u64> {
        self.buckets.iter().map(|bucket| bucket.due_ns).min()
    }
}

impl Bucket {
    fn empty(place: Place, due_ns: u64) -> Self {
        Self {
            place,
            is_probed: false,
            contacts: 0,
            replacements: 0,
            due_ns,
        }
    }
}

impl Slot {
    fn empty(bucket: usize, contact: usize, replacement: usize) -> Self {
        Self {
            bucket,
            contacts: contact..contact,
            replacements: replacement..replacement,
        }
    }
}
