//! Kademlia: lookups alone, or file sharing over it.

use super::structured::{self, Built, Design, small};
use super::{Desk, Model};
use crate::engine::Seed;
use crate::overlay::dht::caches::Caching;
use crate::overlay::dht::{NodeId, settings as dht};
use crate::overlay::kademlia::{Kademlia, Settings, Wire, warm};
use crate::scenario::schema::{self, KademliaWire};
use crate::underlay::Underlay;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Kademlia) -> Option<Model> {
    let common = overlay.structured("overlay.kademlia");
    Some(match structured::build(desk, overlay, &common)? {
        Built::Sharing(setup, frame) => Model::Kademlia(setup, frame),
        Built::Lookups(setup, frame) => Model::KademliaLookups(setup, frame),
    })
}

impl Design for schema::Kademlia {
    type Router = Kademlia;

    fn settings(&self) -> Settings {
        settings(self)
    }

    fn routers(
        &self,
        settings: &dht::Settings<Settings>,
        members: &[NodeId],
        _: &Underlay,
        seed: Seed,
    ) -> Vec<Kademlia> {
        warm(settings, members, seed)
    }
}

fn settings(overlay: &schema::Kademlia) -> Settings {
    let tiny = |number: u32| u8::try_from(number).expect("the scenario bounds counts");
    Settings {
        bucket_contacts: small(overlay.bucket_contacts()),
        replacement_contacts: small(overlay.replacement_contacts()),
        bits_per_level: tiny(overlay.bits_per_level()),
        refresh_ns: overlay.refresh().ns(),
        pings_before_eviction: overlay.pings_before_eviction,
        failures_max: tiny(overlay.failures_max()),
        caching: overlay.caches_on_path().then(|| Caching {
            halving_nodes: small(overlay.cache_halving_nodes()),
        }),
        wire: match overlay.wire() {
            KademliaWire::Krpc(_) => Wire::Krpc,
            KademliaWire::Plain(plain) => Wire::Plain {
                header_bytes: plain.header_bytes,
                entry_bytes: plain.entry_bytes,
            },
        },
        is_captured: false,
    }
}
