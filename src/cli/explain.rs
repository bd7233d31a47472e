//! `servent explain RUN --query N`: a query's way through the network, hop by hop, from a trace.

mod story;

use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::{Ending, Exit, Failure};
use crate::records::{QueryRow, RecordError, TraceRow, read_table, read_table_at, trace_of};
use crate::scenario;
use crate::scenario::schema::{Overlay, Search};

#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// The result's directory, or the trace itself.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Number of the query, as in `queries.csv`.
    #[arg(long, value_name = "N")]
    query: u64,
    /// The trace, if it is no longer where the run left it.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Leaves out of the tree what lies more than so many hops from the origin.
    #[arg(long, value_name = "HOPS", default_value_t = u32::MAX, hide_default_value = true)]
    depth: u32,
}

/// Tells what became of a query.
pub(crate) fn explain(arguments: &ExplainArguments) -> Ending {
    let bad = |message: String| Failure::new(Exit::BadInput, message);
    let of_record = |error: RecordError| bad(error.to_string());
    let place = find_trace(arguments).map_err(of_record)?.ok_or_else(|| {
        bad(format!(
            "{} has no trace: run the scenario again with `--trace FILE`",
            arguments.run.display()
        ))
    })?;
    let rows: Option<Vec<TraceRow>> = read_table_at(&place).map_err(of_record)?;
    let mut rows = rows.ok_or_else(|| {
        bad(format!(
            "the trace {} is no longer there: name its new place with `--trace FILE`",
            place.display()
        ))
    })?;
    let traced = rows.iter().map(|row| row.query).max();
    rows.retain(|row| row.query == arguments.query);
    if rows.is_empty() {
        let known = traced.map_or_else(
            || "it is empty".to_owned(),
            |last| format!("its queries are numbered from 0, the last is {last}"),
        );
        return Err(bad(format!(
            "the trace {} holds nothing of query {}: {known}",
            place.display(),
            arguments.query
        )));
    }
    let queries: Option<Vec<QueryRow>> = if arguments.run.is_dir() {
        read_table(&arguments.run).map_err(of_record)?
    } else {
        None
    };
    let row = queries
        .into_iter()
        .flatten()
        .find(|row| row.query == arguments.query);
    super::print(&story::tell(
        &rows,
        row.as_ref(),
        is_walk(&arguments.run),
        arguments.depth,
    ))
}

fn find_trace(arguments: &ExplainArguments) -> Result<Option<PathBuf>, RecordError> {
    if let Some(trace) = &arguments.trace {
        return Ok(Some(trace.clone()));
    }
    if arguments.run.is_file() {
        return Ok(Some(arguments.run.clone()));
    }
    trace_of(&arguments.run)
}

/// Whether a result's queries were carried by walkers; a flood is taken for granted where its scenario is not at hand.
fn is_walk(result: &Path) -> bool {
    let text = std::fs::read_to_string(result.join("scenario.toml")).unwrap_or_default();
    let overlay = scenario::read("scenario.toml", &text, &[]).map(|scenario| scenario.overlay);
    matches!(overlay, Ok(Some(Overlay::Gnutella(gnutella))) if matches!(gnutella.search, Search::Walk(_)))
}
