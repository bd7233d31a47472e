//! Problems as text: the line, a caret, the remedy.

use super::{Problem, Report, Source};
use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use std::fmt::Write as _;

/// Problems that are shown in full; the rest is counted.
const SHOWN: usize = 20;
/// Longer lines are not printed.
const LINE_BYTES_MAX: usize = 300;

pub(super) fn render(report: &Report, colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for problem in report.problems().iter().take(SHOWN) {
        out.push_str(&one(problem, &report.sources[problem.place.source], &renderer));
        out.push_str("\n\n");
    }
    let hidden = report.count() - report.problems().len().min(SHOWN);
    if hidden > 0 {
        let _ = writeln!(out, "... and {hidden} more\n");
    }
    let name = &report.sources[0].name;
    let _ = match report.count() {
        1 => writeln!(out, "1 problem in {name}"),
        count => writeln!(out, "{count} problems in {name}"),
    };
    out
}

fn one(problem: &Problem, source: &Source, renderer: &Renderer) -> String {
    let mut group = Level::ERROR
        .primary_title(printable(&problem.message))
        .elements(Vec::<Element<'_>>::new());
    let excerpt = Excerpt::of(&source.text, problem);
    let location = format!("{}:{}:{}", problem.source, problem.line, problem.column);
    if let Some(excerpt) = &excerpt {
        let mut annotation = AnnotationKind::Primary.span(excerpt.start..excerpt.end);
        if !problem.label.is_empty() {
            annotation = annotation.label(printable(&problem.label));
        }
        group = group.element(
            Snippet::source(excerpt.line)
                .line_start(problem.line)
                .path(printable(&problem.source))
                .annotation(annotation),
        );
    } else {
        group = group.element(Level::NOTE.message(format!("at {}", printable(&location))));
    }
    for help in &problem.help {
        group = group.element(Level::HELP.message(printable(help)));
    }
    renderer.render(&[group])
}

/// The line that a problem points at, and the range within it.
struct Excerpt<'a> {
    line: &'a str,
    start: usize,
    end: usize,
}

impl<'a> Excerpt<'a> {
    /// `None` if the line is too long to print.
    fn of(text: &'a str, problem: &Problem) -> Option<Self> {
        let start = problem.place.start.min(text.len());
        let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let last = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = text[first..last].trim_end_matches('\r');
        if line.len() > LINE_BYTES_MAX {
            return None;
        }
        let from = (start - first).min(line.len());
        let to = problem.place.end.saturating_sub(first).clamp(from, line.len());
        Some(Self {
            line,
            start: from,
            end: to,
        })
    }
}

/// Control characters must not reach a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect()
}
