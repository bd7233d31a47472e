//! The JSON Schema of scenario files, generated from the structs of [`super::schema`].
//!
//! Four keywords of ours stand beside the standard ones: `x-quantity` (which kind of quantity a string is), `x-positive`
//! (zero is refused), `x-number` (which range a number has) and `x-any` (a value of any kind). Everything that checks a scenario is driven by this schema, so it cannot fall behind.

use super::schema::Scenario;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

/// The schema of scenario files (draft 2020-12).
pub fn json_schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with_transform(Tidy);
    let mut schema = SchemaGenerator::new(settings)
        .into_root_schema_for::<Scenario>()
        .to_value();
    schema["properties"][INCLUDE] = include();
    schema
}

/// The key that files have and scenarios do not: it is followed before anything is checked.
pub(super) const INCLUDE: &str = "include";

fn include() -> Value {
    json!({
        "description": "Path of a scenario file, or a list of paths, over which this file's keys are laid; of a list, each over \
            those before it. A key that is in both has this file's value, table by table; lists are replaced as wholes; \
            where a table is one choice of several, another choice takes its place. Paths are relative to this file and do not \
            leave the directory of the file that is run. At the top of a file only. Default: nothing is included.",
        "anyOf": [
            { "type": "string", "minLength": 1 },
            { "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1 },
        ],
        "x-any": true,
    })
}

/// The schema as text: indented, with a final line feed.
pub fn json_schema_text() -> String {
    let mut text = serde_json::to_string_pretty(&json_schema()).expect("a JSON value can be written");
    text.push('\n');
    text
}

/// TOML has no null, so that "or null" goes; line breaks in descriptions become spaces.
#[derive(Clone)]
struct Tidy;

impl Transform for Tidy {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(object) = schema.as_object_mut() {
            without_null(object);
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            if object.get("default") == Some(&Value::Null) {
                object.remove("default");
            }
        }
        transform_subschemas(self, schema);
    }
}

fn without_null(object: &mut serde_json::Map<String, Value>) {
    if let Some(Value::Array(kinds)) = object.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(choices)) = object.get_mut("anyOf") else {
        return;
    };
    choices.retain(|choice| choice.get("type") != Some(&Value::String("null".to_owned())));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        object.remove("anyOf");
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// `UPDATE_SCHEMA=1 cargo test json_schema` writes the stored copy anew.
    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's own switch, no simulation is near"
    )]
    fn the_stored_copy_is_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/scenario.schema.json");
        let text = json_schema_text();
        if std::env::var("UPDATE_SCHEMA").is_ok() {
            std::fs::write(&path, &text).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            stored == text,
            "schema/scenario.schema.json is not current: UPDATE_SCHEMA=1 cargo test json_schema"
        );
    }

    /// Every key says what it means, and what happens when it is left out.
    #[test]
    fn every_key_is_documented_with_its_default() {
        let schema = json_schema();
        let tables = schema["$defs"].as_object().unwrap().iter();
        let mut seen = 0;
        for (name, table) in tables.chain([(&"Scenario".to_owned(), &schema)]) {
            let Some(keys) = table.get("properties").and_then(Value::as_object) else {
                continue;
            };
            let required: Vec<&str> = table["required"]
                .as_array()
                .map(|list| list.iter().filter_map(Value::as_str).collect())
                .unwrap_or_default();
            for (key, field) in keys {
                let text = field["description"].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "{name}.{key} has no description");
                let says_required = text.ends_with("Required.");
                assert_eq!(
                    says_required,
                    required.contains(&key.as_str()),
                    "{name}.{key}: {text}"
                );
                let is_table = table["properties"][key]
                    .get("default")
                    .is_some_and(Value::is_object);
                let is_action = name == "Action";
                assert!(
                    says_required
                        || is_table
                        || is_action
                        || text.contains("Default: ")
                        || text.contains("equired"),
                    "{name}.{key} does not say its default: {text}"
                );
                seen += 1;
            }
        }
        assert!(seen > 120, "only {seen} keys were looked at");
    }

    #[test]
    fn nothing_may_be_null() {
        assert!(!json_schema_text().contains("\"null\""));
    }
}
