//! The command line: what each verb prints where, and with which exit code.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::program::{servent, small, tree};

/// The help of the program and of every verb, as a user reads it.
#[test]
fn help() {
    let folder = small();
    let mut all = servent(folder.path(), "--help").says();
    for verb in [
        "run",
        "sweep",
        "compare",
        "show",
        "validate",
        "topology",
        "diff",
        "explain",
        "schema",
        "completions",
    ] {
        all.extend(["\n=== servent ", verb, " -h\n"]);
        all.push_str(&servent(folder.path(), &format!("{verb} -h")).says());
    }
    insta::assert_snapshot!(all);
}

#[test]
fn every_verb_and_argument_is_documented() {
    let folder = small();
    for verb in [
        "run",
        "sweep",
        "compare",
        "show",
        "validate",
        "topology",
        "diff",
        "explain",
        "schema",
        "completions",
    ] {
        let text = servent(folder.path(), &format!("{verb} --help")).says();
        let is_bare = |line: &&str| {
            let line = line.trim_start();
            (line.starts_with('-') || line.starts_with('<')) && !line.contains("  ") && !text.contains("\n\n")
        };
        assert_eq!(text.lines().find(is_bare), None, "{text}");
    }
}

#[test]
fn what_is_no_command_line_is_bad_input() {
    let folder = small();
    for (line, words) in [
        ("", "Usage: servent <VERB>"),
        ("frobnicate", "unrecognized subcommand 'frobnicate'"),
        ("runn small.toml", "a similar subcommand exists: 'run'"),
        ("run", "required arguments were not provided"),
        ("run small.toml --threads 0", "0 is not in 1..=65535"),
        ("run small.toml --threads two", "invalid digit"),
        ("run small.toml --sed 1", "a similar argument exists: '--seed'"),
        ("run small.toml --seed -1", "unexpected argument '-1'"),
        ("run small.toml --seed x", "invalid digit"),
        ("run small.toml other.toml", "unexpected argument 'other.toml'"),
        ("explain run", "--query <N>"),
        ("diff run", "<B>"),
        (
            "completions cobol",
            "possible values: bash, elvish, fish, powershell, zsh",
        ),
        (
            "topology graph.txt --format png",
            "possible values: text, json, graphml, dot",
        ),
    ] {
        let stderr = servent(folder.path(), line).ends(2);
        assert!(stderr.contains(words), "{line}: {stderr}");
    }
    assert_eq!(tree(folder.path()), ["graph.txt", "queries.csv", "small.toml"]);
}

#[test]
fn version() {
    let folder = small();
    let said = servent(folder.path(), "--version").says();
    assert_eq!(said, format!("servent {}\n", env!("CARGO_PKG_VERSION")));
}

/// Results go to the directory, words to standard error; on no terminal there is no progress.
#[test]
fn run_says_what_it_does_on_standard_error() {
    let folder = small();
    let stderr = servent(folder.path(), "run small.toml --out run").ends(0);
    let mut lines: Vec<&str> = stderr.lines().collect();
    let speed = lines.remove(1);
    assert!(
        speed.starts_with("60 s simulated in ") && speed.ends_with(" million per second"),
        "{stderr}"
    );
    let digest = lines.remove(2);
    assert!(digest.starts_with("digest of the results "), "{stderr}");
    assert_eq!(
        lines,
        [
            "flood on a small graph: seed 1, replication 0; results go to run",
            "queries 3, success 0.6667",
            "results are in run",
        ]
    );
    assert!(
        stderr.bytes().all(|byte| byte == b'\n' || byte >= b' '),
        "no bar, no colours: {stderr:?}"
    );
    let left = tree(&folder.path().join("run"));
    for file in [
        "inputs/",
        "peers.csv",
        "plots/",
        "provenance.json",
        "queries.csv",
        "scenario.toml",
        "series.csv",
        "summary.json",
    ] {
        assert!(left.contains(&file.to_owned()), "{file} is not in {left:?}");
    }
    assert!(!tree(folder.path()).iter().any(|name| name.contains("partial")));
}

#[test]
fn quiet_is_silent() {
    let folder = small();
    assert_eq!(
        servent(folder.path(), "run small.toml --quiet --out a").ends(0),
        ""
    );
    assert_eq!(
        servent(folder.path(), "run small.toml -q --out b --trace t.csv").ends(0),
        ""
    );
    let stderr = servent(folder.path(), "run small.toml -q --out b --set seed=x").ends(2);
    assert!(stderr.starts_with("error: "), "errors are told: {stderr}");
}

