//! Bare transfers as rows: `flow,at_s,source,sink,size_bytes[,after]`.

use super::rows::{RowError, RowFault, check_heading, rows, time_ns, whole};
use crate::engine::PeerId;
use std::collections::BTreeMap;

/// A transfer that the workload orders.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlannedTransfer {
    /// Its name in the file and in results.
    pub flow: String,
    /// When it starts, nanoseconds; one that comes after another does not start before either.
    pub at_ns: u64,
    /// Who sends.
    pub source: PeerId,
    /// Who receives.
    pub sink: PeerId,
    /// Payload in bytes, at least 1.
    pub size_bytes: u64,
    /// Position of the transfer whose last byte must have arrived before.
    pub after: Option<u32>,
}

/// The columns of a file of transfers; the last may be left out.
const COLUMNS: [&str; 6] = ["flow", "at_s", "source", "sink", "size_bytes", "after"];

/// Reads transfers from rows in the order of the text. `peer` tells which peer a label means.
///
/// A transfer that comes `after` another starts when that one's last byte has arrived at its sink, or at its own time
/// if that is later (the time may be left empty). Its source must be the other's sink, which sees the byte arrive, or
/// the other's source, which is told by the end of the transfer; any third peer could not know, and is refused.
pub fn parse_transfers(
    text: &str,
    peer: impl Fn(&str) -> Option<PeerId>,
) -> Result<Vec<PlannedTransfer>, RowError> {
    let mut transfers: Vec<PlannedTransfer> = Vec::new();
    let mut after: Vec<(usize, &str)> = Vec::new();
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    check_heading(text, &COLUMNS, 5)?;
    for (line, fields) in rows(text, COLUMNS[0]) {
        let at_line = |fault| RowError { line, fault };
        let (transfer, name, follows) = parse_transfer(&fields, &peer).map_err(at_line)?;
        let number = u32::try_from(transfers.len()).map_err(|_| at_line(RowFault::TooMany))?;
        if numbers.insert(name, number).is_some() {
            return Err(at_line(RowFault::Twice(name.to_owned())));
        }
        transfers.push(transfer);
        after.push((line, follows));
    }
    for (index, &(line, follows)) in after.iter().enumerate() {
        if follows.is_empty() {
            continue;
        }
        let at_line = |fault| RowError { line, fault };
        let &other = numbers
            .get(follows)
            .ok_or_else(|| at_line(RowFault::UnknownFlow(follows.to_owned())))?;
        let predecessor = &transfers[other as usize];
        if ![predecessor.sink, predecessor.source].contains(&transfers[index].source) {
            return Err(at_line(RowFault::Elsewhere {
                flow: transfers[index].flow.clone(),
                after: follows.to_owned(),
            }));
        }
        transfers[index].after = Some(other);
    }
    match cycle(&transfers) {
        Some(index) => Err(RowError {
            line: after[index].0,
            fault: RowFault::Cycle(transfers[index].flow.clone()),
        }),
        None => Ok(transfers),
    }
}

fn parse_transfer<'t>(
    fields: &[&'t str],
    peer: impl Fn(&str) -> Option<PeerId>,
) -> Result<(PlannedTransfer, &'t str, &'t str), RowFault> {
    let (flow, at, source, sink, size, after) = match *fields {
        [flow, at, source, sink, size] => (flow, at, source, sink, size, ""),
        [flow, at, source, sink, size, after] => (flow, at, source, sink, size, after),
        _ => {
            return Err(RowFault::Fields {
                expected: "5 or 6",
                found: fields.len(),
            });
        }
    };
    let at_ns = if at.is_empty() && !after.is_empty() {
        0
    } else {
        time_ns(at)?
    };
    let known = |label: &str| peer(label).ok_or_else(|| RowFault::UnknownPeer(label.to_owned()));
    let (source, sink) = (known(source)?, known(sink)?);
    if source == sink {
        return Err(RowFault::Loop(flow.to_owned()));
    }
    let size_bytes = whole("the size", size)?;
    if size_bytes == 0 {
        return Err(RowFault::Zero("the size"));
    }
    if size_bytes > BYTES_MAX {
        return Err(RowFault::TooLarge(size.to_owned()));
    }
    let transfer = PlannedTransfer {
        flow: flow.to_owned(),
        at_ns,
        source,
        sink,
        size_bytes,
        after: None,
    };
    Ok((transfer, flow, after))
}

/// Largest payload of a transfer: an exbibyte, whose bits in nanobits still fit 128-bit arithmetic with room.
pub const BYTES_MAX: u64 = 1 << 60;

/// A transfer that comes after itself, if there is one: every chain of predecessors is followed once.
fn cycle(transfers: &[PlannedTransfer]) -> Option<usize> {
    let mut seen_by = vec![usize::MAX; transfers.len()];
    for start in 0..transfers.len() {
        let mut next = start;
        while seen_by[next] == usize::MAX {
            seen_by[next] = start;
            match transfers[next].after {
                Some(after) => next = after as usize,
                None => break,
            }
            if seen_by[next] == start {
                return Some(next);
            }
        }
    }
    None
}
