//! What is wrong with a scenario: every problem with its place, rendered with the line and a caret.

mod render;

use super::document::Place;

/// Problems that are kept; beyond these only their number is.
const KEPT: usize = 200;

/// Whether a problem is bad input or something too large.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    /// It cannot be read as a scenario, or contradicts itself.
    Input,
    /// It is understood, but larger than what is allowed.
    Limit,
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Dotted path of the key, such as `overlay.gnutella.search.flood.ttl`; empty for the file as a whole.
    pub key: String,
    /// What is wrong: a lower-case fragment that names the key.
    pub message: String,
    /// A word beside the caret; may be empty.
    pub label: String,
    /// What to do about it, one remedy each.
    pub help: Vec<String>,
    /// Input or limit.
    pub severity: Severity,
    /// Name of the source: the file's, or `--set #2`.
    pub source: String,
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
    pub(crate) place: Place,
}

/// A text that places point into.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// Everything that is wrong with a scenario, in the order of the file.
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) sources: Vec<Source>,
    problems: Vec<Problem>,
    omitted: usize,
}

impl Report {
    /// The problems, at least one: those of the file in its order, then those of files that it includes, then those of the
    /// overrides.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many problems there are, those that are not kept included.
    pub fn count(&self) -> usize {
        self.problems.len() + self.omitted
    }

    /// Whether limits are all that is in the way (exit code 3 rather than 2).
    pub fn is_limit(&self) -> bool {
        self.problems
            .iter()
            .all(|problem| problem.severity == Severity::Limit)
    }

    /// All problems as text for a terminal, with colours or without; ends with a line feed.
    pub fn render(&self, colour: bool) -> String {
        render::render(self, colour)
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Report {}

/// What one problem is, before its place is looked up.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) label: String,
    pub(crate) help: Vec<String>,
    pub(crate) severity: Severity,
}

/// Gathers findings.
#[derive(Default, Debug)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    omitted: usize,
}

impl Findings {
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether more findings would not be kept: spares the work of wording them.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= KEPT
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        if self.is_full() {
            self.omitted += 1;
        } else {
            self.list.push(finding);
        }
    }

    /// The findings that are kept.
    pub(crate) fn into_list(self) -> Vec<Finding> {
        self.list
    }

    pub(crate) fn omit(&mut self) {
        self.omitted += 1;
    }

    /// The report, or `None` if nothing is wrong.
    pub(crate) fn report(mut self, sources: Vec<Source>) -> Option<Report> {
        if self.list.is_empty() {
            return None;
        }
        self.list
            .sort_by(|a, b| (a.place, &a.message).cmp(&(b.place, &b.message)));
        self.list
            .dedup_by(|a, b| (a.place, &a.message) == (b.place, &b.message));
        let problems = self
            .list
            .into_iter()
            .map(|finding| {
                let source = &sources[finding.place.source];
                let (line, column) = position(&source.text, finding.place.start);
                Problem {
                    key: finding.key,
                    message: finding.message,
                    label: finding.label,
                    help: finding.help,
                    severity: finding.severity,
                    source: source.name.clone(),
                    line,
                    column,
                    place: finding.place,
                }
            })
            .collect();
        Some(Report {
            sources,
            problems,
            omitted: self.omitted,
        })
    }
}

/// Line and column, both from 1, of a byte of a text.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..byte.min(text.len())];
    let line = before.split(|&b| b == b'\n').count();
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    // Continuation bytes of UTF-8 are not characters of their own.
    let column = before[start..].iter().filter(|&&b| b & 0xC0 != 0x80).count() + 1;
    (line, column)
}
