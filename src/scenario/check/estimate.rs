//! Whether a run fits into the memory that it may use, as far as the scenario alone says.

use crate::scenario::diagnostics::{Finding, Findings, Severity};
use crate::scenario::document::Node;
use crate::scenario::estimate::{Estimate, Inputs, Limit};
use crate::scenario::schema::Scenario;

/// Refuses a scenario that needs more than `limit`, or else its own.
pub(crate) fn check(scenario: &Scenario, limit: Option<Limit>, root: &Node, findings: &mut Findings) {
    let Some(limit) = limit.or(scenario.limits.memory.map(Limit::Declared)) else {
        return;
    };
    let Some(excess) = Estimate::of(scenario, &Inputs::default()).excess(limit) else {
        return;
    };
    findings.push(Finding {
        key: excess.key.to_owned(),
        place: root.place_of(excess.key),
        message: excess.message,
        label: excess.label,
        help: vec![excess.help.to_owned()],
        severity: Severity::Limit,
    });
}
