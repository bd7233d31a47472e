//! The scenario file: schema, units, defaults, diagnostics.
//!
//! [`read`] turns text into a resolved [`Scenario`] or a [`Report`] of everything that is wrong with it, each problem
//! with its place. This room does no IO: the caller reads the file, and the files that a scenario names.
//!
//! One set of structs ([`schema`]) is what the file may hold. The JSON Schema is generated from them, the check of a
//! document is driven by that schema, and [`show`] writes them back; none of these can know a key that another does not.
//!
//! What an overlay adds to all of this stands in one module of `overlays` each.
//!
//! The way of a text: TOML with places (`document`), what it includes laid under it (`texts`), overrides (`overrides`), held against the schema (`decode`,
//! `shape`), checked for meaning (`check`), defaults that depend on other keys filled in (`resolve`); where keys are
//! swept, so is every combination of their values (`sweep`).

pub mod build;
pub mod diagnostics;
pub mod estimate;
pub mod json_schema;
pub mod schema;
pub mod units;

mod check;
mod decode;
mod document;
mod overlays;
mod overrides;
mod resolve;
mod shape;
mod sweep;
#[cfg(test)]
mod tests;
mod texts;
mod world;

pub use diagnostics::{Problem, Report, Severity};
pub use estimate::Estimate;
pub use json_schema::{json_schema, json_schema_text};
pub use resolve::show;
pub use schema::Scenario;
pub use sweep::COMBINATIONS_MAX;
pub use texts::{INCLUDE_DEPTH_MAX, INCLUDES_MAX, Included, Includes, Refusal, Texts};
pub use world::{Difference, world_differences};

use diagnostics::{Finding, Findings, Source};
use document::{Node, Place};
use estimate::Limit;
use serde::Deserialize;
use shape::Shape;
use toml::de::DeTable;

/// The largest scenario file, in bytes. Data belong into files of their own.
pub const FILE_BYTES_MAX: usize = 16 << 20;

/// The most keys, lists and tables that a scenario file may have: what a person or a generator writes has a few
/// thousand at most.
pub const ENTRIES_MAX: usize = 100_000;

/// Reads a scenario that includes nothing: `name` is the file's for messages, `overrides` are `path.to.key=value` in order.
///
/// The result is resolved: every default that is not "none" stands in it.
///
/// # Errors
/// A report of everything that is wrong, each problem with its place.
pub fn read(name: &str, text: &str, overrides: &[String]) -> Result<Scenario, Report> {
    read_within(&Texts::alone(name, text), overrides, None)
}

/// As [`read`], with what the scenario includes, and with a limit to memory that takes the place of the scenario's own. The
/// sizes of files are not known here, so what passes may still be too large.
///
/// # Errors
/// As [`read`].
pub fn read_within(texts: &Texts, overrides: &[String], limit: Option<Limit>) -> Result<Scenario, Report> {
    read_for(texts, overrides, limit, Purpose::AsItStands)
}

/// As [`read_within`], for a sweep: it must have lookups, which a sweep measures, and no override may set what is swept.
///
/// # Errors
/// As [`read`].
pub fn read_swept(texts: &Texts, overrides: &[String]) -> Result<Scenario, Report> {
    read_for(texts, overrides, None, Purpose::Sweep)
}

/// A scenario whose defaults that depend on other keys are left open, for a scenario that was read before: in each combination
/// of a sweep they may be others.
///
/// # Panics
/// When the scenario cannot be read.
pub fn read_open(texts: &Texts, overrides: &[String]) -> Scenario {
    let sources = Sources::new(texts, overrides);
    let root = document(&sources, &mut Findings::default()).expect("the scenario was read before");
    let decoded = decode::decode(&root, Shape::scenario(), &mut Findings::default());
    Scenario::deserialize(decoded.value).expect("the scenario was read before")
}

/// What a scenario is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    AsItStands,
    Sweep,
}

fn read_for(
    texts: &Texts,
    overrides: &[String],
    limit: Option<Limit>,
    purpose: Purpose,
) -> Result<Scenario, Report> {
    let sources = Sources::new(texts, overrides);
    let mut findings = Findings::default();
    let scenario = read_into(&sources, limit, purpose, &mut findings);
    match (findings.report(sources.list), scenario) {
        (Some(report), _) => Err(report),
        (None, Some(scenario)) => Ok(scenario),
        (None, None) => unreachable!("what yields no scenario is reported"),
    }
}

/// A report of what only shows later, when the files are read that a scenario names, say: keys with what is wrong. The
/// place is that of the key in the scenario or in the override that set it.
///
/// # Panics
/// When there is no problem.
pub fn problems(texts: &Texts, overrides: &[String], problems: Vec<(String, String, Severity)>) -> Report {
    let sources = Sources::new(texts, overrides);
    let root = document(&sources, &mut Findings::default());
    let start = Place {
        source: 0,
        start: 0,
        end: 0,
    };
    let mut findings = Findings::default();
    for (key, message, severity) in problems {
        let place = root.as_ref().map_or(start, |root| root.place_of(&key));
        findings.push(Finding {
            place,
            key,
            message,
            label: String::new(),
            help: Vec::new(),
            severity,
        });
    }
    findings.report(sources.list).expect("there is a problem")
}

/// The texts that places point into: the files, the scenario's own first, then the overrides.
struct Sources<'t> {
    texts: &'t Texts,
    list: Vec<Source>,
}

