//! Reads requests for tasks.

use super::Template;
use super::fields::{self, time};
use super::schema::ContextSchema;
use crate::core::ids::TaskId;
use crate::core::problem::{Problem, Problems, element, member};
use crate::core::time::{Duration, Timestamp};
use crate::core::time_limits::{self, Deadline};
use crate::core::wording::{described, question};
use serde_json::{Map, Value};

/// A request for a task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRequest {
    /// The name of the template.
    pub name: String,
    /// The namespace of the template.
    pub namespace: String,
    /// The version of the template; `None`: the latest.
    pub version: Option<String>,
    /// The context of the task.
    pub context: Value,
    /// The other options.
    pub options: Options,
}

/// The options of a task beside its name and context.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// The identity of the request.
    pub identity: IdentityRule,
    /// The initiator of the request.
    pub initiator: String,
    /// The system from which the request comes.
    pub source_system: String,
    /// The reason for the request.
    pub reason: String,
    /// The tags by which the task can be found.
    pub tags: Value,
    /// The steps to be left out.
    pub bypass_steps: Vec<String>,
    /// The priority.
    pub priority: i32,
    /// The task that it belongs to, if any.
    pub parent_task: Option<TaskId>,
    /// The time at which its first steps may run; `None`: at once.
    pub start_at: Option<Timestamp>,
    /// The time of the request; `None`: now.
    pub requested_at: Option<Timestamp>,
    /// The seconds after which it must have ended; `None`: what the template says.
    pub deadline_seconds: Option<i32>,
    /// What happens if it has not.
    pub on_deadline: Option<String>,
}

/// The rule by which two requests are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdentityRule {
    /// Each request creates its own task.
    None,
    /// Requests with the same content in the same minute are the same.
    Hash,
    /// Requests with the same key are the same.
    Key(String),
}

impl IdentityRule {
    /// The name in SQL.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Hash => "hash",
            Self::Key(_) => "key",
        }
    }
}

/// The engine's default for missing texts.
const UNKNOWN: &str = "unknown";

impl TaskRequest {
    /// Reads the options of a request that has everything else. Problems go by paths below `options_path`.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn parse_options(options_path: &str, options: &Value) -> Result<Options, Vec<Problem>> {
        let mut problems = Problems::default();
        match options {
            Value::Object(options) => check_options(options_path, options, &mut problems),
            other => {
                problems.add(options_path, || format!("must be a json object, not {}", described(other)));
            }
        }
        let problems = problems.into_list();
        if problems.is_empty() { Ok(Options::read(options)) } else { Err(problems) }
    }

    /// Reads the elements of a list of requests.
    ///
    /// # Errors
    /// All that is wrong with any of them.
    pub fn parse_list(requests: &Value) -> Result<Vec<Self>, Vec<Problem>> {
        let mut problems = Problems::default();
        let Value::Array(elements) = requests else {
            return Err(vec![Problem::new(
                "$",
                format!("must be a list of requests, not {}", described(requests)),
            )]);
        };
        let empty = Value::Object(Map::new());
        let mut list = Vec::with_capacity(elements.len());
        for (at, request) in elements.iter().enumerate() {
            let path = element("$", at);
            let Value::Object(object) = request else {
                problems.add(path, || format!("must be a json object, not {}", described(request)));
                continue;
            };
            fields::check(&path, fields::REQUEST, object, &mut problems);
            let options = Some(&request["options"]).filter(|options| options.is_object()).unwrap_or(&empty);
            match Self::parse_options(&member(&path, "options"), options) {
                Err(found) => found.into_iter().for_each(|it| problems.add(it.path, || it.message)),
                Ok(options) => list.push(Self {
                    name: text(&request["task_name"], ""),
                    namespace: text(&request["namespace"], "default"),
                    version: request["version"].as_str().map(str::to_owned),
                    context: object.get("context").unwrap_or(&empty).clone(),
                    options,
                }),
            }
        }
        let problems = problems.into_list();
        if problems.is_empty() { Ok(list) } else { Err(problems) }
    }

    /// Adds what the template does not allow: a context that its schema refuses, steps to be left out that do not
    /// exist or are not skippable (R20).
    pub fn check(
        &self,
        (context_path, options_path): (&str, &str),
        template: &Template,
        schema: Option<&ContextSchema>,
        problems: &mut Problems,
    ) {
        if let Some(schema) = schema {
            schema.check(context_path, &self.context, problems);
        }
        let names = || template.step_templates.iter().map(|step| step.name.as_str());
        for (at, name) in self.options.bypass_steps.iter().enumerate() {
            let path = || element(&member(options_path, "bypass_steps"), at);
            match template.step_templates.iter().find(|step| step.name == *name) {
                None => {
                    problems.add(path(), || format!("there is no step \"{name}\"{}", question(name, names())))
                }
                Some(step) if !step.skippable => {
                    problems.add(path(), || format!("step \"{name}\" is not skippable"));
                }
                Some(_) => {}
            }
        }
    }
}

