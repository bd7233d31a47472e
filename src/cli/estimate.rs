//! `servent run --estimate`: the memory that a run is expected to need, as a table.

use std::fmt::Write as _;

use super::exit::{Ending, Exit};
use crate::experiment::Run;
use crate::scenario::Estimate;
use crate::scenario::estimate::{Prices, Stage, grouped, memory};

/// Prints the estimate of a run.
pub(super) fn print(run: &Run) -> Ending {
    let mut text = table(run.estimate());
    let limit = run.limit();
    if let Some(limit) = limit {
        writeln!(text, "allowed        {limit}").expect("a string takes what is written");
    }
    super::print(&text)?;
    Ok(Exit::Done)
}

/// One line a part, the sums by stage, and the prices.
fn table(estimate: &Estimate) -> String {
    let mut lines = vec![row(["part", "count", "of", "bytes each", "MiB", "held while"])];
    for part in &estimate.parts {
        let stages: Vec<&str> = Stage::ALL
            .into_iter()
            .filter(|stage| part.is_held(*stage))
            .map(Stage::name)
            .collect();
        lines.push(row([
            part.name,
            &grouped(part.count),
            part.unit,
            &grouped(part.bytes_each),
            &mebibytes(part.bytes()),
            &stages.join(", "),
        ]));
    }
    lines.push(String::new());
    for stage in Stage::ALL {
        lines.push(row([
            &format!("sum while {}", stage.name()),
            "",
            "",
            "",
            &mebibytes(estimate.bytes(stage)),
            "",
        ]));
    }
    let prices = Prices::of_build();
    lines.push(format!(
        "\nbytes per idle peer {}, per neighbour {}, per message in flight {}, per duplicate-table entry {}",
        prices.idle_peer, prices.neighbour, prices.message, prices.seen
    ));
    lines.push(format!(
        "expected peak  {}, while {}",
        memory(estimate.peak_bytes()),
        estimate.peak().name()
    ));
    let mut text = String::new();
    for line in lines {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn row([part, count, unit, each, sum, stages]: [&str; 6]) -> String {
    format!("{part:<31}{count:>14} {unit:<11}{each:>11}{sum:>11}  {stages}")
}

fn mebibytes(bytes: f64) -> String {
    format!("{:.1}", bytes / f64::from(1 << 20))
}
