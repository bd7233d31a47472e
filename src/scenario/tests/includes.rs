//! `include`: how files are laid over one another, and where what is wrong in them is shown.

use crate::scenario::{
    INCLUDE_DEPTH_MAX, INCLUDES_MAX, Included, Includes, Problem, Refusal, Report, Scenario, Severity, Texts,
    read, read_within, show,
};
use std::collections::BTreeMap;

/// Files in memory, by path.
struct Shelf<'t>(BTreeMap<&'t str, &'t str>);

impl Includes for Shelf<'_> {
    fn include(&mut self, directory: &str, path: &str) -> Result<Included, Refusal> {
        let place = match directory {
            "" => path.to_owned(),
            _ => format!("{directory}/{path}"),
        };
        match self.0.get(place.as_str()) {
            Some(text) => Ok(Included {
                path: place,
                text: (*text).to_owned(),
            }),
            None => Err(Refusal {
                message: format!("`include`: cannot read {path}: it is not on the shelf"),
                help: "put it there".to_owned(),
                severity: Severity::Input,
            }),
        }
    }
}

/// Reads the first of some files, which lies in a directory `lab`.
fn read_first(files: &[(&str, &str)], overrides: &[&str]) -> Result<Scenario, Report> {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    let mut shelf = Shelf(files.iter().copied().collect());
    let (name, text) = files[0];
    let texts = Texts::gather(&format!("lab/{name}"), text, &mut shelf);
    read_within(&texts, &overrides, None)
}

fn shown(files: &[(&str, &str)], overrides: &[&str]) -> String {
    show(&read_first(files, overrides).unwrap_or_else(|report| panic!("{report}")))
}

/// A scenario in one piece, as it is shown.
fn whole(text: &str) -> String {
    show(&read("whole.toml", text, &[]).unwrap_or_else(|report| panic!("{report}")))
}

const BASE: &str = r#"title = "base"
duration = "10 min"
[peers]
count = 50
[[peers.group]]
name = "one"
share = 0.5
[peers.churn]
session.exponential = { mean = "5 min" }
absence.exponential = { mean = "5 min" }
[overlay.gnutella]
search.flood = { ttl = 4 }
guid_expiry = "5 min"
[content]
items = 20
"#;

#[test]
fn tables_are_laid_over_one_another_and_lists_replaced() {
    let over = r#"include = "base.toml"
title = "over"
peers.count = 60
[[peers.group]]
name = "two"
share = 0.25
[peers.churn]
session.weibull = { shape = 0.5, mean = "7 min" }
[overlay.gnutella]
search.flood.ttl = 5
"#;
    let merged = r#"title = "over"
duration = "10 min"
[peers]
count = 60
[[peers.group]]
name = "two"
share = 0.25
[peers.churn]
session.weibull = { shape = 0.5, mean = "7 min" }
absence.exponential = { mean = "5 min" }
[overlay.gnutella]
search.flood = { ttl = 5 }
guid_expiry = "5 min"
[content]
items = 20
"#;
    let files = [("over.toml", over), ("base.toml", BASE)];
    assert_eq!(shown(&files, &[]), whole(merged));
    assert!(!shown(&files, &[]).contains("include"));
    // Settings of the command line go before both files.
    let set = shown(&files, &["peers.count=70", "content.items=21"]);
    assert_eq!(
        set,
        whole(&merged.replace("count = 60", "count = 70").replace("20", "21"))
    );
}

#[test]
fn choices_replace_one_another() {
    for (over, from, to) in [
        (
            "[overlay.chord]\nsuccessors = 5\n",
            "[overlay.gnutella]\nsearch.flood = { ttl = 4 }\nguid_expiry = \"5 min\"",
            "[overlay.chord]\nsuccessors = 5",
        ),
        (
            "overlay.gnutella.search.walk = { walkers = 3 }\n",
            "search.flood = { ttl = 4 }",
            "search.walk = { walkers = 3 }",
        ),
    ] {
        assert!(BASE.contains(from));
        let over = format!("include = [\"base.toml\"]\n{over}");
        let merged = BASE.replace(from, to);
        assert_eq!(
            shown(&[("over.toml", &over), ("base.toml", BASE)], &[]),
            whole(&merged)
        );
    }
    // A table that is no choice is not replaced: two latencies of one choice would be refused, a second law of churn is added.
    let files = [
        (
            "over.toml",
            "include = \"base.toml\"\n[underlay.latency.constant]\none_way = \"9 ms\"\n",
        ),
        (
            "base.toml",
            &format!("{BASE}[underlay.latency.plane]\nwidth = \"10 km\"\n") as &str,
        ),
    ];
    let scenario = read_first(&files, &[]).unwrap();
    assert!(show(&scenario).contains("one_way") && !show(&scenario).contains("width"));
}

