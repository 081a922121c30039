//! Writes the options as a JSON Schema (2020-12), for editors and other programs that check documents.

use super::Section;
use super::options::{LONGEST_TEXT, OptionType, Setting};
use crate::core::event_pattern::LONGEST_PATTERN;
use serde_json::{Map, Value, json};

/// A document that has the options of some sections, each under the name of its section.
pub fn schema_of_all(sections: &[Section]) -> Value {
    let properties =
        sections.iter().map(|section| (section.as_str().to_owned(), of_group(section.settings())));
    json!({
        "$schema": DIALECT,
        "title": "tasker_core configuration",
        "type": "object",
        "additionalProperties": false,
        "properties": properties.collect::<Map<_, _>>(),
    })
}

/// The schema of the options that `tasker_set_config()` accepts for one section.
pub fn schema_of(section: Section) -> Value {
    let mut schema = of_group(section.settings());
    schema["$schema"] = DIALECT.into();
    schema["title"] = format!("tasker_core configuration: {}", section.as_str()).into();
    schema
}

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

fn of_group(settings: &[Setting]) -> Value {
    let properties = settings.iter().map(|setting| (setting.name.to_owned(), of_setting(setting)));
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties.collect::<Map<_, _>>(),
    })
}

fn of_setting(setting: &Setting) -> Value {
    let mut schema = match setting.kind {
        OptionType::Group(settings) => return of_group(settings),
        OptionType::Boolean => json!({ "type": "boolean" }),
        OptionType::Integer(least, most) => integer(least, most),
        OptionType::Number(least, most) => json!({ "type": "number", "minimum": least, "maximum": most }),
        OptionType::Choice(words) => json!({ "type": "string", "enum": words }),
        OptionType::Integers(least, most) => {
            json!({ "type": "array", "minItems": 1, "items": integer(least, most) })
        }
        OptionType::Text => json!({ "type": "string", "maxLength": LONGEST_TEXT }),
        OptionType::Texts => {
            json!({ "type": "array", "items": { "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT } })
        }
        OptionType::Patterns => {
            let word = r"([A-Za-z0-9_]+|\*)";
            let pattern = format!(r"^{word}(\.{word})*$");
            json!({
                "type": "array",
                "items": { "type": "string", "pattern": pattern, "maxLength": LONGEST_PATTERN },
            })
        }
    };
    match setting.default_value() {
        // `null` means that the setting of the server applies, so the schema allows it.
        Value::Null => schema["type"] = json!([schema["type"], "null"]),
        default => schema["default"] = default,
    }
    schema["description"] = setting.about.into();
    schema
}

fn integer(least: i64, most: i64) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most })
}
