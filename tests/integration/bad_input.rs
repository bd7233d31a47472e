//! Malformed scenarios and data files, each run as a user would: it ends at once with the right exit code, names the
//! place and the key, and leaves nothing behind.
//!
//! `tests/corpus/scenario` holds scenarios that are wrong by themselves. `tests/corpus/data` holds, a directory each,
//! scenarios whose files are wrong; the first lines of `scenario.toml` say what is expected:
//!
//! ```text
//! # expect: key | file: line | words      one for each problem
//! # exit: 3                               2 unless told
//! # make: name recipe                     a file that cannot be kept as text, see `make`
//! ```

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::program::{Ended, servent, tree};

/// A user waits no longer to be told of a mistake.
const PATIENCE: Duration = Duration::from_secs(2);
/// Other work on the machine may take its processors for a while: the best of so many attempts counts.
const ATTEMPTS: u32 = 3;

#[test]
fn malformed_scenarios_end_at_once_and_leave_nothing() {
    let files = entries("scenario");
    assert!(files.len() >= 90, "only {} malformed scenarios", files.len());
    let folder = tempfile::tempdir().unwrap();
    let complaints = files.iter().flat_map(|file| {
        let name = file.file_name().unwrap().to_str().unwrap();
        fs::copy(file, folder.path().join(name)).unwrap();
        let text = fs::read_to_string(file).unwrap();
        let expected: Vec<Expected> = expectations(&text).collect();
        // Which exit code depends on whether limits are all that is in the way.
        check(folder.path(), name, &[2, 3], &expected)
    });
    let complaints: Vec<String> = complaints.collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

#[test]
fn malformed_data_files_end_at_once_and_leave_nothing() {
    let cases = entries("data");
    assert!(cases.len() >= 70, "only {} cases of malformed data", cases.len());
    let mut complaints = Vec::new();
    for case in &cases {
        let folder = tempfile::tempdir().unwrap();
        for file in fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()) {
            fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
        }
        let text = fs::read_to_string(case.join("scenario.toml")).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("# make: ")) {
            let (name, recipe) = line.split_once(' ').unwrap();
            make(&folder.path().join(name), recipe);
        }
        let exit = text.lines().find_map(|line| line.strip_prefix("# exit: "));
        let exit: i32 = exit.unwrap_or("2").parse().unwrap();
        let expected: Vec<Expected> = expectations(&text).collect();
        assert!(!expected.is_empty(), "{} expects nothing", case.display());
        let found = check(folder.path(), "scenario.toml", &[exit], &expected);
        let name = case.file_name().unwrap().display();
        complaints.extend(found.into_iter().map(|complaint| format!("{name}: {complaint}")));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

/// `tests/corpus/include` holds, a directory each, scenarios that include what they cannot, or something that is wrong:
///
/// ```text
/// # expect: file:line:column | words; more words     one for each problem
/// # exit: 3                                          2 unless told
/// # link: name target                                a symbolic link
/// # make: name recipe                                as with data files
/// ```
#[test]
fn malformed_includes_end_at_once_and_leave_nothing() {
    let cases = entries("include");
    assert!(
        cases.len() >= 25,
        "only {} cases of malformed includes",
        cases.len()
    );
    let mut complaints = Vec::new();
    for case in &cases {
        let folder = tempfile::tempdir().unwrap();
        copy(case, folder.path());
        let text = fs::read_to_string(case.join("scenario.toml")).unwrap();
        let lines = |head: &'static str| text.lines().filter_map(move |line| line.strip_prefix(head));
        for (name, recipe) in lines("# make: ").filter_map(|line| line.split_once(' ')) {
            make(&folder.path().join(name), recipe);
        }
        for (name, target) in lines("# link: ").filter_map(|line| line.split_once(' ')) {
            link(Path::new(target), &folder.path().join(name));
        }
        let exit: i32 = lines("# exit: ").next().unwrap_or("2").parse().unwrap();
        let before = tree(folder.path());
        for line in [
            "run scenario.toml --out made",
            "validate scenario.toml",
            "show scenario.toml",
            "sweep scenario.toml",
        ] {
            let ended = quickest(folder.path(), line);
            let mut complain = |what: String| {
                complaints.push(format!(
                    "{}: {line}: {what}, and said\n{}",
                    case.display(),
                    ended.stderr
                ));
            };
            // To show a scenario, files of data are not read.
            if line.starts_with("show") && ended.code == 0 && case.ends_with("data-file-below") {
                continue;
            }
            if ended.code != exit || ended.elapsed > PATIENCE {
                complain(format!(
                    "ended with {} after {:.1} s",
                    ended.code,
                    ended.elapsed.as_secs_f64()
                ));
            }
            // A sweep may have more to say of what is none.
            if line.starts_with("sweep") {
                continue;
            }
            let problems = ended.stderr.matches("error: ").count();
            if problems != lines("# expect: ").count() {
                complain(format!("told {problems} problems"));
            }
            for expected in lines("# expect: ") {
                let (place, words) = expected.split_once('|').expect("`place | words`");
                let words = words.split(';').map(str::trim).map(str::to_owned);
                for wanted in words.chain([format!("--> {}", place.trim())]) {
                    if !ended.stderr.contains(&wanted) {
                        complain(format!("did not name `{wanted}`"));
                    }
                }
            }
        }
        assert_eq!(tree(folder.path()), before, "{}", case.display());
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

/// Copies a directory with all that is in it.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let place = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            fs::create_dir(&place).unwrap();
            copy(&entry, &place);
        } else {
            fs::copy(&entry, &place).unwrap();
        }
    }
}