#[test]
fn without_out_results_go_below_results() {
    let folder = small();
    servent(folder.path(), "run small.toml -q --seed 7 --replication 3").ends(0);
    let summary = folder
        .path()
        .join("results/small/seed-7-replication-3/summary.json");
    let text = fs::read_to_string(summary).unwrap();
    assert!(
        text.contains("\"seed\": 7") && text.contains("\"replication\": 3"),
        "{text}"
    );
}

/// What a user must check before trusting the numbers, even when told to be quiet.
#[test]
fn warnings_are_told() {
    let folder = small();
    let place = folder.path();
    fs::write(place.join("queries.csv"), "1,0,0\n59.999,3,1\n60,3,1\n600,70,2\n").unwrap();
    let warning = "warning: `workload.file.path`: queries.csv: queries at or after the end of the run are not issued: \
                   2 of 4\n";
    assert_eq!(servent(place, "run small.toml -q --out run").ends(0), warning);
    assert_eq!(
        servent(place, "validate small.toml").ends(0),
        format!("{warning}small.toml is valid\n")
    );
    let summary = fs::read_to_string(place.join("run/summary.json")).unwrap();
    assert!(summary.contains("are not issued: 2 of 4"), "{summary}");
}

#[test]
fn inputs_are_found_in_other_folders() {
    let folder = small();
    let place = folder.path();
    fs::create_dir_all(place.join("far/away")).unwrap();
    fs::rename(place.join("graph.txt"), place.join("far/away/graph.txt")).unwrap();
    let stderr = servent(place, "run small.toml --out run").ends(2);
    assert!(
        stderr.contains("`topology.file.path`: graph.txt: No such file"),
        "{stderr}"
    );
    servent(
        place,
        "run small.toml -q --out run --inputs nowhere --inputs far/away",
    )
    .ends(0);
}

#[test]
fn what_show_prints_runs_to_the_same_results() {
    let folder = small();
    let place = folder.path();
    let set = "--set overlay.gnutella.max_ttl=9 --set title=shown";
    let shown = servent(place, &format!("show small.toml {set}")).says();
    assert!(
        shown.contains("title = \"shown\"") && shown.contains("max_ttl = 9"),
        "{shown}"
    );
    fs::write(place.join("shown.toml"), &shown).unwrap();
    assert_eq!(
        servent(place, "show shown.toml").says(),
        shown,
        "showing twice changes nothing"
    );
    servent(place, &format!("run small.toml -q --out first {set}")).ends(0);
    servent(place, "run shown.toml -q --out second").ends(0);
    servent(place, "run first/scenario.toml -q --threads 2 --out third").ends(0);
    for other in ["second", "third"] {
        let said = servent(place, &format!("diff first {other}")).says();
        assert!(said.starts_with("the results are equal\n"), "{said}");
    }
    let bytes = |run: &str, file: &str| fs::read(place.join(run).join(file)).unwrap();
    for file in tree(&place.join("first")) {
        if !file.ends_with('/') && file != "provenance.json" {
            assert_eq!(bytes("first", &file), bytes("third", &file), "{file}");
        }
    }
}

#[test]
fn validate_runs_nothing() {
    let folder = small();
    let place = folder.path();
    let before = tree(place);
    assert_eq!(
        servent(place, "validate small.toml").ends(0),
        "small.toml is valid\n"
    );
    let stderr = servent(place, "validate small.toml --set workload.file.path=graph.txt").ends(2);
    assert!(stderr.contains("--set #1:1:20"), "{stderr}");
    assert_eq!(tree(place), before);
}

