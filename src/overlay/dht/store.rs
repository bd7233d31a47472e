//! What a node keeps for others: who holds what, or a version of a value.

use super::identifier::Identifier;
use crate::engine::PeerId;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Somebody who holds what a key stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Holder {
    /// The peer.
    pub peer: PeerId,
    /// Whether nobody can open a connection to it.
    pub firewalled: bool,
}

/// A version of a value; its writer counts them from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Version(pub u32);

/// For how long something is to be kept, nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lifetime(pub u64);

impl Lifetime {
    /// Half as long so many times over, rounded down.
    #[must_use]
    pub(super) fn halved(self, times: u32) -> Self {
        Self(self.0.checked_shr(times).unwrap_or(0))
    }
}

/// What a key stands for, as far as a node was told.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum Known {
    /// It was told nothing.
    #[default]
    Nothing,
    /// Files, which are held by these; at least one.
    Holders(Vec<Holder>),
    /// A value, of which this is the highest version that it was told of.
    Value(Version),
}

/// What is to be kept under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deposit {
    /// Who holds it, and for how long that is to be kept.
    Holders(Vec<(Holder, Lifetime)>),
    /// A version of a value, and for how long it is to be kept.
    Value(Version, Lifetime),
}

/// Why a node keeps something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Standing {
    /// It lies on the way to the key: the copy is for others who come that way, it is never passed on.
    Cached,
    /// It is responsible for the key.
    Replica,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    holder: Holder,
    standing: Standing,
    until_ns: u64,
}

/// A value as it is kept.
#[derive(Clone, Copy, Debug)]
struct Edition {
    version: Version,
    standing: Standing,
    until_ns: u64,
}

#[derive(Debug)]
enum Kept {
    Holders(Vec<Entry>),
    Value(Edition),
}

/// What is kept under a key.
#[derive(Debug)]
pub(super) struct Shelf {
    kept: Kept,
    /// When it was stored here last.
    stored_ns: u64,
}

/// What is kept by key, each until it is too old.
#[derive(Default, Debug)]
pub(super) struct Store {
    shelves: BTreeMap<Identifier, Shelf>,
}

impl Edition {
    /// What becomes of two that are not too old, in whichever order they come. The higher version stands. A node that is
    /// responsible for the key stays so where the other is a copy on the way, and keeps what it keeps for as long as it was told
    /// as such.
    fn merged(self, other: Self) -> Self {
        let until_ns = match (
            self.standing.cmp(&other.standing),
            self.version.cmp(&other.version),
        ) {
            (Ordering::Greater, _) | (Ordering::Equal, Ordering::Greater) => self.until_ns,
            (Ordering::Less, _) | (Ordering::Equal, Ordering::Less) => other.until_ns,
            (Ordering::Equal, Ordering::Equal) => self.until_ns.max(other.until_ns),
        };
        Self {
            version: self.version.max(other.version),
            standing: self.standing.max(other.standing),
            until_ns,
        }
    }
}

impl Shelf {
    /// Drops what has grown too old; returns whether anything is left.
    fn tidy(&mut self, now_ns: u64) -> bool {
        match &mut self.kept {
            Kept::Holders(entries) => {
                entries.retain(|entry| entry.until_ns > now_ns);
                !entries.is_empty()
            }
            Kept::Value(edition) => edition.until_ns > now_ns,
        }
    }

    /// Whether the node is responsible for some of what is there.
    fn has_replica(&self) -> bool {
        match &self.kept {
            Kept::Holders(entries) => entries.iter().any(|entry| entry.standing == Standing::Replica),
            Kept::Value(edition) => edition.standing == Standing::Replica,
        }
    }
}

impl Store {
    /// Keeps a holder of a key until a time; the same one may be told again. What has grown too old under the key goes.
    pub(super) fn put_holder(
        &mut self,
        key: Identifier,
        holder: Holder,
        standing: Standing,
        now_ns: u64,
        until_ns: u64,
    ) {
        let shelf = self.shelves.entry(key).or_insert(Shelf {
            kept: Kept::Holders(Vec::new()),
            stored_ns: now_ns,
        });
        if let Kept::Value(_) = shelf.kept {
            shelf.kept = Kept::Holders(Vec::new());
        }
        let Kept::Holders(entries) = &mut shelf.kept else {
            unreachable!("a value gave way");
        };
        entries.retain(|entry| entry.until_ns > now_ns);
        if let Some(place) = entries.iter().position(|entry| entry.holder.peer == holder.peer) {
            if standing < entries[place].standing {
                return;
            }
            entries.remove(place);
        }
        entries.push(Entry {
            holder,
            standing,
            until_ns,
        });
        if standing == Standing::Replica {
            shelf.stored_ns = now_ns;
        }
    }

