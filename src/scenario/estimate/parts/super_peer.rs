//! Super-peers and their clients: what both keep, messages, timers.

use super::{List, MESSAGE_COPIES, RUN, SMALL_BLOCKS, bytes, rounded};
use crate::engine::footprint as engine;
use crate::overlay::central::footprint as central;
use crate::overlay::gnutella::footprint as gnutella;
use crate::overlay::super_peer::{SuperPeer, footprint as super_peer};
use crate::scenario::estimate::Stage::{Finishing, Running};
use crate::sharing::FileSharing;

/// What file sharing over super-peers runs at every peer.
type Sharing = FileSharing<SuperPeer>;

impl List<'_> {
    /// Super-peers, clients and caches.
    pub(super) fn super_peer(&mut self) {
        const KEY: &str = "overlay.super_peer";
        self.peers::<Sharing>();
        let (demand, clusters) = (self.demand, self.demand.super_peer);
        let files = rounded(clusters.files);
        let peer = super_peer::peer_bytes(rounded(clusters.redundancy), files, rounded(clusters.addresses));
        let peers = ("what peers keep", "peers", KEY);
        self.add(peers, demand.peers, bytes(peer) * SMALL_BLOCKS, &RUN);
        let clients = demand.online * clusters.redundancy / clusters.super_peers;
        let hub = super_peer::hub_bytes(rounded(clients), rounded(clusters.links));
        let hubs = ("what super-peers keep besides", "super-peers", KEY);
        self.add(hubs, clusters.super_peers, bytes(hub) * SMALL_BLOCKS, &RUN);
        let registration = bytes(central::registration_bytes(files)) * SMALL_BLOCKS;
        let registrations = ("clients in indexes", "registrations", KEY);
        self.add(
            registrations,
            demand.online * clusters.redundancy,
            registration,
            &RUN,
        );
        let item = bytes(central::item_bytes(rounded(clusters.sharers))) * SMALL_BLOCKS;
        self.add(("items in indexes", "lists", KEY), clusters.lists, item, &RUN);
        let key = self.queries_key();
        let seen = bytes(gnutella::seen_table_bytes(rounded(clusters.seen))) * SMALL_BLOCKS;
        self.add(
            ("queries seen", "super-peers", key),
            clusters.super_peers,
            seen,
            &RUN,
        );
        let own = bytes(gnutella::seen_table_bytes(rounded(clusters.own))) * SMALL_BLOCKS;
        self.add(("own queries", "peers", key), demand.online, own, &RUN);
        // At the start all clients are let in at once, and send theirs.
        let list = bytes(super_peer::list_bytes(files));
        let lists = ("lists of files in flight", "lists", KEY);
        self.add(lists, demand.online * clusters.redundancy, list, &[Running]);
        let hit = bytes(super_peer::hit_bytes(rounded(clusters.holders)));
        self.add(("hits in flight", "hits", KEY), clusters.hits, hit, &RUN);
        let size = MESSAGE_COPIES * bytes(engine::message_bytes::<Sharing>());
        let in_flight = ("messages in flight", "messages", KEY);
        self.add(in_flight, clusters.in_flight, size, &[Running, Finishing]);
        let event = bytes(engine::event_bytes::<Sharing>());
        let timers = ("timers", "events", KEY);
        self.add(timers, clusters.timers, event, &[Running, Finishing]);
    }
}
