//! What a node keeps for others: who holds what, or a version of a value.

use super::identifier::Identifier;
use crate::engine::PeerId;
use crate::overlay::ItemId;
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
    /// A word, which is in the names of these files; at least one.
    Items(Vec<ItemId>),
    /// A value, of which this is the highest version that it was told of.
    Value(Version),
}

/// What is to be kept under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deposit {
    /// Who holds it, and for how long that is to be kept.
    Holders(Vec<(Holder, Lifetime)>),
    /// Files whose names have the word, and for how long that is to be kept.
    Items(Vec<(ItemId, Lifetime)>),
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

/// One of several things that are kept under a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<T> {
    subject: T,
    standing: Standing,
    until_ns: u64,
}

/// A value as it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edition {
    version: Version,
    standing: Standing,
    until_ns: u64,
}

/// The one told last comes last.
#[derive(Debug)]
pub(super) enum Kept {
    Holders(Vec<Entry<Holder>>),
    Items(Vec<Entry<ItemId>>),
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

/// Something of which several are kept under a key, each once.
pub(super) trait Subject: Copy {
    /// Whether they are the same, whatever else is said of them.
    fn is_same(self, other: Self) -> bool;

    /// So many of them as what is kept under a key.
    fn kept(entries: Vec<Entry<Self>>) -> Kept;

    /// Those that are kept under a key, if that is what is kept.
    fn entries(kept: &mut Kept) -> Option<&mut Vec<Entry<Self>>>;
}

impl Subject for Holder {
    fn is_same(self, other: Self) -> bool {
        self.peer == other.peer
    }

    fn kept(entries: Vec<Entry<Self>>) -> Kept {
        Kept::Holders(entries)
    }

    fn entries(kept: &mut Kept) -> Option<&mut Vec<Entry<Self>>> {
        match kept {
            Kept::Holders(entries) => Some(entries),
            _ => None,
        }
    }
}

impl Subject for ItemId {
    fn is_same(self, other: Self) -> bool {
        self == other
    }

    fn kept(entries: Vec<Entry<Self>>) -> Kept {
        Kept::Items(entries)
    }

    fn entries(kept: &mut Kept) -> Option<&mut Vec<Entry<Self>>> {
        match kept {
            Kept::Items(entries) => Some(entries),
            _ => None,
        }
    }
}

impl<T: Subject> Entry<T> {
    /// Puts one last, in place of what is said of the same subject unless the node is responsible for that and not for this.
    /// What has grown too old goes. Returns whether it was put there.
    fn put(self, entries: &mut Vec<Self>, now_ns: u64) -> bool {
        entries.retain(|entry| entry.until_ns > now_ns);
        let same = entries
            .iter()
            .position(|entry| entry.subject.is_same(self.subject));
        if let Some(place) = same {
            if self.standing < entries[place].standing {
                return false;
            }
            entries.remove(place);
        }
        entries.push(self);
        true
    }

    /// What the node is responsible for, with what is left of its time.
    fn replicas(entries: &[Self], now_ns: u64) -> Vec<(T, Lifetime)> {
        let left = entries
            .iter()
            .filter(|entry| entry.standing == Standing::Replica && entry.until_ns > now_ns);
        left.map(|entry| (entry.subject, Lifetime(entry.until_ns - now_ns)))
            .collect()
    }

    /// What is not too old, the latest first.
    fn fresh(entries: &[Self], now_ns: u64) -> impl Iterator<Item = T> {
        let fresh = entries.iter().rev().filter(move |entry| entry.until_ns > now_ns);
        fresh.map(|entry| entry.subject)
    }
}

impl Kept {
    /// Drops what has grown too old; returns whether anything is left.
    fn tidy(&mut self, now_ns: u64) -> bool {
        fn left<T>(entries: &mut Vec<Entry<T>>, now_ns: u64) -> bool {
            entries.retain(|entry| entry.until_ns > now_ns);
            !entries.is_empty()
        }
        match self {
            Self::Holders(entries) => left(entries, now_ns),
            Self::Items(entries) => left(entries, now_ns),
            Self::Value(edition) => edition.until_ns > now_ns,
        }
    }

