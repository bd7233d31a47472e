//! File sharing over index servers.

use super::unstructured::{self, Start, UnstructuredDesign, clients_and_servers};
use super::{Desk, Model};
use crate::overlay::central::{Central, Settings};
use crate::overlay::servers::Servers;
use crate::scenario::schema::{self, ServiceKind};

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Central) -> Option<Model> {
    let (setup, frame) = unstructured::build(desk, overlay, "overlay.central")?;
    Some(Model::Central(setup, frame))
}

impl UnstructuredDesign for schema::Central {
    type Overlay = Central;

    fn services(&self) -> Vec<&'static str> {
        vec![ServiceKind::IndexServer.name(); self.servers() as usize]
    }

    fn service_link(&self) -> Option<&schema::Link> {
        self.link.as_ref()
    }

    fn nodes(&self, _: &mut Desk<'_>, start: &Start<'_>) -> (Settings, Vec<Central>) {
        let servers = Servers::after(start.cast.peers(), self.servers());
        let client = || Central::client(servers, self.ask_others());
        (
            settings(self),
            clients_and_servers(start, client, Central::server),
        )
    }
}

fn settings(overlay: &schema::Central) -> Settings {
    Settings {
        login_timeout_ns: overlay.login_timeout().ns(),
        retry_ns: overlay.retry().ns(),
        retry_ns_max: overlay.retry_max().ns(),
        keep_alive_ns: overlay.keep_alive().ns(),
        expiry_ns: overlay.expiry().ns(),
        answer_timeout_ns: overlay.answer_timeout().ns(),
        answers_max: overlay.answers_max(),
        enough_answers: overlay.enough_answers(),
        ask_every_ns: overlay.ask_every().ns(),
        wire: overlay.wire(),
    }
}
