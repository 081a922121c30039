//! Sections of the configuration that applications register.

use crate::core::config::{EffectiveOptions, RegisteredSection, Section, import};
use crate::core::error::TaskerError;
use crate::core_laws::config::{object, problems};
use serde_json::{Map, Value, json};

#[test]
fn a_section_that_does_not_exist_is_refused_with_the_reason() {
    let refusal = |name: &str| Section::unknown(name, ["billing"].into_iter()).to_string();
    assert_eq!(
        refusal("auth"),
        "argument \"section\" must not be \"auth\", which stays in Rails: it protects the engine's web pages; in the database, roles and policies decide"
    );
    assert_eq!(refusal("helth"), "argument \"section\" must not be \"helth\"; did you mean \"health\"?");
    assert_eq!(refusal("biling"), "argument \"section\" must not be \"biling\"; did you mean \"billing\"?");
    assert!(refusal("backoff").ends_with("which is a section of tasker_core"));
    assert!(refusal("zzz").contains("must be one of backoff, dependency_graph,"));
    assert_eq!(
        problems(Section::Telemetry, json!({ "metrics_retention_hour": 1, "prometheus": {} })),
        [
            "metrics_retention_hour: there is no such option; did you mean \"metrics_retention_hours\"?",
            "prometheus: stays in Rails: the engine's processes measure and export it",
        ]
    );
}

fn registered(schema: Value) -> RegisteredSection {
    RegisteredSection::new("billing", schema, Some("invoices".to_owned())).unwrap()
}

