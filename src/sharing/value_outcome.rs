//! What became of reads and writes of values, as a judge sees it who knows every write.

use super::value_plan::{PlannedRead, ValuePlan};
use crate::engine::time::NEVER_NS;
use crate::overlay::dht::books::{ReadEnding, ReadLine, ValueBooks, WriteEnding, WriteLine};
use crate::overlay::dht::{Version, WriteId};

/// What became of a read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadOutcome {
    /// It found the latest version that had been stored at issue, or a later one.
    Fresh,
    /// It found an older version.
    Stale,
    /// It came to an end and found nothing, though a version had been stored at issue.
    Missing,
    /// It came to an end and found nothing, and none had been stored at issue.
    Unwritten,
    /// It gave up, or nobody answered whom it could ask.
    Failed,
    /// The run ended first.
    Unfinished,
    /// The origin was offline at its time.
    OriginOffline,
    /// The origin left before.
    OriginLeft,
}

impl ReadOutcome {
    /// All outcomes.
    pub const ALL: [Self; 8] = [
        Self::Fresh,
        Self::Stale,
        Self::Missing,
        Self::Unwritten,
        Self::Failed,
        Self::Unfinished,
        Self::OriginOffline,
        Self::OriginLeft,
    ];

    /// The word for it in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Missing => "missing",
            Self::Unwritten => "unwritten",
            Self::Failed => "failed",
            Self::Unfinished => "unfinished",
            Self::OriginOffline => "origin_offline",
            Self::OriginLeft => "origin_left",
        }
    }

    /// Whether a version was found.
    pub fn is_found(self) -> bool {
        matches!(self, Self::Fresh | Self::Stale)
    }

    /// What became of a read of which the books say this, where `latest` is the highest version that had been stored at issue.
    pub fn of(line: &ReadLine, latest: Option<Version>) -> Self {
        match line.ending {
            Some(ReadEnding::Found(version)) if Some(version) >= latest => Self::Fresh,
            Some(ReadEnding::Found(_)) => Self::Stale,
            Some(ReadEnding::Missing) if latest.is_none() => Self::Unwritten,
            Some(ReadEnding::Missing) => Self::Missing,
            Some(ReadEnding::Failed) => Self::Failed,
            Some(ReadEnding::OriginLeft) => Self::OriginLeft,
            Some(ReadEnding::OriginOffline) => Self::OriginOffline,
            None => Self::Unfinished,
        }
    }
}

/// What became of a write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WriteOutcome {
    /// At least one node keeps it.
    Kept,
    /// None does; its writer publishes it again later.
    Unkept,
    /// The run ended first.
    Unfinished,
    /// The origin was offline at its time: there is no such version.
    OriginOffline,
    /// The origin left before; it publishes it again when it is back.
    OriginLeft,
}

impl WriteOutcome {
    /// All outcomes.
    pub const ALL: [Self; 5] = [
        Self::Kept,
        Self::Unkept,
        Self::Unfinished,
        Self::OriginOffline,
        Self::OriginLeft,
    ];

    /// The word for it in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Unkept => "unkept",
            Self::Unfinished => "unfinished",
            Self::OriginOffline => "origin_offline",
            Self::OriginLeft => "origin_left",
        }
    }

    /// What became of a write of which the books say this.
    pub fn of(line: &WriteLine) -> Self {
        match line.ending {
            Some(WriteEnding::Kept(_)) => Self::Kept,
            Some(WriteEnding::Unkept) => Self::Unkept,
            Some(WriteEnding::OriginLeft) => Self::OriginLeft,
            Some(WriteEnding::OriginOffline) => Self::OriginOffline,
            None => Self::Unfinished,
        }
    }
}

/// Which version of each value was the latest when: the judge of reads.
#[derive(Clone, Debug)]
pub struct Chronicle {
    /// Of each value, when versions were stored that were higher than all before, in order of time.
    stored: Vec<Vec<(u64, Version)>>,
}

impl Chronicle {
    /// The chronicle that the books of a run of this plan tell.
    pub fn new(plan: &ValuePlan, books: &ValueBooks) -> Self {
        let mut stored = vec![Vec::new(); plan.values.len()];
        for (number, write) in (0..).map(WriteId).zip(&plan.writes) {
            let completed_ns = books.completed_ns(number);
            if completed_ns < NEVER_NS {
                stored[write.value as usize].push((completed_ns, write.version));
            }
        }
        for versions in &mut stored {
            versions.sort_unstable();
            let mut highest = Version(0);
            versions.retain(|(_, version)| {
                let is_higher = *version > highest;
                highest = highest.max(*version);
                is_higher
            });
        }
        Self { stored }
    }

    /// The highest version that had been stored when a read was issued.
    pub fn latest(&self, read: &PlannedRead) -> Option<Version> {
        let versions = &self.stored[read.value as usize];
        let until = versions.partition_point(|(stored_ns, _)| *stored_ns <= read.at_ns);
        until.checked_sub(1).map(|last| versions[last].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::PeerId;
    use crate::overlay::dht::{Identifier, ReadId};
    use crate::sharing::value_plan::{PlannedValue, PlannedWrite};

    /// Versions 1, 2 and 3 are written; 3 is stored before 2, and 4 never.
    fn chronicle() -> Chronicle {
        let value = PlannedValue {
            key: Identifier::ZERO,
            writer: PeerId(0),
        };
        let write = |version| PlannedWrite {
            at_ns: u64::from(version),
            value: 0,
            version: Version(version),
        };
        let plan = ValuePlan {
            values: vec![value],
            writes: (1..=4).map(write).collect(),
            reads: Vec::new(),
        };
        let mut books = ValueBooks::default();
        for (write, at_ns) in [(0, 10), (1, 40), (2, 30), (0, 25), (2, 50)] {
            books.note_completed(WriteId(write), at_ns);
        }
        Chronicle::new(&plan, &books)
    }

    fn outcome(at_ns: u64, ending: ReadEnding) -> ReadOutcome {
        let read = PlannedRead {
            at_ns,
            origin: PeerId(1),
            value: 0,
        };
        let mut books = ValueBooks::default();
        books.note_read(ReadId(0), at_ns + 1, ending, 1);
        ReadOutcome::of(&books.read_of(ReadId(0)), chronicle().latest(&read))
    }

    #[test]
    fn a_read_is_judged_by_what_had_been_stored_at_issue() {
        let check = |at_ns, version, expect| {
            let outcome = outcome(at_ns, ReadEnding::Found(Version(version)));
            assert_eq!(outcome, expect, "version {version} at {at_ns}");
        };
        check(9, 1, ReadOutcome::Fresh);
        check(10, 1, ReadOutcome::Fresh);
        check(29, 1, ReadOutcome::Fresh);
        check(29, 3, ReadOutcome::Fresh);
        check(30, 1, ReadOutcome::Stale);
        check(30, 2, ReadOutcome::Stale);
        check(30, 3, ReadOutcome::Fresh);
        check(60, 2, ReadOutcome::Stale);
        check(60, 3, ReadOutcome::Fresh);
        check(60, 4, ReadOutcome::Fresh);
    }

    #[test]
    fn nothing_is_missed_that_was_never_there() {
        assert_eq!(outcome(9, ReadEnding::Missing), ReadOutcome::Unwritten);
        assert_eq!(outcome(10, ReadEnding::Missing), ReadOutcome::Missing);
        assert_eq!(outcome(9, ReadEnding::Failed), ReadOutcome::Failed);
    }
}