impl<'t> Sources<'t> {
    fn new(texts: &'t Texts, overrides: &[String]) -> Self {
        let mut list: Vec<Source> = texts.sources().cloned().collect();
        for (index, text) in overrides.iter().enumerate() {
            list.push(Source {
                name: format!("--set #{}", index + 1),
                text: text.clone(),
            });
        }
        Self { texts, list }
    }

    /// Number of the first override.
    fn first_override(&self) -> usize {
        self.texts.len()
    }
}

/// The document with its overrides.
fn document(sources: &Sources<'_>, findings: &mut Findings) -> Option<Node> {
    let mut root = sources.texts.document(findings)?;
    for (index, source) in sources.list.iter().enumerate().skip(sources.first_override()) {
        overrides::apply(&mut root, Shape::scenario(), &source.text, index, findings);
    }
    texts::refuse_override(&mut root, findings);
    Some(root)
}

fn read_into(
    sources: &Sources<'_>,
    limit: Option<Limit>,
    purpose: Purpose,
    findings: &mut Findings,
) -> Option<Scenario> {
    for (index, source) in sources.list.iter().enumerate() {
        too_much(&source.text, index, findings);
    }
    if !findings.is_empty() {
        return None;
    }
    let root = document(sources, findings)?;
    let scenario = understand(&root, limit, findings)?;
    if purpose == Purpose::Sweep {
        sweep::check_overrides(&root, sources.first_override(), findings);
        if findings.is_empty() && !sweep::looks_up(&scenario) {
            let message = "a sweep measures lookups, and the scenario has none".to_owned();
            let finding = whole(root.place_of("workload"), message, Severity::Input);
            findings.push(Finding {
                key: "workload".to_owned(),
                help: vec!["choose [workload.random_lookups] or [workload.lookups]".to_owned()],
                ..finding
            });
        }
    }
    sweep::check(&root, &scenario, limit, findings);
    Some(scenario)
}

/// The resolved scenario that a document says, its sweep not looked into.
fn understand(root: &Node, limit: Option<Limit>, findings: &mut Findings) -> Option<Scenario> {
    let decoded = decode::decode(root, Shape::scenario(), findings);
    match Scenario::deserialize(decoded.value) {
        Ok(mut scenario) => {
            check::check(&scenario, root, &decoded.spoilt, findings);
            if findings.is_empty() {
                resolve::resolve(&mut scenario);
                check::estimate::check(&scenario, limit, root, findings);
            }
            Some(scenario)
        }
        Err(error) => {
            // Only if schema and structs disagree: our own error, but the user should see what it is about.
            findings.push(whole(root.place, error.message().to_owned(), Severity::Input));
            None
        }
    }
}

/// Refuses what is too large before anything is built from it.
fn too_much(text: &str, source: usize, findings: &mut Findings) {
    let start = Place {
        source,
        start: 0,
        end: 0,
    };
    if text.len() > FILE_BYTES_MAX {
        let message = format!(
            "the scenario has {} bytes, at most {FILE_BYTES_MAX} are read",
            text.len()
        );
        findings.push(whole(start, message, Severity::Limit));
        return;
    }
    let entries = text
        .bytes()
        .filter(|byte| matches!(byte, b'=' | b'[' | b'{' | b','))
        .count();
    if entries > ENTRIES_MAX {
        let message = format!("the scenario has about {entries} entries, at most {ENTRIES_MAX} are read");
        findings.push(whole(start, message, Severity::Limit));
    }
}

/// A finding about a source as a whole.
fn whole(place: Place, message: String, severity: Severity) -> Finding {
    Finding {
        key: String::new(),
        place: Place {
            end: place.start,
            ..place
        },
        message,
        label: String::new(),
        help: Vec::new(),
        severity,
    }
}

/// The TOML parser's words, put plainly where they are not; `rest` is the text from the place on.
fn syntax(message: &str, rest: &str) -> (String, Option<&'static str>) {
    let ends = rest
        .trim_start_matches(' ')
        .starts_with(['\n', '\r', '}', ']', ',', '#'])
        || rest.trim().is_empty();
    if message.contains("basic string") && ends {
        return (
            "a string is not closed".to_owned(),
            Some("add a quotation mark at its end"),
        );
    }
    if (message.contains("literal string") || message.contains("must be quoted")) && ends {
        return ("a value is missing".to_owned(), None);
    }
    let quote = "strings and quantities stand in quotation marks: \"50 ms\"";
    let help =
        (message.contains("must be quoted") || message.contains("unexpected key or value")).then_some(quote);
    if message == "duplicate key" {
        return (
            "this key is there already".to_owned(),
            Some("keep one of the two"),
        );
    }
    (message.trim_end_matches(", expected nothing").to_owned(), help)
}

/// The document, or all errors of syntax.
fn parse(text: &str, source: usize, findings: &mut Findings) -> Option<Node> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let mut root = Node::from_table(table, source, 0);
        // What is missing at the top is missing at the beginning.
        root.place.end = root.place.start;
        return Some(root);
    }
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let (message, help) = syntax(error.message(), text.get(span.start..).unwrap_or_default());
        let place = Place {
            source,
            start: span.start,
            end: span.end,
        };
        findings.push(Finding {
            help: help.map(str::to_owned).into_iter().collect(),
            ..whole(place, format!("not TOML: {message}"), Severity::Input)
        });
    }
    None
}