/// Prints what a user sees of every malformed data file, to be read aloud:
/// `cargo test --test integration -- --ignored data_aloud --nocapture`.
#[test]
#[ignore = "for reading, it checks nothing"]
fn data_aloud() {
    for case in entries("data") {
        let ended = servent(&case, "validate scenario.toml").end();
        println!("{}\n{}", case.file_name().unwrap().display(), ended.stderr);
    }
}

fn entries(corpus: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(corpus);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("the corpus can be listed").path())
        .collect();
    paths.sort();
    paths
}

/// What one problem must name.
struct Expected<'t> {
    key: &'t str,
    place: &'t str,
    words: Vec<&'t str>,
}

fn expectations(text: &str) -> impl Iterator<Item = Expected<'_>> {
    text.lines()
        .filter_map(|line| line.strip_prefix("# expect: "))
        .map(|line| {
            let mut parts = line.splitn(3, '|').map(str::trim);
            let mut part = || parts.next().expect("`key | place | words`");
            Expected {
                key: part(),
                place: part(),
                words: part().split(';').map(str::trim).collect(),
            }
        })
}

/// Runs and validates a scenario, and tells what is not as it must be.
fn check(folder: &Path, name: &str, exits: &[i32], expected: &[Expected]) -> Vec<String> {
    let mut complaints = Vec::new();
    let before = tree(folder);
    for line in [
        format!("run {name} --out made/on/the/way"),
        format!("validate {name}"),
    ] {
        let ended = quickest(folder, &line);
        let mut complain =
            |what: String| complaints.push(format!("{line}: {what}, and said\n{}", ended.stderr));
        if !exits.contains(&ended.code) {
            complain(format!("ended with {}, not {exits:?}", ended.code));
        }
        if ended.elapsed > PATIENCE {
            complain(format!("took {:.1} s", ended.elapsed.as_secs_f64()));
        }
        if !ended.stdout.is_empty() {
            complain(format!("printed {}", ended.stdout));
        }
        if ended.stderr.contains("panicked") || ended.stderr.contains("bug") {
            complain("panicked".to_owned());
        }
        if !ended.stderr.contains(&format!("{name}:")) {
            complain("named no place in the scenario".to_owned());
        }
        for Expected { key, place, words } in expected {
            let is_data = name == "scenario.toml";
            for wanted in words.iter().chain([key]).chain(is_data.then_some(place)) {
                if !ended.stderr.contains(wanted) {
                    complain(format!("did not name `{wanted}`"));
                }
            }
            if is_data && !ended.stderr.contains(&format!("error: `{key}`: {place}")) {
                complain(format!("did not begin with `{key}`: {place}"));
            }
        }
        let after = tree(folder);
        if after != before {
            complain(format!("left {after:?}"));
        }
    }
    complaints
}

