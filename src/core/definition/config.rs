//! Options that are stored in the database: their sections, their checks, and the order in which scopes
//! override each other.
//!
//! A section is a group of options. An option can be set globally or for a narrower scope; the narrowest
//! scope wins. If no scope sets an option, its default applies. `config/options.rs` lists all options;
//! defaults, checks and the JSON Schema are derived from this list.

mod check;
mod combine;
mod elsewhere;
pub mod fair_key;
mod import;
mod options;
mod presets;
mod registered;
mod schema;
mod settings;

pub use check::{check, object};
pub use combine::check_combination;
pub use elsewhere::ImportOutcome;
pub use elsewhere::foreign_sections;
pub use import::{Import, ImportLine, import};
pub use options::Setting;
pub use presets::Environment;
pub use registered::{RegisteredOption, RegisteredSection};
pub use schema::{schema_of, schema_of_all};
pub use settings::{
    BackoffSettings, EngineSettings, EventSettings, ExecutionSettings, HealthSettings, ReadinessSettings,
    RetentionSettings, TelemetrySettings, before,
};

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::wording::{nearest, none_of, one_of};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;

/// A group of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Options for the wait of a failed step.
    Backoff,
    /// Options for the number of steps that a process runs at once, and for the order in which tasks take turns.
    Execution,
    /// Options for the scores of bottlenecks.
    DependencyGraph,
    /// Options for the finalization of tasks.
    Engine,
    /// Options for the event stream.
    Events,
    /// Options for the limits of health.
    Health,
    /// Options for leases, and for steps in progress without one.
    Readiness,
    /// Options for the deletion of ended tasks.
    Retention,
    /// Options for the default period of figures.
    Telemetry,
}

impl Section {
    /// All sections, in the order of their names.
    pub const ALL: [Self; 9] = [
        Self::Backoff,
        Self::DependencyGraph,
        Self::Engine,
        Self::Events,
        Self::Execution,
        Self::Health,
        Self::Readiness,
        Self::Retention,
        Self::Telemetry,
    ];

    /// The name of the section.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backoff => "backoff",
            Self::Engine => "engine",
            Self::Events => "events",
            Self::Execution => "execution",
            Self::DependencyGraph => "dependency_graph",
            Self::Health => "health",
            Self::Readiness => "readiness",
            Self::Retention => "retention",
            Self::Telemetry => "telemetry",
        }
    }

    /// The purpose of the section.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Backoff => "how long a failed step waits, and when a task is looked at again",
            Self::Engine => "how tasks are finalized",
            Self::Events => "what the event stream keeps and shows",
            Self::Execution => "how many steps a process should run at once, and which tasks take turns",
            Self::DependencyGraph => "the scores of the analysis of a task",
            Self::Health => "what tasker_system_health() reports as a problem",
            Self::Readiness => "how long a claimed step belongs to its worker, and how long it may run",
            Self::Retention => "when ended tasks are deleted",
            Self::Telemetry => "the period of the slowest tasks and steps",
        }
    }

    /// The section of that name.
    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.as_str() == text)
    }

    /// The error for a name that no built-in or registered section has.
    pub fn unknown<'a>(text: &str, registered: impl Iterator<Item = &'a str>) -> TaskerError {
        let names: Vec<&str> =
            Self::ALL.map(|section| section.as_str()).into_iter().chain(registered).collect();
        let foreign = foreign_sections().find(|(section, _)| *section == text);
        let problem = match (foreign, nearest(text, names.iter().copied())) {
            _ if Self::find(text).is_some() => {
                format!("must not be \"{text}\", which is a section of tasker_core")
            }
            (Some((_, why)), _) => format!("must not be \"{text}\", which stays in Rails: {why}"),
            (None, Some(_)) => none_of(text, &names),
            (None, None) => {
                format!("{}; tasker_register_config_section() registers others", one_of(&names))
            }
        };
        TaskerError::invalid("section", problem)
    }

    /// The options of the section, in a useful order for readers.
    pub const fn settings(self) -> &'static [Setting] {
        match self {
            Self::Backoff => options::BACKOFF,
            Self::Engine => options::ENGINE,
            Self::Events => options::EVENTS,
            Self::Execution => options::EXECUTION,
            Self::DependencyGraph => options::DEPENDENCY_GRAPH,
            Self::Health => options::HEALTH,
            Self::Readiness => options::READINESS,
            Self::Retention => options::RETENTION,
            Self::Telemetry => options::TELEMETRY,
        }
    }

    /// The defaults of all options.
    pub fn defaults(self) -> Map<String, Value> {
        options::defaults(self.settings())
    }

    /// Every option that has a value of its own, with its path: `mode`, or `severity_thresholds.high`.
    pub fn leaves(self) -> Vec<(String, &'static Setting)> {
        options::leaves("", self.settings())
    }
}

