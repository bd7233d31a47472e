//! Malformed scenarios kept as files: each is refused with the places, keys and words that its first lines name.
//!
//! `# expect: key | text at the caret | words; more words`: one line per problem, in any order, and no other problem.

use crate::scenario::read;
use std::path::Path;

#[test]
fn every_malformed_scenario_is_refused_with_place_and_key() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/scenario");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 60, "only {} malformed scenarios", files.len());
    let mut complaints = Vec::new();
    for path in &files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        complaints.extend(
            check(name, &text)
                .into_iter()
                .map(|complaint| format!("{name}: {complaint}")),
        );
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

/// What is not as the file's first lines say.
fn check(name: &str, text: &str) -> Vec<String> {
    let expected: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# expect: "))
        .collect();
    assert!(!expected.is_empty(), "{name} names no problem");
    let report = match read(name, text, &[]) {
        Ok(_) => return vec!["was read".to_owned()],
        Err(report) => report,
    };
    let rendered = report.render(false);
    let mut complaints = Vec::new();
    if !name.starts_with("syntax") && report.count() != expected.len() {
        complaints.push(format!(
            "{} problems, not {}:\n{rendered}",
            report.count(),
            expected.len()
        ));
    }
    let mut left: Vec<usize> = (0..report.problems().len()).collect();
    for line in expected {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [key, caret, words] = parts.as_slice() else {
            panic!("{name}: not `key | text | words`: {line}");
        };
        let fits = |&&index: &&usize| {
            let problem = &report.problems()[index];
            let said = format!(
                "{}\n{}\n{}",
                problem.message,
                problem.label,
                problem.help.join("\n")
            );
            problem.key == *key
                && problem.source == name
                && text_at(text, problem.line, problem.column).starts_with(caret)
                && words.split(';').all(|word| said.contains(word.trim()))
        };
        match left.iter().find(fits).copied() {
            Some(found) => {
                left.retain(|&index| index != found);
                let problem = &report.problems()[found];
                let place = format!("{name}:{}:{}", problem.line, problem.column);
                if !rendered.contains(&place) {
                    complaints.push(format!("the report does not show {place}:\n{rendered}"));
                }
                if !key.is_empty() && !rendered.contains(*key) {
                    complaints.push(format!("the report does not name {key}:\n{rendered}"));
                }
            }
            None => complaints.push(format!("expected {line}\nfound\n{rendered}")),
        }
    }
    complaints
}

/// The text from a line and column on.
fn text_at(text: &str, line: usize, column: usize) -> String {
    let line = text.lines().nth(line - 1).unwrap_or_default();
    line.chars().skip(column - 1).collect()
}

/// Whatever is given, there is an answer within the time a user waits: no panic, no endless text.
#[test]
fn a_million_keys_are_refused_at_once() {
    for text in [
        (0..1_000_000)
            .map(|i| format!("key{i} = {i}\n"))
            .collect::<String>(),
        "[a]\n".repeat(1_000_000),
        format!("a = [{}]", "1,".repeat(1_000_000)),
        format!("{} = 1", vec!["a"; 1_000_000].join(".")),
        "x".repeat(17 << 20),
    ] {
        let report = read("many.toml", &text, &[]).unwrap_err();
        assert!(report.render(false).len() < 100_000);
        assert_eq!(report.problems()[0].line, 1);
    }
}

#[test]
fn as_many_unknown_keys_as_are_allowed_are_counted() {
    let text: String = (0..90_000).map(|i| format!("kez{i} = {i}\n")).collect();
    let report = read("many.toml", &text, &[]).unwrap_err();
    assert!(report.count() >= 90_000);
    assert!(report.problems().len() <= 200);
    assert!(report.render(false).contains("more"));
}

/// Cutting, doubling and swapping pieces of a good scenario never panics, and what is refused has a place.
#[test]
fn broken_pieces_never_panic() {
    use crate::engine::{Draw, Purpose, Seed};
    let source = super::RICH;
    let mut draw = Seed {
        seed: 7,
        replication: 0,
    }
    .stream(Purpose::Observation, 0);
    let lines: Vec<&str> = source.lines().collect();
    for _ in 0..400 {
        let mut text: Vec<String> = lines.iter().map(|&line| line.to_owned()).collect();
        for _ in 0..=draw.position(3) {
            let at = draw.position(text.len());
            match draw.below(5) {
                0 => drop(text.remove(at)),
                1 => text.insert(at, lines[draw.position(lines.len())].to_owned()),
                2 => {
                    let keep = draw.position(text[at].chars().count() + 1);
                    text[at] = text[at].chars().take(keep).collect();
                }
                3 => {
                    let with = [
                        "-1",
                        "nan",
                        "\"\"",
                        "[]",
                        "{}",
                        "\"1 h\"",
                        "99999999999999999999",
                        "\u{1}",
                        "é",
                    ];
                    let with = with[draw.position(with.len())];
                    let head = text[at].split('=').next().unwrap_or_default().to_owned();
                    text[at] = format!("{head}= {with}");
                }
                _ => text[at] = text[at].replace(['a', 'e'], "o"),
            }
        }
        let text = text.join("\n");
        if let Err(report) = read("broken.toml", &text, &[]) {
            for problem in report.problems() {
                assert!(problem.line >= 1 && problem.column >= 1);
                assert!(problem.line <= text.lines().count() + 1);
            }
            assert!(!report.render(true).is_empty());
        }
    }
}

/// Prints every report of the corpus, to be read aloud: `cargo test -- --ignored corpus_aloud --nocapture`.
#[test]
#[ignore = "for reading, it checks nothing"]
fn corpus_aloud() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/scenario");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        println!(
            "{}",
            read(name, &std::fs::read_to_string(&path).unwrap(), &[]).unwrap_err()
        );
    }
}
