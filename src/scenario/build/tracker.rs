//! File sharing over trackers.

use super::unstructured::{self, Start, UnstructuredDesign, clients_and_servers};
use super::{Desk, Model};
use crate::overlay::servers::Servers;
use crate::overlay::tracker::{Settings, Tracker};
use crate::scenario::schema::{self, ServiceKind};

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Tracker) -> Option<Model> {
    let (setup, frame) = unstructured::build(desk, overlay, "overlay.tracker")?;
    Some(Model::Tracker(setup, frame))
}

impl UnstructuredDesign for schema::Tracker {
    type Overlay = Tracker;

    fn services(&self) -> Vec<&'static str> {
        vec![ServiceKind::Tracker.name(); self.servers as usize]
    }

    fn service_link(&self) -> Option<&schema::Link> {
        self.link.as_ref()
    }

    fn nodes(&self, _: &mut Desk<'_>, start: &Start<'_>) -> (Settings, Vec<Tracker>) {
        let servers = Servers::after(start.cast.peers(), self.servers);
        let client = || Tracker::client(servers);
        (
            settings(self),
            clients_and_servers(start, client, Tracker::server),
        )
    }
}

fn settings(overlay: &schema::Tracker) -> Settings {
    Settings {
        interval_ns: overlay.interval.ns(),
        expiry_ns: overlay.expiry().ns(),
        numwant: overlay.numwant,
        connection_ns: overlay.connection.ns(),
        timeout_ns: overlay.timeout.ns(),
        retries: overlay.retries,
        wire: overlay.wire(),
    }
}
