//! The truth about a value when it is read: how many peers keep it. No protocol can see it.

use super::bare_lookups::BareLookups;
use super::truth::{Oracle, Truth};
use crate::engine::{PeerId, Stage};
use crate::overlay::ItemId;
use crate::overlay::dht::Router;

/// The oracle of runs of values: it asks everybody, service nodes too. Its items are values, by number; nothing that it
/// tells has to do with hops.
#[derive(Clone, Copy, Debug)]
pub struct Keepers;

impl<R: Router> Oracle<BareLookups<R>> for Keepers {
    fn tell(&mut self, stage: &mut dyn Stage<BareLookups<R>>, _: PeerId, item: ItemId, _: u32) -> Truth {
        let now_ns = stage.now_ns();
        let values = stage.world().values.as_ref();
        let Some(value) = values.and_then(|plan| plan.values.get(item.0 as usize)) else {
            return Truth::default();
        };
        let key = value.key;
        let keepers = (0..stage.peers()).map(PeerId::at).filter(|peer| {
            let is_online = stage.online(*peer).is_some();
            is_online && stage.peer(*peer).overlay().keeps_value(key, now_ns)
        });
        let live_replicas = keepers.count() as u64;
        Truth {
            live_replicas,
            ..Truth::default()
        }
    }
}
