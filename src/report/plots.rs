//! The plots: which numbers of which table stand on them.

mod comparison;
mod cost;
mod lookups;
mod steps;

pub(super) use comparison::comparison;
pub(super) use cost::cost_performance;
pub(super) use lookups::{lookup_hops, lookup_latency};
pub(super) use steps::{growth, survival};

use super::axis::{Axis, Scale, number};
use super::chart::{Chart, Mark, Series, count_axis, percent_axis, reach, time_axis};
use crate::records::column::Vocabulary;
use crate::records::{DownloadOutcome, DownloadRow, FlowRow, PeerRow, QueryRow, SeriesRow, SeriesTable};
use std::collections::BTreeMap;

/// Curves of kinds of message that get a colour of their own; the rest are added up.
const KINDS_MAX: usize = 7;
/// A curve that stays below this share of the largest one calls for a logarithmic axis.
const SMALL_SHARE: f64 = 0.05;
/// A distribution this wide, from the 1st to the 99th percentile, calls for a logarithmic axis.
const WIDE_RATIO: f64 = 30.0;
/// Dots on a line are drawn up to this many.
const DOTS_MAX: usize = 40;

/// Units of time, largest last: nanoseconds, symbol.
const TIME_UNITS: [(f64, &str); 5] = [
    (1e6, "ms"),
    (1e9, "s"),
    (6e10, "min"),
    (3.6e12, "h"),
    (8.64e13, "d"),
];

/// The largest unit of time of which there are at least `least` in `ns`.
fn time_unit(ns: f64, least: f64) -> (f64, &'static str) {
    let fits = TIME_UNITS.iter().rev().find(|(unit, _)| ns >= least * unit);
    *fits.unwrap_or(&TIME_UNITS[0])
}

/// A duration for people, to three digits.
fn duration(ns: f64) -> String {
    let (unit, symbol) = time_unit(ns, 1.0);
    let rounded: f64 = format!("{:.2e}", ns / unit).parse().unwrap_or(ns / unit);
    format!("{} {symbol}", number(rounded))
}

fn count(n: usize) -> String {
    number(n as f64)
}

/// So many things of a regular English plural, or of `y` and `ies`.
fn things(n: usize, one: &str) -> String {
    let (noun, rest) = one.split_once(' ').unwrap_or((one, ""));
    let noun = match noun.strip_suffix('y') {
        _ if n == 1 => noun.to_owned(),
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    };
    format!("{} {noun} {rest}", count(n)).trim_end().to_owned()
}

/// A caption: the file, and how many things of it are not shown, if any.
fn caption(file: &str, shown: &str, hidden: usize, one: &str) -> String {
    let shown = if shown.is_empty() {
        String::new()
    } else {
        format!(", {shown}")
    };
    if hidden == 0 {
        format!("Data: {file}{shown}.")
    } else {
        format!("Data: {file}{shown}; not shown: {}.", things(hidden, one))
    }
}

/// The unit of a time axis that ends at `ns`.
fn axis_unit(ns: f64) -> (f64, &'static str) {
    time_unit(ns, 3.0)
}

