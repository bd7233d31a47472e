//! Well-formed and malformed edge lists, small and published.

use super::*;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

fn parsed(text: &str) -> Snapshot {
    parse(text.as_bytes(), 1).expect("the list is well formed")
}

#[test]
fn snap_files_keep_their_numbers() {
    let text = "# Directed graph: x.txt \n# FromNodeId\tToNodeId\n0\t1\n0\t2\n\n3\t2\n";
    let snapshot = parsed(text);
    assert_eq!(snapshot.labels, [0, 1, 2, 3]);
    assert!(snapshot.graph.edge_pairs().eq([(0, 1), (0, 2), (2, 3)]));
    assert!(!snapshot.graph.is_annotated());
    assert_eq!((snapshot.self_loops, snapshot.repeated_pairs), (0, 0));
}

#[test]
fn line_ends_and_blanks_do_not_matter() {
    let plain = parsed("0 1\n1 2\n");
    for text in [
        "0\t1\r\n1\t2\r\n",
        "0 1\n1 2",
        "  0   1 \n\n \t\n\t1 \t2\t\n# end",
        "\u{feff}0 1\n1 2\n",
        "   # indented remark\n0 1\n00001 2\n",
    ] {
        assert_eq!(parsed(text), plain, "{text:?}");
    }
}

#[test]
fn gaps_in_the_labels_are_closed_in_order() {
    // The second list is far too sparse for a table by label.
    for (text, labels) in [
        ("70 3\n3 12\n", [3, 12, 70]),
        (
            "18446744073709551615 3\n3 9000000000\n",
            [3, 9_000_000_000, u64::MAX],
        ),
    ] {
        let snapshot = parsed(text);
        assert_eq!(snapshot.labels, labels);
        assert!(snapshot.graph.edge_pairs().eq([(0, 1), (0, 2)]));
    }
}

#[test]
fn loops_and_repetitions_are_counted() {
    let snapshot = parsed("1 2\n2 1\n5 5\n1 2\n2 3\n");
    assert_eq!((snapshot.self_loops, snapshot.repeated_pairs), (1, 2));
    assert_eq!(snapshot.labels, [1, 2, 3, 5]);
    assert_eq!((snapshot.graph.edges(), snapshot.graph.degree(3)), (2, 0));
}

#[test]
fn a_third_column_is_a_latency() {
    let snapshot = parse(b"0 1 5\n2 1 7\n1 0 5\n1 2 9\n", 1_000_000).unwrap();
    let graph = &snapshot.graph;
    assert_eq!(
        (graph.annotation(1, 0), graph.annotation(1, 2)),
        (Some(5_000_000), Some(7_000_000))
    );
    assert_eq!((snapshot.repeated_pairs, snapshot.latency_conflicts), (2, 1));
}

