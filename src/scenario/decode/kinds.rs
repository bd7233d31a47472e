//! Values of the wrong kind: what was wanted, what was found, what to write.

use super::words::{choose, shorten};
use super::{Decoder, Words, last};
use crate::scenario::diagnostics::Severity;
use crate::scenario::document::{Kind, Node, Place};
use crate::scenario::shape::{Field, Shape};

impl Decoder<'_> {
    pub(super) fn wrong_kind(&mut self, node: &Node, shape: &Shape, key: &str, above: Place) {
        let found = node.kind.article();
        let place = if matches!(node.kind, Kind::Table(_)) {
            above
        } else {
            node.place
        };
        let mut words = Words::new(format!("`{key}` must be {}, not {found}", wanted(shape)));
        words.label = format!("this is {found}");
        match (shape, &node.kind) {
            (Shape::Quantity { kind, .. }, Kind::Integer(_) | Kind::Float(_)) => {
                let number = match node.kind {
                    Kind::Integer(Some(number)) => number.to_string(),
                    Kind::Float(number) if number.is_finite() => number.to_string(),
                    _ => String::new(),
                };
                "has no unit".clone_into(&mut words.label);
                words.help.push(if number.is_empty() || number.len() > 20 {
                    kind.help()
                } else {
                    kind.which_unit(number.trim_start_matches('-'))
                });
            }
            (Shape::Integer { .. }, Kind::Float(number)) => {
                let whole = number.trunc();
                if number.is_finite() && whole.to_bits() == number.to_bits() {
                    words.help.push(format!("write {whole:.0}"));
                }
            }
            (Shape::Integer { .. } | Shape::Number { .. } | Shape::Flag, Kind::Text(text)) => {
                let text = shorten(text);
                if text.parse::<f64>().is_ok_and(f64::is_finite) || text == "true" || text == "false" {
                    words.help.push(format!("write {text}, without quotation marks"));
                }
            }
            (
                Shape::Choice {
                    words: choices,
                    tables,
                },
                _,
            ) => {
                words.help.push(choose(choices, tables.keys().copied()));
                if let (Kind::Text(text), Some(field)) = (&node.kind, field_named(shape, &node.kind)) {
                    words
                        .help
                        .push(format!("write {key}.{text} = {}", field.shape.example()));
                }
            }
            (Shape::Table(_), _) => words
                .help
                .push(format!("write {} = {}", last(key), shape.example())),
            (Shape::Map(_), _) => words
                .help
                .push(format!("write [{key}] and, below it, keys with their values")),
            (Shape::List(_), Kind::Table(_)) => {
                words
                    .help
                    .push(format!("write [[{key}]] with double brackets, once for each"));
            }
            (Shape::List(_), _) => words.help.push("write [ ... ] around it".to_owned()),
            (Shape::Text { .. }, Kind::Integer(_) | Kind::Float(_) | Kind::Flag(_)) => {
                words.help.push("put it in quotation marks".to_owned());
            }
            _ => {}
        }
        self.report(key, place, Severity::Input, words);
    }
}

/// What a value should be, with its article.
fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::Table(_) | Shape::Map(_) => "a table",
        Shape::Any => "a value",
        Shape::Choice { words, .. } if words.is_empty() => "a table with one choice",
        Shape::Choice { .. } => "one of a few words",
        Shape::List(_) => "a list",
        Shape::Text { .. } => "a string",
        Shape::Integer { .. } => "a whole number",
        Shape::Number { kind, .. } => kind.range,
        Shape::Flag => "true or false",
        Shape::Quantity { kind, .. } => match kind.name {
            "duration" => "a duration with its unit",
            "rate" => "a rate with its unit",
            "bytes" => "a size with its unit",
            "distance" => "a distance with its unit",
            "speed" => "a speed with its unit",
            _ => "a frequency with its unit",
        },
    }
}

/// The table of a choice that a text names.
fn field_named<'a>(shape: &'a Shape, kind: &Kind) -> Option<&'a Field> {
    match (shape, kind) {
        (Shape::Choice { tables, .. }, Kind::Text(text)) => tables.get(text.as_str()),
        _ => None,
    }
}
