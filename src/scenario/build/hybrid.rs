//! File sharing over a hybrid of an unstructured overlay and a structured one.

use super::graph;
use super::network;
use super::peers::{self, Cast};
use super::programme;
use super::sharing::{self, Draft, Parts};
use super::structured::{self, Design, small};
use super::{Desk, Frame, HybridSetup, Model};
use crate::engine::PeerId;
use crate::overlay::Overlay;
use crate::overlay::hybrid::{
    GatewaySettings, Hybrid, NeighbourSampling, Policy, Publish, Scheme, Search, Seat, Settings,
};
use crate::scenario::schema::{
    self, HybridMembers, HybridPublish, HybridSearch, Rare, StructuredPart, UnstructuredPart,
};
use crate::scenario::units::Share;
use crate::sharing::FileSharing;
use crate::topology::Graph;

/// What one unstructured overlay has of its own, as the part of a hybrid.
pub(super) trait UnstructuredDesign {
    /// A node's part.
    type Overlay: Overlay + 'static;

    /// The service nodes that it needs.
    fn services(&self) -> Vec<&'static str>;

    /// Their access link.
    fn service_link(&self) -> Option<&schema::Link> {
        None
    }

    /// The parameters of all nodes, and every node's part, those of service nodes last: also of those that are not its own, whose
    /// parts are never used.
    fn nodes(
        &self,
        desk: &mut Desk<'_>,
        start: &Start<'_>,
    ) -> (<Self::Overlay as Overlay>::Settings, Vec<Self::Overlay>);

    /// How far a query goes for which the workload sets nothing, where it goes from peer to peer.
    fn reach(&self) -> Option<u32> {
        None
    }
}

/// What an unstructured overlay begins with.
pub(super) struct Start<'a> {
    /// Everybody.
    pub(super) cast: &'a Cast,
    /// The links of those that are online.
    pub(super) graph: &'a Graph,
    /// Peers that are online.
    pub(super) online: &'a [PeerId],
    /// Its service nodes: the first after the peers.
    pub(super) services: &'a [PeerId],
}

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Hybrid) -> Option<Model> {
    match (&overlay.unstructured, &overlay.structured) {
        (UnstructuredPart::Gnutella(gnutella), StructuredPart::Chord(chord)) => {
            let (setup, frame) = joined(desk, overlay, &**gnutella, &**chord)?;
            Some(Model::GnutellaChord(setup, frame))
        }
        (UnstructuredPart::Gnutella(gnutella), StructuredPart::Kademlia(kademlia)) => {
            let (setup, frame) = joined(desk, overlay, &**gnutella, &**kademlia)?;
            Some(Model::GnutellaKademlia(setup, frame))
        }
        (UnstructuredPart::Central(central), StructuredPart::Chord(chord)) => {
            let (setup, frame) = joined(desk, overlay, &**central, &**chord)?;
            Some(Model::CentralChord(setup, frame))
        }
        (UnstructuredPart::Central(central), StructuredPart::Kademlia(kademlia)) => {
            let (setup, frame) = joined(desk, overlay, &**central, &**kademlia)?;
            Some(Model::CentralKademlia(setup, frame))
        }
        (UnstructuredPart::Tracker(tracker), StructuredPart::Chord(chord)) => {
            let (setup, frame) = joined(desk, overlay, &**tracker, &**chord)?;
            Some(Model::TrackerChord(setup, frame))
        }
        (UnstructuredPart::Tracker(tracker), StructuredPart::Kademlia(kademlia)) => {
            let (setup, frame) = joined(desk, overlay, &**tracker, &**kademlia)?;
            Some(Model::TrackerKademlia(setup, frame))
        }
    }
}

/// A setup of file sharing over a hybrid, and what is known of it besides.
type Built<U, R> = (Box<HybridSetup<U, R>>, Box<Frame>);

/// Service nodes come after the peers: those of the unstructured overlay first, then those of the structured one.
fn joined<U: UnstructuredDesign, D: Design>(
    desk: &mut Desk<'_>,
    overlay: &schema::Hybrid,
    base: &U,
    design: &D,
) -> Option<Built<U::Overlay, D::Router>> {
    let common = overlay.structured();
    let source = graph::source(desk)?;
    let own_services = base.services();
    let services = [own_services.as_slice(), &structured::services(&common)].concat();
    let cast = peers::cast(desk, &source, &services, None)?;
    let directory = structured::directory(desk, &common, &cast);
    let draft = sharing::draft(desk, &source, &cast)?;
    let online = cast.plan.online_at_start();
    let graph = graph::graph(desk, source, cast.peers(), &online)?;
    let mut programme = programme::programme(desk, &cast);
    programme.full_shape = programme::full_shape(&programme, &graph, &online);
    let mut services: Vec<PeerId> = cast.plan.service_nodes().collect();
    let bootstrap = services.split_off(own_services.len());
    let start = Start {
        cast: &cast,
        graph: &graph,
        online: &online,
        services: &services,
    };
    let (unstructured_settings, unstructured) = base.nodes(desk, &start);
    let linked = base.service_link().map(|link| (link, services.len()));
    let network = network::underlay_with(desk, cast.plan.nodes(), &cast.population, linked, graph);
    let is_member = members(overlay, &cast);
    note_members(desk, overlay, &is_member);
    let seat = |node: PeerId| {
        if bootstrap.contains(&node) {
            Seat::StructuredService
        } else if services.contains(&node) {
            Seat::UnstructuredService
        } else if is_member[node.index()] {
            Seat::Member
        } else {
            Seat::Guest
        }
    };
    let seats: Vec<Seat> = (0..cast.plan.nodes()).map(|node| seat(PeerId(node))).collect();
    let takes_part: Vec<bool> = seats.iter().map(|seat| seat.has_structured()).collect();
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
        reach: base.reach(),
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

/// A share in millionths, to the nearest.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to a million"
)]
fn millionths(share: Share) -> u32 {
    (share.get() * 1e6 + 0.5) as u32
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
        HybridSearch::UnstructuredFirst(first) => Search::UnstructuredFirst {
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
        HybridPublish::Rare(Rare::SampledHits(rare)) => Publish::Rare {
            scheme: Scheme::SampledHits {
                holders_max: rare.holders_max,
            },
            listen_ns: rare.listen.ns(),
        },
        HybridPublish::Rare(Rare::TermFrequency(rare)) => Publish::Rare {
            scheme: Scheme::TermFrequency {
                millionths_max: millionths(rare.share_max),
            },
            listen_ns: rare.listen.ns(),
        },
        HybridPublish::Rare(Rare::SampledNeighbours(rare)) => Publish::Rare {
            scheme: Scheme::SampledNeighbours(NeighbourSampling {
                holders_max: rare.holders_max,
                timeout_ns: rare.timeout.ns(),
                header_bytes: rare.header_bytes,
                entry_bytes: rare.entry_bytes,
            }),
            listen_ns: rare.after.ns(),
        },
    };
    Some(Policy { search, publish })
}
