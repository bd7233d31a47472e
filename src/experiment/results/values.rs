//! Rows of reads and writes of values.

use crate::engine::Outcome;
use crate::overlay::dht::books::{ReadEnding, WriteEnding};
use crate::overlay::dht::{ReadId, Router, WriteId};
use crate::records::column::Key;
use crate::records::{ValueRow, WriteOutcome, WriteRow};
use crate::scenario::build::Roll;
use crate::sharing::director::Notes;
use crate::sharing::{BareLookups, Chronicle, PlannedWrite, ReadOutcome, ValuePlan};

/// The key of a value, as tables show it.
fn key_of<R: Router>(value: u32, plan: &ValuePlan, outcome: &Outcome<BareLookups<R>>) -> Key {
    Key {
        identifier: plan.values[value as usize].key,
        digits: outcome.world.overlay.directory.width().div_ceil(4),
    }
}

/// Rows of `values.csv`.
pub(super) fn read_rows<R: Router>(
    roll: &Roll,
    plan: &ValuePlan,
    outcome: &Outcome<BareLookups<R>>,
    notes: &Notes,
) -> Vec<ValueRow> {
    let books = &outcome.tally.values;
    let chronicle = Chronicle::new(plan, books);
    let mut truths = notes.truths.clone();
    truths.sort_unstable_by_key(|(read, _)| *read);
    let row = |(number, planned)| {
        let line = books.read_of(ReadId(number));
        let latest = chronicle.latest(planned);
        let verdict = ReadOutcome::of(&line, latest);
        let version = match line.ending {
            Some(ReadEnding::Found(version)) => Some(version.0),
            _ => None,
        };
        let truth = truths.binary_search_by_key(&number, |(read, _)| *read).ok();
        ValueRow {
            read: u64::from(number),
            issued_ns: planned.at_ns,
            origin: roll.labels[planned.origin.index()],
            key: key_of(planned.value, plan, outcome),
            version,
            latest_version: latest.map(|version| version.0),
            hops: version.map(|_| u32::from(line.hops)),
            messages: line.messages,
            timeouts: line.timeouts,
            latency_ns: version.map(|_| line.ended_ns - planned.at_ns),
            live_replicas: truth.map(|place| truths[place].1.live_replicas),
            outcome: verdict,
        }
    };
    (0_u32..).zip(&plan.reads).map(row).collect()
}

/// Rows of `writes.csv`.
pub(super) fn write_rows<R: Router>(
    roll: &Roll,
    plan: &ValuePlan,
    outcome: &Outcome<BareLookups<R>>,
) -> Vec<WriteRow> {
    let row = |(number, planned): (u32, &PlannedWrite)| {
        let line = outcome.tally.values.write_of(WriteId(number));
        let replicas = match line.ending {
            Some(WriteEnding::Kept(nodes)) => Some(u32::from(nodes)),
            Some(WriteEnding::Unkept) => Some(0),
            _ => None,
        };
        let is_kept = replicas > Some(0);
        let PlannedWrite {
            at_ns,
            value,
            version,
        } = *planned;
        WriteRow {
            write: u64::from(number),
            issued_ns: at_ns,
            origin: roll.labels[plan.values[value as usize].writer.index()],
            key: key_of(value, plan, outcome),
            version: version.0,
            replicas,
            messages: line.messages,
            timeouts: line.timeouts,
            latency_ns: is_kept.then(|| line.ended_ns - at_ns),
            outcome: WriteOutcome::of(&line),
        }
    };
    (0_u32..).zip(&plan.writes).map(row).collect()
}
