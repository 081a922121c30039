//! Lists the keys of templates and requests, and checks their values.

use crate::core::problem::{Problems, element, member};
use crate::core::time::Timestamp;
use crate::core::time_limits::{LONGEST_SECONDS, OnDeadline};
use crate::core::wording::{described, question};
use serde_json::{Map, Value};

/// A key of the template.
#[derive(Debug)]
pub struct Field {
    name: &'static str,
    is_required: bool,
    kind: FieldType,
}

/// The allowed values of a key.
#[derive(Debug)]
pub enum FieldType {
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

const fn required(name: &'static str, kind: FieldType) -> Field {
    Field { name, is_required: true, kind }
}

const fn optional(name: &'static str, kind: FieldType) -> Field {
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

/// A limit of time, in seconds.
const LIMIT: FieldType = FieldType::Integer(1, LONGEST_SECONDS);

/// A template.
pub const TEMPLATE: &[Field] = &[
    required("name", FieldType::Text(NAME)),
    optional("namespace_name", FieldType::Text(NAME)),
    optional("version", FieldType::Version(VERSION)),
    optional("description", FieldType::Text(DESCRIPTION)),
    optional("module_namespace", FieldType::Text(CLASS)),
    optional("task_handler_class", FieldType::Text(CLASS)),
    optional("default_dependent_system", FieldType::Text(NAME)),
    optional("named_steps", FieldType::Texts(STEP_NAME)),
    optional("schema", FieldType::Object),
    optional("handler_config", FieldType::Object),
    optional("concurrent", FieldType::Flag),
    optional("custom_events", FieldType::Array),
    optional("deadline_seconds", LIMIT),
    optional("on_deadline", FieldType::Choice(&OnDeadline::WORDS)),
    required("step_templates", FieldType::Objects(STEP)),
    optional("environments", FieldType::ObjectsByName(ENVIRONMENT)),
];

const STEP: &[Field] = &[
    required("name", FieldType::Text(STEP_NAME)),
    optional("description", FieldType::Text(DESCRIPTION)),
    optional("dependent_system", FieldType::Text(NAME)),
    optional("default_retryable", FieldType::Flag),
    optional("default_retry_limit", FieldType::Integer(0, MOST_RETRIES)),
    optional("skippable", FieldType::Flag),
    optional("handler_class", FieldType::Text(CLASS)),
    optional("handler_config", FieldType::Object),
    optional("depends_on_step", FieldType::Text(STEP_NAME)),
    optional("depends_on_steps", FieldType::Texts(STEP_NAME)),
    optional("custom_events", FieldType::Array),
    optional("timeout_seconds", LIMIT),
    optional("heartbeat_seconds", LIMIT),
    optional("start_within_seconds", LIMIT),
    optional("join", FieldType::Rule),
    optional("when", FieldType::Rule),
    optional("wait", FieldType::Rule),
    optional("subtask", FieldType::Rule),
    optional("for_each", FieldType::Rule),
];

const ENVIRONMENT: &[Field] = &[optional("step_templates", FieldType::Objects(ENVIRONMENT_STEP))];

/// The keys of an environment: all except dependencies and rules, because a workflow has the same graph in every
/// environment.
const ENVIRONMENT_STEP: &[Field] = &[
    required("name", FieldType::Text(STEP_NAME)),
    optional("description", FieldType::Text(DESCRIPTION)),
    optional("dependent_system", FieldType::Text(NAME)),
    optional("default_retryable", FieldType::Flag),
    optional("default_retry_limit", FieldType::Integer(0, MOST_RETRIES)),
    optional("skippable", FieldType::Flag),
    optional("handler_class", FieldType::Text(CLASS)),
    optional("handler_config", FieldType::Object),
    optional("custom_events", FieldType::Array),
    optional("timeout_seconds", LIMIT),
    optional("heartbeat_seconds", LIMIT),
    optional("start_within_seconds", LIMIT),
];

/// The options of a new task.
pub const OPTIONS: &[Field] = &[
    optional("initiator", FieldType::Text(ORIGIN)),
    optional("source_system", FieldType::Text(ORIGIN)),
    optional("reason", FieldType::Text(ORIGIN)),
    optional("tags", FieldType::Array),
    optional("bypass_steps", FieldType::Texts(STEP_NAME)),
    optional("priority", FieldType::Integer(-100, 100)),
    optional("parent_task_id", FieldType::Integer(1, i64::MAX)),
    optional("start_at", FieldType::Time),
    optional("requested_at", FieldType::Time),
    optional("identity", FieldType::Choice(&["none", "hash", "key"])),
    optional("identity_key", FieldType::Text(255)),
    optional("deadline_seconds", LIMIT),
    optional("on_deadline", FieldType::Choice(&OnDeadline::WORDS)),
];

/// The options of a schedule. What its runs set themselves is missing: the identity and the time of the request.
pub const SCHEDULE_OPTIONS: &[Field] = &[
    optional("start_at", FieldType::Time),
    optional("end_at", FieldType::Time),
    optional("jitter_seconds", FieldType::Integer(0, 86_400)),
    optional("context_key", FieldType::Text(NAME)),
    optional("initiator", FieldType::Text(ORIGIN)),
    optional("source_system", FieldType::Text(ORIGIN)),
    optional("reason", FieldType::Text(ORIGIN)),
    optional("tags", FieldType::Array),
    optional("bypass_steps", FieldType::Texts(STEP_NAME)),
    optional("priority", FieldType::Integer(-100, 100)),
    optional("parent_task_id", FieldType::Integer(1, i64::MAX)),
    optional("deadline_seconds", LIMIT),
    optional("on_deadline", FieldType::Choice(&OnDeadline::WORDS)),
];

/// The options of a fork of a task.
pub const FORK_OPTIONS: Keys = Keys(&[
    optional("context", FieldType::Object),
    optional("initiator", FieldType::Text(ORIGIN)),
    optional("source_system", FieldType::Text(ORIGIN)),
    optional("reason", FieldType::Text(ORIGIN)),
    optional("tags", FieldType::Array),
    optional("priority", FieldType::Integer(-100, 100)),
    optional("identity_key", FieldType::Text(255)),
    optional("subtasks", FieldType::Choice(&["reuse", "fork"])),
    optional("deadline_seconds", LIMIT),
    optional("on_deadline", FieldType::Choice(&OnDeadline::WORDS)),
]);

/// A new task among several.
pub const REQUEST: &[Field] = &[
    required("task_name", FieldType::Text(NAME)),
    optional("context", FieldType::Object),
    optional("namespace", FieldType::Text(NAME)),
    optional("version", FieldType::Version(VERSION)),
    // The same texts as in OPTIONS.
    optional("options", FieldType::Object),
];

/// The keys of an object that is read elsewhere.
#[derive(Debug)]
pub struct Keys(&'static [Field]);

impl Keys {
    /// Adds what is wrong with the keys and values of an object.
    pub fn check(&self, path: &str, object: &Map<String, Value>, problems: &mut Problems) {
        check(path, self.0, object, problems);
    }
}

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

fn check_value(path: &str, kind: &FieldType, value: &Value, problems: &mut Problems) {
    match (kind, value) {
        (FieldType::Objects(fields), Value::Array(elements)) => {
            for (at, value) in elements.iter().enumerate() {
                check_object(&element(path, at), fields, value, problems);
            }
        }
        (FieldType::ObjectsByName(fields), Value::Object(members)) => {
            for (name, value) in members {
                check_object(&member(path, name), fields, value, problems);
            }
        }
        (FieldType::Texts(most), Value::Array(elements)) => {
            for (at, value) in elements.iter().enumerate() {
                check_value(&element(path, at), &FieldType::Text(*most), value, problems);
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

fn fits(kind: &FieldType, value: &Value) -> bool {
    let is_short = |text: &&str, most: usize| text.chars().nth(most).is_none();
    match *kind {
        FieldType::Flag => value.is_boolean(),
        FieldType::Integer(least, most) => {
            value.as_i64().is_some_and(|number| (least..=most).contains(&number))
        }
        FieldType::Text(most) => {
            value.as_str().is_some_and(|text| !text.trim().is_empty() && is_short(&text, most))
        }
        FieldType::Choice(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        FieldType::Version(most) => {
            let version = value.as_str().filter(|text| is_short(text, most));
            version.is_some_and(|text| semver::Version::parse(text).is_ok())
        }
        FieldType::Time => value.as_str().is_some_and(|text| time(text).is_some()),
        FieldType::Object => value.is_object(),
        FieldType::Array => value.is_array(),
        // `template/check.rs` reads it.
        FieldType::Rule => true,
        // Their elements are checked one by one.
        FieldType::Texts(_) | FieldType::Objects(_) | FieldType::ObjectsByName(_) => false,
    }
}

fn wanted(kind: &FieldType) -> String {
    match kind {
        FieldType::Flag => "true or false".to_owned(),
        FieldType::Integer(least, most) => format!("a whole number from {least} to {most}"),
        FieldType::Text(most) => format!("text of 1 to {most} characters"),
        FieldType::Choice(words) => format!("one of {}", words.join(", ")),
        FieldType::Version(most) => {
            format!("a semantic version such as \"1.2.0\" of at most {most} characters")
        }
        FieldType::Time => "a time such as \"2026-01-31T12:00:00Z\"".to_owned(),
        FieldType::Object | FieldType::ObjectsByName(_) => "a json object".to_owned(),
        FieldType::Array => "a list".to_owned(),
        FieldType::Rule => "a rule".to_owned(),
        FieldType::Texts(_) => "a list of texts".to_owned(),
        FieldType::Objects(_) => "a list of json objects".to_owned(),
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
