//! Values that hold no others: words, whole numbers, numbers, quantities.

use super::words::{choose, nearest, shorten};
use super::{Decoder, Words};
use crate::scenario::diagnostics::Severity;
use crate::scenario::document::Node;
use crate::scenario::shape::Shape;
use toml::Value;

impl Decoder<'_> {
    pub(super) fn word(&mut self, node: &Node, text: &str, shape: &Shape, key: &str) -> Option<Value> {
        let Shape::Choice {
            words: choices,
            tables,
        } = shape
        else {
            return None;
        };
        if choices.contains(&text) {
            return Some(Value::String(text.to_owned()));
        }
        let mut words = Words::new(format!("`{key}` cannot be \"{}\"", shorten(text)));
        words.label = match nearest(text, choices.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "not a choice".to_owned(),
        };
        words.help.push(choose(choices, tables.keys().copied()));
        self.report(key, node.place, Severity::Input, words);
        None
    }

    pub(super) fn integer(
        &mut self,
        node: &Node,
        number: Option<i128>,
        range: (i128, i128),
        key: &str,
    ) -> Option<Value> {
        let (min, max) = range;
        if let Some(number) = number.filter(|number| (min..=max).contains(number)) {
            return i64::try_from(number).ok().map(Value::Integer);
        }
        let not = number.map_or_else(String::new, |number| format!(", not {number}"));
        let severity = match number {
            Some(number) if number < min => Severity::Input,
            _ => Severity::Limit,
        };
        let mut words = Words::new(format!("`{key}` must be from {min} to {max}{not}"));
        words = words.label(match number {
            Some(0) => "is zero",
            Some(number) if number < 0 => "is negative",
            Some(number) if number < min => "is too small",
            _ => "is too large",
        });
        self.report(key, node.place, severity, words);
        None
    }

    pub(super) fn number(&mut self, node: &Node, number: f64, shape: &Shape, key: &str) -> Option<Value> {
        let Shape::Number { kind, min, max } = shape else {
            return None;
        };
        if kind.holds(number) && (*min..=*max).contains(&number) {
            return Some(Value::Float(number));
        }
        let range = match (min.is_finite(), max.is_finite()) {
            _ if kind.name == "share" => kind.range.to_owned(),
            (true, true) => format!("a number from {min} to {max}"),
            (false, true) => format!("{}, at most {max}", kind.range),
            _ => kind.range.to_owned(),
        };
        let shown = if number.is_nan() {
            "nan".to_owned()
        } else {
            number.to_string()
        };
        let mut words = Words::new(format!("`{key}` must be {range}, not {}", shorten(&shown)));
        words = words.label(if !number.is_finite() {
            "is not finite"
        } else if number < 0.0 {
            "is negative"
        } else if number > *max || kind.name == "share" {
            "is too large"
        } else {
            "is too small"
        });
        if kind.name == "share" && number > 1.0 && number <= 100.0 {
            words
                .help
                .push(format!("for {number} percent write {}", number / 100.0));
        }
        self.report(key, node.place, Severity::Input, words);
        None
    }

    pub(super) fn quantity(&mut self, node: &Node, text: &str, shape: &Shape, key: &str) -> Option<Value> {
        let Shape::Quantity { kind, positive, .. } = shape else {
            return None;
        };
        match kind.check(text) {
            Ok(above_zero) if above_zero || !positive => return Some(Value::String(text.to_owned())),
            Ok(_) => {
                let words = Words::new(format!("`{key}` must be above zero")).label("is zero");
                self.report(key, node.place, Severity::Input, words);
            }
            Err(error) => {
                let severity = if error.too_large {
                    Severity::Limit
                } else {
                    Severity::Input
                };
                let mut words = Words::new(format!("`{key}`: {}", error.message));
                words = words.label(error.label);
                words.help.push(error.help);
                self.report(key, node.place, severity, words);
            }
        }
        None
    }
}
