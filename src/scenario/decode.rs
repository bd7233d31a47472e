//! Holds a document against the shape of a scenario and gathers everything that does not fit.
//!
//! What does not fit is left out of the decoded value (or replaced by an example where it is required), so that the
//! checks of meaning can still look at all the rest; the keys concerned are remembered, and nothing is said of what
//! depends on them.

mod kinds;
mod leaves;
mod words;

use super::diagnostics::{Finding, Findings, Severity};
use super::document::{Entries, Kind, Node, Place};
use super::shape::{Field, Shape, Table};
use toml::Value;
use words::{choose, list_of, nearest, shorten};

/// What came of decoding.
pub(crate) struct Decoded {
    /// Always fits the shape.
    pub(crate) value: Value,
    /// Keys that did not fit, or that were probably meant.
    pub(crate) spoilt: Vec<String>,
}

/// Decodes a document.
pub(crate) fn decode(root: &Node, shape: &Shape, findings: &mut Findings) -> Decoded {
    let mut decoder = Decoder {
        root_shape: shape,
        findings,
        spoilt: Vec::new(),
    };
    let value = decoder.value(root, shape, "", root.place);
    let value = value.unwrap_or_else(|| example(shape));
    Decoded {
        value,
        spoilt: decoder.spoilt,
    }
}

/// A value that fits a shape.
fn example(shape: &Shape) -> Value {
    let text = format!("value = {}", shape.example());
    let table: toml::Table = text.parse().expect("examples are TOML");
    table["value"].clone()
}

struct Decoder<'a> {
    root_shape: &'a Shape,
    findings: &'a mut Findings,
    spoilt: Vec<String>,
}

