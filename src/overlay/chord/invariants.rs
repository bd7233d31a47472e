//! What is true of a ring that is as it should be, for observers (Zave 2017, section 4).

use super::Chord;
use crate::overlay::Finding;
use crate::overlay::dht::{Directory, NodeId};
use std::collections::BTreeMap;

/// The state of the ring at an instant.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RingReport {
    /// Nodes that have joined and are online.
    pub members: usize,
    /// Cycles of first live successors: one in a ring that is whole ("at least one ring", "at most one ring").
    pub rings: usize,
    /// Members of the largest appendage's longest branch: steps to the cycle ("connected appendages"); members that lead to no
    /// cycle because all their successors are gone count as `lost`.
    pub longest_appendage: usize,
    /// Members all of whose successors are gone, or that lead to such.
    pub lost: usize,
    /// Members on a cycle whose live successor is not the next of that cycle's members ("ordered ring").
    pub out_of_order: usize,
    /// Members whose first live successor is not the next member of all.
    pub wrong_successors: usize,
    /// Members whose list does not hold as many live successors as there should be.
    pub short_lists: usize,
}

impl RingReport {
    /// As named numbers: those of members and rings, and others that ought to be zero.
    pub fn findings(&self) -> impl Iterator<Item = Finding> {
        let numbers = [
            ("chord_members", self.members),
            ("chord_rings", self.rings),
            ("chord_longest_appendage", self.longest_appendage),
            ("chord_lost_members", self.lost),
            ("chord_out_of_order", self.out_of_order),
            ("chord_wrong_successors", self.wrong_successors),
            ("chord_short_successor_lists", self.short_lists),
        ];
        numbers.into_iter().map(|(invariant, value)| Finding {
            invariant,
            value: value as u64,
        })
    }
}

/// Reports on the ring of the nodes that are online and have joined, of which `node` gives the routing part (`None` for all
/// others), where lists have `length` entries.
pub fn report<'a>(
    directory: &Directory,
    length: u16,
    node: impl Fn(NodeId) -> Option<&'a Chord>,
) -> RingReport {
    let order = directory.order();
    let members: Vec<(NodeId, &Chord)> = order
        .iter()
        .filter_map(|number| Some((*number, node(*number)?)))
        .collect();
    let place_of: BTreeMap<NodeId, usize> = members
        .iter()
        .enumerate()
        .map(|(place, (number, _))| (*number, place))
        .collect();
    let count = members.len();
    let mut report = RingReport {
        members: count,
        ..RingReport::default()
    };
    if count < 2 {
        return report;
    }
    let next: Vec<Option<usize>> = members
        .iter()
        .map(|(_, chord)| {
            let mut live = chord.successors().iter().filter_map(|node| place_of.get(node));
            live.next().copied()
        })
        .collect();
    let full = usize::from(length).min(count - 1);
    for (place, (_, chord)) in members.iter().enumerate() {
        let live = chord
            .successors()
            .iter()
            .filter(|node| place_of.contains_key(node));
        report.short_lists += usize::from(live.count() < full);
        report.wrong_successors += usize::from(next[place] != Some((place + 1) % count));
    }
    let (rings, fates) = walk(&next);
    report.rings = rings;
    for fate in &fates {
        match fate {
            Fate::OnRing => {}
            Fate::Appended { steps } => report.longest_appendage = report.longest_appendage.max(*steps),
            Fate::Lost => report.lost += 1,
        }
    }
    report.out_of_order = out_of_order(&next, &fates);
    report
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    OnRing,
    Appended { steps: usize },
    Lost,
}

/// Number of cycles, and where following the successors leads from every place.
fn walk(next: &[Option<usize>]) -> (usize, Vec<Fate>) {
    let mut fates: Vec<Option<Fate>> = vec![None; next.len()];
    // On which walk each place was come by last.
    let mut walks = vec![usize::MAX; next.len()];
    let mut rings = 0;
    for start in 0..next.len() {
        let mut path = Vec::new();
        let mut at = Some(start);
        while let Some(place) = at
            && fates[place].is_none()
            && walks[place] != start
        {
            walks[place] = start;
            path.push(place);
            at = next[place];
        }
        let mut beyond = match at {
            None => Fate::Lost,
            Some(place) => {
                if let Some(fate) = fates[place] {
                    fate
                } else {
                    rings += 1;
                    let begin = path.iter().position(|other| *other == place);
                    let cycle = path.split_off(begin.unwrap_or(0));
                    for place in &cycle {
                        fates[*place] = Some(Fate::OnRing);
                    }
                    Fate::OnRing
                }
            }
        };
        for place in path.into_iter().rev() {
            beyond = match beyond {
                Fate::Lost => Fate::Lost,
                Fate::OnRing => Fate::Appended { steps: 1 },
                Fate::Appended { steps } => Fate::Appended { steps: steps + 1 },
            };
            fates[place] = Some(beyond);
        }
    }
    let fates = fates.into_iter().map(|fate| fate.expect("all were walked"));
    (rings, fates.collect())
}

