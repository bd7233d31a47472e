//! Tests of the plots: that they are drawn from any tables, hold nothing outside the sheet, and stay equal.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sample data is drawn within bounds"
)]

mod comparison;
mod steps;
mod sweep;

use super::*;
use crate::engine::accounts::Count;
use crate::engine::random::{Draw, Purpose, Seed, SmallStream};
use crate::engine::sample::exponential;
use crate::overlay::dht::Identifier;
use crate::records::column::Key;
use crate::records::inputs::hexadecimal;
use crate::records::{
    DownloadOutcome, DownloadRow, FlowRow, LookupOutcome, LookupRow, PeerRow, QueryOutcome, QueryRow, Row,
    SeriesRow, SeriesWriter, write_table,
};
use sha1::{Digest, Sha1};

fn random(entity: u64) -> SmallStream {
    let seed = Seed {
        seed: 1,
        replication: 0,
    };
    seed.small(Purpose::Observation, entity)
}

/// The plots of some rows, by name.
fn plots<R: Row>(rows: &[R]) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    write_table(folder.path(), rows).unwrap();
    let plots = draw(folder.path());
    for (name, svg) in &plots {
        check(name, svg);
    }
    plots
}

fn count(svg: &str, what: &str) -> usize {
    svg.matches(what).count()
}

const KINDS: [&str; 9] = [
    "Ping", "Pong", "Query", "QueryHit", "Push", "Connect", "Accept", "Bye", "Refuse",
];

/// Two hours of a network in one-minute intervals, `quiet`: nothing in it.
fn series(folder: &Path, quiet: bool) {
    let mut random = random(1);
    let mut writer = SeriesWriter::create(folder, &KINDS).unwrap();
    for minute in 1..=120_u64 {
        let online = 5_000 + minute * 8 - (minute % 7) * 20;
        let rates = [300, 900, 90_000, 1_700, 4, 260, 190, 60, 1];
        writer
            .write(&SeriesRow {
                time_ns: minute * 60_000_000_000,
                online_peers: if quiet { 0 } else { online },
                links: (!quiet).then_some(online * 2),
                components: (!quiet).then_some(12),
                largest_component: (!quiet).then_some(online - 40 - random.below(60)),
                sent: rates
                    .iter()
                    .map(|rate| Count {
                        messages: if quiet {
                            0
                        } else {
                            rate * 54 + random.below(rate * 12) - 54 * (rate % 4)
                        },
                        bytes: 0,
                    })
                    .collect(),
                delivered_messages: 0,
                dropped_messages: 0,
                active_flows: 0,
                carried_bytes: 0,
            })
            .unwrap();
    }
    writer.finish().unwrap();
}

fn queries(number: u64) -> Vec<QueryRow> {
    let mut random = random(2);
    let row = |query| {
        let live = random.below(6);
        let hops = 1 + random.below(3) + random.below(3) + random.below(3);
        let found = live > 0 && random.chance(0.93);
        let latency = 40e6 * hops as f64 + exponential(90e6 * hops as f64, &mut random);
        QueryRow {
            query,
            issued_ns: query,
            origin: query,
            item: 0,
            ttl: Some(7),
            reached_peers: 0,
            query_messages: 0,
            duplicate_messages: 0,
            hit_messages: 0,
            check_messages: 0,
            bytes: 0,
            hits: u64::from(found),
            first_arrival_sum_ns: 0,
            first_hit_ns: found.then_some(latency as u64),
            first_hit_hops: found.then_some(u32::try_from(hops).unwrap()),
            live_replicas: Some(live),
            reachable_replicas: Some(live),
            outcome: if found {
                QueryOutcome::Hit
            } else {
                QueryOutcome::NoHit
            },
        }
    };
    (0..number).map(row).collect()
}

fn lookups(number: u64) -> Vec<LookupRow> {
    let mut random = random(5);
    let row = |lookup| {
        let hops = (0..10).filter(|_| random.chance(0.5)).count() as u64;
        let timeouts = u64::from(random.chance(0.1));
        let latency = 60e6 * hops as f64 + 5e8 * timeouts as f64 + exponential(40e6, &mut random);
        let outcome = [
            LookupOutcome::Failed,
            LookupOutcome::Incorrect,
            LookupOutcome::Correct,
        ][random.position(20).min(2)];
        let is_answered = outcome.is_answered();
        LookupRow {
            lookup,
            issued_ns: lookup,
            origin: 0,
            key: Key {
                identifier: Identifier::ZERO,
                digits: 40,
            },
            hops: is_answered.then_some(u32::try_from(hops).unwrap()),
            messages: 2 * hops,
            timeouts,
            latency_ns: is_answered.then_some(latency as u64),
            outcome,
        }
    };
    (0..number).map(row).collect()
}

