//! What a structured overlay has to say for itself: its routing table, its upkeep, and which node is closer to a key.
//!
//! Everything else (lookups, requests and their timeouts, recursion, virtual nodes, sizes charged, books) is the same for all
//! and not the router's business.

use super::caches::Caching;
use super::directory::NodeId;
use super::identifier::Identifier;
use super::judge::Judge;
use super::message::{Content, Guidance, Message};
use super::node::Dht;
use super::service::{Found, Service};
use super::settings::Settings;
use crate::engine::Departure;
use crate::overlay::{Finding, Host};
use std::fmt::Debug;

/// The routing part of a node.
pub trait Router: Sized + Send + Debug + 'static {
    /// Its parameters.
    type Settings: Send + Sync + Debug + 'static;
    /// Requests and answers of its own.
    type Body: Clone + Send + Debug;
    /// What its timers carry.
    type Timer: Copy + Send + Debug;
    /// Why it asked a node or looked a key up.
    type Purpose: Copy + Send + Debug;

    /// Names of the kinds of [`Router::Body`].
    const KINDS: &'static [&'static str];

    /// Whether nodes are told which ones are responsible for a key ([`Guidance::owners`]): otherwise those closest to it are.
    const TELLS_OWNERS: bool;

    /// Position of a body's kind in [`Router::KINDS`].
    fn kind(body: &Self::Body) -> usize;

    /// What a body means, for the digest: equal ones give equal words.
    fn fingerprint(body: &Self::Body) -> u64;

    /// Whether a body answers a request.
    fn is_answer(body: &Self::Body) -> bool;

    /// Size of a message on the wire, bytes.
    fn size_bytes(content: &Content<Self::Body>, settings: &Settings<Self::Settings>) -> u32;

    /// The payload of the datagram that a message would be on a real network, while packets are captured; `None` too where
    /// there is no such network. For observers only.
    fn packet(message: &Message<Self>, settings: &Settings<Self::Settings>) -> Option<Vec<u8>> {
        let _ = (message, settings);
        None
    }

    /// How far a node is from a key, for lookups that approach it: no two nodes are equally far.
    fn distance(key: Identifier, node: Identifier) -> Identifier;

    /// How many of the nodes closest to a key must have answered before its lookup ends.
    fn breadth(settings: &Self::Settings) -> u16;

    /// What the node, which is `me`, tells who looks for a key.
    fn guide(&self, key: Identifier, me: NodeId, settings: &Settings<Self::Settings>) -> Guidance;

    /// How copies of what a key stands for are kept on the way there; `None`: there are none.
    fn caching(settings: &Self::Settings) -> Option<Caching> {
        let _ = settings;
        None
    }

    /// About how many nodes are closer to a key than the node, which is `me`; only where copies are kept on the way.
    fn nodes_between(&self, key: Identifier, me: NodeId, settings: &Settings<Self::Settings>) -> u64 {
        let _ = (key, me, settings);
        unreachable!("there are no copies on the way")
    }

    /// Whether the node answers requests. One that is only on its way into the network may have to keep silent: others would take
    /// it for what it was in its session before.
    fn answers(&self) -> bool {
        true
    }

    /// The node comes online.
    fn join<H: Host<Dht<Self>>>(&mut self, service: &mut Service<'_, Self, H>);

    /// The session ends; after a goodbye, messages sent here still leave.
    fn leave<H: Host<Dht<Self>>>(&mut self, departure: Departure, service: &mut Service<'_, Self, H>);

    /// Has the memory fetched that handling a message is going to need: see [`crate::overlay::Overlay::prefetch`].
    fn prefetch(&self) {}

    /// A node is alive: a message came from it. `says_more`: than just that it is alive.
    fn heard<H: Host<Dht<Self>>>(
        &mut self,
        from: NodeId,
        says_more: bool,
        service: &mut Service<'_, Self, H>,
    );

    /// A request of the router's kind arrived; `ticket` goes with the answer.
    fn receive<H: Host<Dht<Self>>>(
        &mut self,
        from: NodeId,
        ticket: u32,
        body: Self::Body,
        service: &mut Service<'_, Self, H>,
    );

    /// A node answered what the router asked for this purpose.
    fn answered<H: Host<Dht<Self>>>(
        &mut self,
        from: NodeId,
        purpose: Self::Purpose,
        content: Content<Self::Body>,
        service: &mut Service<'_, Self, H>,
    );

    /// A node did not answer: neither the router, which asked for this purpose, nor, without one, a lookup.
    fn unanswered<H: Host<Dht<Self>>>(
        &mut self,
        node: NodeId,
        purpose: Option<Self::Purpose>,
        service: &mut Service<'_, Self, H>,
    );

    /// The node begins to look a key up: for itself, for the workload or for the router.
    fn looks_up<H: Host<Dht<Self>>>(&mut self, key: Identifier, service: &mut Service<'_, Self, H>) {
        let _ = (key, service);
    }

    /// A timer expired.
    fn expire<H: Host<Dht<Self>>>(&mut self, timer: Self::Timer, service: &mut Service<'_, Self, H>);

    /// A lookup of the router's ended: with the nodes responsible, or without.
    fn looked_up<H: Host<Dht<Self>>>(
        &mut self,
        purpose: Self::Purpose,
        found: Option<Found>,
        service: &mut Service<'_, Self, H>,
    );

    /// Whether a node was responsible for a key at some instant from `from_ns` on and until `until_ns`: for observers only.
    fn was_responsible(judge: &Judge<'_>, node: NodeId, key: Identifier, from_ns: u64, until_ns: u64)
    -> bool;

    /// Checks what ought to hold of the network as a whole, always in the same order: for observers only. `online` gives the
    /// routing part of a node whose peer is online.
    fn findings<'n>(
        settings: &Settings<Self::Settings>,
        online: &dyn Fn(NodeId) -> Option<&'n Self>,
    ) -> Vec<Finding>;

    /// Calls `visit` once with every node in the routing table: for observers only.
    fn visit_neighbours(&self, visit: &mut dyn FnMut(NodeId));
}
