//! Lists the keys of templates and requests, and checks their values.

use crate::core::problem::{Problems, element, member};
use crate::core::time::Timestamp;
use crate::core::wording::{described, question};
use serde_json::{Map, Value};

/// A key of the template.
#[derive(Debug)]
pub struct Field {
    name: &'static str,
    is_required: bool,
    kind: Kind,
}

/// The allowed values of a key.
#[derive(Debug)]
pub enum Kind {
    /// `true` or `false`
    Flag,
    /// A whole number in a range.
    Integer(i64, i64),
    /// Text that is not empty, of at most so many characters.
    Text(usize),
    /// One of several words.
    Choice(&'static [&'static str]),
    /// A semantic version of at most so many characters.
    Version(usize),
    /// A point in time by RFC 3339.
    Time,
    /// A json object, whatever is in it.
    Object,
    /// A json array, whatever is in it.
    Array,
    /// The fields of a rule, which `core::rules` reads.
    Rule,
    /// A list of texts of at most so many characters.
    Texts(usize),
    /// A list of objects that have these keys.
    Objects(&'static [Field]),
    /// An object of objects that have these keys.
    ObjectsByName(&'static [Field]),
}

const fn required(name: &'static str, kind: Kind) -> Field {
    Field { name, is_required: true, kind }
}

const fn optional(name: &'static str, kind: Kind) -> Field {
    Field { name, is_required: false, kind }
}

/// The length of the columns for names in the engine's tables.
const NAME: usize = 64;
const STEP_NAME: usize = 128;
const DESCRIPTION: usize = 255;
const VERSION: usize = 16;
const CLASS: usize = 255;
const ORIGIN: usize = 128;

/// The highest retry limit.
const MOST_RETRIES: i64 = 1000;

/// A template.
pub const TEMPLATE: &[Field] = &[
    required("name", Kind::Text(NAME)),
    optional("namespace_name", Kind::Text(NAME)),
    optional("version", Kind::Version(VERSION)),
    optional("description", Kind::Text(DESCRIPTION)),
    optional("module_namespace", Kind::Text(CLASS)),
    optional("task_handler_class", Kind::Text(CLASS)),
    optional("default_dependent_system", Kind::Text(NAME)),
    optional("named_steps", Kind::Texts(STEP_NAME)),
    optional("schema", Kind::Object),
    optional("handler_config", Kind::Object),
    optional("concurrent", Kind::Flag),
    optional("custom_events", Kind::Array),
    required("step_templates", Kind::Objects(STEP)),
    optional("environments", Kind::ObjectsByName(ENVIRONMENT)),
];

const STEP: &[Field] = &[
    required("name", Kind::Text(STEP_NAME)),
    optional("description", Kind::Text(DESCRIPTION)),
    optional("dependent_system", Kind::Text(NAME)),
    optional("default_retryable", Kind::Flag),
    optional("default_retry_limit", Kind::Integer(0, MOST_RETRIES)),
    optional("skippable", Kind::Flag),
    optional("handler_class", Kind::Text(CLASS)),
    optional("handler_config", Kind::Object),
    optional("depends_on_step", Kind::Text(STEP_NAME)),
    optional("depends_on_steps", Kind::Texts(STEP_NAME)),
    optional("custom_events", Kind::Array),
    optional("join", Kind::Rule),
    optional("when", Kind::Rule),
    optional("wait", Kind::Rule),
    optional("subtask", Kind::Rule),
];

const ENVIRONMENT: &[Field] = &[optional("step_templates", Kind::Objects(ENVIRONMENT_STEP))];

/// The keys of an environment: all except dependencies and rules, because a workflow has the same graph in every
/// environment.
const ENVIRONMENT_STEP: &[Field] = &[
    required("name", Kind::Text(STEP_NAME)),
    optional("description", Kind::Text(DESCRIPTION)),
    optional("dependent_system", Kind::Text(NAME)),
    optional("default_retryable", Kind::Flag),
    optional("default_retry_limit", Kind::Integer(0, MOST_RETRIES)),
    optional("skippable", Kind::Flag),
    optional("handler_class", Kind::Text(CLASS)),
    optional("handler_config", Kind::Object),
    optional("custom_events", Kind::Array),
];

/// The options of a new task.
pub const OPTIONS: &[Field] = &[
    optional("initiator", Kind::Text(ORIGIN)),
    optional("source_system", Kind::Text(ORIGIN)),
    optional("reason", Kind::Text(ORIGIN)),
    optional("tags", Kind::Array),
    optional("bypass_steps", Kind::Texts(STEP_NAME)),
    optional("priority", Kind::Integer(-100, 100)),
    optional("parent_task_id", Kind::Integer(1, i64::MAX)),
    optional("start_at", Kind::Time),
    optional("requested_at", Kind::Time),
    optional("identity", Kind::Choice(&["none", "hash", "key"])),
    optional("identity_key", Kind::Text(255)),
];

/// A new task among several.
pub const REQUEST: &[Field] = &[
    required("task_name", Kind::Text(NAME)),
    optional("context", Kind::Object),
    optional("namespace", Kind::Text(NAME)),
    optional("version", Kind::Version(VERSION)),
    // The same texts as in OPTIONS.
    optional("options", Kind::Object),
];

/// Adds what is wrong with the keys and values of an object.
pub fn check(path: &str, fields: &'static [Field], object: &Map<String, Value>, problems: &mut Problems) {
    for (name, value) in object {
        let path = member(path, name);
        match fields.iter().find(|field| field.name == name) {
            None => problems.add(path, || {
                format!("there is no such key{}", question(name, fields.iter().map(|field| field.name)))
            }),
            Some(_) if value.is_null() => {}
            Some(field) => check_value(&path, &field.kind, value, problems),
        }
    }
    for field in fields.iter().filter(|field| field.is_required) {
        if object.get(field.name).is_none_or(Value::is_null) {
            problems.add(member(path, field.name), || "is missing".to_owned());
        }
    }
}

fn check_value(path: &str, kind: &Kind, value: &Value, problems: &mut Problems) {
    match (kind, value) {
        (Kind::Objects(fields), Value::Array(elements)) => {
            for (at, value) in elements.iter().enumerate() {
                check_object(&element(path, at), fields, value, problems);
            }
        }
        (Kind::ObjectsByName(fields), Value::Object(members)) => {
            for (name, value) in members {
                check_object(&member(path, name), fields, value, problems);
            }
        }
        (Kind::Texts(most), Value::Array(elements)) => {
            for (at, value) in elements.iter().enumerate() {
                check_value(&element(path, at), &Kind::Text(*most), value, problems);
            }
        }
        (kind, value) if !fits(kind, value) => {
            problems.add(path, || format!("must be {}, not {}", wanted(kind), described(value)));
        }
        _ => {}
    }
}

fn check_object(path: &str, fields: &'static [Field], value: &Value, problems: &mut Problems) {
    match value {
        Value::Object(object) => check(path, fields, object, problems),
        other => problems.add(path, || format!("must be a json object, not {}", described(other))),
    }
}

fn fits(kind: &Kind, value: &Value) -> bool {
    let is_short = |text: &&str, most: usize| text.chars().nth(most).is_none();
    match *kind {
        Kind::Flag => value.is_boolean(),
        Kind::Integer(least, most) => value.as_i64().is_some_and(|number| (least..=most).contains(&number)),
        Kind::Text(most) => {
            value.as_str().is_some_and(|text| !text.trim().is_empty() && is_short(&text, most))
        }
        Kind::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Kind::Version(most) => {
            let version = value.as_str().filter(|text| is_short(text, most));
            version.is_some_and(|text| semver::Version::parse(text).is_ok())
        }
        Kind::Time => value.as_str().is_some_and(|text| time(text).is_some()),
        Kind::Object => value.is_object(),
        Kind::Array => value.is_array(),
        // `template/check.rs` reads it.
        Kind::Rule => true,
        // Their elements are checked one by one.
        Kind::Texts(_) | Kind::Objects(_) | Kind::ObjectsByName(_) => false,
    }
}

fn wanted(kind: &Kind) -> String {
    match kind {
        Kind::Flag => "true or false".to_owned(),
        Kind::Integer(least, most) => format!("a whole number from {least} to {most}"),
        Kind::Text(most) => format!("text of 1 to {most} characters"),
        Kind::Choice(words) => format!("one of {}", words.join(", ")),
        Kind::Version(most) => {
            format!("a semantic version such as \"1.2.0\" of at most {most} characters")
        }
        Kind::Time => "a time such as \"2026-01-31T12:00:00Z\"".to_owned(),
        Kind::Object | Kind::ObjectsByName(_) => "a json object".to_owned(),
        Kind::Array => "a list".to_owned(),
        Kind::Rule => "a rule".to_owned(),
        Kind::Texts(_) => "a list of texts".to_owned(),
        Kind::Objects(_) => "a list of json objects".to_owned(),
    }
}

/// Removes the keys without a value from a template or request. Values for handlers and schemas stay as they are.
pub fn without_nulls(document: &Value) -> Value {
    let stripped = |value: &Value| match value {
        Value::Object(object) => {
            Value::Object(object.iter().filter(|(_, value)| !value.is_null()).map(owned).collect())
        }
        other => other.clone(),
    };
    let mut document = stripped(document);
    if let Some(Value::Array(steps)) = document.get_mut("step_templates") {
        steps.iter_mut().for_each(|step| *step = stripped(step));
    }
    document
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// Reads a time; `None` if the calendar does not have it.
pub fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text).filter(|time| !time.is_infinite())
}