    /// Whether the node is responsible for some of it.
    fn has_replica(&self) -> bool {
        let is_replica = |standing| standing == Standing::Replica;
        match self {
            Self::Holders(entries) => entries.iter().any(|entry| is_replica(entry.standing)),
            Self::Items(entries) => entries.iter().any(|entry| is_replica(entry.standing)),
            Self::Value(edition) => is_replica(edition.standing),
        }
    }
}

impl Store {
    /// Keeps one of several things under a key until a time; the same one may be told again. What has grown too old under the key
    /// goes.
    pub(super) fn put<T: Subject>(
        &mut self,
        key: Identifier,
        subject: T,
        standing: Standing,
        now_ns: u64,
        until_ns: u64,
    ) {
        let shelf = self.shelves.entry(key).or_insert_with(|| Shelf {
            kept: T::kept(Vec::new()),
            stored_ns: now_ns,
        });
        if T::entries(&mut shelf.kept).is_none() {
            shelf.kept = T::kept(Vec::new());
        }
        let entries = T::entries(&mut shelf.kept).expect("anything else gave way");
        let entry = Entry {
            subject,
            standing,
            until_ns,
        };
        if entry.put(entries, now_ns) && standing == Standing::Replica {
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
            Kept::Value(_) | Kept::Holders(_) | Kept::Items(_) => {
                *shelf = Shelf {
                    kept: Kept::Value(told),
                    stored_ns: now_ns,
                };
            }
        }
    }

    /// What the node is responsible for under a key, with what is left of its time.
    pub(super) fn replicas(&self, key: Identifier, now_ns: u64) -> Deposit {
        match self.shelves.get(&key).map(|shelf| &shelf.kept) {
            Some(Kept::Value(edition))
                if edition.standing == Standing::Replica && edition.until_ns > now_ns =>
            {
                Deposit::Value(edition.version, Lifetime(edition.until_ns - now_ns))
            }
            Some(Kept::Holders(entries)) => Deposit::Holders(Entry::replicas(entries, now_ns)),
            Some(Kept::Items(entries)) => Deposit::Items(Entry::replicas(entries, now_ns)),
            Some(Kept::Value(_)) | None => Deposit::Holders(Vec::new()),
        }
    }

    /// The keys for which the node is responsible and under which nothing was stored since `since_ns`, in order. What has grown
    /// too old goes.
    pub(super) fn untouched(&mut self, now_ns: u64, since_ns: u64) -> Vec<Identifier> {
        self.shelves.retain(|_, shelf| shelf.kept.tidy(now_ns));
        let untouched = self
            .shelves
            .iter()
            .filter(|(_, shelf)| shelf.stored_ns <= since_ns && shelf.kept.has_replica());
        untouched.map(|(key, _)| *key).collect()
    }

    /// What a key stands for, but for words: of holders those that were told of last, `holders_max` at most, the latest first.
    pub(super) fn get(&self, key: Identifier, now_ns: u64, holders_max: u16) -> Known {
        match self.shelves.get(&key).map(|shelf| &shelf.kept) {
            Some(Kept::Value(edition)) if edition.until_ns > now_ns => Known::Value(edition.version),
            Some(Kept::Holders(entries)) => {
                let fresh = Entry::fresh(entries, now_ns);
                Known::of_holders(fresh.take(usize::from(holders_max)).collect())
            }
            Some(Kept::Value(_) | Kept::Items(_)) | None => Known::Nothing,
        }
    }

    /// Items in whose names the word that a key stands for is, as far as the node was told: those told of last first.
    pub(super) fn items(&self, key: Identifier, now_ns: u64) -> impl Iterator<Item = ItemId> {
        let entries = match self.shelves.get(&key).map(|shelf| &shelf.kept) {
            Some(Kept::Items(entries)) => &entries[..],
            _ => &[],
        };
        Entry::fresh(entries, now_ns)
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

    /// What these items say; nothing if there are none.
    pub fn of_items(items: Vec<ItemId>) -> Self {
        if items.is_empty() {
            Self::Nothing
        } else {
            Self::Items(items)
        }
    }

    /// Who holds it; nobody where it is no file.
    pub fn holders(&self) -> &[Holder] {
        match self {
            Self::Holders(holders) => holders,
            Self::Nothing | Self::Items(_) | Self::Value(_) => &[],
        }
    }
}

impl Deposit {
    /// Holders in it.
    pub fn holders(&self) -> &[(Holder, Lifetime)] {
        match self {
            Self::Holders(holders) => holders,
            Self::Items(_) | Self::Value(..) => &[],
        }
    }
}

#[cfg(test)]
mod tests;
