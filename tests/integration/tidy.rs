//! Rules over the repository that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

use servent::experiment::{Request, Run};

/// The floors, from the ground up: imports go down only.
const FLOORS: [&str; 11] = [
    "engine",
    "underlay",
    "topology",
    "population",
    "overlay",
    "sharing",
    "records",
    "scenario",
    "report",
    "experiment",
    "cli",
];

/// Lines of a file; above the second number a file is refused, above the first it is named.
const LINES: (usize, usize) = (500, 800);

/// What a file is and holds.
struct Source {
    /// From the package's root, with `/` between the parts.
    name: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of the package below `folders` with one of the `endings`.
fn sources(folders: &[&str], endings: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    for folder in folders {
        let path = root().join(folder);
        if path.is_dir() {
            visit(&path, &mut found);
        } else if path.is_file() {
            found.push(path);
        }
    }
    found.retain(|path| {
        endings
            .iter()
            .any(|ending| path.extension().is_some_and(|own| own == *ending))
    });
    found.sort();
    let source = |path: PathBuf| Source {
        name: path
            .strip_prefix(root())
            .expect("it lies in the package")
            .display()
            .to_string()
            .replace('\\', "/"),
        text: fs::read_to_string(&path).expect("sources are text"),
    };
    found.into_iter().map(source).collect()
}

fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the package can be listed") {
        let path = entry.expect("the package can be listed").path();
        if path.is_dir() {
            visit(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// All Rust of the package.
fn rust() -> Vec<Source> {
    sources(&["src", "tests", "benches", "examples"], &["rs"])
}

/// The floor of a file in `src`, by its place in the list; `None` for `lib.rs` and `main.rs`.
fn floor(name: &str) -> Option<usize> {
    let room = name.strip_prefix("src/")?.split('/').next()?;
    let room = room.strip_suffix(".rs").unwrap_or(room);
    if matches!(room, "lib" | "main") {
        return None;
    }
    let place = FLOORS.iter().position(|floor| *floor == room);
    Some(place.unwrap_or_else(|| panic!("{name} is on no floor")))
}

/// Code lines with their numbers: comments and what stands in string literals on lines of their own are left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
}

fn refuse(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n{}", complaints.join("\n"));
}

/// The rooms that a line reaches through `crate::`, those of a braced list included.
fn rooms_reached(text: &str) -> Vec<(usize, String)> {
    let mut reached = Vec::new();
    let word = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect()
    };
    let lines: Vec<(usize, &str)> = code(text).collect();
    for (index, &(number, line)) in lines.iter().enumerate() {
        for (at, _) in line.match_indices("crate::") {
            let before = line[..at].chars().next_back();
            if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$') {
                continue;
            }
            let rest = &line[at + "crate::".len()..];
            if !rest.starts_with('{') {
                reached.push((number, word(rest)));
                continue;
            }
            // A list, maybe over several lines: the words at its own level.
            let mut depth = 0;
            let mut is_start = true;
            let mut list: String = rest.to_owned();
            list.extend(lines[index + 1..].iter().map(|(_, line)| *line));
            for (place, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 1 => is_start = true,
                    c if c.is_whitespace() => {}
                    _ if depth == 1 && is_start => {
                        reached.push((number, word(&list[place..])));
                        is_start = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                is_start |= c == '{' && depth == 1;
            }
        }
    }
    reached
}

#[test]
fn rooms_reached_are_found() {
    let text = "use crate::engine::{self, Draw};\nuse crate::{\n    records::Row, // crate::cli\n    sharing::{a, b},\n};\nlet x = crate::cli::main();\n$crate::scenario::x";
    let rooms: Vec<(usize, String)> = rooms_reached(text);
    let rooms: Vec<(usize, &str)> = rooms.iter().map(|(line, room)| (*line, room.as_str())).collect();
    assert_eq!(rooms, [(1, "engine"), (2, "records"), (2, "sharing"), (6, "cli")]);
}

#[test]
fn imports_go_down_only() {
    let mut complaints = Vec::new();
    for source in sources(&["src"], &["rs"]) {
        let Some(own) = floor(&source.name) else { continue };
        for (line, room) in rooms_reached(&source.text) {
            match FLOORS.iter().position(|floor| *floor == room) {
                Some(other) if other > own => {
                    complaints.push(format!("{}:{line} reaches up to {room}", source.name));
                }
                Some(_) => {}
                None => complaints.push(format!(
                    "{}:{line} reaches crate::{room}, which is no floor",
                    source.name
                )),
            }
        }
    }
    refuse("imports go down only", &complaints);
}

#[test]
fn what_floors_must_not_know() {
    let records = FLOORS
        .iter()
        .position(|floor| *floor == "records")
        .expect("it is a floor");
    // Word, whether a file of this name may use it, and why others may not.
    type Rule = (&'static str, fn(&str, usize) -> bool, &'static str);
    let rules: [Rule; 10] = [
        (
            "petgraph",
            |name, _| name.starts_with("src/topology"),
            "petgraph lives in topology only",
        ),
        ("HashMap", |_, _| false, "its order changes from run to run"),
        ("HashSet", |_, _| false, "its order changes from run to run"),
        (
            "Instant::now",
            |_, floor| floor >= 9,
            "the host's time must not reach a simulation",
        ),
        (
            "SystemTime",
            |_, floor| floor >= 6,
            "the host's time must not reach a simulation",
        ),
        (
            "std::fs",
            |_, floor| floor >= 6,
            "nothing below records does input or output",
        ),
        (
            "std::env",
            |_, floor| floor >= 6,
            "nothing below records reads the environment",
        ),
        ("std::net", |_, _| false, "nothing here talks to a network"),
        (
            "std::process",
            |_, floor| floor >= 6,
            "nothing below records knows the process",
        ),
        (
            "File::",
            |name, floor| floor >= 6 || name.contains("population") || name.contains("topology"),
            "nothing below records opens files",
        ),
    ];
    assert_eq!(records, 6);
    let mut complaints = Vec::new();
    for source in sources(&["src"], &["rs"]) {
        let Some(own) = floor(&source.name) else { continue };
        let is_test = source.name.contains("/tests") || source.name.ends_with("testing.rs");
        let body = source
            .text
            .split("#[cfg(test)]\nmod tests {")
            .next()
            .unwrap_or_default();
        for (line, text) in code(body) {
            for (word, is_allowed, why) in rules {
                let found = text.match_indices(word).any(|(at, _)| {
                    let before = text[..at].chars().next_back();
                    before.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
                });
                if found && !is_test && !is_allowed(&source.name, own) {
                    complaints.push(format!("{}:{line} has {word}: {why}", source.name));
                }
            }
        }
    }
    refuse("floors do not know what is not theirs", &complaints);
}

/// The overlays that scenarios name, from the list that makes tables of them.
fn overlays() -> Vec<String> {
    let list = root().join("src/scenario/overlays.rs");
    let text = fs::read_to_string(list).expect("the list can be read");
    let name = |line: &str| Some(line.split_once(" at \"overlay.")?.0.trim().to_owned());
    text.lines().filter_map(name).collect()
}

/// An overlay is its room, its module of scenarios, and its lines in lists: whoever adds one touches nothing else. Of the two that
/// are known by name elsewhere, one is what walks are explained by, and the other has parts that are overlays.
#[test]
fn overlays_are_told_apart_by_their_tables() {
    let mut overlays = overlays();
    assert!(overlays.len() >= 8, "the list is where it was: {overlays:?}");
    overlays.retain(|overlay| !["Gnutella", "Hybrid"].contains(&overlay.as_str()));
    let mut complaints = Vec::new();
    for source in sources(&["src"], &["rs"]) {
        if source.name.contains("/tests") {
            continue;
        }
        for (line, text) in code(&source.text) {
            for overlay in &overlays {
                if text.contains(&format!("Overlay::{overlay}(")) {
                    complaints.push(format!("{}:{line} knows {overlay} by name", source.name));
                }
            }
        }
    }
    refuse("what overlays add is asked of their tables", &complaints);
}

#[test]
fn files_are_of_a_size_to_be_read() {
    let (report, most) = LINES;
    let mut complaints = Vec::new();
    for source in rust() {
        let lines = source.text.lines().count();
        if lines > most {
            complaints.push(format!("{} has {lines} lines, at most {most}", source.name));
        } else if lines > report {
            eprintln!("{} has {lines} lines: look for the seam", source.name);
        }
    }
    refuse("files are of a size to be read", &complaints);
}

#[test]
fn text_is_tidy() {
    let mut texts = rust();
    let others = [
        "README.md",
        "ARCHITECTURE.md",
        "Cargo.toml",
        "clippy.toml",
        "rustfmt.toml",
        ".ci",
        "scenarios",
        "schema",
        "docs",
        "benches",
        "results/benchmarks",
    ];
    texts.extend(sources(&others, &["md", "toml", "json", "run", "sh", "py"]));
    // Words of a place of work, and of work not done; put together so that this file does not hold them.
    let unwanted = [
        ["/wo", "rk/"].concat(),
        ["/tmp/", "wt"].concat(),
        ["hel", "per-"].concat(),
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X"].concat(),
    ];
    let mut complaints = Vec::new();
    for source in &texts {
        let name = &source.name;
        for (number, line) in source
            .text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
        {
            if line.contains('\t') {
                complaints.push(format!("{name}:{number} has a tab"));
            }
            if line.ends_with([' ', '\r']) {
                complaints.push(format!("{name}:{number} ends with a blank"));
            }
            for word in &unwanted {
                if line.contains(word) {
                    complaints.push(format!("{name}:{number} has {word}"));
                }
            }
        }
        if !source.text.is_empty() && !source.text.ends_with('\n') {
            complaints.push(format!("{name} does not end with a line feed"));
        }
        if source.text.ends_with("\n\n") {
            complaints.push(format!("{name} ends with empty lines"));
        }
    }
    refuse("text is tidy", &complaints);
}

#[test]
fn modules_and_attributes_follow_the_house() {
    let mut complaints = Vec::new();
    for source in rust() {
        let name = &source.name;
        if name.ends_with("/mod.rs") {
            complaints.push(format!("{name}: a parent module stands beside its folder"));
        }
        let first = source.text.lines().next().unwrap_or_default();
        // Tests beside what they test are for that.
        if !first.starts_with("//!") && !name.ends_with("/tests.rs") {
            complaints.push(format!("{name} does not begin with what it is for"));
        }
        for (line, text) in code(&source.text) {
            let text = text.trim();
            if text == "#[ignore]" {
                complaints.push(format!("{name}:{line}: a test that is ignored says why"));
            }
            if ["#[allow", "#![allow"]
                .iter()
                .any(|start| text.starts_with(start))
            {
                complaints.push(format!("{name}:{line}: `expect` with a reason, not `allow`"));
            }
        }
    }
    refuse("modules and attributes follow the house", &complaints);
}

/// Every scenario that the project ships can be built, the files that it names included.
#[test]
fn shipped_scenarios_are_valid() {
    let mut complaints = Vec::new();
    let shipped = sources(&["scenarios", "benches"], &["toml"]);
    for source in &shipped {
        // A base is no scenario of its own: those that include it are.
        if source.name.ends_with("/base.toml") {
            continue;
        }
        let run = match Run::read(Request::plain(root().join(&source.name))) {
            Ok(run) => run,
            Err(error) => {
                complaints.push(format!("{}:\n{error}", source.name));
                continue;
            }
        };
        let mut files = Vec::new();
        let mut scenario = run.scenario.clone();
        scenario.visit_files(&mut |_, path| files.push(path.clone()));
        let absent: Vec<&String> = files
            .iter()
            .filter(|file| !root().join("scenarios").join(file).exists())
            .collect();
        if !absent.is_empty() {
            eprintln!("skipped: {} reads {absent:?}, which are absent", source.name);
            continue;
        }
        let mut run = run;
        if let Err(error) = run.build() {
            complaints.push(format!("{}:\n{error}", source.name));
        }
    }
    refuse("shipped scenarios are valid", &complaints);
}