impl Decoder<'_> {
    fn report(&mut self, key: &str, place: Place, severity: Severity, words: Words) {
        self.spoil(key);
        self.findings.push(Finding {
            key: key.to_owned(),
            place,
            message: words.message,
            label: words.label,
            help: words.help,
            severity,
        });
    }

    fn spoil(&mut self, key: &str) {
        if !self.findings.is_full() {
            self.spoilt.push(key.to_owned());
        }
    }

    /// The decoded value, or `None` if it does not fit. `above` is where the key stands.
    fn value(&mut self, node: &Node, shape: &Shape, key: &str, above: Place) -> Option<Value> {
        match (shape, &node.kind) {
            (Shape::Table(table), Kind::Table(entries)) => Some(self.table(entries, table, key, above)),
            (Shape::Choice { words, .. }, Kind::Text(text)) if !words.is_empty() => {
                self.word(node, text, shape, key)
            }
            (Shape::Choice { tables, .. }, Kind::Table(entries)) if !tables.is_empty() => {
                self.choice(entries, shape, key, above)
            }
            (Shape::List(item), Kind::List(nodes)) => Some(self.list(nodes, item, key)),
            (Shape::Map(item), Kind::Table(entries)) => Some(self.map(entries, item, key)),
            (Shape::Any, _) => Some(node.value()),
            (Shape::Text { required }, Kind::Text(text)) => {
                if *required && text.trim().is_empty() {
                    let words = Words::new(format!("`{key}` is empty")).label("write something here");
                    self.report(key, node.place, Severity::Input, words);
                    return None;
                }
                Some(Value::String(text.clone()))
            }
            (Shape::Flag, Kind::Flag(flag)) => Some(Value::Boolean(*flag)),
            (Shape::Integer { min, max }, Kind::Integer(number)) => {
                self.integer(node, *number, (*min, *max), key)
            }
            (Shape::Number { .. }, Kind::Float(number)) => self.number(node, *number, shape, key),
            (Shape::Number { .. }, Kind::Integer(number)) => {
                let number = number.map_or(f64::INFINITY, |number| number as f64);
                self.number(node, number, shape, key)
            }
            (Shape::Quantity { .. }, Kind::Text(text)) => self.quantity(node, text, shape, key),
            _ => {
                self.wrong_kind(node, shape, key, above);
                None
            }
        }
    }

    fn table(&mut self, entries: &Entries, table: &Table, key: &str, above: Place) -> Value {
        let mut out = toml::Table::new();
        for (name, (place, node)) in entries {
            let path = join(key, name);
            match table.fields.get(name.as_str()) {
                Some(field) => {
                    if let Some(value) = self.value(node, &field.shape, &path, *place) {
                        out.insert(name.clone(), value);
                    }
                }
                None => self.unknown(name, *place, table, key, entries),
            }
        }
        for (name, field) in table.fields.iter().filter(|(_, field)| field.required) {
            if out.contains_key(*name) {
                continue;
            }
            let path = join(key, name);
            if !entries.contains_key(*name) && !self.is_spoilt(&path) {
                self.missing(&path, field, above);
            }
            out.insert((*name).to_owned(), example(&field.shape));
        }
        Value::Table(out)
    }

    fn is_spoilt(&self, key: &str) -> bool {
        self.spoilt.iter().any(|spoilt| spoilt == key)
    }

    fn missing(&mut self, path: &str, field: &Field, above: Place) {
        let mut words = Words::new(format!("`{path}` is missing"));
        let example = format!("{} = {}", last(path), field.shape.example());
        words
            .help
            .push(format!("add {example}, the {}", lower_first(field.summary())));
        if let Shape::Choice {
            words: choices,
            tables,
        } = &field.shape
        {
            words.help.push(choose(choices, tables.keys().copied()));
        }
        self.report(path, above, Severity::Input, words);
    }

    fn unknown(&mut self, name: &str, place: Place, table: &Table, key: &str, entries: &Entries) {
        if self.findings.is_full() {
            self.findings.omit();
            return;
        }
        let path = join(key, name);
        let mut words = Words::new(format!("unknown key `{path}`"));
        let free = table
            .fields
            .keys()
            .copied()
            .filter(|known| !entries.contains_key(*known));
        if let Some(near) = nearest(name, free).or_else(|| nearest(name, table.fields.keys().copied())) {
            words.label = format!("did you mean `{near}`?");
            let meant = join(key, near);
            self.spoil(&meant);
        } else if let Some(other) = self.elsewhere(name) {
            words = words.label("not known here");
            words.help.push(format!("there is a key `{other}`"));
        } else {
            words = words.label("not known here");
        }
        if table.fields.is_empty() {
            words
                .help
                .push(format!("`{key}` has no keys: write {} = {{}}", last(key)));
        } else {
            words
                .help
                .push(format!("known keys: {}", list_of(table.fields.keys().copied())));
        }
        self.report(&path, place, Severity::Input, words);
    }

    /// A key of that name in another table, the one nearest to the top.
    fn elsewhere(&self, name: &str) -> Option<String> {
        let mut layer = vec![(String::new(), self.root_shape)];
        while !layer.is_empty() {
            let mut next = Vec::new();
            for (path, shape) in layer {
                let fields = match shape {
                    Shape::Table(table) => &table.fields,
                    Shape::Choice { tables, .. } => tables,
                    Shape::List(item) => {
                        next.push((path, item.as_ref()));
                        continue;
                    }
                    _ => continue,
                };
                for (key, field) in fields {
                    let path = join(&path, key);
                    if *key == name {
                        return Some(path);
                    }
                    next.push((path, &field.shape));
                }
            }
            layer = next;
        }
        None
    }

    fn choice(&mut self, entries: &Entries, shape: &Shape, key: &str, above: Place) -> Option<Value> {
        let Shape::Choice {
            words: choices,
            tables,
        } = shape
        else {
            return None;
        };
        let mut chosen: Vec<(&str, Place, &Node, &Field)> = Vec::new();
        let mut strange = false;
        for (name, (place, node)) in entries {
            if let Some(field) = tables.get(name.as_str()) {
                chosen.push((name, *place, node, field));
                continue;
            }
            strange = true;
            if self.findings.is_full() {
                self.findings.omit();
                continue;
            }
            let path = join(key, name);
            let mut words = Words::new(format!("unknown choice `{path}`"));
            let known = tables.iter().find(|(_, field)| field.shape.below(name).is_some());
            words.label = match (nearest(name, tables.keys().copied()), known) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, Some((choice, _))) => format!("did you mean `{choice}.{name}`?"),
                (None, None) => "not a choice".to_owned(),
            };
            words.help.push(choose(choices, tables.keys().copied()));
            self.report(&path, *place, Severity::Input, words);
        }
        if strange {
            self.spoil(key);
        }
        chosen.sort_by_key(|(_, place, ..)| *place);
        if let [(first, ..), others @ ..] = chosen.as_slice() {
            let first = (*first).to_owned();
            let others: Vec<(String, Place)> = others
                .iter()
                .map(|(name, place, ..)| ((*name).to_owned(), *place))
                .collect();
            for (second, place) in others {
                let path = join(key, &second);
                let mut words = Words::new(format!(
                    "`{path}` stands beside `{first}`, but `{key}` takes one choice"
                ));
                words.label = format!("`{first}` is there already");
                words.help.push(format!("keep either `{first}` or `{second}`"));
                self.report(&path, place, Severity::Input, words);
                self.spoil(key);
            }
        }
        if chosen.is_empty() && !strange {
            let mut words = Words::new(format!("`{key}` is empty"));
            words.help.push(choose(choices, tables.keys().copied()));
            self.report(key, above, Severity::Input, words);
        }
        let mut result = None;
        for (name, place, node, field) in chosen {
            let value = self.value(node, &field.shape, &join(key, name), place);
            if let (None, Some(value)) = (&result, value) {
                let mut table = toml::Table::new();
                table.insert(name.to_owned(), value);
                result = Some(Value::Table(table));
            }
        }
        result
    }

    fn map(&mut self, entries: &Entries, item: &Shape, key: &str) -> Value {
        let mut out = toml::Table::new();
        for (name, (place, node)) in entries {
            if let Some(value) = self.value(node, item, &join(key, name), *place) {
                out.insert(name.clone(), value);
            }
        }
        Value::Table(out)
    }

    fn list(&mut self, nodes: &[Node], item: &Shape, key: &str) -> Value {
        let mut list = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let path = join(key, &index.to_string());
            // A place in the list must not move, whatever stands there: places are keys.
            list.push(
                self.value(node, item, &path, node.place)
                    .unwrap_or_else(|| example(item)),
            );
        }
        Value::Array(list)
    }
}

/// The words of one finding.
struct Words {
    message: String,
    label: String,
    help: Vec<String>,
}

impl Words {
    fn new(message: String) -> Self {
        Self {
            message,
            label: String::new(),
            help: Vec::new(),
        }
    }

    fn label(mut self, label: &str) -> Self {
        label.clone_into(&mut self.label);
        self
    }
}

/// A dotted path, one key longer. Keys that are no plain words are quoted and shortened.
pub(crate) fn join(path: &str, key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let key = if !key.is_empty() && key.len() <= 60 && key.chars().all(plain) {
        key.to_owned()
    } else {
        format!("\"{}\"", shorten(key))
    };
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}

/// Whether one dotted key is the other or lies below it.
pub(crate) fn related(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short)
        .is_some_and(|rest| short.is_empty() || rest.is_empty() || rest.starts_with('.'))
}

/// The last key of a dotted path.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Summaries begin with a capital; in a fragment they do not, unless the second letter is one too.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}
