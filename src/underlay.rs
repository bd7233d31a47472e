//! What carries messages and bytes: latencies, access links, jitter and loss, partitions, flows.
//!
//! An [`Underlay`] answers the engine's questions ([`Network`]) in integer nanoseconds; [`flows::MaxMin`] shares access
//! links among bulk transfers. This room knows peers by number only: nothing of overlays, graphs, content or files
//! (parsers take text), and it keeps no table by pair of peers.

pub mod flows;
pub mod footprint;
pub mod latency;
pub mod links;
pub mod noise;

use crate::engine::network::{Channel, Dispatch, Network, Noise};
use crate::engine::peer::PeerId;
use crate::engine::random::SmallStream;
use latency::Latency;
use links::Links;
use noise::NoiseModel;

/// The network below the overlay: one latency model, access links, noise, and the partition of the moment.
#[derive(Clone, Debug)]
pub struct Underlay {
    latency: Latency,
    links: Links,
    noise: NoiseModel,
    sides: Option<Vec<u8>>,
}

impl Underlay {
    /// A network without partition.
    pub const fn new(latency: Latency, links: Links, noise: NoiseModel) -> Self {
        Self {
            latency,
            links,
            noise,
            sides: None,
        }
    }

    /// The latency model.
    pub const fn latency(&self) -> &Latency {
        &self.latency
    }

    /// The access links.
    pub const fn links(&self) -> &Links {
        &self.links
    }

    /// The noise.
    pub const fn noise_model(&self) -> &NoiseModel {
        &self.noise
    }
}

impl Network for Underlay {
    fn lookahead_ns(&self) -> u64 {
        self.latency.lookahead_ns()
    }

    #[inline]
    fn latency_ns(&self, from: PeerId, to: PeerId) -> u64 {
        self.latency.latency_ns(from, to)
    }

    #[inline]
    fn delay(&self, from: PeerId, guess: u16, dispatches: &mut [Dispatch]) {
        self.latency.delay(from, guess, dispatches);
    }

    #[inline]
    fn prefetch(&self, peer: PeerId) {
        self.links.prefetch(peer);
    }

    #[inline]
    fn prefetch_sender(&self, from: PeerId) {
        match &self.latency {
            Latency::Edges(edges) => edges.prefetch(from),
            Latency::Plane(plane) => plane.prefetch(from),
            Latency::Constant(_) | Latency::Matrix(_) => {}
        }
    }

    #[inline]
    fn prefetch_ways(&self, from: PeerId) {
        if let Latency::Edges(edges) = &self.latency {
            edges.prefetch_ways(from);
        }
    }

    fn has_links(&self) -> bool {
        self.links.any_declared()
    }

    #[inline]
    fn up_bps(&self, peer: PeerId) -> u64 {
        self.links.of(peer).up_bps
    }

    #[inline]
    fn down_bps(&self, peer: PeerId) -> u64 {
        self.links.of(peer).down_bps
    }

    fn has_noise(&self) -> bool {
        self.noise.is_noisy()
    }

    #[inline]
    fn noise(&self, channel: Channel, random: &mut SmallStream) -> Noise {
        self.noise.draw(channel, random)
    }

    fn is_partitioned(&self) -> bool {
        self.sides.is_some()
    }

    #[inline]
    fn side(&self, peer: PeerId) -> u8 {
        self.sides
            .as_ref()
            .and_then(|sides| sides.get(peer.index()))
            .map_or(0, |side| *side)
    }

    /// Peers beyond the table are on side 0.
    fn set_sides(&mut self, sides: Option<Vec<u8>>) {
        self.sides = sides;
    }
}

#[cfg(test)]
mod tests {
    use super::links::AccessLink;
    use super::*;

    #[test]
    fn an_underlay_answers_for_its_parts() {
        let modem = AccessLink {
            up_bps: 33_600,
            down_bps: 56_000,
        };
        let links = Links::classes(vec![AccessLink::INFINITE, modem], vec![0, 1]).unwrap();
        let mut network = Underlay::new(Latency::constant(7).unwrap(), links, NoiseModel::SILENT);
        assert_eq!(
            (network.lookahead_ns(), network.latency_ns(PeerId(0), PeerId(1))),
            (7, 7)
        );
        assert!(network.has_links() && !network.has_noise());
        assert_eq!(
            (network.up_bps(PeerId(1)), network.down_bps(PeerId(1))),
            (33_600, 56_000)
        );
        assert_eq!((network.up_bps(PeerId(0)), network.up_bps(PeerId(9))), (0, 0));
        assert_eq!(network.side(PeerId(1)), 0);
        network.set_sides(Some(vec![0, 3]));
        assert_eq!([0, 1, 2].map(|peer| network.side(PeerId(peer))), [0, 3, 0]);
        network.set_sides(None);
        assert_eq!(network.side(PeerId(1)), 0);
    }
}
