//! The contacts closest to a key.

use super::place::Digits;
use super::table::Table;
use crate::overlay::dht::{Directory, Identifier, NodeId};

/// The up to `count` contacts of a table closest to a key, the closest first. `me` is the identifier of the node whose table
/// it is.
///
/// The ranges of two buckets never overlap, so that all contacts of one are closer to a key than all of the other: buckets are
/// gone through in that order until there are enough contacts, and identifiers are looked up for these only.
pub(super) fn closest(
    table: &Table,
    key: Identifier,
    me: Identifier,
    digits: Digits,
    directory: &Directory,
    count: usize,
) -> Vec<NodeId> {
    let filled = table.buckets().filter(|(_, contacts, _)| !contacts.is_empty());
    let mut buckets: Vec<_> = filled
        .map(|(bucket, contacts, _)| (digits.distance(me, bucket.place, key), contacts))
        .collect();
    buckets.sort_unstable_by_key(|(distance, _)| *distance);
    let mut near = Vec::with_capacity(2 * count);
    for (_, contacts) in buckets {
        near.extend(contacts.iter().map(|contact| {
            let node = contact.node();
            (directory.identifier(node).xor(key), node)
        }));
        if near.len() >= count {
            break;
        }
    }
    near.sort_unstable();
    near.truncate(count);
    near.into_iter().map(|(_, node)| node).collect()
}
