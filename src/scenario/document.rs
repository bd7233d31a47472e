//! A TOML document in which every key and value knows its place.

use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where something stands: a source and a range of bytes in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place {
    /// The scenario's file is 0; the files that it includes follow, then the overrides.
    pub(crate) source: usize,
    /// First byte.
    pub(crate) start: usize,
    /// Byte after the last.
    pub(crate) end: usize,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text(String),
    /// `None` if it does not even fit 128 bits.
    Integer(Option<i128>),
    Float(f64),
    Flag(bool),
    /// A date or time: no key takes one.
    Moment,
    List(Vec<Node>),
    Table(Entries),
}

/// A table's entries by key, each with the key's own place.
pub(crate) type Entries = BTreeMap<String, (Place, Node)>;

impl Kind {
    /// The kind with its article, for messages.
    pub(crate) fn article(&self) -> &'static str {
        match self {
            Kind::Text(_) => "a string",
            Kind::Integer(_) => "a whole number",
            Kind::Float(_) => "a number with a point",
            Kind::Flag(_) => "true or false",
            Kind::Moment => "a date",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }
}

impl Node {
    /// Takes over what the TOML parser found.
    pub(crate) fn from_table(table: Spanned<DeTable<'_>>, source: usize, shift: usize) -> Self {
        let place = place_of(table.span(), source, shift);
        let entries = entries(table.into_inner(), source, shift);
        Node {
            place,
            kind: Kind::Table(entries),
        }
    }

    fn from_value(value: Spanned<DeValue<'_>>, source: usize, shift: usize) -> Self {
        let place = place_of(value.span(), source, shift);
        let kind = match value.into_inner() {
            DeValue::String(text) => Kind::Text(text.into_owned()),
            DeValue::Integer(number) => {
                Kind::Integer(i128::from_str_radix(number.as_str(), number.radix()).ok())
            }
            DeValue::Float(number) => Kind::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(flag) => Kind::Flag(flag),
            DeValue::Datetime(_) => Kind::Moment,
            DeValue::Array(list) => Kind::List(
                list.into_iter()
                    .map(|item| Node::from_value(item, source, shift))
                    .collect(),
            ),
            DeValue::Table(table) => Kind::Table(entries(table, source, shift)),
        };
        Node { place, kind }
    }

    /// The value without its places. No key takes dates, nor whole numbers beyond 64 bits: they become strings, which keeps
    /// them apart from one another and from what keys take.
    pub(crate) fn value(&self) -> toml::Value {
        match &self.kind {
            Kind::Text(text) => toml::Value::String(text.clone()),
            Kind::Integer(number) => number.and_then(|number| i64::try_from(number).ok()).map_or_else(
                || toml::Value::String(format!("{number:?}")),
                toml::Value::Integer,
            ),
            Kind::Float(number) => toml::Value::Float(*number),
            Kind::Flag(flag) => toml::Value::Boolean(*flag),
            Kind::Moment => toml::Value::String(format!("a date at {}", self.place.start)),
            Kind::List(items) => toml::Value::Array(items.iter().map(Node::value).collect()),
            Kind::Table(entries) => {
                let entries = entries.iter();
                toml::Value::Table(
                    entries
                        .map(|(key, (_, node))| (key.clone(), node.value()))
                        .collect(),
                )
            }
        }
    }

    /// The entry of a table or list under a key.
    pub(crate) fn below(&self, key: &str) -> Option<(Place, &Node)> {
        match &self.kind {
            Kind::Table(entries) => entries.get(key).map(|(place, node)| (*place, node)),
            Kind::List(items) => {
                let node = items.get(key.parse::<usize>().ok()?)?;
                Some((node.place, node))
            }
            _ => None,
        }
    }

    /// Where the value under a dotted key stands, or the nearest table above it that is there.
    pub(crate) fn place_of(&self, key: &str) -> Place {
        let mut here = self;
        let mut place = self.place;
        for part in key.split('.').filter(|part| !part.is_empty()) {
            let Some((key_place, node)) = here.below(part) else {
                return place;
            };
            // A table's own range may be that of a header far away, or none: its key is the better place to show.
            place = match node.kind {
                Kind::Table(_) => key_place,
                _ => node.place,
            };
            here = node;
        }
        place
    }

    /// Whether there is something under a dotted key.
    pub(crate) fn has(&self, key: &str) -> bool {
        let mut here = self;
        for part in key.split('.') {
            match here.below(part) {
                Some((_, node)) => here = node,
                None => return false,
            }
        }
        true
    }
}

fn entries(table: DeTable<'_>, source: usize, shift: usize) -> Entries {
    table
        .into_iter()
        .map(|(key, value)| {
            let place = place_of(key.span(), source, shift);
            (
                key.into_inner().into_owned(),
                (place, Node::from_value(value, source, shift)),
            )
        })
        .collect()
}

fn place_of(span: std::ops::Range<usize>, source: usize, shift: usize) -> Place {
    Place {
        source,
        start: span.start.saturating_sub(shift),
        end: span.end.saturating_sub(shift),
    }
}
