//! What structured overlays need, whichever it is: identifiers, bootstrap nodes, who is there at the start.

use super::{IdentifierPlacement, LookupWay, RequestTimeout, Start, Structured, StructuredDesign};
use crate::engine::{PeerId, Setup};
use crate::overlay::dht::directory::DuplicateIdentifier;
use crate::overlay::dht::settings::{
    JoinWay, KeywordSettings, LookupSettings, Settings, StorageSettings, Timeout, Way,
};
use crate::overlay::dht::{Dht, Directory, Identifier, NodeId, Router};
use crate::scenario::build::graph::{self, Source};
use crate::scenario::build::lookups;
use crate::scenario::build::network;
use crate::scenario::build::peers::{self, Cast};
use crate::scenario::build::programme;
use crate::scenario::build::sharing::{self, Parts};
use crate::scenario::build::values;
use crate::scenario::build::{Desk, Frame, UnderlaySetup, small};
use crate::scenario::overlays::OverlayTable as _;
use crate::scenario::schema::{KeywordJoin, Keywords, Scenario};
use crate::sharing::{BareLookups, FileSharing, LookupsWorld};
use crate::underlay::Underlay;

/// A setup over a structured overlay.
pub(in crate::scenario::overlays) enum Built<R: Router> {
    /// File sharing: there is content.
    Sharing(Box<UnderlaySetup<FileSharing<Dht<R>>>>, Box<Frame>),
    /// Lookups alone, or values.
    Lookups(Box<UnderlaySetup<BareLookups<R>>>, Box<Frame>),
}

/// The parameters of all nodes of a structured overlay, and every peer's part in it, those of service nodes last.
pub(in crate::scenario::overlays) type Nodes<R> = (Settings<<R as Router>::Settings>, Vec<Dht<R>>);

/// Everybody's part in the overlay; `takes_part` says whose part, service nodes' included, is ever used.
pub(in crate::scenario::overlays) fn nodes<D: StructuredDesign>(
    desk: &mut Desk<'_>,
    design: &D,
    overlay: &Structured<'_>,
    directory: Directory,
    (cast, takes_part): (&Cast, &[bool]),
    network: &Underlay,
) -> Nodes<D::Router> {
    let members = members(overlay, &directory, cast, takes_part);
    note_start(desk, overlay, members.len());
    let settings = Settings {
        bootstrap: cast
            .plan
            .service_nodes()
            .filter(|peer| takes_part[peer.index()])
            .flat_map(|peer| nodes_of(&directory, peer))
            .collect(),
        directory,
        lookup: lookup_settings(overlay),
        storage: storage_settings(overlay, desk.scenario),
        router: design.settings(),
    };
    let mut routers = design
        .routers(&settings, &members, network, desk.seed)
        .into_iter();
    let nodes_per_peer = overlay.nodes_per_peer as usize;
    let parts = (0..cast.plan.nodes()).map(|_| Dht::new(routers.by_ref().take(nodes_per_peer)));
    let parts = parts.collect();
    (settings, parts)
}