#[test]
fn diff_tells_what_differs_first() {
    let folder = small();
    let place = folder.path();
    for (out, more) in [
        ("a", ""),
        ("b", "--threads 2"),
        ("c", "--seed 2"),
        ("d", "--set duration=\"2.5s\""),
    ] {
        servent(place, &format!("run small.toml -q --out {out} {more}")).ends(0);
    }
    let equal = servent(place, "diff a b").says();
    assert!(equal.starts_with("the results are equal\ndigests: "), "{equal}");
    assert!(equal.contains(" identical\nmetrics: all "), "{equal}");

    let ended = servent(place, "diff a c").end();
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));
    let lines: Vec<&str> = ended.stdout.lines().collect();
    // Another seed puts the copies elsewhere: the first query, issued at 1 s, is answered by others.
    let first = lines[0];
    let times = first
        .strip_prefix("the results differ, first in messages, between t = ")
        .expect(first);
    let (from, to) = times
        .trim_end_matches(" s")
        .split_once(" s and t = ")
        .expect(first);
    let (from, to): (f64, f64) = (from.parse().unwrap(), to.parse().unwrap());
    assert!(
        (1.0..1.2).contains(&from) && (1.0..1.2).contains(&to) && from < to,
        "{first}"
    );
    assert_eq!(lines[1], "remark: seed is 1 and 2");
    assert!(
        ended
            .stdout
            .contains("churn, order, transfers, workload identical"),
        "{}",
        ended.stdout
    );

    let ended = servent(place, "diff a d").end();
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    for (line, words) in [
        ("diff a nowhere", "cannot read nowhere/summary.json: No such file"),
        (
            "diff graph.txt a",
            "cannot read graph.txt/summary.json: Not a directory",
        ),
    ] {
        let stderr = servent(place, line).ends(2);
        assert!(stderr.contains(words), "{stderr}");
    }
    fs::write(place.join("b/summary.json"), "{}").unwrap();
    let stderr = servent(place, "diff a b").ends(2);
    assert!(
        stderr.starts_with("error: ") && stderr.contains("b/summary.json"),
        "{stderr}"
    );
}

#[test]
fn explain_tells_a_query_to_a_class() {
    let folder = small();
    let place = folder.path();
    servent(place, "run small.toml -q --out run --trace trace.csv").ends(0);
    // Every query is traced from its first message on.
    let told: Vec<String> = (0..3)
        .map(|query| servent(place, &format!("explain run --query {query}")).says())
        .collect();
    insta::assert_snapshot!(told.join("\n---\n"));
    // The trace alone knows the tree, not the result.
    let alone = servent(place, "explain trace.csv --query 1").says();
    assert!(
        told[1].ends_with(&alone) && alone.starts_with("peer 3 asks\n"),
        "{alone}"
    );
    let shallow = servent(place, "explain run --query 1 --depth 1").says();
    assert!(shallow.contains("passed it on to 1 peer\n"), "{shallow}");

    let stderr = servent(place, "explain run --query 3").ends(2);
    assert!(
        stderr.contains("holds nothing of query 3: its queries are numbered from 0, the last is 2"),
        "{stderr}"
    );
    fs::rename(place.join("trace.csv"), place.join("moved.csv")).unwrap();
    let stderr = servent(place, "explain run --query 1").ends(2);
    assert!(
        stderr.contains("is no longer there: name its new place with `--trace FILE`"),
        "{stderr}"
    );
    assert_eq!(
        servent(place, "explain run --query 1 --trace moved.csv").says(),
        told[1]
    );
    servent(place, "run small.toml -q --out bare").ends(0);
    let stderr = servent(place, "explain bare --query 1").ends(2);
    assert!(
        stderr.contains("bare has no trace: run the scenario again with `--trace FILE`"),
        "{stderr}"
    );
}

#[test]
fn explain_follows_walkers() {
    let folder = small();
    let place = folder.path();
    let text = fs::read_to_string(place.join("small.toml")).unwrap();
    let walk = text.replace(
        "flood = { ttl = 3 }",
        "walk = { walkers = 2, ttl = 6, check_every = 3 }",
    );
    fs::write(place.join("walk.toml"), walk).unwrap();
    servent(place, "run walk.toml -q --out run --trace trace.csv").ends(0);
    insta::assert_snapshot!(servent(place, "explain run --query 2").says());
}

