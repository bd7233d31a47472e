//! Reports as a user sees them. Read them aloud when they change.

use super::{RICH, SNAPSHOT, bad};

/// The report of a scenario after one replacement, which must be there to replace.
fn report(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from));
    bad(&text.replacen(from, to, 1), &[]).render(false)
}

#[test]
fn a_mistyped_key() {
    insta::assert_snapshot!(report(SNAPSHOT, "maintenance", "maintenence"));
}

#[test]
fn a_quantity_without_unit() {
    insta::assert_snapshot!(report(SNAPSHOT, "\"50 ms\"", "50"));
}

#[test]
fn a_wrong_unit() {
    insta::assert_snapshot!(report(RICH, "\"56 kbit/s\"", "\"56 kbps\""));
}

#[test]
fn two_latencies() {
    insta::assert_snapshot!(report(
        RICH,
        "[topology.random]",
        "[underlay.latency.constant]\n[topology.random]"
    ));
}

#[test]
fn a_choice_that_is_not_there() {
    insta::assert_snapshot!(report(RICH, "session.weibull ", "session.weibul "));
}

#[test]
fn a_missing_duration() {
    insta::assert_snapshot!(report(SNAPSHOT, "duration = \"10 min\"", ""));
}

#[test]
fn a_contradiction() {
    insta::assert_snapshot!(report(RICH, "warm_up  = \"20 min\"", "warm_up = \"3 h\""));
}

#[test]
fn a_dangling_group() {
    insta::assert_snapshot!(report(
        RICH,
        "join = { group = \"crowd\"",
        "join = { group = \"croud\""
    ));
}

#[test]
fn a_syntax_error() {
    insta::assert_snapshot!(report(
        SNAPSHOT,
        "search.flood = { ttl = 4 }",
        "search.flood = { ttl = }"
    ));
}

#[test]
fn too_large() {
    insta::assert_snapshot!(report(
        RICH,
        "[peers]\ncount = 10_000",
        "[limits]\nmemory = \"32 GiB\"\n[peers]\ncount = 2_000_000_000"
    ));
}

#[test]
fn several_at_once() {
    let text = RICH
        .replace("\"2 h\"", "\"two hours\"")
        .replace("loss = 0.001", "loss = 1.5")
        .replace("mean_degree = 4", "mean_degre = 4")
        .replace("verification = \"bytes\"", "verification = \"sha1\"")
        .replace("over = \"1 min\"", "over = 1.5")
        .replace("flat_head = 100", "flat_head = 10000");
    insta::assert_snapshot!(bad(&text, &["peers.count=1e4"]).render(false));
}

#[test]
fn of_an_override() {
    insta::assert_snapshot!(
        bad(
            SNAPSHOT,
            &[
                "overlay.gnutella.search.flood.ttl=9",
                "overlay.gnutella.max_ttl=8"
            ]
        )
        .render(false)
    );
}

#[test]
fn colours_only_if_wanted() {
    let report = bad("seed = -1\n", &[]);
    assert!(!report.render(false).contains('\u{1b}'));
    assert!(report.render(true).contains('\u{1b}'));
}

/// What a file holds must not steer a terminal.
#[test]
fn control_characters_do_not_reach_the_terminal() {
    let text = bad("\"\\u001B[31mred\" = 1\ntitle = 3 # \u{7f}\n", &[]).render(false);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}

#[test]
fn messages_are_fragments() {
    for text in [
        "",
        "seed = 1.5",
        "duration = \"-1 s\"",
        "duration = \"1 s\"\n[peers]\ncount = 0",
    ] {
        for problem in bad(text, &[]).problems() {
            let first = problem.message.chars().next().unwrap();
            assert!(
                !first.is_uppercase() && !problem.message.ends_with('.'),
                "{}",
                problem.message
            );
            assert!(
                problem.help.iter().all(|help| !help.ends_with('.')),
                "{:?}",
                problem.help
            );
        }
    }
}
