//! Checks of meaning: what fits the schema but contradicts itself.
//!
//! Each check looks at what the file says, before defaults that depend on other keys are filled in, and points at the
//! value that should change. Nothing is said about keys that did not fit the schema.

mod actions;
mod content;
pub(crate) mod estimate;
pub(super) mod laws;
mod overlay;
pub(super) mod peers;
mod run;
mod topology;

use super::decode::related;
use super::diagnostics::{Finding, Findings, Severity};
use super::document::Node;
use super::schema::{Scenario, Workload};

/// Runs all checks.
pub(crate) fn check(scenario: &Scenario, root: &Node, spoilt: &[String], findings: &mut Findings) {
    let mut checker = Checker {
        scenario,
        root,
        spoilt,
        findings,
    };
    run::check(&mut checker);
    peers::check(&mut checker);
    topology::check(&mut checker);
    overlay::check(&mut checker);
    content::check(&mut checker);
    actions::check(&mut checker);
}

/// What checks look at, and where they speak.
pub(super) struct Checker<'a> {
    pub(super) scenario: &'a Scenario,
    root: &'a Node,
    spoilt: &'a [String],
    findings: &'a mut Findings,
}

impl Checker<'_> {
    /// Says what is wrong with the value of `key`, unless that or one of the keys it depends on is spoilt.
    pub(super) fn say(&mut self, key: &str, depends_on: &[&str], message: String, label: &str, help: &str) {
        self.finding(key, depends_on, message, label, help, Severity::Input);
    }

    /// The same for what is too large.
    fn limit(&mut self, key: &str, depends_on: &[&str], message: String, label: &str, help: &str) {
        self.finding(key, depends_on, message, label, help, Severity::Limit);
    }

    fn finding(
        &mut self,
        key: &str,
        depends_on: &[&str],
        message: String,
        label: &str,
        help: &str,
        severity: Severity,
    ) {
        let mut keys = depends_on.iter().copied().chain([key]);
        if keys.any(|key| self.spoilt.iter().any(|spoilt| related(spoilt, key))) {
            return;
        }
        self.findings.push(Finding {
            key: key.to_owned(),
            place: self.root.place_of(key),
            message,
            label: label.to_owned(),
            help: if help.is_empty() {
                Vec::new()
            } else {
                vec![help.to_owned()]
            },
            severity,
        });
    }

    /// Whether the file itself has something under a key.
    pub(super) fn written(&self, key: &str) -> bool {
        self.root.has(key)
    }

    /// The number of peers, if the scenario alone says it (and not a file that it names).
    pub(super) fn peers(&self) -> Option<u64> {
        self.scenario.peers_declared()
    }

    /// Whether the workload is bare transfers.
    pub(super) fn is_transfers(&self) -> bool {
        matches!(self.scenario.workload, Some(Workload::Transfers(_)))
    }

    /// Whether the workload is lookups, be it of nodes or of values.
    pub(super) fn is_lookups(&self) -> bool {
        matches!(
            self.scenario.workload,
            Some(Workload::Lookups(_) | Workload::RandomLookups(_) | Workload::Values(_))
        )
    }
}