    /// Keeps a version of a value until a time, unless a higher one is there; the same one may be told again, and is kept until
    /// the later of the two times.
    pub(super) fn put_value(
        &mut self,
        key: Identifier,
        version: Version,
        standing: Standing,
        now_ns: u64,
        until_ns: u64,
    ) {
        let told = Edition {
            version,
            standing,
            until_ns,
        };
        let shelf = self.shelves.entry(key).or_insert(Shelf {
            kept: Kept::Value(told),
            stored_ns: now_ns,
        });
        match shelf.kept {
            Kept::Value(edition) if edition.until_ns > now_ns => {
                shelf.kept = Kept::Value(edition.merged(told));
                // Whoever passes an old version on has not done this node's work.
                if standing == Standing::Replica && version >= edition.version {
                    shelf.stored_ns = now_ns;
                }
            }
            Kept::Value(_) | Kept::Holders(_) => {
                *shelf = Shelf {
                    kept: Kept::Value(told),
                    stored_ns: now_ns,
                };
            }
        }
    }

    /// What the node is responsible for under a key, with what is left of its time.
    pub(super) fn replicas(&self, key: Identifier, now_ns: u64) -> Deposit {
        let is_left = |standing, until_ns| standing == Standing::Replica && until_ns > now_ns;
        match self.shelves.get(&key).map(|shelf| &shelf.kept) {
            Some(Kept::Value(edition)) if is_left(edition.standing, edition.until_ns) => {
                Deposit::Value(edition.version, Lifetime(edition.until_ns - now_ns))
            }
            Some(Kept::Holders(entries)) => {
                let left = entries
                    .iter()
                    .filter(|entry| is_left(entry.standing, entry.until_ns));
                let with_time = left.map(|entry| (entry.holder, Lifetime(entry.until_ns - now_ns)));
                Deposit::Holders(with_time.collect())
            }
            Some(Kept::Value(_)) | None => Deposit::Holders(Vec::new()),
        }
    }

    /// The keys for which the node is responsible and under which nothing was stored since `since_ns`, in order. What has grown
    /// too old goes.
    pub(super) fn untouched(&mut self, now_ns: u64, since_ns: u64) -> Vec<Identifier> {
        self.shelves.retain(|_, shelf| shelf.tidy(now_ns));
        let untouched = self
            .shelves
            .iter()
            .filter(|(_, shelf)| shelf.stored_ns <= since_ns && shelf.has_replica());
        untouched.map(|(key, _)| *key).collect()
    }

    /// What a key stands for: of holders those that were told of last, `holders_max` at most, the latest first.
    pub(super) fn get(&self, key: Identifier, now_ns: u64, holders_max: u16) -> Known {
        match self.shelves.get(&key).map(|shelf| &shelf.kept) {
            Some(Kept::Value(edition)) if edition.until_ns > now_ns => Known::Value(edition.version),
            Some(Kept::Holders(entries)) => {
                let fresh = entries.iter().rev().filter(|entry| entry.until_ns > now_ns);
                let holders = fresh.take(usize::from(holders_max)).map(|entry| entry.holder);
                Known::of_holders(holders.collect())
            }
            Some(Kept::Value(_)) | None => Known::Nothing,
        }
    }
}

impl Known {
    /// What these holders say; nothing if there are none.
    pub fn of_holders(holders: Vec<Holder>) -> Self {
        if holders.is_empty() {
            Self::Nothing
        } else {
            Self::Holders(holders)
        }
    }

    /// Who holds it; nobody where it is no file.
    pub fn holders(&self) -> &[Holder] {
        match self {
            Self::Holders(holders) => holders,
            Self::Nothing | Self::Value(_) => &[],
        }
    }
}