#[test]
fn malformed_lists_are_refused_where_they_are_malformed() {
    let cases = [
        ("", "the list has no edges"),
        ("# only a remark\n\n", "the list has no edges"),
        ("0 1\n7\n", "line 2: one number where two node labels are needed"),
        ("# x\r\n\r\n0 1\r\n7\r\n", "line 4: one number"),
        ("0 1\n0 x\n", "line 2: `x` is not a whole number"),
        ("0 -1\n", "line 1: `-1` is not a whole number"),
        ("0,1\n", "line 1: `0,1` is not a whole number"),
        ("0 1 2.5\n", "line 1: `2.5` is not a whole number"),
        ("0 1 # x\n", "line 1: `#` is not a whole number"),
        ("0 1\u{e9}\n", "line 1: `1\\xc3\\xa9` is not a whole number"),
        ("0 1e3\n", "line 1: `1e3` is not a whole number"),
        (
            "<!DOCTYPE html><html lang=\"en\">\n",
            "line 1: `<!DOCTYPE` is not a whole number",
        ),
        (
            "0 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
            "line 1: `aaaaaaaaaaaaaaaaaaaaaaaa...` is not",
        ),
        (
            "0 18446744073709551616\n",
            "line 1: `18446744073709551616` is too large",
        ),
        (
            "0 99999999999999999999999999999999\n",
            "line 1: `999999999999999999999999...` is too large",
        ),
        ("0 1 2 3\n", "line 1: more than three columns"),
        ("0 1 2\n0 2\n", "line 2: 2 columns, but the lines before have 3"),
        ("0 1\n0 2 2\n", "line 2: 3 columns, but the lines before have 2"),
        ("0 1\r1 2\r", "line 1: more than three columns"),
    ];
    for (text, expected) in cases {
        let error = parse(text.as_bytes(), 1).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{text:?}: {error}");
        let line = expected
            .strip_prefix("line ")
            .map(|rest| rest.split(':').next().unwrap());
        assert_eq!(error.line().map(|line| line.to_string()).as_deref(), line);
    }
    let error = parse(b"0 1 18446744073710\n", 1_000_000).unwrap_err();
    assert_eq!(error.to_string(), "line 1: `18446744073710` is too large");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_is_recognised_and_undone() {
    let text: Vec<u8> = (0..5_000)
        .flat_map(|i| format!("{i} {}\n", i * 7 % 5_000).into_bytes())
        .collect();
    assert!(matches!(decode(&text, u64::MAX), Ok(Cow::Borrowed(same)) if same == text));
    let packed = gzip(&text);
    assert_eq!(decode(&packed, u64::MAX).unwrap(), text);
    assert_eq!(decode(&packed, text.len() as u64).unwrap(), text);
    // Two members are one stream.
    let (left, right) = text.split_at(777);
    assert_eq!(
        decode(&[gzip(left), gzip(right)].concat(), u64::MAX).unwrap(),
        text
    );
}

#[test]
fn bad_gzip_is_refused() {
    let text = vec![b'7'; 100_000];
    let packed = gzip(&text);
    for len in 2..packed.len() {
        assert_eq!(
            decode(&packed[..len], u64::MAX),
            Err(DecodeError::Truncated),
            "{len} bytes"
        );
    }
    let mut damaged = packed.clone();
    let check_sum = damaged.len() - 8;
    damaged[check_sum] ^= 1;
    assert!(matches!(
        decode(&damaged, u64::MAX),
        Err(DecodeError::Damaged { .. })
    ));
    let limit = DecodeError::TooLarge { bytes_max: 99_999 };
    assert_eq!(decode(&packed, 99_999), Err(limit.clone()));
    assert_eq!(decode(&text, 99_999), Err(limit));
}

proptest! {
    /// Against the naive model: lines split as strings, ordered maps.
    #[test]
    fn lists_are_read_as_a_naive_reader_does(
        rows in proptest::collection::vec((0_u64..30, 0_u64..30, 1_u64..5), 1..80),
        three: bool,
        scale in prop_oneof![Just(1_u64), Just(1_000_003), Just(500_000_000_000_000_000)],
    ) {
        let mut text = String::new();
        for &(u, v, w) in &rows {
            let third = if three { format!("\t{w}") } else { String::new() };
            text.extend([(u * scale).to_string().as_str(), "\t", &(v * scale).to_string(), &third, "\r\n"]);
        }
        let snapshot = parse(text.as_bytes(), 10).unwrap();
        let labels: BTreeSet<u64> = rows.iter().flat_map(|&(u, v, _)| [u * scale, v * scale]).collect();
        prop_assert!(snapshot.labels.iter().eq(&labels));
        let mut pairs = BTreeMap::new();
        for &(u, v, w) in rows.iter().filter(|(u, v, _)| u != v) {
            pairs.entry((u.min(v) * scale, u.max(v) * scale)).or_insert(if three { w * 10 } else { 0 });
        }
        let label = |node: u32| snapshot.labels[node as usize];
        let graph = &snapshot.graph;
        let found: BTreeMap<_, _> = graph
            .edge_pairs()
            .map(|(u, v)| ((label(u), label(v)), graph.annotation(u, v).unwrap_or(0)))
            .collect();
        prop_assert_eq!(&found, &pairs);
        let loops = rows.iter().filter(|(u, v, _)| u == v).count() as u64;
        prop_assert_eq!(snapshot.self_loops, loops);
        prop_assert_eq!(snapshot.repeated_pairs, rows.len() as u64 - loops - pairs.len() as u64);
    }

    /// Any bytes at all: a snapshot or an error, never a panic.
    #[test]
    fn no_input_is_too_strange(bytes in proptest::collection::vec(prop_oneof![
        4 => proptest::sample::select(&b"0123456789 \t\r\n#"[..]),
        1 => any::<u8>(),
    ], 0..60)) {
        drop(parse(&bytes, 3));
        drop(decode(&bytes, 1_000));
    }
}
