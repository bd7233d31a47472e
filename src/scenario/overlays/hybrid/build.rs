//! File sharing over a hybrid of an unstructured overlay and a structured one.

use super::{HybridMembers, HybridPublish, HybridSearch, Rare, StructuredPart, UnstructuredPart};
use crate::engine::PeerId;
use crate::overlay::chord::Chord;
use crate::overlay::hybrid::{
    GatewaySettings, Hybrid, NeighbourSampling, Policy, Publish, Scheme, Search, Seat, Settings,
};
use crate::overlay::kademlia::Kademlia;
use crate::scenario::build::graph;
use crate::scenario::build::network;
use crate::scenario::build::peers::{self, Cast};
use crate::scenario::build::programme;
use crate::scenario::build::sharing::{self, Draft, Parts};
use crate::scenario::build::{Desk, Frame, HybridSetup, Model, small};
use crate::scenario::overlays::OverlayTable as _;
use crate::scenario::overlays::structured::{self, StructuredDesign};
use crate::scenario::overlays::unstructured::{Start, UnstructuredDesign};
use crate::scenario::schema;
use crate::scenario::units::Share;
use crate::sharing::FileSharing;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Hybrid) -> Option<Model> {
    match &overlay.unstructured {
        UnstructuredPart::Gnutella(gnutella) => {
            let models = (Model::GnutellaChord as _, Model::GnutellaKademlia as _);
            with_base(desk, overlay, &**gnutella, models)
        }
        UnstructuredPart::Central(central) => {
            let models = (Model::CentralChord as _, Model::CentralKademlia as _);
            with_base(desk, overlay, &**central, models)
        }
        UnstructuredPart::Tracker(tracker) => {
            let models = (Model::TrackerChord as _, Model::TrackerKademlia as _);
            with_base(desk, overlay, &**tracker, models)
        }
    }
}

/// What makes a model of a hybrid's setup.
type IntoModel<U, R> = fn(Box<HybridSetup<U, R>>, Box<Frame>) -> Model;

/// Builds it over an unstructured overlay; `models` are those with Chord and with Kademlia.
fn with_base<U: UnstructuredDesign>(
    desk: &mut Desk<'_>,
    overlay: &schema::Hybrid,
    base: &U,
    models: (IntoModel<U::Overlay, Chord>, IntoModel<U::Overlay, Kademlia>),
) -> Option<Model> {
    match &overlay.structured {
        StructuredPart::Chord(chord) => {
            joined(desk, overlay, base, &**chord).map(|(setup, frame)| (models.0)(setup, frame))
        }
        StructuredPart::Kademlia(kademlia) => {
            joined(desk, overlay, base, &**kademlia).map(|(setup, frame)| (models.1)(setup, frame))
        }
    }
}

/// A setup of file sharing over a hybrid, and what is known of it besides.
type Built<U, R> = (Box<HybridSetup<U, R>>, Box<Frame>);

/// Service nodes come after the peers: those of the unstructured overlay first, then those of the structured one.
fn joined<U: UnstructuredDesign, D: StructuredDesign>(
    desk: &mut Desk<'_>,
    overlay: &schema::Hybrid,
    base: &U,
    design: &D,
) -> Option<Built<U::Overlay, D::Router>> {
    let common = design.common(overlay.structured.table().0);
    let source = graph::source(desk)?;
    let cast = peers::cast(desk, &source, &overlay.services(), None)?;
    let directory = structured::directory(desk, &common, &cast);
    let draft = sharing::draft(desk, &source, &cast)?;
    let online = cast.plan.online_at_start();
    let graph = graph::graph(desk, source, cast.peers(), &online)?;
    let mut programme = programme::programme(desk, &cast);
    programme.full_shape = programme::full_shape(&programme, &graph, &online);
    let mut services: Vec<PeerId> = cast.plan.service_nodes().collect();
    let bootstrap = services.split_off(base.services().len());
    let start = Start {
        table: overlay.unstructured.table().0,
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