#[test]
fn of_several_bases_the_later_wins_and_bases_have_bases() {
    let files = [
        ("a.toml", "include = [\"b.toml\", \"c.toml\"]\n"),
        (
            "b.toml",
            "include = \"base.toml\"\ntitle = \"b\"\npeers.count = 51\n",
        ),
        ("c.toml", "title = \"c\"\nwarm_up = \"1 min\"\n"),
        ("base.toml", BASE),
    ];
    let merged = BASE
        .replace("\"base\"", "\"c\"\nwarm_up = \"1 min\"")
        .replace("count = 50", "count = 51");
    assert_eq!(shown(&files, &[]), whole(&merged));
    // The same file twice is no circle.
    let files = [
        ("a.toml", "include = [\"b.toml\", \"base.toml\"]\n"),
        ("b.toml", "include = \"base.toml\"\ntitle = \"b\"\n"),
        ("base.toml", BASE),
    ];
    assert_eq!(shown(&files, &[]), whole(BASE));
}

#[test]
fn data_files_are_those_beside_the_file_that_names_them() {
    let files = [
        (
            "a.toml",
            "include = \"worlds/w.toml\"\n[workload.file]\npath = \"q.csv\"\n",
        ),
        (
            "worlds/w.toml",
            "include = \"deeper/d.toml\"\nduration = \"1 min\"\n[topology.file]\npath = \"data/graph.txt\"\n",
        ),
        (
            "worlds/deeper/d.toml",
            "[content]\nitems = 3\n[content.replicas.file]\npath = \"/r.csv\"\n[peers.sessions]\npath = \"s.csv\"\n\
             [overlay.gnutella]\n",
        ),
    ];
    let mut named = Vec::new();
    let mut scenario = read_first(&files, &[]).unwrap_or_else(|report| panic!("{report}"));
    scenario.visit_files(&mut |key, path| {
        // What is rebased is told by this name.
        assert_eq!(key.rsplit('.').next(), Some("path"), "{key}");
        named.push(path.clone());
    });
    assert_eq!(
        named,
        ["worlds/deeper/s.csv", "worlds/data/graph.txt", "/r.csv", "q.csv"]
    );
}

fn refused(files: &[(&str, &str)], overrides: &[&str]) -> Report {
    read_first(files, overrides).expect_err("it cannot be read")
}

fn places(report: &Report) -> Vec<String> {
    let place = |problem: &Problem| {
        format!(
            "{}:{}:{} {}",
            problem.source, problem.line, problem.column, problem.key
        )
    };
    report.problems().iter().map(place).collect()
}

#[test]
fn every_problem_is_shown_where_it_stands() {
    let base = format!("{BASE}items_at_all = 3\n[sharing]\nverification = 7\n");
    let report = refused(
        &[
            ("a.toml", "include = \"sub/b.toml\"\n[peers]\ncuont = 1\n"),
            ("sub/b.toml", &base),
        ],
        &["peers.churn.crash=2"],
    );
    insta::assert_snapshot!(report.render(false));
    assert_eq!(
        places(&report),
        [
            "lab/a.toml:3:1 peers.cuont",
            "lab/sub/b.toml:16:1 content.items_at_all",
            "lab/sub/b.toml:18:16 sharing.verification",
            "--set #1:1:19 peers.churn.crash",
        ]
    );
    // What a value is wrong with that the including file has is shown there, though the table stands below.
    let report = refused(
        &[
            ("a.toml", "include = \"base.toml\"\n[peers]\ncount = -1\n"),
            ("base.toml", BASE),
        ],
        &[],
    );
    assert_eq!(places(&report), ["lab/a.toml:3:9 peers.count"]);
    // Errors of syntax are told of all files at once.
    let report = refused(
        &[
            ("a.toml", "include = \"base.toml\"\nduration = \n"),
            ("base.toml", "title = \"open\n"),
        ],
        &[],
    );
    // What includes nothing that can be read includes nothing.
    assert_eq!(places(&report), ["lab/a.toml:2:12 "]);
}

