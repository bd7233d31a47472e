//! Scenarios that share a base by including it.

use std::fs;

use servent::records::{QueryRow, read_table};

use crate::compare::{OVERLAYS, differing, laboratory};
use crate::program::servent;

/// What includes another file is the scenario that `servent show` prints, to every verb.
#[test]
fn every_verb_follows_includes() {
    let folder = laboratory();
    let place = folder.path();
    let shown = servent(place, "show flood.toml --set peers.count=30").says();
    assert!(
        !shown.contains("include") && shown.contains("count = 30"),
        "{shown}"
    );
    fs::write(place.join("whole.toml"), &shown).unwrap();
    servent(place, "run flood.toml --set peers.count=30 -q --out by-base").ends(0);
    servent(place, "run whole.toml -q --out whole").ends(0);
    assert_eq!(differing(&place.join("by-base"), &place.join("whole")), [""; 0]);
    let kept = fs::read_to_string(place.join("by-base/scenario.toml")).unwrap();
    assert_eq!(kept, shown);
    for line in ["topology", "run --estimate"] {
        let said = |file: &str| {
            let call = servent(place, &format!("{line} {file}"));
            let said = call.arg("--set").arg("peers.count=30").says();
            // What the machine has left changes meanwhile.
            said.split("allowed").next().unwrap().to_owned()
        };
        assert_eq!(said("flood.toml"), said("whole.toml"), "{line}");
    }
    assert!(
        servent(place, "validate flood.toml")
            .ends(0)
            .contains("flood.toml is valid")
    );
    servent(place, "run flood.toml -q --trace trace.csv --out traced").ends(0);
    servent(place, "explain traced --query 0").says();
    // A sweep of what includes its workload.
    fs::write(
        place.join("swept.toml"),
        "include = \"lookups.toml\"\n[overlay.chord]\n[sweep]\n\"overlay.chord.successors\" = [2, 4]\n",
    )
    .unwrap();
    fs::write(
        place.join("lookups.toml"),
        "duration = \"3 min\"\npeers.count = 20\n[workload.random_lookups]\nrate_per_peer = \"1 /min\"\n",
    )
    .unwrap();
    servent(place, "sweep swept.toml -q --out sweep").ends(0);
    let kept = fs::read_to_string(place.join("sweep/swept.toml")).unwrap();
    assert!(kept.contains("[sweep]") && !kept.contains("include"), "{kept}");
    // A file of data lies beside the file that names it, and the result has its copy.
    fs::create_dir(place.join("sub")).unwrap();
    fs::write(place.join("sub/queries.csv"), "at_s,origin,item\n70,3,1\n").unwrap();
    fs::write(
        place.join("sub/ask.toml"),
        "[workload.file]\npath = \"queries.csv\"\n",
    )
    .unwrap();
    let text = format!("include = [\"base.toml\", \"sub/ask.toml\"]\n{}", OVERLAYS[0].1);
    fs::write(place.join("asked.toml"), text).unwrap();
    servent(place, "run asked.toml -q --out asked").ends(0);
    let queries: Vec<QueryRow> = read_table(&place.join("asked")).unwrap().unwrap();
    assert_eq!(queries.len(), 1);
    servent(place, "run asked/scenario.toml -q --out asked-again").ends(0);
    assert_eq!(
        differing(&place.join("asked"), &place.join("asked-again")),
        [""; 0]
    );
}
