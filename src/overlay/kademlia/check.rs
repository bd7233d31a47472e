//! What must always hold of a routing table: for observers.

use super::contact::Contact;
use super::place::Place;
use super::{Kademlia, Settings};
use crate::overlay::Finding;
use crate::overlay::dht::{NodeId, settings};

/// Something that must not be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Violation {
    /// A node is its own contact.
    Itself,
    /// A node is in a bucket that it does not belong to.
    Misplaced(NodeId, Place),
    /// A node is a contact twice, or waits for a place and has one.
    Twice(NodeId, Place),
    /// A bucket has more contacts than it may.
    Overfull(Place),
    /// More nodes than allowed wait for a place.
    Crowded(Place),
    /// Nodes wait for a place though there is room.
    Idle(Place),
    /// Contacts, or nodes that wait, are not in the order in which they were last heard.
    OutOfOrder(Place),
    /// A contact has failed too often to be one.
    Dead(NodeId, Place),
    /// Buckets are not in order, or there are two for one place.
    BucketsOutOfOrder(Place),
}

/// Checks all tables: how many nodes are part of the network, what must not be and is, and how many contacts, of all, are gone.
pub(super) fn findings<'n>(
    settings: &settings::Settings<Settings>,
    online: &dyn Fn(NodeId) -> Option<&'n Kademlia>,
) -> Vec<Finding> {
    let (mut members, mut violations, mut contacts, mut gone) = (0, 0, 0, 0);
    for node in settings.directory.order() {
        let Some(kademlia) = online(*node) else { continue };
        members += u64::from(kademlia.is_member);
        violations += kademlia.violations(*node, settings).len() as u64;
        for contact in kademlia.table.contacts() {
            contacts += 1;
            gone += u64::from(online(contact.node()).is_none());
        }
    }
    let finding = |invariant, value| Finding { invariant, value };
    vec![
        finding("kademlia_members", members),
        finding("kademlia_violations", violations),
        finding("kademlia_contacts", contacts),
        finding("kademlia_contacts_gone", gone),
    ]
}

impl Kademlia {
    /// Everything about the table of `me` that must not be.
    pub fn violations(&self, me: NodeId, settings: &settings::Settings<Settings>) -> Vec<Violation> {
        let directory = &settings.directory;
        let digits = settings.router.digits(directory);
        let identifier = directory.identifier(me);
        let belongs = |node| digits.place(identifier, directory.identifier(node));
        let mut violations = Vec::new();
        let mut previous = None;
        for (bucket, contacts, waiting) in self.table.buckets() {
            if previous.is_some_and(|previous| previous >= bucket.place) {
                violations.push(Violation::BucketsOutOfOrder(bucket.place));
            }
            previous = Some(bucket.place);
            check_bucket(bucket.place, contacts, waiting, &settings.router, &mut violations);
            for contact in contacts.iter().chain(waiting) {
                match belongs(contact.node()) {
                    None => violations.push(Violation::Itself),
                    Some(place) if place != bucket.place => {
                        violations.push(Violation::Misplaced(contact.node(), bucket.place));
                    }
                    Some(_) => {}
                }
            }
        }
        violations
    }
}

fn check_bucket(
    place: Place,
    contacts: &[Contact],
    waiting: &[Contact],
    settings: &Settings,
    violations: &mut Vec<Violation>,
) {
    let is_full = contacts.len() == usize::from(settings.bucket_contacts);
    let is_ordered = |contacts: &[Contact]| contacts.is_sorted_by_key(|contact| contact.second());
    let wrongs = [
        (
            contacts.len() > usize::from(settings.bucket_contacts),
            Violation::Overfull(place),
        ),
        (
            waiting.len() > usize::from(settings.replacement_contacts),
            Violation::Crowded(place),
        ),
        (!is_full && !waiting.is_empty(), Violation::Idle(place)),
        (
            !is_ordered(contacts) || !is_ordered(waiting),
            Violation::OutOfOrder(place),
        ),
    ];
    violations.extend(wrongs.iter().filter(|(is_so, _)| *is_so).map(|(_, wrong)| *wrong));
    let mut nodes: Vec<NodeId> = contacts
        .iter()
        .chain(waiting)
        .map(|contact| contact.node())
        .collect();
    nodes.sort_unstable();
    let twins = nodes.windows(2).filter(|pair| pair[0] == pair[1]);
    violations.extend(twins.map(|pair| Violation::Twice(pair[0], place)));
    let dead = contacts
        .iter()
        .filter(|contact| contact.failures() >= settings.failures_max);
    violations.extend(dead.map(|contact| Violation::Dead(contact.node(), place)));
}