#[test]
fn a_circle_is_told_with_its_files() {
    let report = refused(
        &[
            ("a.toml", "include = \"b.toml\"\n"),
            ("b.toml", "duration = \"1 min\"\ninclude = [\"c.toml\"]\n"),
            ("c.toml", "include = \"a.toml\"\n"),
        ],
        &[],
    );
    insta::assert_snapshot!(report.render(false));
    let report = refused(&[("a.toml", "include = \"a.toml\"\n")], &[]);
    assert!(
        report.problems()[0]
            .message
            .ends_with("in a circle: a.toml -> a.toml")
    );
}

#[test]
fn what_cannot_be_included_is_shown_at_its_place() {
    for (text, expect) in [
        ("include = \"no.toml\"\n", "lab/a.toml:1:11 include"),
        ("include = 3\n", "lab/a.toml:1:11 include"),
        ("include = [\"base.toml\", 3.5]\n", "lab/a.toml:1:25 include"),
        ("include = []\n", "lab/a.toml:1:11 include"),
        ("include = \"\"\n", "lab/a.toml:1:11 include"),
        ("[include]\npath = \"base.toml\"\n", "lab/a.toml:1:1 include"),
        (
            "include = \"base.toml\"\n[peers]\ninclude = \"base.toml\"\n",
            "lab/a.toml:3:1 peers.include",
        ),
    ] {
        let report = refused(&[("a.toml", text), ("base.toml", BASE)], &[]);
        assert_eq!(places(&report), [expect], "{text}\n{report}");
    }
    let report = refused(&[("a.toml", BASE)], &["include=base.toml"]);
    assert_eq!(places(&report), ["--set #1:1:1 include"]);
    let report = refused(
        &[
            (
                "a.toml",
                "include = \"base.toml\"\n[sweep]\ninclude = [\"base.toml\"]\n",
            ),
            ("base.toml", BASE),
        ],
        &[],
    );
    assert_eq!(places(&report), ["lab/a.toml:3:1 sweep.include"]);
    // A text that stands nowhere has nothing beside it.
    let report = read("alone.toml", "include = \"base.toml\"\n", &[]).unwrap_err();
    assert_eq!(report.problems()[0].column, 11);
}

#[test]
fn depth_number_and_size_are_bounded() {
    // A chain of files, and what it is at its longest.
    let name = |n: usize| format!("f{n}.toml");
    let chain = |length: usize| {
        let mut texts: Vec<(String, String)> = (1..length)
            .map(|n| (name(n - 1), format!("include = \"{}\"\n", name(n))))
            .collect();
        texts.push((name(length - 1), BASE.to_owned()));
        texts
    };
    let read_chain = |texts: &[(String, String)]| {
        let files: Vec<(&str, &str)> = texts
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        read_first(&files, &[]).map(|_| ())
    };
    assert!(read_chain(&chain(INCLUDE_DEPTH_MAX)).is_ok());
    let report = read_chain(&chain(INCLUDE_DEPTH_MAX + 1)).unwrap_err();
    assert!(report.is_limit(), "{report}");
    assert_eq!(
        places(&report),
        [format!("lab/f{}.toml:1:11 include", INCLUDE_DEPTH_MAX - 1)]
    );
    // Two files that are included twice each, six deep, would be 126.
    let mut texts: Vec<(String, String)> = (0..6)
        .map(|n| (name(n), format!("include = [\"{0}\", \"{0}\"]\n", name(n + 1))))
        .collect();
    texts.push((name(6), BASE.to_owned()));
    let report = read_chain(&texts).unwrap_err();
    assert!(
        report.is_limit()
            && report
                .to_string()
                .contains(&format!("at most {INCLUDES_MAX} files")),
        "{report}"
    );
    // Bytes count together.
    let large = format!("{BASE}#{}\n", "x".repeat(9 << 20));
    let files = [("a.toml", large.as_str()), ("b.toml", large.as_str())];
    assert!(read_first(&files, &[]).is_ok());
    let over = format!("include = \"b.toml\"\n{large}");
    let report = refused(&[("a.toml", over.as_str()), ("b.toml", large.as_str())], &[]);
    assert!(report.is_limit(), "{report}");
    assert_eq!(places(&report), ["lab/a.toml:1:11 include"]);
}
