//! The JSON Schema as the decoder walks it: references followed, quantities recognised.

use super::units::{Number, Quantity};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What a value may be.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// A table with known keys.
    Table(Table),
    /// One of several words (strings) or of several tables with one key each.
    Choice {
        words: Vec<String>,
        tables: BTreeMap<String, Field>,
    },
    /// Any number of values of one shape.
    List(Box<Shape>),
    /// Values of one shape under any keys.
    Map(Box<Shape>),
    /// A value of any kind: whoever takes it judges it.
    Any,
    /// Any text; not empty if `required`.
    Text { required: bool },
    /// A whole number within bounds, both included.
    Integer { min: i128, max: i128 },
    /// A number of a kind, within bounds, both included.
    Number { kind: Number, min: f64, max: f64 },
    /// True or false.
    Flag,
    /// A quantity with a unit; above zero if `positive`.
    Quantity {
        kind: Quantity,
        positive: bool,
        example: String,
    },
}

/// A table's keys.
#[derive(Clone, Default, Debug)]
pub(crate) struct Table {
    pub(crate) fields: BTreeMap<String, Field>,
}

/// One key of a table, or one table of a choice.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// The beginning of its documentation, without full stop.
    pub(crate) summary: String,
}

impl Shape {
    /// The shape of a whole scenario.
    pub(crate) fn scenario() -> &'static Shape {
        static SHAPE: OnceLock<Shape> = OnceLock::new();
        SHAPE.get_or_init(|| {
            let schema = super::json_schema::json_schema();
            Reader {
                definitions: &schema["$defs"],
            }
            .shape(&schema)
        })
    }

    /// A small value of this shape, as TOML: for hints.
    pub(crate) fn example(&self) -> String {
        match self {
            Shape::Table(table) => {
                let required: Vec<String> = table
                    .fields
                    .iter()
                    .filter(|(_, field)| field.required)
                    .map(|(name, field)| format!("{name} = {}", field.shape.example()))
                    .collect();
                if required.is_empty() {
                    "{}".to_owned()
                } else {
                    format!("{{ {} }}", required.join(", "))
                }
            }
            Shape::Choice { words, tables } => match (words.first(), tables.first_key_value()) {
                (Some(word), _) => format!("\"{word}\""),
                (None, Some((name, field))) => format!("{{ {name} = {} }}", field.shape.example()),
                (None, None) => "{}".to_owned(),
            },
            Shape::List(item) => format!("[{}]", item.example()),
            Shape::Map(_) => "{}".to_owned(),
            Shape::Any => "1".to_owned(),
            Shape::Text { .. } => "\"...\"".to_owned(),
            Shape::Integer { min, .. } => (*min).max(1).to_string(),
            Shape::Number { kind, max, .. } => match kind.name {
                "share" => "0.5".to_owned(),
                _ if *max < 1.5 => "0.5".to_owned(),
                _ => "1.5".to_owned(),
            },
            Shape::Flag => "true".to_owned(),
            Shape::Quantity { example, .. } => format!("\"{example}\""),
        }
    }

    /// The shapes directly below, by key.
    pub(crate) fn below(&self, key: &str) -> Option<&Shape> {
        match self {
            Shape::Table(table) => table.fields.get(key).map(|field| &field.shape),
            Shape::Choice { tables, .. } => tables.get(key).map(|field| &field.shape),
            Shape::List(item) | Shape::Map(item) => Some(item),
            _ => None,
        }
    }
}

/// Follows references. No struct of the schema contains itself, so everything unfolds.
struct Reader<'a> {
    definitions: &'a Value,
}

