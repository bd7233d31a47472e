//! The JSON Schema as the decoder walks it: references followed, quantities recognised.

use super::units::{Number, Quantity};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What a value may be.
#[derive(Clone, Debug)]
pub(crate) enum Shape {
    /// A table with known keys.
    Table(Table),
    /// One of several words (strings) or of several tables with one key each.
    Choice {
        words: Vec<&'static str>,
        tables: BTreeMap<&'static str, Field>,
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
        example: &'static str,
    },
}

/// A table's keys.
#[derive(Clone, Default, Debug)]
pub(crate) struct Table {
    pub(crate) fields: BTreeMap<&'static str, Field>,
}

/// One key of a table, or one table of a choice.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    /// Its documentation.
    description: &'static str,
}

impl Field {
    /// The beginning of its documentation, up to the first stop, semicolon or parenthesis.
    pub(crate) fn summary(&self) -> &'static str {
        let text = self.description.split(" Required.").next().unwrap_or_default();
        let end = [". ", "; ", " ("].iter().filter_map(|stop| text.find(stop)).min();
        text[..end.unwrap_or(text.len())].trim_end_matches('.')
    }
}

impl Shape {
    /// The shape of a whole scenario.
    pub(crate) fn scenario() -> &'static Shape {
        // Shapes name what stands in the schema, so that it stays.
        static SCHEMA: OnceLock<Value> = OnceLock::new();
        static SHAPE: OnceLock<Shape> = OnceLock::new();
        SHAPE.get_or_init(|| {
            let schema = SCHEMA.get_or_init(super::json_schema::json_schema);
            Reader {
                definitions: &schema["$defs"],
            }
            .shape(schema)
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

/// A schema, and what it refers to: what stands beside the reference goes before the definition.
#[derive(Clone, Copy, Debug)]
struct Followed {
    schema: &'static Value,
    definition: Option<&'static Value>,
}

impl Followed {
    fn get(self, key: &str) -> Option<&'static Value> {
        let beside = self.schema.get(key);
        beside.or_else(|| self.definition.and_then(|definition| definition.get(key)))
    }

    fn text(self, key: &str) -> Option<&'static str> {
        self.get(key).and_then(Value::as_str)
    }

    fn has_truth(self, key: &str) -> bool {
        self.get(key) == Some(&Value::Bool(true))
    }
}

/// Follows references. No struct of the schema contains itself, so everything unfolds.
struct Reader {
    definitions: &'static Value,
}

impl Reader {
    /// # Panics
    /// When the schema says something that this walker does not know: our own error, found by any test that reads.
    fn shape(&self, schema: &'static Value) -> Shape {
        let schema = self.follow(schema);
        if let Some(name) = schema.text("x-quantity") {
            let kind = Quantity::ALL.into_iter().find(|kind| kind.name == name);
            let examples = schema.get("examples").and_then(Value::as_array);
            let example = examples.and_then(|examples| examples.first()?.as_str());
            return Shape::Quantity {
                kind: kind.expect("every quantity is listed"),
                example: example.unwrap_or_default(),
                positive: schema.has_truth("x-positive"),
            };
        }
        if let Some(name) = schema.text("x-number") {
            let kind = Number::ALL.into_iter().find(|kind| kind.name == name);
            let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
            return Shape::Number {
                kind: kind.expect("every kind of number is listed"),
                min: bound("minimum").unwrap_or(f64::NEG_INFINITY),
                max: bound("maximum").unwrap_or(f64::INFINITY),
            };
        }
        if schema.has_truth("x-any") {
            return Shape::Any;
        }
        if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
            return self.choice(choices);
        }
        match schema.text("type") {
            Some("object") => match schema.get("additionalProperties") {
                Some(item @ Value::Object(_)) => Shape::Map(Box::new(self.shape(item))),
                _ => Shape::Table(self.table(schema)),
            },
            Some("array") => {
                let items = schema.get("items").expect("a list says what is in it");
                Shape::List(Box::new(self.shape(items)))
            }
            Some("string") => Shape::Text {
                required: schema.get("minLength").and_then(Value::as_u64).unwrap_or(0) > 0,
            },
            Some("boolean") => Shape::Flag,
            Some("integer") => {
                let widest = match schema.text("format") {
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
            other => panic!("the scenario's schema has a type {other:?} that is not known: {schema:?}"),
        }
    }

    fn table(&self, schema: Followed) -> Table {
        assert_eq!(
            schema.get("additionalProperties"),
            Some(&Value::Bool(false)),
            "unknown keys are refused everywhere: {schema:?}"
        );
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|list| list.iter().any(|key| key == name));
        let properties = schema.get("properties").and_then(Value::as_object);
        let fields = properties.into_iter().flatten().map(|(name, property)| {
            let field = Field {
                shape: self.shape(property),
                required: is_required(name),
                description: property
                    .get("description")
                    .and_then(Value::as_str)
                    .unwrap_or_default(),
            };
            (name.as_str(), field)
        });
        Table {
            fields: fields.collect(),
        }
    }

    fn choice(&self, choices: &'static [Value]) -> Shape {
        let mut words = Vec::new();
        let mut tables = BTreeMap::new();
        for choice in choices {
            if let Some(word) = choice.get("const").and_then(Value::as_str) {
                words.push(word);
            } else if let Some(list) = choice.get("enum").and_then(Value::as_array) {
                words.extend(list.iter().filter_map(Value::as_str));
            } else {
                tables.extend(self.table(self.follow(choice)).fields);
            }
        }
        Shape::Choice { words, tables }
    }

    /// A schema with the definition that it refers to, if it does.
    fn follow(&self, schema: &'static Value) -> Followed {
        let reference = schema.get("$ref").and_then(Value::as_str);
        let definition = |reference: &str| &self.definitions[reference.trim_start_matches("#/$defs/")];
        Followed {
            schema,
            definition: reference.map(definition),
        }
    }
}