impl Options {
    /// The deadline of a task of a template; `None`: it has none.
    pub fn deadline(&self, template: &Template) -> Option<Deadline> {
        Deadline::of(
            [self.deadline_seconds, template.deadline_seconds],
            [self.on_deadline.as_deref(), template.on_deadline.as_deref()],
        )
    }

    /// Reads options that have been checked.
    fn read(options: &Value) -> Self {
        let key = options["identity_key"].as_str().map(str::to_owned);
        let identity = match (key, options["identity"].as_str()) {
            (Some(key), _) => IdentityRule::Key(key),
            (None, Some("hash")) => IdentityRule::Hash,
            (None, _) => IdentityRule::None,
        };
        let bypassed = options["bypass_steps"].as_array().into_iter().flatten();
        Self {
            identity,
            initiator: text(&options["initiator"], UNKNOWN),
            source_system: text(&options["source_system"], UNKNOWN),
            reason: text(&options["reason"], UNKNOWN),
            tags: Some(&options["tags"])
                .filter(|tags| tags.is_array())
                .cloned()
                .unwrap_or(Value::Array(Vec::new())),
            bypass_steps: bypassed.filter_map(Value::as_str).map(str::to_owned).collect(),
            priority: options["priority"].as_i64().and_then(|it| i32::try_from(it).ok()).unwrap_or(0),
            parent_task: options["parent_task_id"].as_i64().map(TaskId),
            start_at: options["start_at"].as_str().and_then(time),
            requested_at: options["requested_at"].as_str().and_then(time),
            deadline_seconds: time_limits::seconds(&options["deadline_seconds"]),
            on_deadline: options["on_deadline"].as_str().map(str::to_owned),
        }
    }
}

fn check_options(path: &str, options: &Map<String, Value>, problems: &mut Problems) {
    fields::check(path, fields::OPTIONS, options, problems);
    let has_key = options.get("identity_key").is_some_and(|key| !key.is_null());
    match options.get("identity").and_then(Value::as_str) {
        Some("key") if !has_key => problems.add(member(path, "identity_key"), || "is missing".to_owned()),
        Some(strategy @ ("none" | "hash")) if has_key => {
            problems.add(member(path, "identity_key"), || {
                format!("cannot be combined with the identity \"{strategy}\"")
            });
        }
        _ => {}
    }
}

fn text(value: &Value, default: &str) -> String {
    value.as_str().unwrap_or(default).to_owned()
}

/// The columns `last_attempted_at` and `backoff_request_seconds` that make a step wait for a time: both readings of the
/// readiness rule wait for their sum, and so does the engine. `None`: it need not wait.
///
/// The seconds are whole, so that the first column is the time less these seconds, up to one second before now.
pub fn hold_until(start_at: Timestamp, now: Timestamp) -> Option<(Timestamp, i32)> {
    let microseconds = start_at.to_postgres().checked_sub(now.to_postgres()).filter(|wait| *wait > 0)?;
    let seconds = i32::try_from(microseconds.div_euclid(1_000_000) + 1).unwrap_or(i32::MAX);
    Some((start_at.plus(Duration::seconds(-i64::from(seconds))), seconds))
}