fn problems_of(section: &RegisteredSection, scopes: Value) -> Vec<String> {
    let scopes = object(scopes).into_iter().map(|(scope, options)| (scope, object(options))).collect();
    match section.check(&scopes) {
        Ok(()) => Vec::new(),
        Err(TaskerError::InvalidConfig { section, problems }) if section == "billing" => problems,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_registered_section_is_checked_by_its_schema_scope_by_scope() {
    let section = registered(json!({
        "additionalProperties": false,
        "required": ["currency", "rate"],
        "properties": {
            "currency": { "enum": ["EUR", "USD"], "default": "EUR", "description": "of new invoices" },
            "rate": { "type": "number" },
            "limits": { "properties": { "daily": { "type": "integer", "default": 5 }, "monthly": { "type": "integer" } } },
        },
    }));
    assert_eq!(RegisteredSection::of_stored("billing", &section.to_stored()), Ok(section.clone()));
    assert_eq!(Value::Object(section.defaults()), json!({ "currency": "EUR", "limits": { "daily": 5 } }));
    // Nothing is required of a scope that sets nothing; a narrower one has what is set for everything.
    for fitting in [
        json!({}),
        json!({ "global": {} }),
        json!({ "global": { "rate": 1 }, "task:1": { "currency": "USD" } }),
        json!({ "task:1": { "rate": 1 } }),
    ] {
        assert_eq!(problems_of(&section, fitting), [""; 0]);
    }
    assert_eq!(
        problems_of(
            &section,
            json!({ "global": { "rate": "1", "limits": { "daily": 1.5 } }, "task:1": { "rate": 1, "limits": { "daily": 1 }, "x y": 2 } })
        ),
        ["limits.daily: want integer, but got number", "rate: want number, but got string",]
    );
    assert_eq!(
        problems_of(
            &section,
            json!({ "global": { "rate": 1 }, "task:1": { "limits": { "daily": "1" }, "x y": 2 } })
        ),
        [
            "task:1: limits.daily: want integer, but got string",
            "task:1: options: additionalProperties 'x y' not allowed",
        ]
    );
    let set = object(json!({ "rate": 2, "limits": { "monthly": 9 }, "more": { "a": 1 } }));
    let effective = EffectiveOptions::over(section.defaults(), [("global", &set)]);
    let options: Vec<(String, Value, Value, String)> = section
        .options(&effective)
        .into_iter()
        .map(|option| (option.path, option.value, option.default, option.about))
        .collect();
    let option =
        |path: &str, value, default, about: &str| (path.to_owned(), value, default, about.to_owned());
    assert_eq!(
        options,
        [
            option("currency", json!("EUR"), json!("EUR"), "of new invoices"),
            option("limits.daily", json!(5), json!(5), ""),
            option("limits.monthly", json!(9), Value::Null, ""),
            option("rate", json!(2), Value::Null, ""),
            option("more", json!({ "a": 1 }), Value::Null, ""),
        ]
    );
}

#[test]
fn what_is_no_section_or_no_schema_is_refused() {
    let refusal =
        |name: &str, schema: Value| RegisteredSection::new(name, schema, None).unwrap_err().to_string();
    for name in ["", "Billing", "1a", "a-b", "a.b", "ä", "a b", &"x".repeat(64)] {
        assert!(refusal(name, json!({})).contains("lower-case letters"), "{name}");
    }
    assert!(RegisteredSection::new(&"x".repeat(63), json!({}), None).is_ok());
    assert!(refusal("health", json!({})).ends_with("which is a section of tasker_core"));
    assert!(refusal("auth", json!({})).contains("which is a section of the Rails engine: it protects"));
    for schema in [
        json!(true),
        json!([]),
        json!({ "type": "colour" }),
        json!({ "pattern": "(" }),
        json!({ "pattern": "(a{1000}){1000}" }),
        json!({ "$ref": "https://example.com/schema" }),
        json!({ "$ref": "file:///etc/passwd" }),
        json!({ "$ref": "#/nowhere" }),
        json!({ "minimum": "1" }),
        json!({ "$schema": "https://example.com/mine" }),
    ] {
        assert!(refusal("billing", schema.clone()).starts_with("argument \"schema\" "), "{schema}");
    }
    // Neither time nor the stack may depend on how a schema is tangled.
    let chain = |length: usize, link: fn(String) -> Value| {
        let defs = (0..length).map(|at| (format!("d{at}"), link(format!("#/$defs/d{}", at + 1))));
        let end = (format!("d{length}"), json!({ "maxProperties": 9 }));
        json!({ "$ref": "#/$defs/d0", "$defs": defs.chain([end]).collect::<Map<_, _>>() })
    };
    let one = |next: String| json!({ "$ref": next });
    let two = |next: String| json!({ "allOf": [{ "$ref": next }, { "$ref": next }] });
    let set = json!({ "global": { "a": { "b": {} } } });
    assert!(refusal("billing", chain(20_000, one)).contains("objects in it, more than"));
    let deep = |levels| (0..levels).fold(json!({}), |inner, _| json!({ "a": inner }));
    for (schema, options, is_taken) in [
        (chain(300, one), set.clone(), true),
        (chain(4_000, one), set.clone(), false),
        (chain(10, two), set.clone(), true),
        (chain(60, two), set.clone(), false),
        (json!({ "$ref": "#" }), set.clone(), false),
        (
            json!({ "$anchor": "all", "properties": { "a": { "$ref": "#all" } } }),
            json!({ "global": deep(150) }),
            true,
        ),
        (json!({ "properties": { "a": { "$ref": "#" } } }), json!({ "global": deep(500) }), false),
        (
            json!({ "additionalProperties": { "$ref": "#" }, "patternProperties": { ".": { "$ref": "#" } } }),
            json!({ "global": deep(10) }),
            true,
        ),
        (
            json!({ "$defs": { "x y": { "allOf": [{ "additionalProperties": { "$ref": "#/$defs/x%20y" } }, { "properties": { "a": { "$ref": "#/$defs/x%20y" } } }] } }, "$ref": "#/$defs/x%20y" }),
            json!({ "global": deep(100) }),
            false,
        ),
    ] {
        let problems = problems_of(&registered(schema.clone()), options);
        match is_taken {
            true => assert_eq!(problems, [""; 0]),
            false => assert_eq!(
                problems,
                ["options: cannot be checked by the schema: the check would take too long, or nest too deep"]
            ),
        }
    }
    // What is data is no schema.
    registered(json!({ "properties": { "default": { "default": { "pattern": "(" } } } }));
    let stored =
        |schema: Value| RegisteredSection::of_stored("billing", &object(json!({ "schema": schema })));
    assert!(matches!(stored(json!(1)), Err(TaskerError::StoredConfig { .. })));
    let broken = stored(json!({ "type": "colour" })).unwrap().check(&Default::default());
    assert!(matches!(broken, Err(TaskerError::StoredConfig { .. })));
    let document = json!({ "billing": { "rate": 1 }, "billin": { "rate": 1 } });
    let imported = import(&document, |name| name == "billing").unwrap();
    assert_eq!(imported.registered, [("billing".to_owned(), object(json!({ "rate": 1 })))]);
    let told: Vec<(&str, &str)> =
        imported.options.iter().map(|option| (option.path.as_str(), option.outcome.as_str())).collect();
    assert_eq!(told, [("billin.rate", "unknown"), ("billing.rate", "set")]);
}
