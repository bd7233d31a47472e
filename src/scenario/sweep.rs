//! Checks of `[sweep]`: its keys and values, and every combination of them as a scenario of its own.

use super::decode::{join, related};
use super::diagnostics::{Finding, Findings, Severity};
use super::document::{Entries, Kind, Node, Place};
use super::estimate::Limit;
use super::overrides;
use super::schema::{Scenario, Workload, chosen};
use super::shape::Shape;
use std::collections::BTreeSet;

/// The most combinations of a sweep: the replications of each are not counted.
pub const COMBINATIONS_MAX: u128 = 1_000;

/// Keys that cannot be swept, and why.
const UNSWEPT: [(&str, &str); 4] = [
    ("include", "what a file includes is one scenario with it"),
    (
        "seed",
        "the replications of a sweep are other worlds: `--replications`",
    ),
    ("sweep", "the table cannot change itself"),
    ("title", "the combinations of a sweep are one scenario"),
];

/// A key that is swept.
struct Axis<'a> {
    /// As messages call it.
    name: String,
    place: Place,
    path: overrides::Path,
    /// The path without quotation marks and blanks.
    dotted: String,
    values: &'a [Node],
}

/// Checks the table of a document, whose scenario as it stands was decoded to `scenario`.
pub(super) fn check(root: &Node, scenario: &Scenario, limit: Option<Limit>, findings: &mut Findings) {
    let Some((place, entries)) = table(root) else {
        return;
    };
    let axes = axes(entries, findings);
    let lengths = axes.iter().map(|axis| axis.values.len() as u128);
    let number = lengths.fold(1, u128::saturating_mul);
    if number > COMBINATIONS_MAX {
        let message = format!("`sweep` has {number} combinations, at most {COMBINATIONS_MAX} are played");
        push(
            findings,
            "sweep",
            place,
            message,
            "leave some values out",
            Severity::Limit,
        );
    }
    if findings.is_empty() {
        if !looks_up(scenario) {
            let message = "`sweep` measures lookups, and `workload` has none".to_owned();
            let help = "choose [workload.random_lookups] or [workload.lookups]";
            push(findings, "sweep", place, message, help, Severity::Input);
            return;
        }
        check_combinations(root, scenario, &axes, limit, findings);
    }
}

/// The table of a document, with its place, if it has entries.
fn table(root: &Node) -> Option<(Place, &Entries)> {
    match root.below("sweep") {
        Some((place, node)) => match &node.kind {
            Kind::Table(entries) if !entries.is_empty() => Some((place, entries)),
            _ => None,
        },
        None => None,
    }
}

/// Whether the workload is lookups.
pub(super) fn looks_up(scenario: &Scenario) -> bool {
    matches!(
        scenario.workload,
        Some(Workload::Lookups(_) | Workload::RandomLookups(_))
    )
}

/// Refuses overrides of what the sweep sets itself.
pub(super) fn check_overrides(root: &Node, first_override: usize, findings: &mut Findings) {
    let Some((_, entries)) = table(root) else {
        return;
    };
    for axis in axes(entries, &mut Findings::default()) {
        let node = axis
            .path
            .iter()
            .try_fold(root, |node, (key, _)| overrides::entry(node, key));
        if let Some(place) = node.and_then(|node| override_within(node, first_override)) {
            let message = format!("`{}` is swept: what is set here would be replaced", axis.dotted);
            let help = format!("set {}=[ ... ] instead", axis.name);
            push(findings, &axis.dotted, place, message, &help, Severity::Input);
        }
    }
}

/// The place of a value that an override set, itself or a part of it.
fn override_within(node: &Node, first_override: usize) -> Option<Place> {
    if node.place.source >= first_override {
        return Some(node.place);
    }
    let within = |node| override_within(node, first_override);
    match &node.kind {
        Kind::List(items) => items.iter().find_map(within),
        Kind::Table(entries) => entries.values().find_map(|(_, node)| within(node)),
        _ => None,
    }
}