fn downloads(number: u64) -> Vec<DownloadRow> {
    let mut random = random(3);
    let row = |download| {
        let completed = random.chance(0.8);
        let rate = [4_000.0, 16_000.0, 120_000.0][random.position(3)];
        let time_s = 3e6 / rate + exponential(3e6 / rate, &mut random);
        DownloadRow {
            download,
            started_ns: 0,
            peer: 0,
            item: 0,
            size_bytes: 3_000_000,
            sources: 2,
            finished_ns: completed.then_some((time_s * 1e9) as u64),
            corrupt_chunks: 0,
            refetched_bytes: 0,
            outcome: if completed {
                DownloadOutcome::Completed
            } else {
                [DownloadOutcome::Aborted, DownloadOutcome::Failed][random.position(2)]
            },
            query: 0,
            verified_bytes: 1 << 20,
        }
    };
    (0..number).map(row).collect()
}

fn peers(number: u64) -> Vec<PeerRow> {
    let mut random = random(4);
    let row = |peer| {
        // A Pareto tail: degree k or more with probability 1 / k.
        let degree = ((1.0 / random.unit()) as u64).min(300);
        let busy = u64::from(random.chance(0.97));
        PeerRow {
            peer,
            label: peer,
            group: "all".into(),
            online_ns: 0,
            sessions: 1,
            sent_messages: busy * degree * (900 + random.below(300)),
            received_messages: busy * degree * (1_000 + random.below(100)),
            sent_bytes: 0,
            received_bytes: 0,
            uploaded_bytes: 0,
            downloaded_bytes: 0,
            degree_end: random
                .chance(0.6)
                .then_some(degree - u64::from(random.chance(0.03))),
            shared_items_end: None,
        }
    };
    (0..number).map(row).collect()
}

fn flows(number: u64) -> Vec<FlowRow> {
    let row = |flow: u64| FlowRow {
        flow: flow.to_string().into(),
        source: 0,
        sink: 1,
        size_bytes: 1_000_000,
        started_ns: Some(flow * 1_000_000_000),
        finished_ns: (!flow.is_multiple_of(9)).then_some((flow + 2 + flow % 5) * 1_000_000_000),
    };
    (0..number).map(row).collect()
}

/// All tables of a run with so many rows.
fn tables(folder: &Path, rows: u64) {
    series(folder, false);
    write_table(folder, &queries(rows)).unwrap();
    write_table(folder, &lookups(rows)).unwrap();
    write_table(folder, &downloads(rows / 4)).unwrap();
    write_table(folder, &peers(rows)).unwrap();
    write_table(folder, &flows(rows / 20)).unwrap();
}

/// Draws all plots and gives them with their names.
fn draw(folder: &Path) -> Vec<(String, String)> {
    let plots = draw_all(folder).unwrap().into_iter().map(|path| {
        let svg = fs::read_to_string(&path).unwrap();
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), svg)
    });
    plots.collect()
}

/// The values of an attribute, wherever it stands.
fn attributes<'a>(svg: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!(" {name}=\"");
    let rest = svg.split(opening.as_str()).skip(1);
    rest.map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Everything stands on the sheet, words included, as far as their width can be told.
fn check(name: &str, svg: &str) {
    assert!(
        svg.starts_with("<svg width=\"760\" height=\"450\"") && svg.ends_with("</svg>\n"),
        "{name}"
    );
    assert!(
        svg.contains("viewBox=\"0 0 3040 1800\"") && !svg.contains("NaN") && !svg.contains("inf"),
        "{name}"
    );
    for points in attributes(svg, "points") {
        for point in points.split_whitespace() {
            let (x, y) = point.split_once(',').unwrap();
            let (x, y): (i32, i32) = (x.parse().unwrap(), y.parse().unwrap());
            assert!(
                (0..=3040).contains(&x) && (0..=1800).contains(&y),
                "{name}: {point}"
            );
        }
    }
    let texts: Vec<&str> = svg.split("<text ").skip(1).collect();
    assert!(texts.len() > 6, "{name}");
    for text in texts {
        let attribute = |name: &str| attributes(&format!(" {text}"), name)[0].to_owned();
        let number = |name: &str| attribute(name).parse::<f64>().unwrap();
        let words = text.split('>').nth(1).unwrap().split('<').next().unwrap().trim();
        if text.contains("rotate") {
            continue;
        }
        let wide = canvas::width(words, number("font-size"));
        let left = match attribute("text-anchor").as_str() {
            "start" => number("x"),
            "middle" => number("x") - wide / 2.0,
            _ => number("x") - wide,
        };
        assert!(
            left >= 0.0 && left + wide <= 3040.0,
            "{name}: {words:?} from {left} on, {wide} wide"
        );
    }
}

#[test]
fn all_plots_are_drawn_and_hold_nothing_outside_the_sheet() {
    for rows in [1, 20, 3_000] {
        let folder = tempfile::tempdir().unwrap();
        tables(folder.path(), rows);
        let plots = draw(folder.path());
        let expected = if rows == 3_000 { 10 } else { 8 };
        assert!(plots.len() >= expected, "{rows} rows: {} plots", plots.len());
        for (name, svg) in &plots {
            check(name, svg);
            assert!(svg.contains("Data: "), "{name} names its data");
            // A drawing of three thousand queries stays small.
            assert!(svg.len() < 200_000, "{name} has {} bytes", svg.len());
        }
    }
}

