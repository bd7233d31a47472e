//! File sharing over a hybrid of an unstructured overlay and a structured one.

use super::graph;
use super::network;
use super::peers;
use super::programme;
use super::sharing::{self, Draft, Parts};
use super::structured::{self, Design};
use super::{Desk, Frame, HybridSetup, Model, gnutella};
use crate::engine::PeerId;
use crate::overlay::gnutella::Gnutella;
use crate::overlay::hybrid::{Hybrid, Policy, Publish, Search, Seat, Settings};
use crate::scenario::schema::{self, HybridPublish, HybridSearch, Rare, StructuredPart, UnstructuredPart};
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
    let seats = (0..cast.plan.nodes()).map(|node| match PeerId(node) {
        node if caches.contains(&node) => Seat::Unstructured,
        node if bootstrap.contains(&node) => Seat::Structured,
        _ => Seat::Both,
    });
    let unstructured_settings = gnutella::checked_settings(desk, servents, table, caches.clone());
    let network = network?;
    let (structured_settings, structured) =
        structured::nodes(desk, design, &common, directory?, (&cast, &bootstrap), &network);
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
            seed: desk.seed,
        },
        reach: Some(gnutella::reach(servents)),
    };
    sharing::setup(desk, draft, cast, Some(network), programme, parts)
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
