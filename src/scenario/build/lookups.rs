//! Who looks up which key, when.

use super::Desk;
use super::graph::Source;
use super::peers::{Cast, peer_of_label};
use super::queries::rates_hz;
use crate::engine::PeerId;
use crate::scenario::schema::Workload;
use crate::scenario::units::Duration;
use crate::sharing::{PlannedLookup, parse_lookups, random_lookups};

/// All lookups of the run, in order of time.
pub(in crate::scenario) fn lookups(
    desk: &mut Desk<'_>,
    source: &Source,
    cast: &Cast,
    bits: u32,
) -> Option<Vec<PlannedLookup>> {
    let scenario = desk.scenario;
    let duration_ns = scenario.duration.ns();
    match &scenario.workload {
        Some(Workload::Lookups(file)) => {
            const KEY: &str = "workload.lookups.path";
            let text = desk.read_text(KEY, &file.path)?;
            let peer = |label: &str| {
                let peer = peer_of_label(source, label.parse().ok()?)?;
                (peer < cast.peers()).then_some(PeerId(peer))
            };
            let lookups = parse_lookups(&text, peer, bits).map_err(|error| format!("{}: {error}", file.path));
            let lookups = desk.take(KEY, lookups)?;
            let late = lookups
                .iter()
                .filter(|lookup| lookup.at_ns >= duration_ns)
                .count();
            if late > 0 {
                desk.warn(format!(
                    "`{KEY}`: lookups at or after the end of the run are not made: {late} of {}",
                    lookups.len()
                ));
            }
            Some(lookups)
        }
        Some(Workload::RandomLookups(random)) => {
            let until_ns = random.until.map_or(duration_ns, Duration::ns);
            let rate = rates_hz(cast, random.rate_per_peer);
            let end_ns = until_ns.min(duration_ns);
            let mut lookups = random_lookups(cast.peers(), rate, &cast.plan, end_ns, bits, desk.seed);
            // Memoryless: leaving out the beginning changes nothing of what follows.
            lookups.retain(|lookup| lookup.at_ns >= random.from.ns());
            Some(lookups)
        }
        _ => Some(Vec::new()),
    }
}
