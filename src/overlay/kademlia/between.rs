//! How many nodes are closer to a key than a node, as far as its routing table says.

use super::place::Digits;
use super::table::Table;
use crate::overlay::dht::Identifier;

/// About how many nodes are closer to a key than `me`, whose table it is (Maymounkov and Mazières 2002, section 2.3: "this number
/// can be inferred from the bucket structure of the current node").
///
/// The ranges of buckets do not overlap, and each lies either before the node, as seen from the key, or behind it. What a
/// bucket that is not full holds is taken for everybody in its range. Of one that is full only a lower bound is known: from
/// the deepest part of the table, where no bucket is full and all nodes are known, the rest is told by proportion.
pub(super) fn nodes_between(
    table: &Table,
    key: Identifier,
    me: Identifier,
    digits: Digits,
    bucket_contacts: u16,
) -> u64 {
    let full = usize::from(bucket_contacts);
    let levels = || {
        let buckets = table.buckets();
        buckets.map(|(bucket, contacts, _)| (bucket.place.level, contacts.len()))
    };
    let filled = levels().filter(|(_, contacts)| *contacts >= full);
    // The levels from here on are known as a whole.
    let known_level = filled.map(|(level, _)| level + 1).max().unwrap_or(0);
    let known = levels().filter(|(level, _)| *level >= known_level);
    let known = 1 + known.map(|(_, contacts)| contacts as u64).sum::<u64>();
    let nodes_of_range = |level: u8, contacts: usize| {
        if contacts < full {
            return contacts as u64;
        }
        // A range of this level is so many times as large as the part that is known.
        let bits = digits.bits * u32::from(known_level - level - 1);
        let expected = known.checked_mul(1_u64.checked_shl(bits).unwrap_or(u64::MAX));
        expected.unwrap_or(u64::MAX).max(contacts as u64)
    };
    let mine = me.xor(key);
    let closer = table.buckets().filter(|(bucket, ..)| {
        let distance = digits.distance(me, bucket.place, key);
        distance < mine.truncated(digits.end(bucket.place))
    });
    closer
        .map(|(bucket, contacts, _)| nodes_of_range(bucket.place.level, contacts.len()))
        .fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Purpose;
    use crate::overlay::dht::NodeId;
    use crate::overlay::kademlia::tests::SETTINGS;
    use crate::overlay::kademlia::tests::{all_nodes, overlay, random_directory, random_identifier, seed};
    use crate::overlay::kademlia::{Settings, warm};

    /// In networks that have converged, the estimate is the truth where the closest nodes to the key are near, and within a
    /// factor of what the closest part of a table can vary by elsewhere.
    #[test]
    fn the_estimate_is_near_the_truth() {
        for bits_per_level in [1, 3] {
            let router = Settings {
                bits_per_level,
                ..SETTINGS
            };
            let directory = random_directory(2_000, seed(3));
            let overlay = overlay(directory, router, 3);
            let directory = &overlay.directory;
            let tables = warm(&overlay, &all_nodes(directory), seed(3));
            let mut random = seed(4).stream(Purpose::Workload, 0);
            let (mut exact, mut near) = (0, 0);
            for _ in 0..400 {
                let key = random_identifier(&mut random, 160);
                let mut nodes = all_nodes(directory);
                nodes.sort_by_key(|node| directory.identifier(*node).xor(key));
                for rank in [0, 1, 5, 40, 300] {
                    let node: NodeId = nodes[rank];
                    let me = directory.identifier(node);
                    let table = &tables[node.index()].table;
                    let digits = router.digits(directory);
                    let told = nodes_between(table, key, me, digits, router.bucket_contacts);
                    let truth = rank as u64;
                    exact += u32::from(told == truth);
                    near += u32::from(told + 6 >= truth / 3 && told <= 3 * truth + 6);
                }
            }
            println!("{bits_per_level} bits: {exact} of 2000 exact, {near} near");
            assert!(exact >= 1_000, "{exact}");
            assert!(near >= 1_900, "{near}");
        }
    }
}
