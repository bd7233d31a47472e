//! What a network of super-peers keeps: clusters, registrations, floods.
//!
//! At the start everybody logs in at once, so that as many messages as there are peers are in flight.

use super::SuperPeer;
use crate::engine::footprint as engine;
use crate::overlay::central::footprint as central;
use crate::overlay::gnutella::footprint as gnutella;
use crate::overlay::super_peer::{self, footprint};
use crate::scenario::estimate::Stage::{Finishing, Running};
use crate::scenario::estimate::demand::{Demand, SECOND};
use crate::scenario::estimate::parts::{List, MESSAGE_COPIES, RUN, SMALL_BLOCKS, bytes, rounded};
use crate::sharing::FileSharing;

/// What file sharing over super-peers runs at every peer.
type Sharing = FileSharing<super_peer::SuperPeer>;

/// What a network of super-peers makes.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(in crate::scenario) struct SuperPeerDemand {
    /// Super-peers at a time.
    pub(super) super_peers: f64,
    /// Links of each.
    pub(super) links: f64,
    /// Super-peers of a cluster.
    pub(super) redundancy: f64,
    /// Addresses that a peer remembers.
    pub(super) addresses: f64,
    /// Files that a peer registers.
    pub(super) files: f64,
    /// Items of which an index has a list of sharers, in all indexes together.
    pub(super) lists: f64,
    /// Clients in such a list.
    pub(super) sharers: f64,
    /// Queries that a super-peer remembers.
    pub(super) seen: f64,
    /// Queries of its own that a client remembers.
    pub(super) own: f64,
    /// Messages in flight at a time.
    pub(super) in_flight: f64,
    /// Of them hits, and the holders in each.
    pub(super) hits: f64,
    pub(super) holders: f64,
    /// Timers pending at a time.
    pub(super) timers: f64,
}

/// What goes to and fro in a run of so many seconds.
pub(super) fn demand(overlay: &SuperPeer, demand: &Demand, seconds: f64) -> SuperPeerDemand {
    let redundancy = f64::from(overlay.redundancy);
    // Clusters that were split are half as large.
    let clusters = (1.5 * demand.online / f64::from(overlay.cluster_size())).max(1.0);
    let degree = f64::from(overlay.out_degree_max()).min(clusters - 1.0);
    let latency_s = demand.latency_ns / SECOND;
    // Those who are away are not registered.
    let share_online = (demand.online / demand.peers.max(1.0)).min(1.0);
    let copies = (demand.replicas + demand.downloads) * share_online * redundancy;
    let holding = copies / demand.items.max(1.0);
    // A super-peer sends a query to all its neighbours, and each cluster is reached.
    let flooded = demand.queries_per_s * clusters * degree.max(1.0);
    let keep_alive_s = overlay.keep_alive.ns() as f64 / SECOND;
    let signs_per_s = demand.online * 2.0 * redundancy / keep_alive_s.min(seconds).max(1e-3);
    let expiry_s = 2.0 * (overlay.guid_expiry.ns() as f64 / SECOND).min(seconds);
    let seen = demand.queries.min(demand.queries_per_s * expiry_s);
    let answer_s = overlay.answer_timeout.ns() as f64 / SECOND;
    let found_in = (holding / redundancy).min(clusters);
    SuperPeerDemand {
        super_peers: clusters * redundancy,
        links: degree * redundancy,
        redundancy,
        addresses: f64::from(overlay.known_addresses.min(4 * overlay.addresses_given)),
        files: copies / redundancy / demand.online.max(1.0),
        lists: (demand.items * clusters * redundancy).min(copies),
        sharers: (holding / (clusters * redundancy)).max(1.0),
        seen: seen / redundancy,
        own: seen / demand.online.max(1.0),
        in_flight: demand.online * redundancy + (flooded + signs_per_s) * latency_s,
        hits: demand.queries_per_s * found_in * 3.0 * latency_s,
        holders: (holding / redundancy / clusters).clamp(1.0, f64::from(overlay.answers_max)),
        // To say that it is there, to hear of its super-peers, to be let in.
        timers: demand.online * (1.0 + redundancy * (1.0 + answer_s / keep_alive_s)),
    }
}

/// Lists what super-peers, clients and caches keep.
pub(super) fn list(key: &'static str, list: &mut List<'_>) {
    list.peers::<Sharing>();
    let (demand, clusters) = (list.demand, list.demand.super_peer);
    let files = rounded(clusters.files);
    let peer = footprint::peer_bytes(rounded(clusters.redundancy), files, rounded(clusters.addresses));
    let peers = ("what peers keep", "peers", key);
    list.add(peers, demand.peers, bytes(peer) * SMALL_BLOCKS, &RUN);
    let clients = demand.online * clusters.redundancy / clusters.super_peers;
    let hub = footprint::hub_bytes(rounded(clients), rounded(clusters.links));
    let hubs = ("what super-peers keep besides", "super-peers", key);
    list.add(hubs, clusters.super_peers, bytes(hub) * SMALL_BLOCKS, &RUN);
    let registration = bytes(central::registration_bytes(files)) * SMALL_BLOCKS;
    let registrations = ("clients in indexes", "registrations", key);
    list.add(
        registrations,
        demand.online * clusters.redundancy,
        registration,
        &RUN,
    );
    let item = bytes(central::item_bytes(rounded(clusters.sharers))) * SMALL_BLOCKS;
    list.add(("items in indexes", "lists", key), clusters.lists, item, &RUN);
    let queries = list.queries_key();
    let seen = bytes(gnutella::seen_table_bytes(rounded(clusters.seen))) * SMALL_BLOCKS;
    list.add(
        ("queries seen", "super-peers", queries),
        clusters.super_peers,
        seen,
        &RUN,
    );
    let own = bytes(gnutella::seen_table_bytes(rounded(clusters.own))) * SMALL_BLOCKS;
    list.add(("own queries", "peers", queries), demand.online, own, &RUN);
    // At the start all clients are let in at once, and send theirs.
    let size = bytes(footprint::list_bytes(files));
    let lists = ("lists of files in flight", "lists", key);
    list.add(lists, demand.online * clusters.redundancy, size, &[Running]);
    let hit = bytes(footprint::hit_bytes(rounded(clusters.holders)));
    list.add(("hits in flight", "hits", key), clusters.hits, hit, &RUN);
    let size = MESSAGE_COPIES * bytes(engine::message_bytes::<Sharing>());
    let in_flight = ("messages in flight", "messages", key);
    list.add(in_flight, clusters.in_flight, size, &[Running, Finishing]);
    let event = bytes(engine::event_bytes::<Sharing>());
    let timers = ("timers", "events", key);
    list.add(timers, clusters.timers, event, &[Running, Finishing]);
}
