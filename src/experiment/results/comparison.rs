//! What sweeps and comparisons measure of a run, and what it found before it.

use super::Results;
use crate::engine::digest::Channel;
use crate::experiment::compared;
use crate::experiment::distribution::{self, Flash};
use crate::experiment::measures::measure;
use crate::experiment::survived;
use crate::records::{Measure, Measured, Measures, World};
use crate::scenario::Scenario;

impl Results {
    /// What a sweep measures of a run of lookups, which are given up after `give_up_ns`.
    pub fn measures(&self, give_up_ns: u64) -> Measures {
        let lookups = self.activity.lookups.as_deref().unwrap_or_default();
        measure(
            lookups,
            &self.peers,
            self.frame.warm_up_ns,
            give_up_ns,
            self.warm_up,
        )
    }

    /// What a comparison measures of the run.
    pub fn compared(&self) -> Measured {
        self.compared_from(self.frame.warm_up_ns)
    }

    /// What a comparison measures of a run that is attacked at an instant: what was issued or started then or later.
    pub fn survived(&self, at_ns: u64) -> Measured {
        let mut measured = self.compared_from(at_ns);
        let queries = self.activity.queries.as_deref().unwrap_or_default();
        let success = |from_ns, to_ns| survived::success(queries, from_ns, to_ns);
        let middle_ns = at_ns + (self.duration_ns - at_ns) / 2;
        measured.set(Measure::SuccessBefore, success(self.frame.warm_up_ns, at_ns));
        measured.set(Measure::SuccessLate, success(middle_ns, self.duration_ns));
        survived::shape(&self.series, at_ns, &mut measured);
        measured
    }

    /// How everybody fetched the only file that there is, if there is but one and anybody did.
    pub(in crate::experiment) fn flash(&self, scenario: &Scenario) -> Option<Flash> {
        let (bytes, holders) = self.contents.only.as_ref()?;
        let tables = distribution::Tables {
            queries: self.activity.queries.as_deref()?,
            downloads: self.activity.downloads.as_deref()?,
            peers: &self.peers[..self.frame.roll.peers],
        };
        Flash::of(scenario, *bytes, holders, tables)
    }

    fn compared_from(&self, from_ns: u64) -> Measured {
        let (peers, servers) = self.peers.split_at(self.frame.roll.peers);
        let run = compared::Run {
            metrics: &self.metrics_from(from_ns),
            queries: self.activity.queries.as_deref().unwrap_or_default(),
            downloads: self.activity.downloads.as_deref().unwrap_or_default(),
            peers,
            servers,
            warm_up_ns: from_ns,
            items: self.contents.items,
        };
        run.measure()
    }

    /// What the run found before it, in which runs that are compared must be equal.
    pub fn world(&self) -> World {
        let activity = &self.activity;
        let mut workload = Channel::default();
        for row in activity.queries.iter().flatten() {
            workload.add_four(row.query, row.issued_ns, row.origin, row.item);
        }
        for row in activity.lookups.iter().flatten() {
            workload.add_four(row.lookup, row.issued_ns, row.origin, row.key.word());
        }
        for row in activity.values.iter().flatten() {
            workload.add_four(row.read, row.issued_ns, row.origin, row.key.word());
        }
        for row in activity.writes.iter().flatten() {
            workload.add_four(row.write, row.issued_ns, row.origin, row.key.word());
        }
        World {
            population: compared::population(&self.peers[..self.frame.roll.peers]),
            content: self.contents.digest,
            workload,
        }
    }
}
