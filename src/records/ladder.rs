//! The ladder of digests: every channel at 1,024 equal steps of simulated time, so that a comparison can say from
//! when on two runs differ.

use super::RecordError;
use super::column::{Cell, Codec, Plain, Seconds};
use super::table::{read_table, row, write_table};
use crate::engine::digest::{Channel, Digests};
use std::path::Path;

/// Steps of a ladder: it goes by simulated time, step k standing at `duration * k / STEPS`.
pub const STEPS: u64 = 1024;

/// A channel as 32 hexadecimal digits.
#[derive(Debug)]
pub struct Hexadecimal;

impl Codec<Channel> for Hexadecimal {
    fn cell(value: &Channel) -> Cell<'_> {
        Cell::Digest(value.0)
    }
    fn parse(text: &str) -> Option<Channel> {
        let lower = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        lower
            .then(|| u128::from_str_radix(text, 16).ok())
            .flatten()
            .map(Channel)
    }
}

row! {
    /// A row of `digests.csv`: the engine's channels, summed over all events before `time_ns`.
    LadderRow in "digests" number 7;
    /// The step, from 1.
    step: u64 => "step" as Plain,
    /// When, nanoseconds.
    time_ns: u64 => "time_s" as Seconds,
    /// Time, class and target of every event handled but the arrivals of messages.
    order: Channel => "order" as Hexadecimal,
    /// Every coming and going.
    churn: Channel => "churn" as Hexadecimal,
    /// Every command of the workload.
    workload: Channel => "workload" as Hexadecimal,
    /// Every delivery and drop of a message.
    messages: Channel => "messages" as Hexadecimal,
    /// Every flow's start and end.
    transfers: Channel => "transfers" as Hexadecimal,
}

impl LadderRow {
    /// The channels at this step.
    pub fn digests(&self) -> Digests {
        Digests {
            order: self.order,
            churn: self.churn,
            workload: self.workload,
            messages: self.messages,
            transfers: self.transfers,
        }
    }
}

/// The ladder of a run.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Ladder {
    /// Its rows, in order of time.
    pub rows: Vec<LadderRow>,
}

impl Ladder {
    /// When step `step` (1 to [`STEPS`]) of a run of this duration is due, nanoseconds; the last one is its end.
    pub fn instant_ns(duration_ns: u64, step: u64) -> u64 {
        let instant = u128::from(duration_ns) * u128::from(step) / u128::from(STEPS);
        u64::try_from(instant).expect("a step is no later than the end")
    }

    /// Notes the channels as they stand before `time_ns`.
    pub fn note(&mut self, time_ns: u64, digests: &Digests) {
        self.rows.push(LadderRow {
            step: self.rows.len() as u64 + 1,
            time_ns,
            order: digests.order,
            churn: digests.churn,
            workload: digests.workload,
            messages: digests.messages,
            transfers: digests.transfers,
        });
    }

    /// Writes `<directory>/digests.csv`.
    pub fn write(&self, directory: &Path) -> Result<(), RecordError> {
        write_table(directory, &self.rows).map(|_| ())
    }

    /// Reads `<directory>/digests.csv`; empty if there is no such file.
    pub fn read(directory: &Path) -> Result<Self, RecordError> {
        let rows = read_table(directory)?.unwrap_or_default();
        Ok(Self { rows })
    }
}
