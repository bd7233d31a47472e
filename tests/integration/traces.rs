//! `servent run --trace`: what a trace tells of each query agrees with the query's row, whatever the overlay.

use std::collections::BTreeMap;
use std::path::Path;

use servent::overlay::books::Fate;
use servent::records::{QueryRow, TraceRow, read_table, read_table_at};

use crate::program::servent;

/// Lines of a query, by fate; those by which it begins apart.
#[derive(Default)]
struct Lines {
    begun: u64,
    accepted: u64,
    duplicates: u64,
    arrived: u64,
    answers: u64,
}

fn lines_by_query(rows: &[TraceRow]) -> BTreeMap<u64, Lines> {
    let mut by_query = BTreeMap::<u64, Lines>::new();
    for row in rows {
        let lines = by_query.entry(row.query).or_default();
        match row.fate {
            Fate::Accepted if row.hops == 0 => lines.begun += 1,
            Fate::Accepted => lines.accepted += 1,
            Fate::Duplicate => lines.duplicates += 1,
            Fate::Arrived => {
                lines.arrived += 1;
                // What the origin itself knows of holders is an answer that nobody gave.
                lines.answers += u64::from(row.from == row.peer);
            }
            Fate::Answered | Fate::Named => lines.answers += 1,
            Fate::Expired | Fate::NoRoute => {}
        }
    }
    by_query
}

/// Plays a file of the shipped comparison in a small world, and compares its trace with `queries.csv`.
fn check(name: &str) {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/compare");
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path();
    let file = scenarios.join(name).with_extension("toml");
    let line = format!(
        "run {} -q --set peers.count=100 --set content.items=100 --trace trace.csv --out run",
        file.display()
    );
    servent(place, &line).ends(0);
    let rows: Vec<TraceRow> = read_table_at(&place.join("trace.csv")).unwrap().unwrap();
    let queries: Vec<QueryRow> = read_table(&place.join("run")).unwrap().unwrap();
    let by_query = lines_by_query(&rows);
    let none = Lines::default();
    let mut answered = 0;
    for query in &queries {
        let lines = by_query.get(&query.query).unwrap_or(&none);
        let told = (lines.accepted, lines.duplicates, lines.arrived);
        let counted = (query.reached_peers, query.duplicate_messages, query.hits);
        assert_eq!(told, counted, "{name}, query {}", query.query);
        assert!(
            lines.begun > 0 || query.query_messages == 0,
            "{name}, query {}",
            query.query
        );
        assert!(
            lines.answers > 0 || query.hits == 0,
            "{name}, query {}",
            query.query
        );
        answered += u64::from(query.hits > 0);
    }
    assert!(answered > 0, "{name}: no query was answered");
    // Whatever was answered can be told.
    let told = queries.iter().find(|query| query.hits > 0).unwrap();
    let story = servent(place, &format!("explain run --query {}", told.query)).says();
    assert!(story.contains(&format!("peer {} asks", told.origin)), "{story}");
    let is_told = story.contains("a hit came back over ") || story.contains("the origin itself knows");
    assert!(is_told, "{story}");
}

#[test]
fn traces_tell_of_servers_what_was_counted() {
    for name in ["client-server", "napster", "edonkey", "bittorrent"] {
        check(name);
    }
}

#[test]
fn traces_tell_of_structured_overlays_what_was_counted() {
    for name in ["chord", "kademlia", "overnet"] {
        check(name);
    }
}

#[test]
fn traces_tell_of_floods_walks_and_hybrids_what_was_counted() {
    for name in ["flood", "walk", "kazaa", "hybrid"] {
        check(name);
    }
}
