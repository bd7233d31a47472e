//! The comparison of two results: digests by channel first, with the time from when on they differ, then metrics,
//! then the first row in which tables differ.
//!
//! Only what the runs did counts. What was run (title, seed, epoch, scenario) is remarked upon, since two scenarios
//! may well lead to the same result.

mod render;
mod tables;

use super::RecordError;
use super::ladder::{Ladder, LadderRow};
use super::summary::{Part, StoredSummary};
use crate::engine::digest::Channel;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
pub use tables::TableDifference;

/// How a result `b` differs from a result `a`.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Difference {
    /// Channels with equal digests.
    pub equal_channels: Vec<String>,
    /// Channels with different digests.
    pub channels: Vec<ChannelDifference>,
    /// Metrics, or parts of them, that differ.
    pub metrics: Vec<MetricDifference>,
    /// Number of parts of metrics that were compared.
    pub compared_metrics: usize,
    /// Tables that differ.
    pub tables: Vec<TableDifference>,
    /// What else a reader should know. No difference by itself.
    pub remarks: Vec<String>,
}

impl Difference {
    /// Whether the two runs did the same. Remarks do not count.
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.metrics.is_empty() && self.tables.is_empty()
    }
}

/// A channel with two digests.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChannelDifference {
    /// The channel.
    pub channel: String,
    /// The digest in `a`; `None` if it has no such channel.
    pub a: Option<String>,
    /// The digest in `b`.
    pub b: Option<String>,
    /// Where on the ladder it shows first; `None` if the ladders do not tell.
    pub first: Option<FirstDifference>,
}

/// When two channels part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FirstDifference {
    /// The last step at which the digests were equal, nanoseconds; 0 if there was none.
    pub equal_until_ns: u64,
    /// The first step at which they differ, nanoseconds: the first different event has an earlier time.
    pub differ_at_ns: u64,
}

/// A number with two values.
#[derive(Clone, PartialEq, Debug)]
pub struct MetricDifference {
    /// The metric.
    pub metric: String,
    /// The part of it: `value`, or `n`, `mean`, ... of a distribution.
    pub part: String,
    /// Its unit.
    pub unit: String,
    /// In `a`; `None` if it has no such metric.
    pub a: Option<Part>,
    /// In `b`.
    pub b: Option<Part>,
}

impl MetricDifference {
    /// `b - a`, if both are numbers.
    pub fn absolute(&self) -> Option<f64> {
        if let (Some(Part::Integer(a)), Some(Part::Integer(b))) = (self.a, self.b) {
            return Some((b - a) as f64);
        }
        Some(self.b?.real()? - self.a?.real()?)
    }

    /// `(b - a) / |a|`, if both are numbers and `a` is not 0.
    pub fn relative(&self) -> Option<f64> {
        let a = self.a?.real()?;
        (a != 0.0).then_some(self.absolute()? / a.abs())
    }
}

/// Compares the results in two directories.
///
/// # Errors
/// When one of them is not a complete result of this program.
pub fn diff(a: &Path, b: &Path) -> Result<Difference, RecordError> {
    let (first, second) = (StoredSummary::read(a)?, StoredSummary::read(b)?);
    let mut difference = Difference::default();
    let ladders = (Ladder::read(a)?, Ladder::read(b)?);
    compare_digests(&first, &second, &ladders, &mut difference);
    compare_metrics(&first, &second, &mut difference);
    difference.tables = tables::compare(a, b)?;
    remark(&first, &second, &mut difference.remarks);
    remark_scenario(a, b, &mut difference.remarks);
    Ok(difference)
}

/// All keys of two maps, in order.
fn keys<'a, A, B>(a: &'a BTreeMap<String, A>, b: &'a BTreeMap<String, B>) -> BTreeSet<&'a String> {
    a.keys().chain(b.keys()).collect()
}

