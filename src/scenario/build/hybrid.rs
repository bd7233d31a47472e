//! File sharing over a hybrid of an unstructured overlay and a structured one.

use super::graph;
use super::network;
use super::peers::{self, Cast};
use super::programme;
use super::sharing::{self, Draft, Parts};
use super::structured::{self, Design, small};
use super::{Desk, Frame, HybridSetup, Model, gnutella};
use crate::engine::PeerId;
use crate::overlay::gnutella::Gnutella;
use crate::overlay::hybrid::{GatewaySettings, Hybrid, Policy, Publish, Search, Seat, Settings};
use crate::scenario::schema::{
    self, HybridMembers, HybridPublish, HybridSearch, Rare, StructuredPart, UnstructuredPart,
};
use crate::sharing::FileSharing;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Hybrid) -> Option<Model> {
    let UnstructuredPart::Gnutella(servents) = &overlay.unstructured;
    match &overlay.structured {
        StructuredPart::Chord(chord) => {
            let (setup, frame) = with_gnutella(desk, overlay, servents, &**chord)?;
            Some(Model::GnutellaChord(setup, frame))
        }
        StructuredPart::Kademlia(kademlia) => {
            let (setup, frame) = with_gnutella(desk, overlay, servents, &**kademlia)?;
            Some(Model::GnutellaKademlia(setup, frame))
        }
    }
}

/// A setup of file sharing over a hybrid of Gnutella and a structured overlay, and what is known of it besides.
type Built<R> = (Box<HybridSetup<Gnutella, R>>, Box<Frame>);

/// Service nodes come after the peers: those of the unstructured overlay first, then those of the structured one.
fn with_gnutella<D: Design>(
    desk: &mut Desk<'_>,
    overlay: &schema::Hybrid,
    servents: &schema::Gnutella,
    design: &D,
) -> Option<Built<D::Router>> {
    let (table, _) = overlay.gnutella()?;
    let common = overlay.structured();
    let source = graph::source(desk)?;
    let caches = gnutella::services(servents);
    let services = [caches, &structured::services(&common)].concat();
    let cast = peers::cast(desk, &source, &services, None)?;
    let directory = structured::directory(desk, &common, &cast);
    let draft = sharing::draft(desk, &source, &cast)?;
    let online = cast.plan.online_at_start();
    let graph = graph::graph(desk, source, cast.peers(), &online)?;
    let mut programme = programme::programme(desk, &cast);
    programme.full_shape = programme::full_shape(&programme, &graph, &online);
    let mut nodes: Vec<PeerId> = cast.plan.service_nodes().collect();
    let bootstrap = nodes.split_off(caches.len());
    let caches = nodes;
    let unstructured = gnutella::servents(&graph, &cast, &online, &caches);
    let network = network::underlay(desk, cast.plan.nodes(), &cast.population, graph);
    gnutella::check_strangers(desk, servents);
    let is_member = members(overlay, &cast);
    note_members(desk, overlay, &is_member);
    let seat = |node: PeerId| {
        if bootstrap.contains(&node) {
            Seat::StructuredService
        } else if caches.contains(&node) {
            Seat::UnstructuredService
        } else if is_member[node.index()] {
            Seat::Member
        } else {
            Seat::Guest
        }
    };
    let seats: Vec<Seat> = (0..cast.plan.nodes()).map(|node| seat(PeerId(node))).collect();
    let takes_part: Vec<bool> = seats.iter().map(|seat| seat.has_structured()).collect();
    let unstructured_settings = gnutella::checked_settings(desk, servents, table, caches);
    let network = network?;
    let (structured_settings, structured) =
        structured::nodes(desk, design, &common, directory?, (&cast, &takes_part), &network);
    let parts = unstructured.into_iter().zip(structured).zip(seats);
    let parts = Parts {
        peers: parts
            .map(|((unstructured, structured), seat)| {
                FileSharing::new(Hybrid::new(unstructured, structured, seat))
            })
            .collect(),
        settings: Settings {
            unstructured: unstructured_settings,
            structured: structured_settings,
            policy: policy(overlay, &draft)?,
            gateway: gateway(overlay),
            gateways: bootstrap,
            seed: desk.seed,
        },
        reach: Some(gnutella::reach(servents)),
    };
    sharing::setup(desk, draft, cast, Some(network), programme, parts)
}

/// Which peers are members of the structured overlay.
fn members(overlay: &schema::Hybrid, cast: &Cast) -> Vec<bool> {
    let population = &cast.population;
    let is_member = |peer: PeerId| match &overlay.members {
        HybridMembers::All(_) => true,
        HybridMembers::WellConnected(well) => {
            !population.is_firewalled(peer) && population.up_bps(peer) >= well.uplink_min.bps()
        }
        HybridMembers::Groups(groups) => {
            let group = &cast.groups[usize::from(population.group_of(peer))];
            groups.names.contains(&group.name)
        }
    };
    (0..cast.peers()).map(|peer| is_member(PeerId(peer))).collect()
}

/// Results say who took part in the structured overlay, unless all did.
fn note_members(desk: &mut Desk<'_>, overlay: &schema::Hybrid, is_member: &[bool]) {
    if !matches!(overlay.members, HybridMembers::All(_)) {
        let members = is_member.iter().filter(|is_member| **is_member).count();
        desk.warn(format!(
            "`overlay.hybrid.members`: {members} of {} peers take part in the structured overlay",
            is_member.len()
        ));
    }
}

fn gateway(overlay: &schema::Hybrid) -> Option<GatewaySettings> {
    let gateway = &overlay.gateway;
    match overlay.members {
        HybridMembers::All(_) => None,
        HybridMembers::WellConnected(_) | HybridMembers::Groups(_) => Some(GatewaySettings {
            announce_ns: gateway.announce_every.ns(),
            members_max: small(gateway.members_max),
            timeout_ns: gateway.timeout.ns(),
            patience_ns: gateway.patience.ns(),
            republish_ns: gateway.republish.ns(),
            header_bytes: gateway.header_bytes,
            entry_bytes: gateway.entry_bytes,
        }),
    }
}

fn policy(overlay: &schema::Hybrid, draft: &Draft) -> Option<Policy> {
    let search = match &overlay.search {
        HybridSearch::FloodFirst(first) => Search::FloodFirst {
            wait_ns: first.wait.ns(),
            fewer_than: first.fewer_than,
        },
        HybridSearch::Both(_) => Search::Both,
        HybridSearch::UnstructuredOnly(_) => Search::UnstructuredOnly,
        HybridSearch::StructuredOnly(_) => Search::StructuredOnly,
    };
    let publish = match &overlay.publish {
        HybridPublish::All(_) => Publish::All,
        HybridPublish::Nothing(_) => Publish::Nothing,
        HybridPublish::Rare(Rare::Oracle(rare)) => {
            let replicas_max = rare.replicas_max as usize;
            Publish::Listed(draft.holders()?.map(|holders| holders <= replicas_max).collect())
        }
        HybridPublish::Rare(Rare::SampledHits(rare)) => Publish::SampledHits {
            holders_max: rare.holders_max,
            listen_ns: rare.listen.ns(),
        },
    };
    Some(Policy { search, publish })
}
