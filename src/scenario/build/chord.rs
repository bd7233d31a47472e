//! Chord: lookups alone, or file sharing over it.

use super::structured::{self, Built, Design, small};
use super::{Desk, Model};
use crate::engine::{Network as _, Seed};
use crate::overlay::chord::settings::{FingerOrder, Interval, Maintenance};
use crate::overlay::chord::{Chord, Settings, warm};
use crate::overlay::dht::{NodeId, settings as dht};
use crate::scenario::schema::{self, ChordMaintenance, TimeRange};
use crate::underlay::Underlay;

/// Builds it.
pub(super) fn build(desk: &mut Desk<'_>, overlay: &schema::Chord) -> Option<Model> {
    let common = overlay.structured("overlay.chord");
    Some(match structured::build(desk, overlay, &common)? {
        Built::Sharing(setup, frame) => Model::Chord(setup, frame),
        Built::Lookups(setup, frame) => Model::ChordLookups(setup, frame),
    })
}

impl Design for schema::Chord {
    type Router = Chord;

    fn settings(&self) -> Settings {
        settings(self)
    }

    fn routers(
        &self,
        settings: &dht::Settings<Settings>,
        members: &[NodeId],
        network: &Underlay,
        _: Seed,
    ) -> Vec<Chord> {
        let directory = &settings.directory;
        warm::converged(settings, members, |from, to| {
            let (from, to) = (directory.peer_of(from), directory.peer_of(to));
            if from == to {
                0
            } else {
                network.latency_ns(from, to)
            }
        })
    }
}

fn settings(overlay: &schema::Chord) -> Settings {
    Settings {
        successors: small(overlay.successors),
        maintenance: match overlay.maintenance {
            ChordMaintenance::Corrected => Maintenance::Corrected,
            ChordMaintenance::Original => Maintenance::Original,
        },
        stabilize: interval(&overlay.stabilize),
        fix_fingers: interval(&overlay.fix_fingers),
        check_predecessor: interval(&overlay.check_predecessor),
        join_retry_ns: overlay.join_retry.ns(),
        finger_choices: small(overlay.finger_choices),
        finger_order: match overlay.finger_order {
            schema::FingerOrder::InTurn => FingerOrder::InTurn,
            schema::FingerOrder::Random => FingerOrder::Random,
        },
        drops_silent: overlay.drops_silent,
        header_bytes: overlay.header_bytes,
        entry_bytes: overlay.entry_bytes,
    }
}

fn interval(range: &TimeRange) -> Interval {
    Interval {
        min_ns: range.min.ns(),
        max_ns: range.max.ns(),
    }
}