/// Messages sent per second in every interval, a curve per kind.
pub(super) fn messages_by_kind(table: &SeriesTable) -> Chart {
    let (unit, symbol) = axis_unit(end_ns(table));
    let totals: Vec<u64> = (0..table.kinds.len())
        .map(|kind| table.rows.iter().map(|row| row.sent[kind].messages).sum())
        .collect();
    let mut order: Vec<usize> = (0..table.kinds.len()).filter(|&kind| totals[kind] > 0).collect();
    order.sort_by_key(|&kind| (std::cmp::Reverse(totals[kind]), kind));

    // Rates belong to the middle of their interval.
    let curve = |kinds: &[usize]| {
        let mut points = Vec::new();
        let mut since_ns = 0;
        for row in &table.rows {
            let interval_ns = row.time_ns - since_ns.min(row.time_ns);
            if interval_ns > 0 {
                let messages: u64 = kinds.iter().map(|&kind| row.sent[kind].messages).sum();
                let middle_ns = since_ns as f64 + interval_ns as f64 / 2.0;
                points.push((middle_ns / unit, messages as f64 / (interval_ns as f64 / 1e9)));
            }
            since_ns = row.time_ns;
        }
        points
    };
    let line = |name: String, kinds: &[usize]| Series {
        name,
        points: curve(kinds),
        mark: Mark::Line,
    };
    let alone = if order.len() > KINDS_MAX {
        KINDS_MAX - 1
    } else {
        order.len()
    };
    let mut series: Vec<Series> = order[..alone]
        .iter()
        .map(|&kind| line(table.kinds[kind].replace('_', " "), &[kind]))
        .collect();
    if order.len() > alone {
        let rest = &order[alone..];
        series.push(line(format!("{} other kinds", rest.len()), rest));
    }
    let largest = order.first().map_or(0, |&kind| totals[kind]) as f64;
    let small = order
        .iter()
        .any(|&kind| (totals[kind] as f64) < SMALL_SHARE * largest);
    let scale = if small { Scale::Logarithmic } else { Scale::Linear };
    let total: u64 = totals.iter().sum();
    let share = order
        .first()
        .filter(|_| order.len() > 1)
        .map_or(String::new(), |&kind| {
            let percent = 100.0 * totals[kind] as f64 / total as f64;
            format!(
                "; {percent:.1} % are of kind {}",
                table.kinds[kind].replace('_', " ")
            )
        });
    let gaps = if small {
        "; intervals without any are gaps"
    } else {
        ""
    };
    Chart {
        title: "Messages sent, by kind".to_owned(),
        subtitle: format!("{} messages{share}", number(total as f64)),
        x_label: format!("simulated time ({symbol})"),
        y_label: "messages per second".to_owned(),
        scales: (Scale::Linear, scale),
        axes: (Some(time_axis(end_ns(table) / unit)), None),
        series,
        caption: format!(
            "Data: series.csv, {}{gaps}.",
            things(table.rows.len(), "interval")
        ),
    }
}

fn end_ns(table: &SeriesTable) -> f64 {
    table.rows.last().map_or(0.0, |row| row.time_ns as f64)
}

/// Peers online, and how many of them the overlay joins together.
pub(super) fn online_peers(table: &SeriesTable) -> Chart {
    let (unit, symbol) = axis_unit(end_ns(table));
    let curve = |name: &str, value: fn(&SeriesRow) -> Option<u64>| Series {
        name: name.to_owned(),
        points: table
            .rows
            .iter()
            .filter_map(|row| Some((row.time_ns as f64 / unit, value(row)? as f64)))
            .collect(),
        mark: Mark::Line,
    };
    let mut series = vec![curve("online", |row| Some(row.online_peers))];
    let joined = curve("in the largest component", |row| row.largest_component);
    if !joined.points.is_empty() {
        series.push(joined);
    }
    let online = || table.rows.iter().map(|row| row.online_peers);
    let (least, most) = (online().min().unwrap_or(0), online().max().unwrap_or(0));
    Chart {
        title: "Peers online".to_owned(),
        subtitle: format!("between {} and {}", number(least as f64), number(most as f64)),
        x_label: format!("simulated time ({symbol})"),
        y_label: "peers".to_owned(),
        scales: (Scale::Linear, Scale::Linear),
        axes: (Some(time_axis(end_ns(table) / unit)), None),
        series,
        caption: caption("series.csv", &things(table.rows.len(), "sample"), 0, ""),
    }
}

/// Queries that others were asked.
fn asked(rows: &[QueryRow]) -> Vec<&QueryRow> {
    let asked = |row: &&QueryRow| row.outcome.is_asked();
    rows.iter().filter(asked).collect()
}

/// The share of queries whose first hit came from at most so many hops away.
pub(super) fn success_by_hops(rows: &[QueryRow]) -> Chart {
    let asked = asked(rows);
    let share = |queries: usize| queries as f64 / asked.len().max(1) as f64;
    let mut by_hops: BTreeMap<u32, usize> = BTreeMap::new();
    for hops in asked.iter().filter_map(|row| row.first_hit_hops) {
        *by_hops.entry(hops).or_default() += 1;
    }
    let last = by_hops.keys().next_back().copied().unwrap_or(0);
    let axis = count_axis(f64::from(last));
    let mut points = Vec::new();
    let mut found = 0;
    for hops in 0..=last {
        found += by_hops.get(&hops).copied().unwrap_or(0);
        points.push((f64::from(hops), share(found)));
    }
    if by_hops.is_empty() {
        points.clear();
    }
    let mark = if points.len() > DOTS_MAX {
        Mark::Line
    } else {
        Mark::LineAndDots
    };
    let mut series = vec![Series {
        name: "answered".to_owned(),
        points,
        mark,
    }];
    let mut bound = |name: &str, replicas: fn(&QueryRow) -> Option<u64>| {
        let known: Vec<u64> = asked.iter().filter_map(|row| replicas(row)).collect();
        if known.is_empty() || by_hops.is_empty() {
            return;
        }
        let possible = known.iter().filter(|&&replicas| replicas > 0).count() as f64 / known.len() as f64;
        series.push(Series {
            name: name.to_owned(),
            points: vec![(0.0, possible), (reach(&axis), possible)],
            mark: Mark::Bound,
        });
    };
    bound("a holder was online", |row| row.live_replicas);
    Chart {
        title: "Success against hops".to_owned(),
        subtitle: format!(
            "{} of {} answered ({:.1} %)",
            count(found),
            things(asked.len(), "query"),
            100.0 * share(found)
        ),
        x_label: "hops to the holder of the first hit, at most".to_owned(),
        y_label: "share of queries".to_owned(),
        scales: (Scale::Linear, Scale::Linear),
        axes: (Some(axis), Some(percent_axis())),
        series,
        caption: caption("queries.csv", "", rows.len() - asked.len(), "query never sent"),
    }
}

