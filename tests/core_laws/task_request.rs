//! What may be asked for when a task is created.

use crate::core::template::{
    ContextSchema, IdentityRule, Problem, Problems, TaskRequest, Template, hold_until,
};
use crate::core::time::{Duration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn said(problems: Vec<Problem>) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

fn said_of_options(options: Value) -> Vec<String> {
    TaskRequest::parse_options("options", &options).map_or_else(said, |_| Vec::new())
}

#[test]
fn options_have_the_engines_defaults() {
    let options = TaskRequest::parse_options("options", &json!({ "reason": null })).unwrap();
    assert_eq!(
        (options.initiator.as_str(), options.source_system.as_str(), options.reason.as_str()),
        ("unknown", "unknown", "unknown")
    );
    assert_eq!((options.identity, options.tags, options.priority), (IdentityRule::None, json!([]), 0));
    assert_eq!((options.start_at, options.requested_at), (None, None));
}

#[test]
fn options_are_read() {
    let options = TaskRequest::parse_options(
        "options",
        &json!({
            "initiator": "shop", "tags": ["a", 1], "bypass_steps": ["x"], "priority": -5,
            "start_at": "2026-01-01T12:00:00+02:00", "identity_key": "order 7"
        }),
    )
    .unwrap();
    assert_eq!(options.start_at, Some(at("2026-01-01T10:00:00Z")));
    assert_eq!(options.identity, IdentityRule::Key("order 7".to_owned()));
    assert_eq!(
        (options.tags, options.bypass_steps, options.priority),
        (json!(["a", 1]), vec!["x".to_owned()], -5)
    );
}

#[test]
fn bad_options_are_named_with_their_place() {
    assert_eq!(
        said_of_options(json!({
            "priorty": 1, "priority": 101, "start_at": "tomorrow", "requested_at": "infinity", "tags": {},
            "bypass_steps": [1], "identity": "uuid", "initiator": ""
        })),
        [
            "options.bypass_steps[0]: must be text of 1 to 128 characters, not 1",
            "options.identity: must be one of none, hash, key, not \"uuid\"",
            "options.initiator: must be text of 1 to 128 characters, not \"\"",
            "options.priority: must be a whole number from -100 to 100, not 101",
            "options.priorty: there is no such key; did you mean \"priority\"?",
            "options.requested_at: must be a time such as \"2026-01-31T12:00:00Z\", not \"infinity\"",
            "options.start_at: must be a time such as \"2026-01-31T12:00:00Z\", not \"tomorrow\"",
            "options.tags: must be a list, not {}",
        ]
    );
    assert_eq!(said_of_options(json!({ "identity": "key" })), ["options.identity_key: is missing"]);
    assert_eq!(
        said_of_options(json!({ "identity": "hash", "identity_key": "a" })),
        ["options.identity_key: cannot be combined with the identity \"hash\""]
    );
    assert_eq!(said_of_options(json!([])), ["options: must be a json object, not []"]);
}

#[test]
fn all_requests_of_a_list_are_looked_at() {
    let list = json!([
        { "task_name": "order", "context": {}, "version": "1.0.0", "namespace": "shop" },
        7,
        { "task_name": "order", "contxt": {} },
        { "task_name": "order", "context": [], "options": { "priority": "high" } }
    ]);
    assert_eq!(
        said(TaskRequest::parse_list(&list).unwrap_err()),
        [
            "$[1]: must be a json object, not 7",
            "$[2].contxt: there is no such key; did you mean \"context\"?",
            "$[3].context: must be a json object, not []",
            "$[3].options.priority: must be a whole number from -100 to 100, not \"high\"",
        ]
    );
    assert_eq!(
        said(TaskRequest::parse_list(&json!({})).unwrap_err()),
        ["$: must be a list of requests, not {}"]
    );
    let read = TaskRequest::parse_list(&json!([list[0]])).unwrap();
    assert_eq!((read[0].namespace.as_str(), read[0].version.as_deref()), ("shop", Some("1.0.0")));
    let bare = TaskRequest::parse_list(&json!([{ "task_name": "order" }])).unwrap();
    assert_eq!((bare[0].namespace.as_str(), &bare[0].context), ("default", &json!({})));
}

fn check(context: Value, options: Value) -> Vec<String> {
    let template = Template::parse(&json!({
        "name": "order",
        "schema": {
            "type": "object",
            "required": ["id"],
            "properties": { "id": { "type": "integer", "minimum": 1 }, "lines": { "items": { "required": ["sku"] } } },
            "additionalProperties": false
        },
        "step_templates": [{ "name": "charge" }, { "name": "mail", "skippable": true }]
    }))
    .unwrap();
    let schema = ContextSchema::compile(template.schema.as_ref().unwrap()).unwrap();
    let options = TaskRequest::parse_options("options", &options).unwrap();
    let request = TaskRequest {
        name: "order".to_owned(),
        namespace: "default".to_owned(),
        version: None,
        context,
        options,
    };
    let mut problems = Problems::default();
    request.check(("context", "options"), &template, Some(&schema), &mut problems);
    said(problems.into_list())
}

#[test]
fn the_schema_judges_the_context() {
    assert_eq!(check(json!({ "id": 1 }), json!({})), [""; 0]);
    assert_eq!(check(json!({}), json!({})), ["context: missing properties 'id'"]);
    let mut said = check(json!({ "id": 0, "lines": [{}], "colour": 1 }), json!({}));
    said.sort();
    assert_eq!(
        said,
        [
            "context.id: must be >=1, but got 0",
            "context.lines[0]: missing properties 'sku'",
            "context: additionalProperties 'colour' not allowed",
        ]
    );
}

#[test]
fn only_skippable_steps_can_be_left_out() {
    assert_eq!(check(json!({ "id": 1 }), json!({ "bypass_steps": ["mail"] })), [""; 0]);
    assert_eq!(
        check(json!({ "id": 1 }), json!({ "bypass_steps": ["charge", "mall"] })),
        [
            "options.bypass_steps[0]: step \"charge\" is not skippable",
            "options.bypass_steps[1]: there is no step \"mall\"; did you mean \"mail\"?",
        ]
    );
}

#[test]
fn a_schema_without_an_end_is_no_trap() {
    let schema = json!({ "$ref": "#/$defs/a", "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } });
    if let Ok(schema) = ContextSchema::compile(&schema) {
        schema.check("context", &json!({}), &mut Problems::default());
    }
    let tree = json!({ "properties": { "child": { "$ref": "#" } }, "required": ["id"] });
    let schema = ContextSchema::compile(&tree).unwrap();
    let mut problems = Problems::default();
    schema.check("context", &json!({ "id": 1, "child": { "id": 2, "child": {} } }), &mut problems);
    assert_eq!(said(problems.into_list()), ["context.child.child: missing properties 'id'"]);
}

proptest! {
    #[test]
    fn a_step_is_held_until_just_that_time(now in -1_000_000_000_000i64..1_000_000_000_000, wait in -10_000_000i64..1_000_000_000_000) {
        let now = Timestamp::from_postgres(now);
        let start_at = now.plus(Duration::microseconds(wait));
        match hold_until(start_at, now) {
            None => prop_assert!(start_at <= now),
            Some((since, seconds)) => {
                prop_assert!(start_at > now && since <= now && seconds > 0);
                prop_assert_eq!(since.plus(Duration::seconds(seconds.into())), start_at);
            }
        }
    }
}