fn compare_digests(a: &StoredSummary, b: &StoredSummary, ladders: &(Ladder, Ladder), into: &mut Difference) {
    for channel in keys(&a.digests, &b.digests) {
        let (in_a, in_b) = (a.digests.get(channel), b.digests.get(channel));
        if in_a == in_b {
            into.equal_channels.push(channel.clone());
            continue;
        }
        into.channels.push(ChannelDifference {
            channel: channel.clone(),
            a: in_a.cloned(),
            b: in_b.cloned(),
            first: first_difference(channel, &ladders.0, &ladders.1),
        });
    }
}

/// A channel of the engine at a step.
fn at(row: &LadderRow, channel: &str) -> Option<Channel> {
    let channels = row.digests().channels();
    channels
        .iter()
        .find(|(name, _)| *name == channel)
        .map(|&(_, value)| value)
}

/// Walks two ladders in step. Where their times differ (runs of different length), only common times are compared.
fn first_difference(channel: &str, a: &Ladder, b: &Ladder) -> Option<FirstDifference> {
    let by_time: BTreeMap<u64, &LadderRow> = b.rows.iter().map(|row| (row.time_ns, row)).collect();
    let mut equal_until_ns = 0;
    for row in &a.rows {
        let Some(other) = by_time.get(&row.time_ns) else {
            continue;
        };
        if at(row, channel)? == at(other, channel)? {
            equal_until_ns = row.time_ns;
        } else {
            return Some(FirstDifference {
                equal_until_ns,
                differ_at_ns: row.time_ns,
            });
        }
    }
    None
}

fn compare_metrics(a: &StoredSummary, b: &StoredSummary, into: &mut Difference) {
    for metric in keys(&a.metrics, &b.metrics) {
        let parts = |summary: &'_ StoredSummary| summary.metrics.get(metric).cloned().unwrap_or_default();
        let (in_a, in_b) = (parts(a), parts(b));
        let unit = b.units.get(metric).or(a.units.get(metric));
        for part in keys(&in_a, &in_b) {
            into.compared_metrics += 1;
            if in_a.get(part) != in_b.get(part) {
                into.metrics.push(MetricDifference {
                    metric: metric.clone(),
                    part: part.clone(),
                    unit: unit.cloned().unwrap_or_default(),
                    a: in_a.get(part).copied(),
                    b: in_b.get(part).copied(),
                });
            }
        }
        if let (Some(in_a), Some(in_b)) = (a.units.get(metric), b.units.get(metric))
            && in_a != in_b
        {
            into.remarks
                .push(format!("the unit of {metric} is {in_a} and {in_b}"));
        }
    }
}

/// Says where what was run differs.
fn remark(a: &StoredSummary, b: &StoredSummary, remarks: &mut Vec<String>) {
    let text = |value: Option<&String>| value.cloned().unwrap_or_else(|| "absent".to_owned());
    for key in keys(&a.header, &b.header) {
        let (in_a, in_b) = (a.header.get(key), b.header.get(key));
        if in_a != in_b {
            remarks.push(format!("{key} is {} and {}", text(in_a), text(in_b)));
        }
    }
    if a.notes != b.notes {
        remarks.push("the notes differ: see both summaries".to_owned());
    }
}

/// Says in which line the scenarios differ first.
fn remark_scenario(a: &Path, b: &Path, remarks: &mut Vec<String>) {
    let text = |result: &Path| fs::read_to_string(result.join("scenario.toml")).ok();
    let (Some(in_a), Some(in_b)) = (text(a), text(b)) else {
        return;
    };
    if in_a == in_b {
        return;
    }
    let common = in_a.lines().zip(in_b.lines()).take_while(|(x, y)| x == y).count();
    let line = |text: &str| text.lines().nth(common).unwrap_or("its end").to_owned();
    remarks.push(format!(
        "scenario.toml differs first in line {}: {} and {}",
        common + 1,
        line(&in_a),
        line(&in_b)
    ));
}
