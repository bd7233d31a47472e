//! Overlays with servers: what clients keep, what indexes hold, messages, timers.

use super::{List, MESSAGE_COPIES, RUN, SMALL_BLOCKS, bytes, rounded};
use crate::engine::Protocol;
use crate::engine::footprint as engine;
use crate::overlay::central::footprint as central;
use crate::overlay::client_server::{ClientServer, footprint as client_server};
use crate::overlay::tracker::footprint as tracker;
use crate::scenario::estimate::Stage::{Finishing, Running};
use crate::sharing::FileSharing;

impl List<'_> {
    /// What clients keep whose program is `P`, and index servers; `key` is the overlay's.
    pub(super) fn central<P: Protocol>(&mut self, key: &'static str) {
        let (demand, servers) = (self.demand, self.demand.servers);
        let files = rounded(servers.files);
        let client = bytes(central::client_bytes(files, rounded(servers.searches))) * SMALL_BLOCKS;
        self.add(("what clients keep", "peers", key), demand.online, client, &RUN);
        let registration = bytes(central::registration_bytes(files)) * SMALL_BLOCKS;
        let registrations = ("clients in indexes", "peers", key);
        self.add(registrations, demand.online, registration, &RUN);
        let item = bytes(central::item_bytes(rounded(servers.sharers))) * SMALL_BLOCKS;
        self.add(("items in indexes", "lists", key), servers.lists, item, &RUN);
        // At the start all clients are let in at once, and send theirs.
        let list = bytes(central::list_bytes(files));
        let lists = ("lists of files in flight", "lists", key);
        self.add(lists, demand.online, list, &[Running]);
        let answers = bytes(central::answer_bytes(rounded(servers.holders)));
        let answered = (demand.queries_per_s * demand.latency_ns / 1e9).min(demand.queries);
        self.add(("answers in flight", "answers", key), answered, answers, &RUN);
        self.service::<P>(key);
    }

    /// Clients and trackers.
    pub(super) fn tracker<P: Protocol>(&mut self, key: &'static str) {
        let (demand, servers) = (self.demand, self.demand.servers);
        let client = bytes(tracker::client_bytes(rounded(servers.files))) * SMALL_BLOCKS;
        self.add(("what clients keep", "peers", key), demand.online, client, &RUN);
        let swarm = bytes(tracker::swarm_bytes(rounded(servers.sharers))) * SMALL_BLOCKS;
        self.add(("swarms", "items", key), servers.lists, swarm, &RUN);
        let answers = bytes(tracker::answer_bytes(rounded(servers.holders)));
        let answered = (demand.queries_per_s * demand.latency_ns / 1e9).min(demand.queries);
        self.add(("answers in flight", "answers", key), answered, answers, &RUN);
        self.service::<P>(key);
    }

    /// Clients of servers that hold everything.
    pub(super) fn client_server(&mut self) {
        const KEY: &str = "overlay.client_server";
        self.peers::<FileSharing<ClientServer>>();
        let asking = self.demand.queries.min(self.demand.peers);
        let asked = bytes(client_server::asked_bytes(rounded(self.demand.servers.searches))) * SMALL_BLOCKS;
        self.add(("what clients keep", "peers", KEY), asking, asked, &RUN);
        self.service::<FileSharing<ClientServer>>(KEY);
    }

    fn service<P: Protocol>(&mut self, key: &'static str) {
        let servers = self.demand.servers;
        let size = MESSAGE_COPIES * bytes(engine::message_bytes::<P>());
        let in_flight = ("messages in flight", "messages", key);
        self.add(in_flight, servers.in_flight, size, &[Running, Finishing]);
        let event = bytes(engine::event_bytes::<P>());
        self.add(
            ("timers", "events", key),
            servers.timers,
            event,
            &[Running, Finishing],
        );
    }
}
