//! Writing values: a version is stored at the nodes responsible for its key, by the workload once and by its writer again and
//! again.

use super::WriteId;
use super::books::WriteEnding;
use super::identifier::Identifier;
use super::message::Cause;
use super::node::Dht;
use super::router::Router;
use super::service::{Errand, Found, Matter, Service};
use super::store::{Deposit, Lifetime, Version};
use crate::overlay::Host;

/// A version that is to be stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Write {
    /// Which.
    pub(super) version: Version,
    /// The write of the workload that makes it.
    pub(super) made_by: WriteId,
    /// Whether it is that write; otherwise the version is published again.
    pub(super) is_first: bool,
}

/// A version that nodes were asked to keep.
#[derive(Debug)]
pub(super) struct Writing {
    number: u32,
    pub(super) write: Write,
    hops: u16,
    /// Nodes that have not answered yet.
    waiting: u16,
    /// Nodes that keep it.
    kept: u16,
}

impl Write {
    pub(super) fn cause(self) -> Cause {
        if self.is_first {
            Cause::Write(self.made_by)
        } else {
            Cause::Upkeep
        }
    }
}

impl<R: Router, H: Host<Dht<R>>> Service<'_, R, H> {
    /// Stores a version at the nodes responsible for a key, if any were found.
    pub(super) fn write_at(&mut self, key: Identifier, write: Write, found: Option<Found>) {
        if !write.is_first {
            self.errand(Errand::Published);
        }
        let (owners, hops) = found.map_or_else(Default::default, |found| (found.owners, found.hops));
        let number = self.core.number();
        let lifetime = Lifetime(self.settings().storage.expiry_ns);
        let deposit = Deposit::Value(write.version, lifetime);
        let (kept, waiting) = self.store_at(&owners, key, deposit, Matter::Keep(number), write.cause());
        let writing = Writing {
            number,
            write,
            hops,
            waiting,
            kept,
        };
        if writing.waiting == 0 {
            self.end_write(&writing);
        } else {
            self.core.writings.push(writing);
        }
    }

    /// A node that was asked to keep a version does, or is gone.
    pub(super) fn note_kept(&mut self, number: u32, is_kept: bool) {
        let writings = &mut self.core.writings;
        let Some(place) = writings.iter().position(|writing| writing.number == number) else {
            return;
        };
        let writing = &mut writings[place];
        writing.waiting -= 1;
        writing.kept += u16::from(is_kept);
        if writing.waiting == 0 {
            let writing = writings.swap_remove(place);
            self.end_write(&writing);
        }
    }

    fn end_write(&mut self, writing: &Writing) {
        let (at_ns, write) = (self.now_ns(), writing.write);
        let books = &mut self.host.books().values;
        if writing.kept > 0 {
            books.note_completed(write.made_by, at_ns);
        }
        if write.is_first {
            let ending = match writing.kept {
                0 => WriteEnding::Unkept,
                nodes => WriteEnding::Kept(nodes),
            };
            books.note_write(write.made_by, at_ns, ending, writing.hops);
        }
    }

    /// The session ends before a version was stored.
    pub(super) fn abandon(&mut self, write: Write) {
        if write.is_first {
            let at_ns = self.now_ns();
            let books = &mut self.host.books().values;
            books.note_write(write.made_by, at_ns, WriteEnding::OriginLeft, 0);
        }
    }
}