/// The trace and the tables tell the same story.
#[test]
fn a_trace_agrees_with_the_tables() {
    let folder = small();
    let place = folder.path();
    servent(place, "run small.toml -q --threads 2 --out run --trace trace.csv").ends(0);
    let column = |text: &str, name: &str| -> Vec<String> {
        let mut lines = text.lines();
        let at = lines
            .next()
            .unwrap()
            .split(',')
            .position(|column| column == name)
            .unwrap();
        lines
            .map(|line| line.split(',').nth(at).unwrap().to_owned())
            .collect()
    };
    let trace = fs::read_to_string(place.join("trace.csv")).unwrap();
    let queries = fs::read_to_string(place.join("run/queries.csv")).unwrap();
    let fates: Vec<(String, String)> = column(&trace, "query")
        .into_iter()
        .zip(column(&trace, "fate"))
        .collect();
    for (name, fate, more) in [
        // The origin accepts its own query.
        ("reached_peers", "accepted", 1),
        ("duplicate_messages", "duplicate", 0),
        ("hits", "arrived", 0),
    ] {
        for (query, value) in column(&queries, "query").iter().zip(column(&queries, name)) {
            let count = fates
                .iter()
                .filter(|(of, what)| of == query && what == fate)
                .count();
            assert_eq!(
                count,
                value.parse::<usize>().unwrap() + more,
                "{name} of query {query}"
            );
        }
    }
    let times = column(&trace, "at_s");
    assert_eq!(times[0], "1");
    let times: Vec<f64> = times.iter().map(|time| time.parse().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn topology_describes_scenarios_and_edge_lists() {
    let folder = small();
    let place = folder.path();
    let text = servent(place, "topology graph.txt").says();
    insta::assert_snapshot!(text);
    assert_eq!(servent(place, "topology small.toml").says(), text);
    let mut gzip = GzEncoder::new(
        File::create(place.join("graph.txt.gz")).unwrap(),
        Compression::fast(),
    );
    gzip.write_all(&fs::read(place.join("graph.txt")).unwrap())
        .unwrap();
    gzip.finish().unwrap();
    assert_eq!(servent(place, "topology graph.txt.gz").says(), text);

    let json = servent(place, "topology graph.txt --format json").says();
    assert_eq!(servent(place, "topology graph.txt --json -").says(), json);
    assert_eq!(servent(place, "topology graph.txt --json all.json").says(), text);
    assert_eq!(fs::read_to_string(place.join("all.json")).unwrap(), json);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let fields: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let mut promised = vec![
        "nodes",
        "edges",
        "components",
        "largest_component_nodes",
        "largest_component_edges",
        "degree_mean",
        "degree_max",
        "degree_histogram",
        "clustering_mean",
        "path_mean",
        "diameter",
        "diameter_exact",
        "effective_diameter_90",
        // Beyond the promise.
        "closed_fraction",
        "degree_median",
        "triangles",
    ];
    promised.sort_unstable();
    let mut sorted = fields.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, promised);
    // Eight nodes: a square with a tail of four.
    for (field, expected) in [
        ("nodes", 8.0),
        ("edges", 8.0),
        ("components", 1.0),
        ("degree_mean", 2.0),
        ("degree_max", 3.0),
        ("diameter", 6.0),
        ("triangles", 0.0),
        ("path_mean", 74.0 / 28.0),
    ] {
        assert_eq!(value[field].as_f64(), Some(expected), "{field}");
    }
    assert_eq!(value["degree_histogram"]["2"], 6);

    let dot = servent(place, "topology graph.txt --format dot").says();
    assert!(
        dot.starts_with("graph topology {\n  0;\n") && dot.contains("  6 -- 70;\n"),
        "{dot}"
    );
    let graphml = servent(place, "topology small.toml -f graphml --json all.json").says();
    assert!(
        graphml.contains("<edge source=\"n6\" target=\"n70\"/>"),
        "{graphml}"
    );
    let stderr = servent(place, "topology graph.txt --json no/where.json").ends(4);
    assert!(
        stderr.starts_with("error: cannot write no/where.json: "),
        "{stderr}"
    );
}

#[test]
fn schema_is_the_one_that_is_kept() {
    let folder = small();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let files: Vec<_> = fs::read_dir(kept)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let kept = fs::read_to_string(&files[0]).unwrap();
    assert!(
        servent(folder.path(), "schema").says() == kept,
        "the schema that is kept is out of date"
    );
}

#[test]
fn completions_know_every_verb() {
    let folder = small();
    for shell in ["bash", "zsh", "fish"] {
        let text = servent(folder.path(), &format!("completions {shell}")).says();
        for word in ["explain", "topology", "replication", "inputs", "graphml"] {
            assert!(text.contains(word), "{shell} does not know {word}");
        }
        // The shell itself reads it, where it is installed.
        let file = folder.path().join(shell);
        fs::write(&file, &text).unwrap();
        if let Ok(output) = Command::new(shell).arg("-n").arg(&file).output() {
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

/// `servent schema | head -1` is nobody's error.
#[test]
fn a_closed_pipe_is_no_error() {
    let folder = small();
    for line in [
        "schema",
        "topology small.toml",
        "show small.toml",
        "--help",
        "completions bash",
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_servent"))
            .current_dir(folder.path())
            .args(line.split(' '))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let status = child.wait().unwrap();
        assert_eq!((status.code(), stderr.as_str()), (Some(0), ""), "{line}");
    }
}
