//! `--set`.

use super::{RICH, SNAPSHOT, bad, good};
use crate::scenario::schema::{Overlay, Scenario, Search};
use crate::scenario::units::Share;
use crate::scenario::{Severity, Texts, problems, read, show};

fn set(text: &str, overrides: &[&str]) -> Scenario {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    read("test.toml", text, &overrides).unwrap_or_else(|report| panic!("{report}"))
}

#[test]
fn an_override_does_what_an_edit_does() {
    let edited = SNAPSHOT
        .replace("ttl = 4", "ttl = 5")
        .replace("50 ms", "7 ms")
        .replace("seed     = 1", "seed = 9");
    let overridden = set(
        SNAPSHOT,
        &[
            "overlay.gnutella.search.flood.ttl=5",
            "underlay.latency.constant.one_way = 7 ms",
            "seed=9",
        ],
    );
    assert_eq!(good(&edited), overridden);
    assert_ne!(good(SNAPSHOT), overridden);
}

#[test]
fn values_are_toml_where_they_parse_and_strings_otherwise() {
    assert_eq!(set(SNAPSHOT, &["title=two words"]).title, "two words");
    assert_eq!(set(SNAPSHOT, &["title=\"quoted\""]).title, "quoted");
    assert_eq!(set(SNAPSHOT, &["title='a = b'"]).title, "a = b");
    assert_eq!(set(SNAPSHOT, &["title=a = b"]).title, "a = b");
    assert_eq!(set(SNAPSHOT, &["peers.count=10_000"]).peers.count, Some(10_000));
    assert_eq!(set(SNAPSHOT, &["peers={ count = 7000 }"]).peers.count, Some(7000));
}

#[test]
fn another_choice_replaces_the_old_one() {
    let scenario = set(
        SNAPSHOT,
        &[
            "overlay.gnutella.search.walk.walkers=16",
            "overlay.gnutella.search.walk.ttl=99",
        ],
    );
    let Some(Overlay::Gnutella(gnutella)) = &scenario.overlay else {
        panic!("no overlay")
    };
    let Search::Walk(walk) = &gnutella.search else {
        panic!("{}", show(&scenario))
    };
    assert_eq!((walk.walkers, walk.ttl, walk.check_every), (16, 99, 4));
}

#[test]
fn groups_have_numbers_and_names() {
    for path in ["peers.group.1.share", "peers.group.cable.share"] {
        let scenario = set(RICH, &[&format!("{path}=0.25")]);
        assert_eq!(scenario.peers.groups[1].share.map(Share::get), Some(0.25));
    }
    assert_eq!(
        set(RICH, &["action.0.at=31 min"]).actions[0].at.to_string(),
        "31 min"
    );
}

#[test]
fn what_is_wrong_with_an_override_is_shown_there() {
    for (text, key, column, words) in [
        (
            "overlay.gnutella.search.flood.ttl=0",
            "overlay.gnutella.search.flood.ttl",
            35,
            "from 1 to 255",
        ),
        (
            "overlay.gnutella.serach.flood.ttl=3",
            "overlay.gnutella.serach",
            18,
            "did you mean `search`?",
        ),
        ("duration=7", "duration", 10, "\"7 ms\", \"7 s\""),
        ("duration=7 parsecs", "duration", 10, "unknown unit"),
        ("seed", "", 1, "an override has no `=`"),
        ("=3", "", 1, "not a dotted key"),
        ("a b=3", "", 1, "not a dotted key"),
        ("action.7.at=1 min", "action.7.at", 8, "`action` has no entry `7`"),
        (
            "peers.group.dialup.share=0.1",
            "peers.group.dialup.share",
            13,
            "an entry's name",
        ),
    ] {
        let report = bad(RICH, &["seed=3", text]);
        let problem = &report.problems()[0];
        assert_eq!(
            (problem.source.as_str(), problem.line),
            ("--set #2", 1),
            "{report}"
        );
        assert_eq!((problem.key.as_str(), problem.column), (key, column), "{report}");
        assert!(
            report.render(false).contains(words),
            "{words} is not in\n{report}"
        );
        assert_eq!(report.count(), 1, "{report}");
    }
}

/// What only the files of a scenario reveal is shown at the key that names them.
#[test]
fn later_problems_have_a_place() {
    let later = |overrides: &[String]| {
        let key = "workload.file.path".to_owned();
        let message = "`workload.file.path`: origin 7000 is not in the graph".to_owned();
        problems(
            &Texts::alone("test.toml", SNAPSHOT),
            overrides,
            vec![(key, message, Severity::Input)],
        )
    };
    let report = later(&[]);
    assert_eq!(
        (report.problems()[0].source.as_str(), report.problems()[0].line),
        ("test.toml", 16)
    );
    assert!(report.render(false).contains("path = \"queries.csv\""));
    let report = later(&["seed=2".to_owned(), "workload.file.path=other.csv".to_owned()]);
    assert_eq!(report.problems()[0].source, "--set #2");
}
