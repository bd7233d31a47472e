//! Files fetched from servers.

use super::peers::Cast;
use super::structured::small;
use super::unstructured::{self, Start, UnstructuredDesign, clients_and_servers};
use super::{Desk, Model};
use crate::overlay::client_server::{ClientServer, Settings};
use crate::overlay::servers::Servers;
use crate::scenario::schema::{self, ServiceKind};
use crate::sharing::FileServers;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::ClientServer) -> Option<Model> {
    let (setup, frame) = unstructured::build(desk, overlay, "overlay.client_server")?;
    Some(Model::ClientServer(setup, frame))
}

impl UnstructuredDesign for schema::ClientServer {
    type Overlay = ClientServer;

    fn services(&self) -> Vec<&'static str> {
        vec![ServiceKind::Server.name(); self.servers as usize]
    }

    fn service_link(&self) -> Option<&schema::Link> {
        Some(&self.link)
    }

    fn file_servers(&self, cast: &Cast) -> Option<FileServers> {
        Some(FileServers {
            nodes: cast.peers()..cast.plan.nodes(),
            upload_slots: small(self.upload_slots),
            queue_max: small(self.queue_max),
        })
    }

    fn nodes(&self, _: &mut Desk<'_>, start: &Start<'_>) -> (Settings, Vec<ClientServer>) {
        let servers = Servers::after(start.cast.peers(), self.servers);
        let settings = Settings {
            answer_timeout_ns: self.answer_timeout.ns(),
            query_bytes: self.query_bytes,
            answer_bytes: self.answer_bytes,
        };
        let client = || ClientServer::client(servers);
        (settings, clients_and_servers(start, client, ClientServer::server))
    }
}
