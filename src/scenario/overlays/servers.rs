//! What overlays with servers have in common: servers beside the peers, what is in flight, timers.

use crate::engine::Protocol;
use crate::engine::footprint as engine;
use crate::scenario::estimate::Stage::{Finishing, Running};
use crate::scenario::estimate::demand::Demand;
use crate::scenario::estimate::parts::{List, MESSAGE_COPIES, bytes};

/// What an overlay with servers makes.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(in crate::scenario) struct ServersDemand {
    /// Messages in flight at a time.
    pub(super) in_flight: f64,
    /// Timers pending at a time.
    pub(super) timers: f64,
    /// Queries of a client that are not answered yet, at least one.
    pub(super) searches: f64,
    /// Files that a client registers.
    pub(super) files: f64,
    /// Items of which an index has a list of sharers, in all indexes together.
    pub(super) lists: f64,
    /// Clients in such a list.
    pub(super) sharers: f64,
    /// Holders in an answer.
    pub(super) holders: f64,
}

/// Adds servers to the peers, each of whom has one to turn to.
pub(super) fn count(servers: u32, demand: &mut Demand) {
    demand.peers += f64::from(servers);
    demand.online += f64::from(servers);
    demand.degree = 1.0;
}

/// Lists messages and timers of peers whose program is `P`.
pub(super) fn list_service<P: Protocol>(key: &'static str, list: &mut List<'_>) {
    let servers = list.demand.servers;
    let size = MESSAGE_COPIES * bytes(engine::message_bytes::<P>());
    let in_flight = ("messages in flight", "messages", key);
    list.add(in_flight, servers.in_flight, size, &[Running, Finishing]);
    let event = bytes(engine::event_bytes::<P>());
    let timers = ("timers", "events", key);
    list.add(timers, servers.timers, event, &[Running, Finishing]);
}
