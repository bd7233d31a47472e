//! Access links: what each peer can send and receive, in bits per second.
//!
//! Almost every scenario has a handful of classes (modem, DSL, campus), so a peer costs two bytes here.

use crate::engine::peer::PeerId;
use crate::engine::prefetch::prefetch_index;
use std::collections::BTreeMap;

/// A peer's access link. A rate of 0 means that none is declared: infinite, no serialisation time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct AccessLink {
    /// Upstream, in bit/s.
    pub up_bps: u64,
    /// Downstream, in bit/s.
    pub down_bps: u64,
}

impl AccessLink {
    /// No declared rate in either direction.
    pub const INFINITE: Self = Self {
        up_bps: 0,
        down_bps: 0,
    };

    /// Whether either direction has a declared rate.
    pub const fn is_declared(self) -> bool {
        self.up_bps > 0 || self.down_bps > 0
    }
}

/// Why a table of access links is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LinksError {
    /// A peer is in a class that is not in the table.
    #[error("peer {peer} is in link class {class}, but there are only {classes} classes")]
    UnknownClass {
        /// The peer.
        peer: usize,
        /// Its class.
        class: u16,
        /// Number of classes.
        classes: usize,
    },
}

/// Access links of all peers; a peer beyond the table (a service node, say) has none declared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Links {
    table: Table,
    declared: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Table {
    /// Classes, and each peer's class.
    Classes(Vec<AccessLink>, Vec<u16>),
    /// Each peer's own link: more than 65,536 different ones.
    Each(Vec<AccessLink>),
}

impl Links {
    /// Nobody has a declared rate.
    pub const fn none() -> Self {
        Self {
            table: Table::Each(Vec::new()),
            declared: false,
        }
    }

    /// A table of classes, and the class of each peer.
    pub fn classes(classes: Vec<AccessLink>, class_of: Vec<u16>) -> Result<Self, LinksError> {
        if let Some((peer, &class)) = class_of
            .iter()
            .enumerate()
            .find(|(_, class)| usize::from(**class) >= classes.len())
        {
            return Err(LinksError::UnknownClass {
                peer,
                class,
                classes: classes.len(),
            });
        }
        let mut used = vec![false; classes.len()];
        for &class in &class_of {
            used[usize::from(class)] = true;
        }
        let declared = classes
            .iter()
            .zip(used)
            .any(|(link, used)| used && link.is_declared());
        Ok(Self {
            table: Table::Classes(classes, class_of),
            declared,
        })
    }

    /// A link for each peer, as from a file. Equal links become one class where that saves memory.
    pub fn each(links: Vec<AccessLink>) -> Self {
        let mut numbers = BTreeMap::new();
        for &link in &links {
            numbers.entry(link).or_insert(0_u16);
            if numbers.len() > usize::from(u16::MAX) {
                let declared = links.iter().any(|link| link.is_declared());
                return Self {
                    table: Table::Each(links),
                    declared,
                };
            }
        }
        for (number, place) in (0_u16..).zip(numbers.values_mut()) {
            *place = number;
        }
        let class_of = links.iter().map(|link| numbers[link]).collect();
        let classes: Vec<_> = numbers.into_keys().collect();
        let declared = classes.iter().any(|link| link.is_declared());
        Self {
            table: Table::Classes(classes, class_of),
            declared,
        }
    }

    /// A peer's link.
    #[inline]
    pub fn of(&self, peer: PeerId) -> AccessLink {
        match &self.table {
            Table::Classes(classes, class_of) => class_of
                .get(peer.index())
                .map_or(AccessLink::INFINITE, |class| classes[usize::from(*class)]),
            Table::Each(links) => links.get(peer.index()).copied().unwrap_or(AccessLink::INFINITE),
        }
    }

    /// Has a peer's link, or the class of it, fetched.
    #[inline]
    pub fn prefetch(&self, peer: PeerId) {
        match &self.table {
            Table::Classes(_, class_of) => prefetch_index(class_of, peer.index()),
            Table::Each(links) => prefetch_index(links, peer.index()),
        }
    }

    /// Whether any peer has a declared rate.
    pub const fn any_declared(&self) -> bool {
        self.declared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(up_bps: u64, down_bps: u64) -> AccessLink {
        AccessLink { up_bps, down_bps }
    }

    #[test]
    fn classes_and_single_links_answer_alike() {
        let (a, b) = (link(1, 2), link(3, 0));
        let by_class = Links::classes(vec![a, b], vec![1, 0, 1]).unwrap();
        let single = Links::each(vec![b, a, b]);
        for (peer, expected) in [(0, b), (1, a), (2, b), (3, AccessLink::INFINITE)] {
            assert_eq!(by_class.of(PeerId(peer)), expected);
            assert_eq!(single.of(PeerId(peer)), expected);
        }
        assert!(matches!(single.table, Table::Classes(ref classes, _) if classes.len() == 2));
    }

    #[test]
    fn many_different_links_are_kept_one_by_one() {
        let links: Vec<_> = (0..70_000).map(|rate| link(rate, rate + 1)).collect();
        let table = Links::each(links.clone());
        assert!(matches!(table.table, Table::Each(_)));
        assert!(
            links
                .iter()
                .enumerate()
                .all(|(peer, link)| table.of(PeerId::at(peer)) == *link)
        );
    }

    #[test]
    fn a_class_nobody_is_in_declares_nothing() {
        let classes = vec![AccessLink::INFINITE, link(5, 5)];
        assert!(
            !Links::classes(classes.clone(), vec![0, 0])
                .unwrap()
                .any_declared()
        );
        assert!(
            Links::classes(classes.clone(), vec![0, 1])
                .unwrap()
                .any_declared()
        );
        assert!(!Links::none().any_declared());
        assert!(!Links::each(vec![AccessLink::INFINITE]).any_declared());
        assert_eq!(
            Links::classes(classes, vec![0, 2]),
            Err(LinksError::UnknownClass {
                peer: 1,
                class: 2,
                classes: 2
            })
        );
    }
}
