//! Task templates: the steps of a kind of task, in JSON with the keys of the engine's YAML files.
//!
//! `template/fields.rs` lists the keys and their allowed values, `template/check.rs` checks a template as a
//! whole, and `template/request.rs` reads requests for tasks.

mod check;
mod document;
mod fields;
mod request;
mod schedule_options;
mod schema;
mod schema_cost;

pub use crate::core::problem::{Problem, Problems, element, member};
pub use check::find_problems;
pub use document::{TemplateGraph, graph_document};
pub use fields::{FORK_OPTIONS, time};
pub use request::{IdentityRule, Options, TaskRequest, hold_until};
pub use schedule_options::{ScheduleOptions, ScheduledRun};
pub use schema::ContextSchema;

use crate::core::dag::Dag;
use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::rules::{self, Rule};
use crate::core::time_limits::StepTimes;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// A template with all its defaults filled in. Its JSON is the normal form; reading it again returns the same template.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Template {
    /// The name of the template's tasks.
    pub name: String,
    /// The namespace of the template.
    #[serde(default = "default_namespace")]
    pub namespace_name: String,
    /// A semantic version.
    #[serde(default = "default_version")]
    pub version: String,
    /// The description for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The module of the classes, for frameworks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_namespace: Option<String>,
    /// The class that handles its tasks, for frameworks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_handler_class: Option<String>,
    /// The system of the steps that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_dependent_system: Option<String>,
    /// The names that steps may have; `None`: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_steps: Option<Vec<String>>,
    /// The JSON Schema of the context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Value>,
    /// The configuration of the task handler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler_config: Option<Value>,
    /// Accepted because the engine's templates have it. The extension ignores it, as the engine does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<bool>,
    /// Events that the handlers publish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_events: Option<Value>,
    /// The seconds after which its tasks must have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_seconds: Option<i32>,
    /// What happens to a task that has not: `fail` or `cancel`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_deadline: Option<String>,
    /// The steps, in the order of the file.
    pub step_templates: Vec<StepTemplate>,
    /// The differences of each environment.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub environments: Map<String, Value>,
}

/// A step of every task of the template.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct StepTemplate {
    /// The name, unique in the template.
    pub name: String,
    /// The description for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The dependent system that the step calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependent_system: Option<String>,
    /// Whether it is executed again after a failure.
    #[serde(default = "default_retryable")]
    pub default_retryable: bool,
    /// The number of allowed executions.
    #[serde(default = "default_retry_limit")]
    pub default_retry_limit: i32,
    /// Whether it may be left out.
    #[serde(default)]
    pub skippable: bool,
    /// The class that executes it, for frameworks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler_class: Option<String>,
    /// The configuration of the handler class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handler_config: Option<Value>,
    /// The single parent, as the template names it; the normal form has it in `depends_on_steps`.
    #[serde(default, skip_serializing)]
    depends_on_step: Option<String>,
    /// The names of its parents, each once.
    #[serde(default)]
    pub depends_on_steps: Vec<String>,
    /// Events that the handler publishes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_events: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timeout_seconds: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    heartbeat_seconds: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start_within_seconds: Option<i32>,
    // The fields of a rule: see [`crate::core::rules`]. They are not flattened from a type of their own, because serde
    // would lose digits of their numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    join: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    when: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wait: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subtask: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    for_each: Option<Value>,
}

impl StepTemplate {
    /// The time limits of the step.
    pub const fn times(&self) -> StepTimes {
        let Self { timeout_seconds, heartbeat_seconds, start_within_seconds, .. } = *self;
        StepTimes { timeout_seconds, heartbeat_seconds, start_within_seconds }
    }

    /// The rule of the step; `None` if it waits as the engine's do.
    pub fn rule(&self) -> Option<Rule> {
        let Self { join, when, wait, subtask, for_each, .. } = self;
        let fields =
            [("join", join), ("when", when), ("wait", wait), ("subtask", subtask), ("for_each", for_each)];
        let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        let (parents, total) = (&self.depends_on_steps, self.depends_on_steps.len());
        // The problems of a stored rule were reported when it was registered.
        rules::parse(&given.collect(), parents, total, &mut |_, _| {})
    }
}

/// The system of steps for which no template names one.
const UNKNOWN_SYSTEM: &str = "unknown";

fn default_namespace() -> String {
    "default".to_owned()
}

fn default_version() -> String {
    "0.1.0".to_owned()
}

const fn default_retryable() -> bool {
    true
}

