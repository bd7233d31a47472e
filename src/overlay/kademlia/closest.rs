//! The contacts closest to a key.

use super::place::Digits;
use super::table::Table;
use crate::overlay::dht::{Directory, Identifier, NodeId};
use smallvec::SmallVec;

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
    let first_bits = key.first_bits();
    let mut near: SmallVec<[(u64, NodeId); 64]> = SmallVec::new();
    table.visit_by_closeness(me, key, digits, &mut |contacts| {
        let first = near.len();
        near.extend(contacts.iter().map(|contact| {
            let node = contact.node();
            (directory.first_bits(node) ^ first_bits, node)
        }));
        // Where the first bits are the same, the others decide.
        near[first..].sort_unstable_by(|one, other| {
            let distance = |node| directory.identifier(node).xor(key);
            let first = one.0.cmp(&other.0);
            first.then_with(|| distance(one.1).cmp(&distance(other.1)))
        });
        near.len() < count
    });
    near.iter().take(count).map(|(_, node)| *node).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    /// Many have their first bits in common.
    fn identifier() -> impl Strategy<Value = [u8; 20]> {
        (any::<[u8; 20]>(), any::<bool>()).prop_map(|(bytes, is_alike)| {
            let common = if is_alike { 9 } else { 0 };
            std::array::from_fn(|place| if place < common { 7 } else { bytes[place] })
        })
    }

    proptest! {
        #[test]
        fn the_closest_are_those_of_all_contacts(
            bits in 1_u32..9,
            width in 8_u32..161,
            identifiers in btree_set(identifier(), 2..60),
            key in identifier(),
            count in 1_usize..30,
            is_near in any::<bool>(),
            known in vec(any::<bool>(), 60),
        ) {
            let digits = Digits { bits, width };
            let mut identifiers: Vec<Identifier> = identifiers
                .into_iter()
                .map(|bytes| Identifier::of_bytes(bytes).truncated(width))
                .collect();
            identifiers.dedup();
            let me = identifiers[0];
            // A key that has much in common with the node, or nothing.
            let key = Identifier::of_bytes(key).truncated(width);
            let key = if is_near { me.xor(key.xor(key.truncated(width / 2))) } else { key };
            let directory = Directory::new(width, 1, identifiers.clone()).unwrap();
            let nodes = (0..).map(NodeId).zip(&identifiers).zip(&known).skip(1);
            let contacts: Vec<_> = nodes
                .filter(|(_, known)| **known)
                .map(|((node, identifier), _)| (digits.place(me, *identifier).unwrap(), node))
                .collect();
            let mut in_order = contacts.clone();
            in_order.sort_unstable();
            let table = Table::warm(&in_order);
            let mut expect: Vec<NodeId> = contacts.into_iter().map(|(_, node)| node).collect();
            expect.sort_unstable_by_key(|node| directory.identifier(*node).xor(key));
            expect.truncate(count);
            prop_assert_eq!(closest(&table, key, me, digits, &directory, count), expect);
        }
    }
}