/// What a distribution function is of.
struct Times<'a> {
    title: &'a str,
    what: &'a str,
    x_label: &'a str,
    y_label: &'a str,
    caption: String,
}

/// The empirical distribution function of times.
fn distribution(mut times_ns: Vec<u64>, times: Times<'_>) -> Chart {
    times_ns.sort_unstable();
    let number_of = times_ns.len();
    let at = |percent: usize| {
        times_ns
            .get((number_of * percent).div_ceil(100).max(1) - 1)
            .copied()
    };
    let quantile = |percent: usize| at(percent).unwrap_or(0) as f64;
    let (unit, symbol) = axis_unit(quantile(99));
    let wide = quantile(1) > 0.0 && quantile(99) / quantile(1) > WIDE_RATIO;
    let scale = if wide { Scale::Logarithmic } else { Scale::Linear };
    // A step at every time: the share before it, then the share with it.
    let mut points = Vec::with_capacity(2 * number_of);
    let positive = times_ns.partition_point(|&time| time == 0);
    if wide {
        points.push((
            times_ns[positive] as f64 / unit,
            positive as f64 / number_of as f64,
        ));
    } else if number_of > 0 {
        points.push((0.0, 0.0));
    }
    for (before, &time) in times_ns.iter().enumerate() {
        let x = time as f64 / unit;
        points.push((x, before as f64 / number_of as f64));
        points.push((x, (before + 1) as f64 / number_of as f64));
    }
    let subtitle = if number_of == 0 {
        things(0, times.what)
    } else {
        format!(
            "{}; median {}, 90th percentile {}, longest {}",
            things(number_of, times.what),
            duration(quantile(50)),
            duration(quantile(90)),
            duration(quantile(100))
        )
    };
    let axis = (!wide).then(|| Axis::fit(Scale::Linear, points.iter().map(|point| point.0), 8));
    Chart {
        title: times.title.to_owned(),
        subtitle,
        x_label: format!("{} ({symbol})", times.x_label),
        y_label: times.y_label.to_owned(),
        scales: (scale, Scale::Linear),
        axes: (axis, Some(percent_axis())),
        series: vec![Series {
            name: times.what.to_owned(),
            points,
            mark: Mark::Line,
        }],
        caption: times.caption,
    }
}

/// The distribution of the time from a query to its first hit.
pub(super) fn first_hit_latency(rows: &[QueryRow]) -> Chart {
    let asked = asked(rows);
    let times: Vec<u64> = asked.iter().filter_map(|row| row.first_hit_ns).collect();
    let without = asked.len() - times.len();
    distribution(
        times,
        Times {
            title: "Latency of the first hit",
            what: "query with a hit",
            x_label: "time from query to first hit",
            y_label: "share of answered queries",
            caption: caption("queries.csv", "", without, "query without a hit"),
        },
    )
}

/// The distribution of the time from the first request to the last verified chunk.
pub(super) fn download_time(rows: &[DownloadRow]) -> Chart {
    let completed = rows
        .iter()
        .filter(|row| row.outcome == DownloadOutcome::Completed);
    let times: Vec<u64> = completed
        .filter_map(|row| row.finished_ns?.checked_sub(row.started_ns))
        .collect();
    let mut left_out = Vec::new();
    for outcome in DownloadOutcome::ALL {
        let number = rows.iter().filter(|row| row.outcome == outcome).count();
        if number > 0 && outcome != DownloadOutcome::Completed {
            left_out.push(format!("{} {}", count(number), outcome.word().replace('_', " ")));
        }
    }
    let left_out = if left_out.is_empty() {
        "all completed".to_owned()
    } else {
        format!("not shown: {}", left_out.join(", "))
    };
    distribution(
        times,
        Times {
            title: "Download time",
            what: "download completed",
            x_label: "time from first request to last verified chunk",
            y_label: "share of completed downloads",
            caption: format!("Data: downloads.csv; {left_out}."),
        },
    )
}

