//! File sharing over index servers.

use super::memory;
use crate::engine::Protocol;
use crate::overlay::central::{Central, Settings};
use crate::overlay::servers::Servers;
use crate::scenario::build::Desk;
use crate::scenario::estimate::parts::List;
use crate::scenario::overlays::unstructured::{Start, UnstructuredDesign, clients_and_servers};
use crate::scenario::schema;

impl UnstructuredDesign for schema::Central {
    type Overlay = Central;

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

    fn list_kept<P: Protocol>(&self, key: &'static str, list: &mut List<'_>) {
        memory::list::<P>(key, list);
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