/// Builds it.
pub(in crate::scenario::overlays) fn build<D: StructuredDesign>(
    desk: &mut Desk<'_>,
    design: &D,
    key: &'static str,
) -> Option<Built<D::Router>> {
    let overlay = &design.common(key);
    // Where content is found by lookups, nobody makes them for their own sake.
    let has_content = desk.scenario.content.is_some();
    let source = graph::source(desk)?;
    let cast = peers::cast(desk, &source, &design.services(), None)?;
    let directory = directory(desk, overlay, &cast);
    let draft = has_content.then(|| sharing::draft(desk, &source, &cast));
    let lookups = (!has_content).then(|| lookups::lookups(desk, &source, &cast, overlay.bits()));
    let values = values::plan(desk, &cast, overlay.bits());
    let network = underlay(desk, source, &cast);
    let (directory, network) = (directory?, network?);
    let everybody = vec![true; cast.plan.nodes() as usize];
    let (settings, parts) = nodes(desk, design, overlay, directory, (&cast, &everybody), &network);
    let programme = programme::programme(desk, &cast);
    if let Some(draft) = draft {
        let parts = Parts {
            peers: parts.into_iter().map(FileSharing::new).collect(),
            settings,
            reach: None,
        };
        let (setup, frame) = sharing::setup(desk, draft?, cast, Some(network), programme, parts)?;
        return Some(Built::Sharing(setup, frame));
    }
    let (lookups, values) = (lookups??, values?);
    let mut programme = programme;
    if let Some(plan) = &values {
        programme.inquiries = programme::read_inquiries(desk, plan);
    }
    let world = LookupsWorld {
        overlay: settings,
        lookups,
        values,
    };
    let setup = Setup {
        peers: parts.into_iter().map(BareLookups::new).collect(),
        commands: world.tasks(),
        world,
        network,
        flows: None,
        sessions: cast.plan,
        seed: desk.seed,
        duration_ns: desk.scenario.duration.ns(),
    };
    let frame = desk.frame(cast.roll, programme, None);
    Some(Built::Lookups(Box::new(setup), Box::new(frame)))
}

/// The underlay: structured overlays make their own links, so that there is no graph.
fn underlay(desk: &mut Desk<'_>, source: Source, cast: &Cast) -> Option<Underlay> {
    let online = cast.plan.online_at_start();
    let graph = graph::graph(desk, source, cast.peers(), &online)?;
    network::underlay(desk, cast.plan.nodes(), &cast.population, graph)
}

/// Who has which identifier.
pub(in crate::scenario::overlays) fn directory(
    desk: &mut Desk<'_>,
    overlay: &Structured<'_>,
    cast: &Cast,
) -> Option<Directory> {
    let (bits, per_peer) = (overlay.bits(), overlay.nodes_per_peer);
    let key = format!("{}.identifiers.bits", overlay.key);
    let Some(nodes) = cast.plan.nodes().checked_mul(per_peer) else {
        let peers = cast.plan.nodes();
        desk.fail(
            format!("{}.nodes_per_peer", overlay.key),
            format!("{per_peer} nodes for each of {peers} peers are more than the 4294967295 there may be"),
        );
        return None;
    };
    if u64::from(nodes) > 1_u64.checked_shl(bits).unwrap_or(u64::MAX) {
        desk.fail(
            key,
            format!(
                "{bits} bits make fewer identifiers than there are nodes ({nodes}): raise `identifiers.bits`"
            ),
        );
        return None;
    }
    let identifier = |number: u32| match overlay.identifiers.placement {
        IdentifierPlacement::Sha1 => Identifier::hashed(format!("node {number}").as_bytes(), bits),
        IdentifierPlacement::Even => Identifier::of_fraction(number, nodes, bits),
    };
    match Directory::new(bits, per_peer, (0..nodes).map(identifier).collect()) {
        Ok(directory) => Some(directory),
        Err(DuplicateIdentifier(one, other)) => {
            let name = |node: u32| {
                let peer = node / per_peer;
                let label = cast.roll.labels[peer as usize];
                let what = if peer < cast.peers() {
                    "peer"
                } else {
                    "bootstrap node"
                };
                match per_peer {
                    1 => format!("{what} {label}"),
                    _ => format!("node {} of {what} {label}", node % per_peer),
                }
            };
            desk.fail(
                key,
                format!(
                    "{} and {} have the same identifier of {bits} bits: raise `identifiers.bits`",
                    name(one),
                    name(other)
                ),
            );
            None
        }
    }
}

/// Nodes of a peer.
fn nodes_of(directory: &Directory, peer: PeerId) -> impl Iterator<Item = NodeId> + use<> {
    let first = directory.first_node_of(peer).0;
    (first..first + directory.nodes_per_peer()).map(NodeId)
}

