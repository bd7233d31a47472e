//! Comparisons of two results.

use super::{flow, query, summary, unanswered};
use crate::engine::digest::Digests;
use crate::records::*;
use std::fs;
use std::path::Path;

/// Leaves a small result: its ladder parts from that of others with another `messages` after step 512.
fn leave(folder: &Path, name: &str, messages: u64, rows: &[QueryRow]) -> PathBuf {
    let run = RunDirectory::create(&folder.join(name)).unwrap();
    let mut ladder = Ladder::default();
    let mut digests = Digests::default();
    for step in 1..=ladder::STEPS {
        digests.churn.add(step, 0, 0);
        digests
            .messages
            .add(step, if step > 512 { messages } else { 0 }, 0);
        ladder.note(Ladder::instant_ns(1_024_000_000_000, step), &digests);
    }
    ladder.write(run.path()).unwrap();
    let written = write_table(run.path(), rows).unwrap();
    let mut summary = summary(messages);
    summary.set_digests(&digests, written.digest);
    summary.write(run.path()).unwrap();
    run.write("scenario.toml", format!("seed = 1\n# {name}\n"))
        .unwrap();
    run.finish().unwrap()
}

#[test]
fn ladders_are_read_back_equal() {
    let folder = tempfile::tempdir().unwrap();
    let place = leave(folder.path(), "a", 4, &[]);
    let ladder = Ladder::read(&place).unwrap();
    assert_eq!(ladder.rows.len(), 1024);
    assert_eq!(ladder.rows[1023].time_ns, 1_024_000_000_000);
    let again = folder.path().join("again");
    fs::create_dir(&again).unwrap();
    ladder.write(&again).unwrap();
    let bytes = |place: &Path| fs::read(place.join("digests.csv")).unwrap();
    assert_eq!(bytes(&place), bytes(&again));
    assert_eq!(Ladder::instant_ns(u64::MAX, 1024), u64::MAX);
}

#[test]
fn equal_results_differ_in_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let a = leave(folder.path(), "a", 4, &[query(0)]);
    let b = leave(folder.path(), "b", 4, &[query(0)]);
    let difference = diff(&a, &b).unwrap();
    assert!(difference.is_empty(), "{difference}");
    assert_eq!(
        difference.to_string(),
        "remark: scenario.toml differs first in line 2: # a and # b\n\
         digests: churn, messages, order, results, transfers, workload identical\n\
         metrics: all 14 numbers identical\n"
    );
}

#[test]
fn differences_are_told_by_channel_metric_and_row() {
    let folder = tempfile::tempdir().unwrap();
    let a = leave(folder.path(), "a", 4, &[query(0), query(1)]);
    let b = leave(folder.path(), "b", 5, &[query(0), unanswered(1)]);
    write_table(&b, &[flow()]).unwrap();
    let difference = diff(&a, &b).unwrap();
    assert!(!difference.is_empty());
    let text = difference.to_string();
    for line in [
        "digests: churn, order, transfers, workload identical; messages, results differ",
        "  messages: from t = 513 s on (equal until 512 s)",
        "table flows.csv: absent in a",
        "table queries.csv: first different row is 2 (1): ttl is 7 and empty",
    ] {
        assert!(
            text.lines().any(|each| each == line),
            "no line {line:?} in\n{text}"
        );
    }
    let sent = difference
        .metrics
        .iter()
        .find(|each| each.metric == "messages_sent")
        .unwrap();
    assert_eq!((sent.absolute(), sent.relative()), (Some(1.0), Some(0.25)));
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with("messages_sent"))
        .unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        words,
        ["messages_sent", "4", "5", "+1", "+25.000", "%", "messages"]
    );

    // A table that ends early, and other columns.
    let shorter = leave(folder.path(), "c", 4, &[query(0)]);
    let text = diff(&a, &shorter).unwrap().to_string();
    assert!(
        text.contains("table queries.csv: b ends after 1 equal rows\n"),
        "{text}"
    );
    fs::write(shorter.join("queries.csv"), "query,other\n").unwrap();
    let text = diff(&a, &shorter).unwrap().to_string();
    assert!(
        text.contains("columns differ first at \"issued_s\" and \"other\""),
        "{text}"
    );
    // What is no result is refused.
    assert!(diff(&a, folder.path()).is_err());
    fs::write(shorter.join("summary.json"), "{\n\"format\": 3").unwrap();
    let error = diff(&a, &shorter).unwrap_err();
    assert!(matches!(error, RecordError::Malformed { line: 2, .. }), "{error}");
}