/// Members on a cycle that pass over another member of a cycle: places are in the order of identifiers.
fn out_of_order(next: &[Option<usize>], fates: &[Fate]) -> usize {
    let on_ring: Vec<usize> = (0..next.len())
        .filter(|place| fates[*place] == Fate::OnRing)
        .collect();
    let following = on_ring.iter().cycle().skip(1);
    let pairs = on_ring.iter().zip(following);
    pairs
        .filter(|(place, following)| next[**place] != Some(**following))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::dht::Identifier;

    /// Nodes in the order of their numbers, each with its successors; an empty list says that a node is offline.
    fn check(lists: &[&[u32]], expect: RingReport) {
        let nodes = u32::try_from(lists.len()).expect("a short list");
        let identifiers = (0..nodes)
            .map(|node| Identifier::of_fraction(node, nodes, 160))
            .collect();
        let directory = Directory::new(160, 1, identifiers).expect("all differ");
        let chords: Vec<Option<Chord>> = (0_u32..)
            .zip(lists)
            .map(|(me, list)| {
                let (first, rest) = list.split_first()?;
                let rest: Vec<NodeId> = rest.iter().copied().map(NodeId).collect();
                let mut chord = Chord::cold();
                chord.table.adopt(NodeId(*first), &rest, NodeId(me), 2);
                Some(chord)
            })
            .collect();
        let found = report(&directory, 2, |node| chords[node.index()].as_ref());
        assert_eq!(found, expect, "{lists:?}");
    }

    const WHOLE: RingReport = RingReport {
        members: 4,
        rings: 1,
        longest_appendage: 0,
        lost: 0,
        out_of_order: 0,
        wrong_successors: 0,
        short_lists: 0,
    };

    #[test]
    fn nothing_is_wrong_with_a_whole_ring() {
        check(&[&[1, 2], &[2, 3], &[3, 0], &[0, 1]], WHOLE);
    }

    #[test]
    fn who_is_passed_over_is_appended() {
        let found = RingReport {
            longest_appendage: 1,
            wrong_successors: 1,
            ..WHOLE
        };
        check(&[&[2, 3], &[2, 3], &[3, 0], &[0, 2]], found);
        // The second leads to the fourth, and that one to the ring of the others.
        let branch = RingReport {
            members: 5,
            longest_appendage: 2,
            wrong_successors: 3,
            ..WHOLE
        };
        check(&[&[2, 4], &[3, 4], &[4, 0], &[4, 0], &[0, 2]], branch);
    }

    #[test]
    fn two_rings_and_nodes_that_lead_nowhere_are_found() {
        let split = RingReport {
            rings: 2,
            wrong_successors: 2,
            short_lists: 4,
            out_of_order: 2,
            ..WHOLE
        };
        check(&[&[1], &[0], &[3], &[2]], split);
        let lost = RingReport {
            members: 3,
            rings: 0,
            lost: 3,
            wrong_successors: 1,
            short_lists: 3,
            ..WHOLE
        };
        check(&[&[1], &[2], &[3], &[]], lost);
    }

    #[test]
    fn rings_out_of_order_are_found() {
        let crossed = RingReport {
            out_of_order: 3,
            wrong_successors: 3,
            ..WHOLE
        };
        check(&[&[2, 1], &[3, 2], &[1, 0], &[0, 1]], crossed);
    }

    #[test]
    fn the_dead_do_not_count() {
        let found = RingReport {
            members: 3,
            short_lists: 2,
            ..WHOLE
        };
        check(&[&[1, 2], &[2, 3], &[3, 0], &[]], found);
    }
}