/// The swept keys that are fit for it.
fn axes<'a>(entries: &'a Entries, findings: &mut Findings) -> Vec<Axis<'a>> {
    let mut axes: Vec<Axis<'a>> = Vec::new();
    for (key, (place, node)) in entries {
        // What is no list was said before.
        let Kind::List(values) = &node.kind else { continue };
        let (name, place) = (join("sweep", key), *place);
        let mut complain = |place, message: String, help: &str| {
            push(findings, &name, place, message, help, Severity::Input);
        };
        let Some(path) = overrides::path(key, place) else {
            let message = format!("`{name}` is not a dotted key");
            complain(place, message, "write \"path.to.key\" = [ ... ]");
            continue;
        };
        let parts: Vec<&str> = path.iter().map(|(part, _)| part.as_str()).collect();
        let dotted = parts.join(".");
        if let Some((_, why)) = UNSWEPT.iter().find(|(unswept, _)| *unswept == parts[0]) {
            complain(place, format!("`{name}`: `{}` cannot be swept", parts[0]), why);
            continue;
        }
        if let Some(other) = axes.iter().find(|other| related(&other.dotted, &dotted)) {
            let message = format!("`{name}` and `{}` set the same", other.name);
            complain(place, message, "keep one of the two");
            continue;
        }
        if values.is_empty() {
            complain(node.place, format!("`{name}` has no values"), "list one at least");
            continue;
        }
        for (later, value) in values.iter().enumerate() {
            if values[..later].iter().any(|earlier| is_equal(earlier, value)) {
                complain(
                    value.place,
                    format!("`{name}` has this value twice"),
                    "keep one of the two",
                );
            }
        }
        axes.push(Axis {
            name,
            place,
            path,
            dotted,
            values,
        });
    }
    axes
}

fn push(findings: &mut Findings, key: &str, place: Place, message: String, help: &str, severity: Severity) {
    findings.push(Finding {
        key: key.to_owned(),
        place,
        message,
        label: String::new(),
        help: vec![help.to_owned()],
        severity,
    });
}

/// Reads every combination as a scenario of its own, and says once what is wrong with any.
fn check_combinations(
    root: &Node,
    scenario: &Scenario,
    axes: &[Axis<'_>],
    limit: Option<Limit>,
    findings: &mut Findings,
) {
    let mut bare = root.clone();
    if let Kind::Table(entries) = &mut bare.kind {
        entries.remove("sweep");
    }
    let files = files(scenario);
    let mut said: BTreeSet<(Place, String)> = BTreeSet::new();
    let lengths: Vec<usize> = axes.iter().map(|axis| axis.values.len()).collect();
    for number in 0..lengths.iter().product() {
        if findings.is_full() {
            return;
        }
        let chosen = chosen(number, &lengths);
        let mut wrong = Findings::default();
        read_combination(&bare, axes, &chosen, &files, limit, &mut wrong);
        for mut finding in wrong.into_list() {
            if !said.insert((finding.place, finding.message.clone())) {
                continue;
            }
            // Where the caret does not stand at a swept value, it takes the combination to understand the problem.
            if !axes.iter().any(|axis| axis.holds(finding.place)) {
                finding.help.push(told(axes, &chosen));
            }
            findings.push(finding);
        }
    }
}

fn read_combination(
    bare: &Node,
    axes: &[Axis<'_>],
    chosen: &[usize],
    files: &[(&'static str, String)],
    limit: Option<Limit>,
    findings: &mut Findings,
) {
    let mut root = bare.clone();
    for (axis, &place) in axes.iter().zip(chosen) {
        let value = axis.values[place].clone();
        overrides::set_or_say(&mut root, Shape::scenario(), &axis.path, value, findings);
    }
    let Some(scenario) = super::understand(&root, limit, findings).filter(|_| findings.is_empty()) else {
        return;
    };
    let named = self::files(&scenario);
    if let Some((key, _)) = named.iter().find(|file| !files.contains(file)) {
        let message = format!("`{key}` names a file, and files cannot be swept");
        let help = "write a scenario for each file";
        push(findings, key, root.place_of(key), message, help, Severity::Input);
    }
    if !looks_up(&scenario) {
        let message = "a sweep measures lookups, and `workload` has none then".to_owned();
        let help = "choose [workload.random_lookups] or [workload.lookups]";
        push(
            findings,
            "workload",
            root.place_of("workload"),
            message,
            help,
            Severity::Input,
        );
    }
}

/// The files that a scenario names, by key.
fn files(scenario: &Scenario) -> Vec<(&'static str, String)> {
    let mut files = Vec::new();
    scenario
        .clone()
        .visit_files(&mut |key, path| files.push((key, path.clone())));
    files
}

impl Axis<'_> {
    /// Whether a place is in its key or one of its values.
    fn holds(&self, place: Place) -> bool {
        let within = |whole: Place| {
            whole.source == place.source && whole.start <= place.start && place.end <= whole.end
        };
        within(self.place) || self.values.iter().any(|value| within(value.place))
    }
}

/// A combination for people.
fn told(axes: &[Axis<'_>], chosen: &[usize]) -> String {
    let settings = axes.iter().zip(chosen).map(|(axis, &place)| {
        let value = axis.values[place].value();
        format!("{} = {value}", axis.dotted)
    });
    format!("in the combination {}", settings.collect::<Vec<_>>().join(", "))
}

/// Whether two nodes hold the same, wherever they stand.
fn is_equal(one: &Node, other: &Node) -> bool {
    one.value() == other.value()
}
