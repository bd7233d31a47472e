//! Networks that have converged before the run begins.

use super::place::{Digits, Place};
use super::table::Table;
use super::{Kademlia, Settings};
use crate::engine::{Draw, Purpose, Seed, SmallStream};
use crate::overlay::dht::{Identifier, NodeId, settings};
use std::ops::Range;

/// Routers of all nodes by number. Those of `online` have tables in which every bucket holds k nodes drawn uniformly at
/// random from those of `online` that belong there, or all of these where they are fewer; the others know nobody.
///
/// A node's table depends on the seed, the node and who is online only, not on other nodes' draws.
///
/// # Panics
/// When a node of `online` is not in the directory.
pub fn warm(settings: &settings::Settings<Settings>, online: &[NodeId], seed: Seed) -> Vec<Kademlia> {
    let directory = &settings.directory;
    let mut is_online = vec![false; directory.nodes()];
    for node in online {
        is_online[node.index()] = true;
    }
    let order = directory.order().iter();
    let crowd: Crowd = order
        .filter(|node| is_online[node.index()])
        .map(|node| (directory.identifier(*node), *node))
        .unzip();
    let digits = settings.router.digits(directory);
    let room = usize::from(settings.router.bucket_contacts);
    let mut routers: Vec<Kademlia> = Vec::with_capacity(directory.nodes());
    routers.resize_with(directory.nodes(), Kademlia::cold);
    let mut contacts = Vec::new();
    for (place, (me, node)) in crowd.0.iter().zip(&crowd.1).enumerate() {
        let mut random = seed.small(Purpose::Topology, u64::from(node.0));
        contacts.clear();
        converge(&crowd, place, digits, room, &mut random, &mut contacts);
        contacts.sort_by_key(|(place, _)| *place);
        debug_assert!(
            contacts
                .iter()
                .all(|(_, node)| directory.identifier(*node) != *me)
        );
        routers[node.index()].table = Table::warm(&contacts);
    }
    routers
}

/// Who is online in ascending order: identifiers and nodes.
type Crowd = (Vec<Identifier>, Vec<NodeId>);

/// Draws the contacts of one node, bucket by bucket.
fn converge(
    (identifiers, nodes): &Crowd,
    mine: usize,
    digits: Digits,
    room: usize,
    random: &mut SmallStream,
    contacts: &mut Vec<(Place, NodeId)>,
) {
    let me = identifiers[mine];
    // Those that share all digits before the level with the node.
    let mut alike = 0..identifiers.len();
    let mut level = 0;
    let mut drawn = Vec::with_capacity(room);
    while alike.len() > 1 {
        let mut start = alike.start;
        let mut next = alike.clone();
        // Ranges of digits follow one another: each ends where the next begins.
        while start < alike.end {
            let digit = digits.digit(identifiers[start], level);
            let rest = &identifiers[start..alike.end];
            let end = start + rest.partition_point(|other| digits.digit(*other, level) <= digit);
            if (start..end).contains(&mine) {
                next = start..end;
            } else {
                choose(start..end, room, random, &mut drawn);
                let place = Place { level, digit };
                contacts.extend(drawn.iter().map(|place_in| (place, nodes[*place_in])));
            }
            start = end;
        }
        alike = next;
        level += 1;
    }
    debug_assert_eq!(identifiers[mine], me);
}

/// Draws `count` different numbers of a range, or all where there are fewer, every choice and order equally likely: by the
/// algorithm of Floyd (Bentley and Floyd, "A sample of brilliance", CACM 30(9), 1987), then shuffled.
pub(super) fn choose(range: Range<usize>, count: usize, random: &mut SmallStream, chosen: &mut Vec<usize>) {
    chosen.clear();
    let len = range.len();
    for last in len.saturating_sub(count)..len {
        let drawn = range.start + random.position(last + 1);
        let is_new = !chosen.contains(&drawn);
        chosen.push(if is_new { drawn } else { range.start + last });
    }
    random.shuffle(chosen);
}
