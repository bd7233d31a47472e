//! `--set path.to.key=value`, applied to the document before it is decoded.
//!
//! The value is TOML where it parses and a string otherwise. It replaces what stands there; where it chooses another
//! table of a choice (`search.walk` in place of `search.flood`), the old choice goes. Groups are named or numbered:
//! `peers.group.modem.share`, `peers.group.0.share`.

use super::decode::join;
use super::diagnostics::{Finding, Findings, Severity};
use super::document::{Entries, Kind, Node, Place};
use super::shape::Shape;
use toml::de::DeTable;

/// Applies the override `text`, which is source number `source`.
pub(crate) fn apply(root: &mut Node, shape: &Shape, text: &str, source: usize, findings: &mut Findings) {
    match parse(text, source) {
        Ok((path, value)) => {
            set_or_say(root, shape, &path, value, findings);
        }
        Err((place, message)) => {
            let help = "write path.to.key=value, for example overlay.gnutella.search.flood.ttl=5";
            push(findings, "", place, message, help.to_owned());
        }
    }
}

/// Puts a value under a path of keys, or says why that cannot be.
pub(crate) fn set_or_say(root: &mut Node, shape: &Shape, path: &Path, value: Node, findings: &mut Findings) {
    if let Err((place, message, help)) = set(root, shape, path, value) {
        let key: Vec<&str> = path.iter().map(|(key, _)| key.as_str()).collect();
        push(findings, &key.join("."), place, message, help);
    }
}

fn push(findings: &mut Findings, key: &str, place: Place, message: String, help: String) {
    findings.push(Finding {
        key: key.to_owned(),
        place,
        message,
        label: String::new(),
        help: vec![help],
        severity: Severity::Input,
    });
}

/// A path of keys, each with its place.
pub(crate) type Path = Vec<(String, Place)>;

/// The path that a dotted key says, which stands at `place` as a whole; `None`: it is none.
pub(crate) fn path(text: &str, place: Place) -> Option<Path> {
    let (path, _) = parse(&format!("{text}=0"), place.source).ok()?;
    // What stands behind an equals sign of the text's own is no key.
    (separator(text).is_none() && !path.is_empty())
        .then(|| path.into_iter().map(|(key, _)| (key, place)).collect())
}

/// What stands in a table under a key, or in a list under a number or name.
pub(crate) fn entry<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.kind {
        Kind::List(items) => position(items, key).map(|place| &items[place]),
        _ => node.below(key).map(|(_, node)| node),
    }
}

/// Parts an override into path and value.
fn parse(text: &str, source: usize) -> Result<(Path, Node), (Place, String)> {
    let whole = Place {
        source,
        start: 0,
        end: text.len(),
    };
    let equals = separator(text).ok_or_else(|| (whole, "an override has no `=`".to_owned()))?;
    let (left, right) = (&text[..equals], &text[equals + 1..]);
    let left_place = Place {
        source,
        start: 0,
        end: equals,
    };
    let mut path = Path::new();
    let line = format!("{left}=0");
    let table = DeTable::parse(&line).map_err(|_| {
        (
            left_place,
            "the path of an override is not a dotted key".to_owned(),
        )
    })?;
    let mut here = Node::from_table(table, source, 0);
    while let Kind::Table(entries) = here.kind {
        let mut entries = entries.into_iter();
        let (Some((key, (place, node))), None) = (entries.next(), entries.next()) else {
            return Err((left_place, "an override sets one key".to_owned()));
        };
        path.push((key, place));
        here = node;
    }
    Ok((path, value(right, equals + 1, source)))
}

/// Where the `=` between path and value is: the first one outside quotation marks.
fn separator(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '=') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