/// Nodes that know each other at the start, in order of identifiers.
fn members(overlay: &Structured<'_>, directory: &Directory, cast: &Cast, takes_part: &[bool]) -> Vec<NodeId> {
    let mut is_member = vec![false; cast.plan.nodes() as usize];
    if overlay.start == Start::Warm {
        for peer in cast.plan.online_at_start() {
            is_member[peer.index()] = true;
        }
    }
    for peer in cast.plan.service_nodes() {
        is_member[peer.index()] = true;
    }
    let order = directory.order().iter().copied();
    order
        .filter(|node| {
            let peer = directory.peer_of(*node).index();
            is_member[peer] && takes_part[peer]
        })
        .collect()
}

/// Results say whether the network was built or grown.
fn note_start(desk: &mut Desk<'_>, overlay: &Structured<'_>, members: usize) {
    let key = overlay.key;
    desk.warn(match overlay.start {
        Start::Warm => format!(
            "`{key}.start` is \"warm\": the tables of the {members} nodes that are online at time 0 were built, not grown"
        ),
        Start::Organic => format!(
            "`{key}.start` is \"organic\": at time 0 only the {members} bootstrap nodes know each other"
        ),
    });
}

fn lookup_settings(overlay: &Structured<'_>) -> LookupSettings {
    let lookup = overlay.lookup;
    LookupSettings {
        way: match lookup.way {
            LookupWay::Iterative => Way::Iterative,
            LookupWay::SemiRecursive => Way::SemiRecursive,
            LookupWay::FullRecursive => Way::FullRecursive,
        },
        alpha: small(overlay.alpha()),
        paths: small(lookup.paths),
        timeout: match &lookup.timeout {
            RequestTimeout::Fixed(fixed) => Timeout::Fixed {
                after_ns: fixed.after.ns(),
            },
            RequestTimeout::Measured(measured) => Timeout::Measured {
                initial_ns: measured.initial.ns(),
                min_ns: measured.min.ns(),
                max_ns: measured.max.ns(),
            },
        },
        resends: lookup.resends,
        restarts: lookup.restarts,
        give_up_ns: overlay.give_up().ns(),
    }
}

fn storage_settings(overlay: &Structured<'_>, scenario: &Scenario) -> StorageSettings {
    StorageSettings {
        replicas: small(overlay.replicas()),
        republish_ns: overlay.republish().ns(),
        replicate_ns: overlay.replicate().ns(),
        expiry_ns: overlay.expiry().ns(),
        publishes_at_once: small(overlay.storage.publishes_at_once),
        holders_max: small(overlay.storage.holders_max),
        stops_at_value: overlay.storage.stops_at_value,
        asks_for_token: overlay.asks_for_token(),
        value_bytes: values::value_bytes(scenario),
        keywords: overlay
            .keywords
            .map(|keywords| keyword_settings(overlay, keywords, scenario)),
    }
}

fn keyword_settings(overlay: &Structured<'_>, keywords: &Keywords, scenario: &Scenario) -> KeywordSettings {
    let content = scenario.content.as_ref();
    let name_bytes = content.map_or(0, |content| content.name_bytes);
    let (join, whole_name_bytes) = match &keywords.join {
        KeywordJoin::Origin(lists) => {
            let postings_max = lists.postings_max;
            (JoinWay::Origin { postings_max }, 0)
        }
        KeywordJoin::Chain(_) => (JoinWay::Chain, 0),
        KeywordJoin::Bloom(filters) => {
            let bits_per_item = small(filters.bits_per_item);
            (JoinWay::Bloom { bits_per_item }, 0)
        }
        KeywordJoin::Cached(lists) => {
            let postings_max = lists.postings_max;
            (JoinWay::Cached { postings_max }, name_bytes)
        }
    };
    KeywordSettings {
        join,
        republish_ns: overlay.keyword_republish(keywords).ns(),
        expiry_ns: overlay.keyword_expiry(keywords).ns(),
        posting_bytes: keywords.posting_bytes + whole_name_bytes,
        text_bytes: content.map_or(0, |content| content.query_text_bytes),
    }
}
