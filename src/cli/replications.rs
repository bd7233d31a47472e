//! `servent run -n N`: replications of a scenario.

use super::exit::{Ending, Exit};
use super::run::failure_of_run;
use super::signals::Signals;
use super::watch::{self, Watch};
use crate::experiment::replications::FinishedReplications;
use crate::experiment::{Replications, Run};

/// What the end of a set of replications tells, if the run has it and it is defined.
const TOLD: [&str; 6] = [
    "query_success",
    "query_first_hit_latency_p50",
    "lookup_correct_share",
    "lookup_latency_p50",
    "reads_fresh",
    "download_success",
];

/// Plays replications of a run.
pub(super) fn run(run: Run, number: u64, is_kept: bool, quiet: bool, signals: &Signals) -> Ending {
    let title = run.scenario.title.clone();
    let seed = run.scenario.seed;
    let replications = Replications::new(run, number, is_kept);
    if !quiet {
        super::say(&format!(
            "{title}: seed {seed}, {}; results go to {}",
            watch::replications(number),
            replications.place().display()
        ));
    }
    let watch = Watch::new(signals, replications.runs(), quiet);
    let ending = replications.perform(&watch);
    watch.finish();
    let finished = ending.map_err(|error| failure_of_run(error, signals))?;
    finished.summary.notes.iter().for_each(|note| super::warn(note));
    if !quiet {
        super::say(&summary(&finished, number));
    }
    Ok(Exit::Done)
}

/// What a user wants to know when they are done.
fn summary(finished: &FinishedReplications, number: u64) -> String {
    let mut lines = vec![watch::speed(number, &finished.provenance)];
    for name in TOLD {
        if let Some(metric) = finished.summary.metric(name)
            && metric
                .value
                .parts()
                .iter()
                .any(|(part, value)| part == "mean" && value.is_some())
        {
            let unit = if metric.unit == "1" { "" } else { metric.unit };
            lines.push(format!("{name} {} {unit}", metric.value).trim_end().to_owned());
        }
    }
    lines.push("means over replications, ± half-widths of their 95 % intervals".to_owned());
    lines.push(format!("results are in {}", finished.place.display()));
    lines.join("\n")
}
