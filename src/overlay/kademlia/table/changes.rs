//! Who comes into a bucket, who is dropped from it, who waits.

use super::{GROWTH, Slot, Table};
use crate::overlay::dht::NodeId;
use crate::overlay::kademlia::Settings;
use crate::overlay::kademlia::contact::Contact;
use crate::overlay::kademlia::place::Place;

/// What the silence of a node meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::overlay::kademlia) enum Silence {
    /// It was no contact.
    Unknown,
    /// It may have been bad luck.
    Kept,
    /// It was dropped.
    Dropped,
}

impl Table {
    /// A node is alive. Returns the contact, if any, that is to be asked for a sign of life because the node would like to
    /// have its place: until [`Table::probed`] no other of that bucket is, and none unless it `may_doubt`.
    pub(in crate::overlay::kademlia) fn heard(
        &mut self,
        place: Place,
        node: NodeId,
        now_ns: u64,
        may_doubt: bool,
        settings: &Settings,
    ) -> Option<NodeId> {
        let slot = self.opened(place, now_ns.saturating_add(settings.refresh_ns));
        let heard = Contact::heard(node, now_ns);
        let bucket = &mut self.buckets[slot.bucket];
        let contacts = &mut self.contacts[slot.contacts.clone()];
        if let Some(known) = contacts.iter().position(|contact| contact.node() == node) {
            contacts[known..].rotate_left(1);
            contacts[contacts.len() - 1] = heard;
            return None;
        }
        if contacts.len() < usize::from(settings.bucket_contacts) {
            bucket.contacts += 1;
            insert(&mut self.contacts, slot.contacts.end, heard);
            return None;
        }
        let probed = (may_doubt && !bucket.is_probed).then(|| contacts[0].node());
        bucket.is_probed |= probed.is_some();
        self.wait(&slot, heard, settings.replacement_contacts);
        probed
    }

    /// A node that was heard waits for a place, the most recently heard last; the least recently heard gives way.
    fn wait(&mut self, slot: &Slot, heard: Contact, room: u16) {
        let waiting = &mut self.replacements[slot.replacements.clone()];
        let known = waiting
            .iter()
            .position(|contact| contact.node() == heard.node())
            .or((!waiting.is_empty() && waiting.len() >= usize::from(room)).then_some(0));
        if let Some(outdated) = known {
            waiting[outdated..].rotate_left(1);
            waiting[waiting.len() - 1] = heard;
        } else if room > 0 {
            self.buckets[slot.bucket].replacements += 1;
            insert(&mut self.replacements, slot.replacements.end, heard);
        }
    }

    /// A node did not answer.
    pub(in crate::overlay::kademlia) fn silent(
        &mut self,
        place: Place,
        node: NodeId,
        settings: &Settings,
    ) -> Silence {
        let Ok(slot) = self.slot(place) else {
            return Silence::Unknown;
        };
        let waiting = &self.replacements[slot.replacements.clone()];
        if let Some(waits) = waiting.iter().position(|contact| contact.node() == node) {
            self.replacements.remove(slot.replacements.start + waits);
            self.buckets[slot.bucket].replacements -= 1;
            return Silence::Unknown;
        }
        let contacts = &mut self.contacts[slot.contacts.clone()];
        let Some(known) = contacts.iter().position(|contact| contact.node() == node) else {
            return Silence::Unknown;
        };
        contacts[known] = contacts[known].failed();
        if contacts[known].failures() < settings.failures_max {
            return Silence::Kept;
        }
        self.replace(&slot, known);
        Silence::Dropped
    }

    /// Drops a contact; the most recently heard that waits takes its place, where its last sign of life puts it.
    fn replace(&mut self, slot: &Slot, dropped: usize) {
        let bucket = &mut self.buckets[slot.bucket];
        if bucket.replacements == 0 {
            bucket.contacts -= 1;
            self.contacts.remove(slot.contacts.start + dropped);
            return;
        }
        bucket.replacements -= 1;
        let next = self.replacements.remove(slot.replacements.end - 1);
        let contacts = &mut self.contacts[slot.contacts.clone()];
        contacts[dropped..].rotate_left(1);
        let (last, rest) = contacts.split_last_mut().expect("the dropped one was there");
        *last = next;
        let place = rest.partition_point(|contact| contact.second() <= next.second());
        contacts[place..].rotate_right(1);
    }
}

fn insert(contacts: &mut Vec<Contact>, place: usize, contact: Contact) {
    if contacts.len() == contacts.capacity() {
        contacts.reserve_exact(GROWTH);
    }
    contacts.insert(place, contact);
}
