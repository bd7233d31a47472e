//! Who writes and reads which value, when.

use super::Desk;
use super::content::popularity_law;
use super::peers::Cast;
use super::queries::rates_hz;
use crate::engine::time::SECOND_NS;
use crate::scenario::schema::{Scenario, Workload};
use crate::scenario::units::Duration;
use crate::sharing::{Popularity, ValueLaw, ValuePlan, value_plan};

/// The values of the run, if its workload is values; the outer `None`: they cannot be planned.
#[expect(clippy::option_option, reason = "a plan that there is none is no failure")]
pub(in crate::scenario) fn plan(desk: &mut Desk<'_>, cast: &Cast, width: u32) -> Option<Option<ValuePlan>> {
    let scenario = desk.scenario;
    let Some(Workload::Values(workload)) = &scenario.workload else {
        return Some(None);
    };
    let law = popularity_law(&workload.popularity);
    let popularity = Popularity::new(law, workload.values);
    let popularity = desk.take("workload.values.popularity", popularity)?;
    let duration_ns = scenario.duration.ns();
    let law = ValueLaw {
        popularity: &popularity,
        values: workload.values,
        from_ns: workload.from.ns(),
        reads_from_ns: workload.reads_from().ns(),
        end_ns: workload.until.map_or(duration_ns, Duration::ns).min(duration_ns),
        writes_hz: workload
            .writes_per_value
            .map_or(0.0, |rate| SECOND_NS as f64 / rate.mean_ns()),
        width,
    };
    let rate_hz = rates_hz(cast, workload.reads_per_peer);
    Some(Some(value_plan(
        cast.peers(),
        rate_hz,
        &cast.plan,
        law,
        desk.seed,
    )))
}

/// Size of a value in a message; where there are none, it does not matter.
pub(in crate::scenario) fn value_bytes(scenario: &Scenario) -> u32 {
    match &scenario.workload {
        Some(Workload::Values(workload)) => {
            u32::try_from(workload.size.bytes()).expect("the scenario bounds sizes of values")
        }
        _ => 0,
    }
}