#[test]
fn equal_tables_give_these_very_bytes() {
    let folder = tempfile::tempdir().unwrap();
    tables(folder.path(), 3_000);
    let plots = draw(folder.path());
    assert_eq!(plots, draw(folder.path()));
    let hashes: Vec<String> = plots
        .iter()
        .map(|(name, svg)| format!("{name} {}", &hexadecimal(&Sha1::digest(svg.as_bytes()))[..16]))
        .collect();
    assert_eq!(hashes, SNAPSHOT, "{hashes:#?}");
}

/// The plots of `tables(3_000)`: the first 16 digits of their SHA-1. A change here must have been looked at.
const SNAPSHOT: [&str; 10] = [
    "messages-by-kind f37ca6cf7c3cfec6",
    "online-peers 0ed0070370a1ccac",
    "success-by-hops a7a57091073fc1bc",
    "first-hit-latency ec3990cae93cb398",
    "lookup-hops 666bf8e431af8b20",
    "lookup-latency 6c10728ae39feb02",
    "load-by-rank e81b2c9c81a3d16a",
    "degree-distribution 0d8151b43d2bbfd1",
    "download-time ffe54560aab1a79b",
    "transfer-time dbf1b33a8a7e13c2",
];

#[test]
fn nothing_to_draw_says_so_or_draws_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(draw(folder.path()), []);
    assert!(!folder.path().join(DIRECTORY).exists());
    write_table::<QueryRow>(folder.path(), &[]).unwrap();
    assert_eq!(draw(folder.path()), []);

    series(folder.path(), true);
    let mut unanswered = queries(3);
    for row in &mut unanswered {
        (row.first_hit_ns, row.first_hit_hops, row.outcome) = (None, None, QueryOutcome::NoHit);
    }
    write_table(folder.path(), &unanswered).unwrap();
    let mut failed = lookups(3);
    for row in &mut failed {
        (row.hops, row.latency_ns, row.outcome) = (None, None, LookupOutcome::Failed);
    }
    write_table(folder.path(), &failed).unwrap();
    let mut idle = peers(3);
    for row in &mut idle {
        (row.sent_messages, row.received_messages, row.degree_end) = (0, 0, Some(0));
    }
    write_table(folder.path(), &idle).unwrap();
    let mut broken = downloads(2);
    for row in &mut broken {
        (row.finished_ns, row.outcome) = (None, DownloadOutcome::Failed);
    }
    write_table(folder.path(), &broken).unwrap();
    let mut waiting = flows(2);
    for row in &mut waiting {
        (row.started_ns, row.finished_ns) = (None, None);
    }
    write_table(folder.path(), &waiting).unwrap();
    let plots = draw(folder.path());
    assert_eq!(plots.len(), 10);
    for (name, svg) in &plots {
        check(name, svg);
        assert_eq!(svg.contains("no data"), name != "online-peers", "{name}");
    }
}

#[test]
fn extreme_values_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = queries(4);
    for (row, time) in rows.iter_mut().zip([0, 1, u64::MAX, 1_000]) {
        row.first_hit_ns = Some(time);
        row.first_hit_hops = Some(4_000);
        row.outcome = QueryOutcome::Hit;
    }
    write_table(folder.path(), &rows).unwrap();
    let mut astray = lookups(4);
    for (row, time) in astray.iter_mut().zip([0, 1, u64::MAX, 1_000]) {
        (row.latency_ns, row.hops) = (Some(time), Some(65_535));
        row.outcome = LookupOutcome::Incorrect;
    }
    write_table(folder.path(), &astray).unwrap();
    let mut busy = peers(2);
    busy[0].sent_messages = u64::MAX;
    busy[1].received_messages = 1;
    busy[0].degree_end = Some(u64::from(u32::MAX));
    write_table(folder.path(), &busy).unwrap();
    let mut at_once = flows(3);
    for row in &mut at_once {
        (row.started_ns, row.finished_ns) = (Some(5), Some(5));
    }
    write_table(folder.path(), &at_once).unwrap();
    for (name, svg) in draw(folder.path()) {
        check(&name, &svg);
        assert!(!svg.contains("no data"), "{name}");
    }
}

#[test]
fn damaged_tables_and_unwritable_places_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    tables(folder.path(), 20);
    fs::write(folder.path().join(DIRECTORY), "in the way").unwrap();
    let error = draw_all(folder.path()).unwrap_err();
    assert!(error.to_string().contains("plots"), "{error}");
    fs::write(folder.path().join("series.csv"), "time_s,online\n").unwrap();
    let error = draw_all(folder.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("series.csv: line 1: column 2 is online"),
        "{error}"
    );
}