fn quickest(folder: &Path, line: &str) -> Ended {
    let mut ended = servent(folder, line).end();
    for _ in 1..ATTEMPTS {
        if ended.elapsed <= PATIENCE {
            break;
        }
        ended = servent(folder, line).end();
    }
    ended
}

/// Makes what cannot be kept as text.
fn make(path: &Path, recipe: &str) {
    let bytes = match recipe {
        "directory" => return fs::create_dir(path).expect("a directory can be made"),
        "endless" => return link(Path::new("/dev/zero"), path),
        "garbage" => (0..5_000_u32)
            .map(|i| (i * i / 7 + 200).to_le_bytes()[0])
            .collect(),
        "truncated-gzip" => {
            let whole = gzip(&rows());
            whole[..whole.len() / 2].to_vec()
        }
        "damaged-gzip" => {
            let mut whole = gzip(&rows());
            // The check sum is in the last eight bytes.
            let place = whole.len() - 6;
            whole[place] ^= 0xff;
            whole
        }
        // 300 MiB of nothing in 300 KiB: members one after another are one stream.
        "gzip-bomb" => gzip(&vec![0; 1 << 20]).repeat(300),
        other => panic!("there is no recipe {other}"),
    };
    fs::write(path, bytes).expect("a temporary file can be written");
}

fn rows() -> Vec<u8> {
    (0..1_000_u32)
        .flat_map(|i| format!("{i} {}\n", i * 7_919 % 1_000).into_bytes())
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes what is written");
    encoder.finish().expect("memory takes what is written")
}

#[cfg(unix)]
fn link(target: &Path, path: &Path) {
    std::os::unix::fs::symlink(target, path).expect("a link can be made");
}

#[cfg(not(unix))]
fn link(_: &Path, path: &Path) {
    fs::create_dir(path).expect("a directory can be made");
}

/// Too much of anything is refused as such, before work is made of it.
#[test]
fn endless_scenarios_end_at_once() {
    let keys: Vec<String> = (0..1_000_000).map(|key| format!("k{key}=0")).collect();
    let folder = tempfile::tempdir().unwrap();
    for (name, text, words) in [
        ("keys.toml", keys.join("\n"), "entries, at most 100000 are read"),
        (
            "list.toml",
            format!("seed = [{}]", "1,".repeat(1_000_000)),
            "entries, at most",
        ),
        ("tables.toml", "[a]\n".repeat(1_000_000), "entries, at most"),
        (
            "bytes.toml",
            "#".repeat(17 << 20),
            "a scenario file has at most 16 MiB",
        ),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
        let expected = [Expected {
            key: "",
            place: "",
            words: vec![words],
        }];
        let complaints = check(folder.path(), name, &[3], &expected);
        assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
    }
}

#[test]
fn absurd_command_lines_are_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes.bin"), [0xff, 0xfe, 0, 1]).unwrap();
    for (line, words) in [
        ("run nowhere.toml", "cannot read nowhere.toml: No such file"),
        ("run .", "cannot read .: Is a directory"),
        ("run notes.bin", "cannot read notes.bin: is not text (UTF-8)"),
        ("sweep nowhere.toml", "cannot read nowhere.toml: No such file"),
        ("sweep .", "cannot read .: Is a directory"),
        ("validate nowhere.toml", "cannot read nowhere.toml: No such file"),
        ("show nowhere.toml", "cannot read nowhere.toml: No such file"),
        ("topology nowhere.txt", "nowhere.txt: No such file"),
        ("topology .", "Is a directory"),
        ("topology notes.bin", "notes.bin: line 1: "),
        (
            "diff nowhere elsewhere",
            "cannot read nowhere/summary.json: No such file",
        ),
        ("diff notes.bin notes.bin", "notes.bin"),
        ("explain nowhere --query 0", "nowhere"),
    ] {
        let stderr = servent(folder.path(), line).ends(2);
        assert!(stderr.starts_with("error: "), "{line}: {stderr}");
        assert!(stderr.contains(words), "{line}: {stderr}");
    }
    assert_eq!(tree(folder.path()), ["notes.bin"]);
}
