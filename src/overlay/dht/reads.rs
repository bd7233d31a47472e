//! Reading values: a lookup of what a key stands for, which ends with a version, or with none.

use super::ReadId;
use super::books::ReadEnding;
use super::node::Dht;
use super::router::Router;
use super::search::Gathered;
use super::service::{Found, Service};
use crate::overlay::Host;

impl<R: Router, H: Host<Dht<R>>> Service<'_, R, H> {
    /// A read has ended: with what was gathered until then, or, if that is nothing, with the nodes that ought to know, or with
    /// neither.
    pub(super) fn end_read(&mut self, read: ReadId, gathered: &Gathered, found: Option<Found>) {
        let (ending, hops) = match (gathered, found) {
            (Gathered::Value { version, hops }, _) => (ReadEnding::Found(*version), *hops),
            (_, Some(found)) => (ReadEnding::Missing, found.hops),
            (_, None) => (ReadEnding::Failed, 0),
        };
        let at_ns = self.now_ns();
        self.host.books().values.note_read(read, at_ns, ending, hops);
    }
}
