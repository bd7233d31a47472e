//! Peers and what they remember: state, neighbours, tables, messages, timers.

use super::{HELD, List, MESSAGE_COPIES, RUN, SMALL_BLOCKS, around, bytes, rounded};
use crate::engine::Protocol;
use crate::engine::footprint as engine;
use crate::overlay::gnutella::footprint as gnutella;
use crate::population::footprint as population;
use crate::scenario::estimate::Stage::{self, Finishing, Running, Tabulating};
use crate::scenario::schema::{Gnutella, Maintenance, Overlay, Search, Workload};
use crate::sharing::footprint as sharing;

/// What plan, library and lists of names keep of a peer.
pub(super) fn plan_bytes() -> usize {
    population::peer_bytes() + sharing::peer_bytes() + size_of::<u64>() + size_of::<u16>()
}

impl List<'_> {
    /// The key that says how many peers there are.
    pub(super) fn peers_key(&self) -> &'static str {
        let (peers, has_topology) = (&self.scenario.peers, self.scenario.topology.is_some());
        if peers.count.is_some() {
            "peers.count"
        } else if peers.file.is_some() {
            "peers.file.path"
        } else if has_topology {
            "topology"
        } else if matches!(self.scenario.workload, Some(Workload::Transfers(_))) {
            "workload.transfers.path"
        } else {
            "peers"
        }
    }

    /// The key that says how many queries there are.
    pub(super) fn queries_key(&self) -> &'static str {
        match &self.scenario.workload {
            Some(Workload::Poisson(_)) => "workload.poisson.rate_per_peer",
            Some(Workload::FlashCrowd(_)) => "workload.flash_crowd",
            Some(Workload::File(_)) => "workload.file.path",
            Some(Workload::Lookups(_)) => "workload.lookups.path",
            Some(Workload::RandomLookups(_)) => "workload.random_lookups.rate_per_peer",
            Some(Workload::Values(_)) => "workload.values.reads_per_peer",
            Some(Workload::Transfers(_)) | None => "workload",
        }
    }

    /// The key that says how many links there are.
    pub(super) fn links_key(&self) -> &'static str {
        match &self.scenario.overlay {
            _ if self.scenario.topology.is_some() => "topology",
            Some(Overlay::Gnutella(_)) | None => "overlay.gnutella.degree",
            Some(_) => "overlay",
        }
    }

    /// Programs, seats, and what is known of peers beforehand.
    pub(super) fn peers<P: Protocol>(&mut self) {
        let (key, peers) = (self.peers_key(), self.demand.peers);
        let mut add =
            |name, size, stages: &[Stage]| self.add((name, "peers", key), peers, bytes(size), stages);
        add("peers: names, groups, traits", plan_bytes(), &Stage::ALL);
        add("peers: programs and seats", engine::resident_bytes::<P>(), &HELD);
        add(
            "peers: when they are online",
            engine::presence_bytes(),
            &[Running, Finishing],
        );
        add(
            "peers: books as they are left",
            engine::outcome_bytes(),
            &[Finishing, Tabulating],
        );
        // A beginning and an end; those who are there from the start to the end need neither.
        let planned = if self.demand.has_churn { 2.0 } else { 0.0 };
        let size = bytes(engine::event_bytes::<P>());
        self.add(
            ("planned sessions", "events", key),
            planned * peers,
            size,
            &[Running, Finishing],
        );
        if self.scenario.underlay.jitter.is_some() || self.scenario.underlay.loss.get() > 0.0 {
            let size = bytes(engine::noise_bytes(rounded(self.demand.degree)));
            self.add(("noise", "peers", "underlay"), peers, size, &[Running, Finishing]);
        }
    }

    /// What servents whose program is `P` keep beside their own structs; `table` is the overlay's key.
    pub(super) fn servents<P: Protocol>(&mut self, overlay: &Gnutella, table: &'static str) {
        self.links(overlay);
        let (demand, event) = (self.demand, bytes(engine::event_bytes::<P>()));
        let (online, traffic) = (demand.online, &demand.traffic);
        // In a hybrid the whole table is named: its keys are too many to be told one by one.
        let key_of = |key| {
            if matches!(self.scenario.overlay, Some(Overlay::Gnutella(_))) {
                key
            } else {
                table
            }
        };
        let search = key_of(match overlay.search {
            Search::Flood(_) => "overlay.gnutella.search.flood",
            Search::Walk(_) => "overlay.gnutella.search.walk",
        });
        let (known_addresses, ping) = (
            key_of("overlay.gnutella.known_addresses"),
            key_of("overlay.gnutella.ping"),
        );
        let deviation = (traffic.seen * (1.0 - traffic.reached / online).max(0.0)).sqrt();
        // Kept by all who look after their links, and by others once they remember a past generation.
        let aside = match overlay.maintenance {
            Maintenance::Full => 1.0,
            Maintenance::None => (traffic.generations - 1.0).max(0.0),
        };
        // Walks bring queries in any order.
        let in_order = matches!(overlay.search, Search::Flood(_));
        let seen_bytes = |entries: usize| gnutella::seen_queries_bytes(entries, in_order);
        let seen = around(traffic.seen, deviation, seen_bytes) * traffic.generations.max(1.0)
            + bytes(gnutella::aside_bytes()) * aside;
        self.add(
            ("queries seen", "peers", self.queries_key()),
            online,
            seen * SMALL_BLOCKS,
            &RUN,
        );
        let in_flight = ("messages in flight", "messages", search);
        self.add(
            in_flight,
            traffic.in_flight,
            MESSAGE_COPIES * bytes(engine::message_bytes::<P>()),
            &[Running, Finishing],
        );
        self.add(
            ("hits in flight", "hits", search),
            traffic.hits,
            bytes(gnutella::hit_bytes()),
            &RUN,
        );
        let walks = bytes(gnutella::walks_bytes()) * SMALL_BLOCKS;
        self.add(
            ("walkers waiting", "peers", search),
            traffic.waited_at,
            walks,
            &RUN,
        );
        if overlay.maintenance == Maintenance::None {
            return;
        }
        // Addresses outlast sessions.
        let upkeep = bytes(gnutella::upkeep_bytes(rounded(demand.addresses))) * SMALL_BLOCKS;
        let addresses = ("addresses", "peers", known_addresses);
        self.add(addresses, demand.peers, upkeep, &RUN);
        let pings = around(
            demand.pings_seen,
            demand.pings_seen.sqrt(),
            gnutella::seen_pings_bytes,
        );
        let pings = pings * traffic.generations * SMALL_BLOCKS;
        self.add(("pings seen", "peers", ping), online, pings, &RUN);
        // To watch, to ping, to ask a host cache.
        self.add(
            ("timers", "events", table),
            3.0 * online,
            event,
            &[Running, Finishing],
        );
    }

    fn links(&mut self, overlay: &Gnutella) {
        let (demand, key) = (self.demand, self.links_key());
        let (degree, deviation) = (demand.degree, demand.degree_deviation);
        let size = around(degree, deviation, gnutella::links_bytes);
        self.add(("neighbours", "peers", key), demand.online, size, &HELD);
        if overlay.maintenance == Maintenance::Full {
            let size = around(degree, deviation, gnutella::ledger_bytes) * SMALL_BLOCKS;
            self.add(
                ("what is known of neighbours", "peers", key),
                demand.online,
                size,
                &RUN,
            );
        }
    }
}