/// The value, as TOML if it is, else as a string. `offset` is where it begins in the override.
fn value(text: &str, offset: usize, source: usize) -> Node {
    const PREFIX: &str = "v=";
    let place = Place {
        source,
        start: offset,
        end: offset + text.len(),
    };
    let line = format!("{PREFIX}{text}");
    if let Ok(table) = DeTable::parse(&line) {
        let parsed = Node::from_table(table, source, 0);
        if let Kind::Table(mut entries) = parsed.kind
            && entries.len() == 1
            && let Some((_, mut node)) = entries.remove("v")
        {
            shift(&mut node, PREFIX.len(), offset);
            return node;
        }
    }
    Node {
        place,
        kind: Kind::Text(text.trim().to_owned()),
    }
}

/// Moves all places of a value from where it was parsed to where it stands.
fn shift(node: &mut Node, from: usize, to: usize) {
    let moved = |at: usize| at.saturating_sub(from) + to;
    node.place.start = moved(node.place.start);
    node.place.end = moved(node.place.end);
    match &mut node.kind {
        Kind::List(items) => items.iter_mut().for_each(|item| shift(item, from, to)),
        Kind::Table(entries) => {
            for (place, item) in entries.values_mut() {
                place.start = moved(place.start);
                place.end = moved(place.end);
                shift(item, from, to);
            }
        }
        _ => {}
    }
}

/// What is wrong with an override: where, what, and what to do.
type Wrong = (Place, String, String);

/// Puts a value in its place.
fn set(root: &mut Node, shape: &Shape, path: &Path, value: Node) -> Result<(), Wrong> {
    let mut here = root;
    let mut shape = Some(shape);
    let mut trodden = String::new();
    for (step, (key, place)) in path.iter().enumerate() {
        let is_last = step + 1 == path.len();
        here = match here.kind {
            Kind::List(_) => entry_of_list(here, key, *place, &trodden)?,
            _ => entry_of_table(here, shape, key, *place, is_last),
        };
        shape = shape.and_then(|shape| shape.below(key));
        trodden = join(&trodden, key);
    }
    *here = value;
    Ok(())
}

/// The entry of a list by number or name; lists do not grow.
fn entry_of_list<'a>(list: &'a mut Node, key: &str, place: Place, path: &str) -> Result<&'a mut Node, Wrong> {
    let Kind::List(items) = &mut list.kind else {
        unreachable!("only called for lists");
    };
    let count = items.len();
    match position(items, key) {
        Some(index) => Ok(&mut items[index]),
        None => Err((
            place,
            format!("`{path}` has no entry `{key}`"),
            match count {
                0 => format!("`{path}` is empty"),
                _ => format!("write a number from 0 to {}, or an entry's name", count - 1),
            },
        )),
    }
}

/// The entry of a table, made if it is not there. What is neither table nor absent gives way: the decoder judges what
/// stands there then. Of a choice, the other tables go.
fn entry_of_table<'a>(
    table: &'a mut Node,
    shape: Option<&Shape>,
    key: &str,
    place: Place,
    is_last: bool,
) -> &'a mut Node {
    if !matches!(table.kind, Kind::Table(_)) {
        *table = empty(place);
    }
    let Kind::Table(entries) = &mut table.kind else {
        unreachable!("made a table just above");
    };
    if let Some(Shape::Choice { tables, .. }) = shape
        && tables.contains_key(key)
    {
        entries.retain(|other, _| other == key || !tables.contains_key(other.as_str()));
    }
    let entry = entries
        .entry(key.to_owned())
        .or_insert_with(|| (place, empty(place)));
    if is_last {
        entry.0 = place;
    }
    &mut entry.1
}

/// An empty table.
fn empty(place: Place) -> Node {
    Node {
        place,
        kind: Kind::Table(Entries::new()),
    }
}

/// The place of a list's entry by number or by the name it bears.
fn position(items: &[Node], key: &str) -> Option<usize> {
    let named = |item: &Node| match item.below("name") {
        Some((_, node)) => matches!(&node.kind, Kind::Text(name) if name == key),
        None => false,
    };
    key.parse()
        .ok()
        .filter(|&index: &usize| index < items.len())
        .or_else(|| items.iter().position(named))
}
