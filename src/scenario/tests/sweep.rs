//! `[sweep]`: what is read of it, and what it makes of a scenario.

use super::good;
use crate::scenario::{Texts, read, read_open, read_swept, show};

const SWEPT: &str = r#"duration = "10 min"
peers.count = 50
[overlay.chord]
[workload.random_lookups]
rate_per_peer = "1 /min"
[sweep]
"overlay.chord.successors" = [4, 8, 16]
"overlay.chord.stabilize" = [{ min = "5 s", max = "10 s" }, { min = "1 min", max = "2 min" }]
"#;

fn refused(text: &str, overrides: &[&str]) -> String {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    read_swept(&Texts::alone("swept.toml", text), &overrides)
        .unwrap_err()
        .render(false)
}

#[test]
fn a_sweep_survives_being_shown() {
    let scenario = good(SWEPT);
    assert_eq!(scenario.sweep.combinations_number(), 6);
    // Some defaults depend on what is swept, such as the number of bootstrap nodes: they are left open.
    let shown = show(&read_open(&Texts::alone("swept.toml", SWEPT), &[]));
    for (part, is_there) in [
        ("nodes_per_peer = 1\n", true),
        ("bootstrap_nodes", false),
        ("[sweep]\n\"overlay.chord.successors\" = [4, 8, 16]\n", true),
    ] {
        assert_eq!(shown.contains(part), is_there, "{part} in {shown}");
    }
    assert_eq!(good(&shown), scenario);
    assert_eq!(show(&read_open(&Texts::alone("shown.toml", &shown), &[])), shown);
    // As it stands, the scenario is the one without the table.
    let mut bare = scenario.clone();
    bare.sweep.0.clear();
    assert_eq!(good(SWEPT.split("[sweep]").next().unwrap()), bare);
}

#[test]
fn overrides_change_the_lists_and_not_what_is_swept() {
    let read = |overrides: &[&str]| {
        let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
        read_swept(&Texts::alone("swept.toml", SWEPT), &overrides)
    };
    let number = |overrides: &[&str]| read(overrides).unwrap().sweep.combinations_number();
    assert_eq!(number(&[]), 6);
    assert_eq!(number(&["sweep.\"overlay.chord.successors\"=[7]"]), 2);
    assert_eq!(number(&["sweep.\"duration\"=[\"1 min\", \"2 min\"]"]), 12);
    assert_eq!(number(&["sweep={}"]), 1);
    assert_eq!(number(&["overlay.chord.fix_fingers.min=\"10 s\""]), 6);
    for set in [
        "overlay.chord.successors=4",
        "overlay.chord.stabilize.max=\"1 min\"",
        "overlay={ chord = { successors = 12 } }",
    ] {
        let said = refused(SWEPT, &[set]);
        assert!(
            said.contains("is swept: what is set here would be replaced"),
            "{set}: {said}"
        );
        assert!(said.contains("--set #1:1:"), "{set}: {said}");
        // Where it stands as it is, that is nothing to complain of.
        assert!(
            crate::scenario::read("swept.toml", SWEPT, &[set.to_owned()]).is_ok(),
            "{set}"
        );
    }
}

#[test]
fn a_problem_of_many_combinations_is_said_once() {
    let text = SWEPT.replace("[4, 8, 16]", "[4, 0, 8, 16]");
    let report = read("swept.toml", &text, &[]).unwrap_err();
    assert_eq!(report.count(), 1, "{report}");
    assert_eq!(report.problems()[0].key, "overlay.chord.successors");
}

#[test]
fn a_sweep_measures_lookups() {
    let text =
        "duration = \"1 min\"\npeers.count = 10\ntopology.random.mean_degree = 3\n[overlay.gnutella]\n";
    assert!(read("bare.toml", text, &[]).is_ok());
    let said = refused(text, &[]);
    assert!(
        said.contains("a sweep measures lookups, and the scenario has none"),
        "{said}"
    );
}
