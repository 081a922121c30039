//! The JSON Schema of the built-in sections.

use crate::core::config::{Section, check, schema_of, schema_of_all};
use serde_json::{Value, json};

/// A schema's verdict by the few keywords that ours has; any other is a defect of this check.
fn is_valid(schema: &Value, value: &Value) -> bool {
    const ANNOTATIONS: [&str; 4] = ["$schema", "title", "default", "description"];
    schema.as_object().unwrap().iter().all(|(keyword, wanted)| match keyword.as_str() {
        "type" if wanted.is_array() => {
            wanted.as_array().unwrap().iter().any(|wanted| is_valid(&json!({ "type": wanted }), value))
        }
        "type" => match wanted.as_str().unwrap() {
            "null" => value.is_null(),
            "object" => value.is_object(),
            "boolean" => value.is_boolean(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "number" => value.is_number(),
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            other => panic!("{other}"),
        },
        "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
        "enum" => wanted.as_array().unwrap().contains(value),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= wanted.as_u64().unwrap()),
        "minLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as u64 >= wanted.as_u64().unwrap())
        }
        "maxLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as u64 <= wanted.as_u64().unwrap())
        }
        "pattern" => matches(wanted, value),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| is_valid(wanted, item))),
        "properties" => value.as_object().is_none_or(|values| {
            values.iter().all(|(name, value)| wanted.get(name).is_none_or(|schema| is_valid(schema, value)))
        }),
        "additionalProperties" => {
            assert_eq!(wanted, &json!(false));
            let known = &schema["properties"];
            value.as_object().is_none_or(|values| values.keys().all(|name| known.get(name).is_some()))
        }
        other => ANNOTATIONS.contains(&other) || panic!("unknown keyword {other}"),
    })
}

/// Whether a text fits a regular expression, as a program that checks documents reads it.
fn matches(pattern: &Value, text: &Value) -> bool {
    const LOCATION: &str = "tasker:///pattern";
    let (mut compiler, mut schemas) = (boon::Compiler::new(), boon::Schemas::new());
    compiler.add_resource(LOCATION, json!({ "pattern": pattern })).unwrap();
    let schema = compiler.compile(LOCATION, &mut schemas).unwrap();
    schemas.validate(text, schema).is_ok()
}

#[test]
fn the_schema_says_what_the_check_says() {
    let candidates = [
        json!(true),
        json!("yes"),
        json!("v02"),
        json!("linear"),
        json!("auto"),
        json!(-1),
        json!(0),
        json!(0.5),
        json!(1),
        json!(7),
        json!(1.5),
        json!(2_000),
        json!(20_000),
        json!(2_000_000),
        json!(2_000_000_000_i64),
        json!([]),
        json!([1, 2]),
        json!([1, -2]),
        json!(["1"]),
        json!(""),
        json!("x".repeat(200)),
        json!("x".repeat(201)),
        json!([""]),
        json!(["*", "step.*", "*.failed"]),
        json!(["step."]),
        json!(["step.*\n"]),
        json!(["two words"]),
        json!({}),
        json!({ "unknown": 1 }),
    ];
    for section in Section::ALL {
        let schema = schema_of(section);
        assert!(is_valid(&schema, &Value::Object(section.defaults())), "{}", section.as_str());
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        for (path, setting) in section.leaves() {
            for value in candidates.iter().chain([&setting.default_value()]) {
                let options = path.rsplit('.').fold(value.clone(), |value, name| json!({ name: value }));
                let is_right = check(section, &options).is_ok();
                assert_eq!(is_valid(&schema, &options), is_right, "{path}: {value}");
            }
        }
        assert!(!is_valid(&schema, &json!({ "surprise": 1 })));
    }
    let all = Section::ALL.map(|section| (section.as_str().to_owned(), Value::Object(section.defaults())));
    let schema = schema_of_all(&Section::ALL);
    assert!(is_valid(&schema, &Value::Object(all.into_iter().collect())));
    assert!(!is_valid(&schema, &json!({ "backof": {} })));
}
