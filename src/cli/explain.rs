//! `servent explain RUN --query N`: a query's way through the network, hop by hop, from a trace.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::{Ending, Exit, Failure};
use crate::engine::time::milliseconds;
use crate::overlay::books::Fate;
use crate::records::{QueryRow, RecordError, TraceRow, read_table, read_table_at, trace_of};

#[derive(Args, Debug)]
pub(crate) struct ExplainArguments {
    /// The result's directory, or the trace itself.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Number of the query.
    #[arg(long, value_name = "N")]
    query: u64,
    /// The trace, if it is no longer where the run left it.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Leaves out what lies more than so many hops from the origin.
    #[arg(long, value_name = "HOPS", default_value_t = u32::MAX, hide_default_value = true)]
    depth: u32,
}

/// Tells what became of a query.
pub(crate) fn explain(arguments: &ExplainArguments) -> Ending {
    let bad = |message: String| Failure::new(Exit::BadInput, format!("error: {message}"));
    let of_record = |error: RecordError| bad(error.to_string());
    let place = find_trace(arguments).map_err(of_record)?.ok_or_else(|| {
        bad(format!(
            "{} was run without a trace: run the scenario again with `--trace FILE`",
            arguments.run.display()
        ))
    })?;
    let rows: Option<Vec<TraceRow>> = read_table_at(&place).map_err(of_record)?;
    let mut rows = rows.ok_or_else(|| bad(format!("the trace {} is not there", place.display())))?;
    rows.retain(|row| row.query == arguments.query);
    if rows.is_empty() {
        return Err(bad(format!(
            "{} holds nothing of query {}",
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
    super::print(&tell(&rows, row.as_ref(), arguments.depth))
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

/// What a peer did with the query's first copy, and what came after.
#[derive(Default)]
struct Stop {
    /// Peers that accepted the query from this one, in order of arrival.
    children: Vec<u64>,
    at_ns: u64,
    ttl: u32,
    answered: bool,
    expired: bool,
    duplicates: u32,
}

fn tell(rows: &[TraceRow], query: Option<&QueryRow>, depth: u32) -> String {
    let start_ns = rows.iter().map(|row| row.at_ns).min().unwrap_or(0);
    let mut stops: BTreeMap<u64, Stop> = BTreeMap::new();
    let mut origin = rows[0].peer;
    let mut hits = Vec::new();
    let mut lost = Vec::new();
    for row in rows {
        match row.fate {
            Fate::Accepted => {
                if row.from == row.peer {
                    origin = row.peer;
                } else {
                    stops.entry(row.from).or_default().children.push(row.peer);
                }
                let stop = stops.entry(row.peer).or_default();
                (stop.at_ns, stop.ttl) = (row.at_ns, row.ttl);
            }
            Fate::Duplicate => stops.entry(row.peer).or_default().duplicates += 1,
            Fate::Answered => stops.entry(row.peer).or_default().answered = true,
            Fate::Expired => stops.entry(row.peer).or_default().expired = true,
            Fate::Arrived => hits.push(row),
            Fate::NoRoute => lost.push(row),
        }
    }
    let mut text = String::new();
    let line = &mut text;
    let written = (|| {
        if let Some(query) = query {
            writeln!(
                line,
                "query {} of peer {} for item {}: {}",
                query.query,
                query.origin,
                query.item,
                query.outcome.name()
            )?;
            writeln!(
                line,
                "reached {} peers with {} messages, {} of them duplicates; {} hits came back in {} messages\n",
                query.reached_peers,
                query.query_messages,
                query.duplicate_messages,
                query.hits,
                query.hit_messages
            )?;
        }
        let mut open = vec![(origin, 0_u32)];
        while let Some((peer, hops)) = open.pop() {
            let Some(stop) = stops.get(&peer) else { continue };
            write!(line, "{}{peer}", "  ".repeat(hops as usize))?;
            if hops > 0 {
                write!(
                    line,
                    "  +{} ms, TTL left {}",
                    milliseconds(stop.at_ns - start_ns),
                    stop.ttl
                )?;
            }
            let notes = [
                (stop.answered, "answered".to_owned()),
                (stop.expired, "not forwarded: TTL used up".to_owned()),
                (
                    stop.duplicates > 0,
                    format!("dropped {} duplicates", stop.duplicates),
                ),
            ];
            for (_, note) in notes.iter().filter(|(is_so, _)| *is_so) {
                write!(line, "; {note}")?;
            }
            writeln!(line)?;
            if hops < depth {
                open.extend(stop.children.iter().rev().map(|child| (*child, hops + 1)));
            }
        }
        for hit in &hits {
            writeln!(
                line,
                "hit over {} hops arrived at +{} ms",
                hit.hops,
                milliseconds(hit.at_ns - start_ns)
            )?;
        }
        for hit in &lost {
            writeln!(
                line,
                "hit dropped at peer {}: the way back was gone (+{} ms)",
                hit.peer,
                milliseconds(hit.at_ns - start_ns)
            )?;
        }
        std::fmt::Result::Ok(())
    })();
    written.expect("writing to a string does not fail");
    text
}