/// The distribution of the time bare flows took.
pub(super) fn transfer_time(rows: &[FlowRow]) -> Chart {
    let times: Vec<u64> = rows
        .iter()
        .filter_map(|row| row.finished_ns?.checked_sub(row.started_ns?))
        .collect();
    let without = rows.len() - times.len();
    distribution(
        times,
        Times {
            title: "Transfer time",
            what: "transfer finished",
            x_label: "time from start to last byte at the sink",
            y_label: "share of finished transfers",
            caption: caption("flows.csv", "", without, "transfer not finished"),
        },
    )
}

/// Messages that peers sent and got, each sorted from the busiest peer on.
pub(super) fn load_by_rank(rows: &[PeerRow]) -> Chart {
    let curve = |name: &str, value: fn(&PeerRow) -> u64| {
        let mut loads: Vec<u64> = rows.iter().map(value).filter(|&load| load > 0).collect();
        loads.sort_unstable_by(|a, b| b.cmp(a));
        Series {
            name: name.to_owned(),
            points: loads
                .iter()
                .enumerate()
                .map(|(rank, &load)| ((rank + 1) as f64, load as f64))
                .collect(),
            mark: Mark::Line,
        }
    };
    let received = curve("received", |row| row.received_messages);
    let sent = curve("sent", |row| row.sent_messages);
    let idle = rows
        .iter()
        .filter(|row| row.sent_messages == 0 && row.received_messages == 0);
    let mut loads: Vec<u64> = rows.iter().map(|row| row.received_messages).collect();
    loads.sort_unstable_by(|a, b| b.cmp(a));
    let sum = |loads: &[u64]| loads.iter().map(|&load| u128::from(load)).sum::<u128>() as f64;
    let top = sum(&loads[..loads.len().div_ceil(100)]);
    let all = sum(&loads);
    let subtitle = if all > 0.0 {
        format!(
            "the busiest 1 % of {} got {:.1} % of the messages",
            things(rows.len(), "peer"),
            100.0 * top / all
        )
    } else {
        format!("{}, no message received", things(rows.len(), "peer"))
    };
    Chart {
        title: "Load per peer, by rank".to_owned(),
        subtitle,
        x_label: "rank of the peer, busiest first".to_owned(),
        y_label: "messages in the whole run".to_owned(),
        scales: (Scale::Logarithmic, Scale::Logarithmic),
        axes: (None, None),
        series: vec![received, sent],
        caption: caption("peers.csv", "", idle.count(), "peer without any message"),
    }
}

/// How many peers had how many links at the end.
pub(super) fn degree_distribution(rows: &[PeerRow]) -> Chart {
    let mut peers: BTreeMap<u64, usize> = BTreeMap::new();
    for degree in rows.iter().filter_map(|row| row.degree_end) {
        *peers.entry(degree).or_default() += 1;
    }
    let online: usize = peers.values().sum();
    let ends: u128 = peers
        .iter()
        .map(|(&degree, &peers)| u128::from(degree) * peers as u128)
        .sum();
    let alone = peers.remove(&0).unwrap_or(0);
    let largest = peers.keys().next_back().copied().unwrap_or(0);
    let subtitle = if online == 0 {
        "no degrees were recorded".to_owned()
    } else {
        let mean = ends as f64 / online as f64;
        format!(
            "{} online; mean degree {mean:.2}, largest {}",
            things(online, "peer"),
            number(largest as f64)
        )
    };
    Chart {
        title: "Degrees when the run ended".to_owned(),
        subtitle,
        x_label: "degree (links of a peer)".to_owned(),
        y_label: "peers".to_owned(),
        scales: (Scale::Logarithmic, Scale::Logarithmic),
        axes: (None, None),
        series: vec![Series {
            name: "peers".to_owned(),
            points: peers
                .iter()
                .map(|(&degree, &peers)| (degree as f64, peers as f64))
                .collect(),
            mark: Mark::Dots,
        }],
        caption: caption("peers.csv", "", alone, "peer without a link"),
    }
}
