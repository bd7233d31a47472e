//! The steps of a comparison: what is changed in all its scenarios alike, from none of it to much.

use super::{IN_INTERVALS, IN_ROWS, Measure};
use crate::records::column::{Cell, Codec as _, Plain, Ratio, Seconds, Vocabulary, Words};
use std::fmt::Debug;

/// A step of a comparison, which says what its tables are called and hold.
pub trait Step: Copy + PartialEq + Debug + Send + Sync + 'static {
    /// Name of the table of runs, and its number in the digest of results.
    const ROWS: (&'static str, u64);
    /// Name of the table of intervals, and its number.
    const INTERVALS: (&'static str, u64);
    /// Columns of the table of runs.
    const ROW_COLUMNS: &'static [&'static str];
    /// Columns of the table of intervals.
    const INTERVAL_COLUMNS: &'static [&'static str];
    /// Columns that say the step.
    const COLUMNS: &'static [&'static str];
    /// What is measured.
    const MEASURES: &'static [Measure];

    /// Calls `visit` with every cell of the columns that say the step.
    fn visit(&self, visit: &mut dyn FnMut(Cell<'_>));

    /// Reads them from the field of number `at` on; otherwise the place of the first that is wrong.
    fn parse(fields: &csv::StringRecord, at: usize) -> Result<Self, usize>;
}

/// Lists of columns one after the other.
const fn joined<const N: usize>(lists: &[&[&'static str]]) -> [&'static str; N] {
    let mut all = [""; N];
    let (mut list, mut place) = (0, 0);
    while list < lists.len() {
        let mut column = 0;
        while column < lists[list].len() {
            all[place] = lists[list][column];
            place += 1;
            column += 1;
        }
        list += 1;
    }
    assert!(place == N, "all columns are counted");
    all
}

/// The columns of measures.
const fn columns<const N: usize>(measures: &[Measure]) -> [&'static str; N] {
    let mut all = [""; N];
    let mut place = 0;
    while place < N {
        all[place] = measures[place].column();
        place += 1;
    }
    all
}

/// Declares the tables of a step.
macro_rules! tables {
    ($rows:literal number $number:literal, $intervals:literal number $intervals_number:literal, $step:expr, $measures:expr) => {
        const ROWS: (&'static str, u64) = ($rows, $number);
        const INTERVALS: (&'static str, u64) = ($intervals, $intervals_number);
        const ROW_COLUMNS: &'static [&'static str] =
            &joined::<{ IN_ROWS.0.len() + IN_ROWS.1.len() + $step.len() + $measures.len() }>(&[
                IN_ROWS.0,
                $step,
                IN_ROWS.1,
                &columns::<{ $measures.len() }>($measures),
            ]);
        const INTERVAL_COLUMNS: &'static [&'static str] = &joined::<
            { IN_INTERVALS.0.len() + IN_INTERVALS.1.len() + $step.len() },
        >(&[IN_INTERVALS.0, $step, IN_INTERVALS.1]);
        const COLUMNS: &'static [&'static str] = $step;
        const MEASURES: &'static [Measure] = $measures;
    };
}

/// The only step of a comparison in which nothing is changed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct AsItStands;

const NO_COLUMNS: &[&str] = &[];

impl Step for AsItStands {
    tables!("comparison" number 21, "comparison_intervals" number 22, NO_COLUMNS, Measure::COMPARED);

    fn visit(&self, _: &mut dyn FnMut(Cell<'_>)) {}

    fn parse(_: &csv::StringRecord, _: usize) -> Result<Self, usize> {
        Ok(Self)
    }
}

/// Whom an attack takes away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// Nobody.
    Nobody,
    /// Peers that are drawn at random: the same under every overlay.
    Random,
    /// The peers with the most working links.
    BestConnected,
    /// Service nodes, drawn at random.
    Servers,
}

impl Vocabulary for Target {
    const ALL: &'static [Self] = &[Self::Nobody, Self::Random, Self::BestConnected, Self::Servers];

    fn word(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Random => "random",
            Self::BestConnected => "best_connected",
            Self::Servers => "servers",
        }
    }
}

/// A step of a comparison of what survives: some of those online vanish for good, without a goodbye.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Attack {
    /// Who.
    pub target: Target,
    /// The share of them that does, 0 to 1.
    pub share: f64,
    /// When, nanoseconds. Where nobody vanishes, the instant from which on queries count all the same.
    pub at_ns: u64,
}

const ATTACK_COLUMNS: &[&str] = &["target", "share", "at_s"];
const ATTACK_MEASURES: &[Measure] = &[
    Measure::Queries,
    Measure::Success,
    Measure::SuccessBefore,
    Measure::SuccessLate,
    Measure::RecallLive,
    Measure::RecallReachable,
    Measure::ExistedNotFound,
    Measure::FirstHitMedian,
    Measure::FirstHit95,
    Measure::DownloadSuccess,
    Measure::OnlinePeers,
    Measure::LargestComponent,
    Measure::LargestComponentEnd,
];

impl Step for Attack {
    tables!("survival" number 23, "survival_intervals" number 24, ATTACK_COLUMNS, ATTACK_MEASURES);

    fn visit(&self, visit: &mut dyn FnMut(Cell<'_>)) {
        visit(Words::cell(&self.target));
        visit(Ratio::cell(&self.share));
        visit(Seconds::cell(&self.at_ns));
    }

    fn parse(fields: &csv::StringRecord, at: usize) -> Result<Self, usize> {
        let text = |at: usize| fields.get(at).ok_or(at);
        Ok(Self {
            target: Words::parse(text(at)?).ok_or(at)?,
            share: Ratio::parse(text(at + 1)?).ok_or(at + 1)?,
            at_ns: Seconds::parse(text(at + 2)?).ok_or(at + 2)?,
        })
    }
}

/// A step of a comparison of what networks cost as they grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// The number of peers, or of whatever else is said to grow.
    pub size: u64,
}

const SIZE_COLUMNS: &[&str] = &["size"];
const SIZE_MEASURES: &[Measure] = &[
    Measure::Queries,
    Measure::Success,
    Measure::RecallLive,
    Measure::RecallReachable,
    Measure::ExistedNotFound,
    Measure::FirstHitMedian,
    Measure::FirstHit95,
    Measure::DownloadSuccess,
    Measure::FileTimeMedian,
    Measure::FileTime95,
    Measure::PeerBytesMean,
    Measure::PeerBytesMedian,
    Measure::PeerBytes99,
    Measure::LoadGini,
    Measure::LoadTopShare,
    Measure::ServerMessageBytes,
    Measure::ServerPayloadBytes,
    Measure::Events,
    Measure::Distribution,
    Measure::MinimumDistribution,
];

impl Step for Size {
    tables!("growth" number 25, "growth_intervals" number 26, SIZE_COLUMNS, SIZE_MEASURES);

    fn visit(&self, visit: &mut dyn FnMut(Cell<'_>)) {
        visit(Plain::cell(&self.size));
    }

    fn parse(fields: &csv::StringRecord, at: usize) -> Result<Self, usize> {
        let size = fields.get(at).and_then(Plain::parse).ok_or(at)?;
        Ok(Self { size })
    }
}
