//! A comparison in words.

use super::{ChannelDifference, Difference, MetricDifference, TableDifference};
use crate::engine::time::seconds;
use crate::records::summary::Part;
use std::fmt;

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for remark in &self.remarks {
            writeln!(out, "remark: {remark}")?;
        }
        self.write_digests(out)?;
        self.write_metrics(out)?;
        for table in &self.tables {
            writeln!(out, "table {table}")?;
        }
        Ok(())
    }
}

impl Difference {
    fn write_digests(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.channels.iter().map(|each| each.channel.as_str()).collect();
        match (self.equal_channels.join(", "), names.join(", ")) {
            (equal, different) if different.is_empty() => writeln!(out, "digests: {equal} identical"),
            (equal, different) if equal.is_empty() => writeln!(out, "digests: {different} differ"),
            (equal, different) => writeln!(out, "digests: {equal} identical; {different} differ"),
        }?;
        self.channels
            .iter()
            .try_for_each(|channel| writeln!(out, "  {channel}"))
    }

    fn write_metrics(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (different, all) = (self.metrics.len(), self.compared_metrics);
        if different == 0 {
            return writeln!(out, "metrics: all {all} numbers identical");
        }
        writeln!(out, "metrics: {different} of {all} numbers differ")?;
        let mut lines = vec![["metric", "a", "b", "b - a", "relative", "unit"].map(str::to_owned)];
        lines.extend(self.metrics.iter().map(MetricDifference::columns));
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
        let widths: Vec<usize> = (0..6).map(|column| width(column).unwrap_or(0)).collect();
        for [metric, a, b, absolute, relative, unit] in &lines {
            let text = format!(
                "  {metric:<w0$}  {a:>w1$}  {b:>w2$}  {absolute:>w3$}  {relative:>w4$}  {unit}",
                w0 = widths[0],
                w1 = widths[1],
                w2 = widths[2],
                w3 = widths[3],
                w4 = widths[4],
            );
            writeln!(out, "{}", text.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Display for ChannelDifference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channel = &self.channel;
        match (&self.a, &self.b, self.first) {
            (None, _, _) => write!(out, "{channel}: only b has it"),
            (_, None, _) => write!(out, "{channel}: only a has it"),
            (_, _, Some(first)) => {
                let (from, until) = (seconds(first.differ_at_ns), seconds(first.equal_until_ns));
                write!(out, "{channel}: from t = {from} s on (equal until {until} s)")
            }
            (Some(a), Some(b), None) => write!(out, "{channel}: {a} and {b}"),
        }
    }
}

impl MetricDifference {
    fn columns(&self) -> [String; 6] {
        let name = if self.part == "value" {
            self.metric.clone()
        } else {
            format!("{}.{}", self.metric, self.part)
        };
        let relative = self.relative().map(|share| format!("{:+.3} %", share * 100.0));
        let absolute = self.absolute().map(|value| {
            let sign = if value > 0.0 { "+" } else { "" };
            format!("{sign}{}", significant(value))
        });
        [
            name,
            part_text(self.a),
            part_text(self.b),
            absolute.unwrap_or_default(),
            relative.unwrap_or_default(),
            self.unit.clone(),
        ]
    }
}

fn part_text(part: Option<Part>) -> String {
    match part {
        None => "absent".to_owned(),
        Some(Part::Undefined) => "undefined".to_owned(),
        Some(Part::Integer(value)) => value.to_string(),
        Some(Part::Real(value)) => value.to_string(),
    }
}

/// A difference to six digits: further ones are noise of the subtraction.
fn significant(value: f64) -> String {
    let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    rounded.to_string()
}

impl fmt::Display for TableDifference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |a: &bool| if *a { "a" } else { "b" };
        match self {
            Self::Absent { file, in_a } => write!(out, "{file}: absent in {}", side(in_a)),
            Self::Columns { file, a, b } => write!(out, "{file}: columns differ first at {a:?} and {b:?}"),
            Self::Length {
                file,
                equal_rows,
                shorter_a,
            } => {
                let side = side(shorter_a);
                write!(out, "{file}: {side} ends after {equal_rows} equal rows")
            }
            Self::Row {
                file,
                row,
                key,
                column,
                a,
                b,
            } => {
                let (a, b) = (or_empty(a), or_empty(b));
                write!(
                    out,
                    "{file}: first different row is {row} ({key}): {column} is {a} and {b}"
                )
            }
        }
    }
}

fn or_empty(text: &str) -> &str {
    if text.is_empty() { "empty" } else { text }
}