const fn default_retry_limit() -> i32 {
    crate::core::attempts::DEFAULT_RETRY_LIMIT
}

impl Template {
    /// Reads a template. A key that is `null` counts as left out, as in YAML.
    ///
    /// # Errors
    /// [`TaskerError::InvalidTemplate`] with all that is wrong.
    ///
    /// # Complexity
    /// O(length of the document), and O(steps) more for each dependency on a step that does not exist.
    pub fn parse(document: &Value) -> Result<Self, TaskerError> {
        let problems = find_problems(document);
        if !problems.is_empty() {
            return Err(TaskerError::InvalidTemplate(problems));
        }
        Self::read(document)
            .map_err(|problem| TaskerError::InvalidTemplate(vec![Problem::new("$", problem.to_string())]))
    }

    /// Reads a template that was checked before it was stored.
    ///
    /// # Errors
    /// [`TaskerError::StoredTemplate`] if it was changed by hand.
    pub fn of_stored(full_name: &str, document: &Value) -> Result<Self, TaskerError> {
        let broken =
            |problem: String| TaskerError::StoredTemplate { template: full_name.to_owned(), problem };
        Self::read(document).map_err(|problem| broken(problem.to_string()))
    }

    fn read(document: &Value) -> Result<Self, serde_json::Error> {
        let mut template: Self = serde_json::from_value(fields::without_nulls(document))?;
        for step in &mut template.step_templates {
            step.depends_on_steps.extend(step.depends_on_step.take());
            let mut seen = std::collections::HashSet::new();
            step.depends_on_steps.retain(|name| seen.insert(name.clone()));
        }
        Ok(template)
    }

    /// `"order" of namespace "shop", version "1.2.0"`
    pub fn full_name(&self) -> String {
        full_name(&self.namespace_name, &self.name, Some(&self.version))
    }

    /// The template as it applies in an environment: what that says of a step goes over what the template says, objects
    /// member by member. An environment that the template does not mention changes nothing.
    pub fn in_environment(mut self, environment: &str) -> Result<Self, TaskerError> {
        let overrides = self.environments.remove(environment).unwrap_or_default();
        self.environments = Map::new();
        let name = self.full_name();
        for over in overrides["step_templates"].as_array().into_iter().flatten() {
            let Some(step) = self.step_templates.iter_mut().find(|step| over["name"] == *step.name) else {
                continue;
            };
            let stored = |problem: serde_json::Error| TaskerError::StoredTemplate {
                template: name.clone(),
                problem: problem.to_string(),
            };
            let mut merged = serde_json::to_value(&*step).map_err(stored)?;
            merge(&mut merged, over);
            *step = serde_json::from_value(merged).map_err(stored)?;
        }
        Ok(self)
    }

    /// The steps and their edges, by index. `None` for a stored template that was changed by hand.
    pub fn dag(&self) -> Option<Dag> {
        let places: HashMap<&str, usize> =
            self.step_templates.iter().enumerate().map(|(at, step)| (step.name.as_str(), at)).collect();
        let ids: Vec<StepId> = (0..self.step_templates.len()).map(place_id).collect();
        let mut edges = Vec::new();
        for (to, step) in self.step_templates.iter().enumerate() {
            for name in &step.depends_on_steps {
                edges.push((place_id(*places.get(name.as_str())?), place_id(to)));
            }
        }
        Dag::build(&ids, edges).ok()
    }

    /// Returns the dependent system of a step.
    pub fn system_of<'a>(&'a self, step: &'a StepTemplate) -> &'a str {
        step.dependent_system
            .as_deref()
            .or(self.default_dependent_system.as_deref())
            .unwrap_or(UNKNOWN_SYSTEM)
    }
}

/// Writes the name of a template for messages.
pub fn full_name(namespace: &str, name: &str, version: Option<&str>) -> String {
    let version = version.map_or_else(String::new, |version| format!(", version \"{version}\""));
    format!("\"{name}\" of namespace \"{namespace}\"{version}")
}

/// An index in a list, as the identifier that graphs need.
fn place_id(at: usize) -> StepId {
    StepId(i64::try_from(at).unwrap_or(i64::MAX))
}

/// Lays a value over another, objects member by member; `null` changes nothing.
fn merge(under: &mut Value, over: &Value) {
    match (under, over) {
        (_, Value::Null) => {}
        (Value::Object(under), Value::Object(over)) => {
            for (name, value) in over {
                merge(under.entry(name).or_insert(Value::Null), value);
            }
        }
        (under, over) => *under = over.clone(),
    }
}