impl Deposit {
    /// Holders in it.
    pub fn holders(&self) -> &[(Holder, Lifetime)] {
        match self {
            Self::Holders(holders) => holders,
            Self::Value(..) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Identifier = Identifier::ZERO;

    fn holder(number: u32) -> Holder {
        Holder {
            peer: PeerId(number),
            firewalled: false,
        }
    }

    fn put(store: &mut Store, key: Identifier, number: u32, now_ns: u64, until_ns: u64) {
        store.put_holder(key, holder(number), Standing::Replica, now_ns, until_ns);
    }

    fn holders(store: &Store, key: Identifier, now_ns: u64, holders_max: u16) -> Vec<Holder> {
        store.get(key, now_ns, holders_max).holders().to_vec()
    }

    fn store() -> Store {
        let mut store = Store::default();
        put(&mut store, KEY, 1, 0, 10);
        put(&mut store, KEY, 2, 0, 20);
        put(&mut store, KEY, 3, 5, 30);
        store
    }

    #[test]
    fn the_latest_come_first_and_not_too_many() {
        let check = |holders_max, expect: &[u32]| {
            let got = holders(&store(), KEY, 5, holders_max);
            assert_eq!(
                got,
                expect.iter().map(|number| holder(*number)).collect::<Vec<_>>()
            );
        };
        check(9, &[3, 2, 1]);
        check(2, &[3, 2]);
    }

    #[test]
    fn what_is_too_old_is_not_told() {
        assert_eq!(holders(&store(), KEY, 9, 9).len(), 3);
        assert_eq!(holders(&store(), KEY, 10, 9), [holder(3), holder(2)]);
        assert_eq!(holders(&store(), KEY, 30, 9), []);
        assert_eq!(holders(&store(), Identifier::MAX, 0, 9), []);
    }

    #[test]
    fn keys_are_passed_on_unless_somebody_else_did_so_lately() {
        let mut store = store();
        put(&mut store, Identifier::MAX, 9, 2, 12);
        assert_eq!(store.untouched(8, 2), [Identifier::MAX]);
        assert_eq!(store.untouched(8, 5), [KEY, Identifier::MAX]);
        assert_eq!(store.untouched(12, 5), [KEY]);
        assert_eq!(
            store.replicas(KEY, 12),
            Deposit::Holders(vec![(holder(2), Lifetime(8)), (holder(3), Lifetime(18))])
        );
    }

    #[test]
    fn a_holder_is_kept_once_and_for_the_latest_time() {
        let mut store = store();
        put(&mut store, KEY, 1, 8, 40);
        assert_eq!(holders(&store, KEY, 8, 9), [holder(1), holder(3), holder(2)]);
        assert_eq!(holders(&store, KEY, 35, 9), [holder(1)]);
    }

    /// A version that is kept, or told, until a time.
    type Told = (u32, Standing, u64);

    use Standing::{Cached, Replica};

    #[test]
    fn the_higher_version_stands() {
        let check = |kept: Told, told: Told, expect: Told| {
            for order in [[kept, told], [told, kept]] {
                let mut store = Store::default();
                for (version, standing, until_ns) in order {
                    store.put_value(KEY, Version(version), standing, 5, until_ns);
                }
                let (version, standing, until_ns) = expect;
                let (last_ns, version) = (until_ns - 1, Version(version));
                assert_eq!(store.get(KEY, last_ns, 1), Known::Value(version), "{order:?}");
                assert_eq!(store.get(KEY, until_ns, 1), Known::Nothing, "{order:?}");
                let replica = Deposit::Value(version, Lifetime(1));
                let is_replica = store.replicas(KEY, last_ns) == replica;
                assert_eq!(is_replica, standing == Replica, "{order:?}");
            }
        };
        check((2, Replica, 20), (1, Replica, 30), (2, Replica, 20));
        check((2, Replica, 20), (3, Replica, 10), (3, Replica, 10));
        check((2, Replica, 20), (2, Replica, 10), (2, Replica, 20));
        check((2, Replica, 20), (2, Replica, 30), (2, Replica, 30));
        check((2, Replica, 20), (3, Cached, 10), (3, Replica, 20));
        check((2, Replica, 20), (2, Cached, 30), (2, Replica, 20));
        check((2, Replica, 20), (1, Cached, 30), (2, Replica, 20));
        check((2, Cached, 20), (2, Cached, 10), (2, Cached, 20));
        check((2, Cached, 20), (3, Cached, 10), (3, Cached, 10));
    }

    #[test]
    fn what_is_too_old_is_as_if_it_had_never_been_there() {
        let mut store = Store::default();
        store.put_value(KEY, Version(3), Replica, 0, 5);
        store.put_value(KEY, Version(2), Cached, 5, 20);
        assert_eq!(store.get(KEY, 5, 1), Known::Value(Version(2)));
        assert_eq!(store.untouched(6, 6), []);
    }

    #[test]
    fn copies_on_the_way_are_not_passed_on() {
        let mut store = Store::default();
        store.put_value(KEY, Version(1), Cached, 0, 90);
        store.put_holder(Identifier::MAX, holder(1), Cached, 0, 90);
        assert_eq!(store.untouched(50, 40), []);
        store.put_holder(Identifier::MAX, holder(2), Replica, 10, 90);
        assert_eq!(store.untouched(50, 40), [Identifier::MAX]);
        let passed_on = Deposit::Holders(vec![(holder(2), Lifetime(40))]);
        assert_eq!(store.replicas(Identifier::MAX, 50), passed_on);
        // A holder that the node is responsible for does not become a copy, and counts as stored when it was.
        store.put_holder(Identifier::MAX, holder(2), Cached, 45, 60);
        assert_eq!(store.untouched(50, 40), [Identifier::MAX]);
        assert_eq!(store.replicas(Identifier::MAX, 50), passed_on);
    }

    #[test]
    fn an_old_version_does_not_spare_the_new_one_from_being_passed_on() {
        let mut store = Store::default();
        store.put_value(KEY, Version(2), Replica, 0, 90);
        store.put_value(KEY, Version(1), Replica, 30, 90);
        assert_eq!(store.untouched(50, 20), [KEY]);
        store.put_value(KEY, Version(2), Replica, 30, 90);
        assert_eq!(store.untouched(50, 20), []);
    }
}