impl Reader<'_> {
    /// # Panics
    /// When the schema says something that this walker does not know: our own error, found by any test that reads.
    fn shape(&self, schema: &Value) -> Shape {
        let followed = self.follow(schema);
        let schema = &*followed;
        if let Some(name) = schema.get("x-quantity") {
            let kind = Quantity::ALL.into_iter().find(|kind| kind.name == name);
            return Shape::Quantity {
                kind: kind.expect("every quantity is listed"),
                example: schema["examples"][0].as_str().unwrap_or_default().to_owned(),
                positive: schema.get("x-positive") == Some(&Value::Bool(true)),
            };
        }
        if let Some(name) = schema.get("x-number") {
            let kind = Number::ALL.into_iter().find(|kind| kind.name == name);
            let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
            return Shape::Number {
                kind: kind.expect("every kind of number is listed"),
                min: bound("minimum").unwrap_or(f64::NEG_INFINITY),
                max: bound("maximum").unwrap_or(f64::INFINITY),
            };
        }
        if schema.get("x-any") == Some(&Value::Bool(true)) {
            return Shape::Any;
        }
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            return self.choice(choices);
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("object") => match schema.get("additionalProperties") {
                Some(item @ Value::Object(_)) => Shape::Map(Box::new(self.shape(item))),
                _ => Shape::Table(self.table(schema)),
            },
            Some("array") => Shape::List(Box::new(self.shape(&schema["items"]))),
            Some("string") => Shape::Text {
                required: schema.get("minLength").and_then(Value::as_u64).unwrap_or(0) > 0,
            },
            Some("boolean") => Shape::Flag,
            Some("integer") => {
                let widest = match schema.get("format").and_then(Value::as_str) {
                    Some("uint32") => i128::from(u32::MAX),
                    Some("uint64") => i128::from(i64::MAX),
                    format => panic!("an integer of format {format:?}"),
                };
                let bound = |key: &str| schema.get(key).and_then(Value::as_i64).map(i128::from);
                Shape::Integer {
                    min: bound("minimum").unwrap_or(0),
                    max: bound("maximum").unwrap_or(widest).min(widest),
                }
            }
            other => panic!("the scenario's schema has a type {other:?} that is not known: {schema}"),
        }
    }

    fn table(&self, schema: &Value) -> Table {
        assert_eq!(
            schema.get("additionalProperties"),
            Some(&Value::Bool(false)),
            "unknown keys are refused everywhere: {schema}"
        );
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|list| list.iter().any(|key| key == name));
        let properties = schema.get("properties").and_then(Value::as_object);
        let fields = properties.into_iter().flatten().map(|(name, property)| {
            let field = Field {
                shape: self.shape(property),
                required: is_required(name),
                summary: summary(property),
            };
            (name.clone(), field)
        });
        Table {
            fields: fields.collect(),
        }
    }

    fn choice(&self, choices: &[Value]) -> Shape {
        let mut words = Vec::new();
        let mut tables = BTreeMap::new();
        for choice in choices {
            if let Some(word) = choice.get("const").and_then(Value::as_str) {
                words.push(word.to_owned());
            } else if let Some(list) = choice.get("enum").and_then(Value::as_array) {
                words.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
            } else {
                tables.extend(self.table(choice).fields);
            }
        }
        Shape::Choice { words, tables }
    }

    /// The definition that a schema refers to, with what stands beside the reference laid over it; words for readers are left out.
    fn follow<'s>(&'s self, schema: &'s Value) -> Cow<'s, Value> {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else {
            return Cow::Borrowed(schema);
        };
        let mut definition = Cow::Borrowed(&self.definitions[reference.trim_start_matches("#/$defs/")]);
        for (key, value) in schema.as_object().expect("a reference is an object") {
            if !["$ref", "description", "default"].contains(&key.as_str()) {
                let merged = definition.to_mut().as_object_mut();
                let merged = merged.expect("a definition is an object");
                merged.insert(key.clone(), value.clone());
            }
        }
        definition
    }
}

/// A description up to its first stop, semicolon or parenthesis.
fn summary(schema: &Value) -> String {
    let text = schema
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let text = text.split(" Required.").next().unwrap_or_default();
    let end = [". ", "; ", " ("].iter().filter_map(|stop| text.find(stop)).min();
    text[..end.unwrap_or(text.len())].trim_end_matches('.').to_owned()
}