/// The longest name of a scope in bytes, because an index contains it. The engine's own names have at most 128 characters.
pub const LONGEST_NAME: usize = 1024;

/// The scope of a setting; a later variant overrides the earlier ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigScope {
    /// All tasks and steps.
    Global,
    /// The tasks of a namespace.
    Namespace(String),
    /// The tasks with a name.
    TaskName(String),
    /// The steps with a name.
    StepName(String),
    /// A single task.
    Task(TaskId),
}

impl ConfigScope {
    /// Reads `global`, `namespace:payments`, `task_name:order`, `step_name:charge` or `task:42`.
    ///
    /// # Errors
    /// [`TaskerError::InvalidArgument`] for anything else, and for a name that is too long.
    pub fn parse(text: &str) -> Result<Self, TaskerError> {
        let (kind, name) = text.split_once(':').unwrap_or((text, ""));
        if name.len() > LONGEST_NAME {
            let problem = format!("must name something in at most {LONGEST_NAME} bytes");
            return Err(TaskerError::invalid("scope", problem));
        }
        let scope = match kind {
            "global" if name.is_empty() && kind == text => Some(Self::Global),
            "namespace" => Some(Self::Namespace(name.to_owned())),
            "task_name" => Some(Self::TaskName(name.to_owned())),
            "step_name" => Some(Self::StepName(name.to_owned())),
            "task" => name.parse().ok().filter(|id| *id > 0).map(|id| Self::Task(TaskId(id))),
            _ => None,
        };
        scope.filter(|scope| *scope == Self::Global || !name.is_empty()).ok_or_else(|| {
            TaskerError::invalid(
                "scope",
                "must be global, namespace:NAME, task_name:NAME, step_name:NAME or task:ID",
            )
        })
    }
}

impl fmt::Display for ConfigScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => f.write_str("global"),
            Self::Namespace(name) => write!(f, "namespace:{name}"),
            Self::TaskName(name) => write!(f, "task_name:{name}"),
            Self::StepName(name) => write!(f, "step_name:{name}"),
            Self::Task(id) => write!(f, "task:{id}"),
        }
    }
}

/// The options of a section as they apply to something, each with the scope that has set it.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveOptions {
    options: Map<String, Value>,
    /// The scope that has set each option, by path.
    origins: HashMap<String, String>,
}

impl EffectiveOptions {
    /// Merges the options of scopes over the defaults, the widest scope first.
    pub fn of<'a>(
        section: Section,
        layers: impl IntoIterator<Item = (&'a str, &'a Map<String, Value>)>,
    ) -> Self {
        Self::over(section.defaults(), layers)
    }

    /// Merges options over these defaults.
    pub fn over<'a>(
        defaults: Map<String, Value>,
        layers: impl IntoIterator<Item = (&'a str, &'a Map<String, Value>)>,
    ) -> Self {
        let mut effective = Self { options: defaults, origins: HashMap::new() };
        for (scope, options) in layers {
            lay_over(&mut effective.options, options, "", &mut |path| {
                effective.origins.insert(path, scope.to_owned());
            });
        }
        effective
    }

    /// The value of an option.
    pub fn value(&self, path: &str) -> Option<&Value> {
        let mut names = path.split('.');
        let first = self.options.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }

    /// The scope that has set an option; `default` if none has.
    pub fn origin(&self, path: &str) -> &str {
        self.origins.get(path).map_or("default", String::as_str)
    }

    /// The options as the type that a rule works with.
    pub(in crate::core) fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, TaskerError> {
        serde_json::from_value(Value::Object(self.options.clone()))
            .map_err(|error| TaskerError::StoredConfig { problem: error.to_string() })
    }
}

/// Merges options over others, group by group, and reports the path of each.
fn lay_over(
    under: &mut Map<String, Value>,
    over: &Map<String, Value>,
    prefix: &str,
    tell: &mut impl FnMut(String),
) {
    for (name, value) in over {
        let path = format!("{prefix}{name}");
        match (under.get_mut(name), value) {
            (Some(Value::Object(under)), Value::Object(over)) => {
                lay_over(under, over, &format!("{path}."), tell);
            }
            _ => {
                under.insert(name.clone(), value.clone());
                tell(path);
            }
        }
    }
}

/// Changes options as a merge patch does (RFC 7396): a value sets an option, `null` removes it, a group is changed
/// option by option. A group that becomes empty is removed.
pub fn patched(mut options: Map<String, Value>, patch: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in patch {
        let value = match (options.remove(&name), value) {
            (Some(Value::Object(before)), Value::Object(patch)) => Value::Object(patched(before, patch)),
            (_, Value::Object(patch)) => Value::Object(patched(Map::new(), patch)),
            (_, value) => value,
        };
        if !(value.is_null() || value.as_object().is_some_and(Map::is_empty)) {
            options.insert(name, value);
        }
    }
    options
}
