//! Settings that are stored in the database: which there are, what they may be, and how scopes override each other.
//!
//! A section is a group of options. Each may be set for everything, or for a narrower scope, which wins; what is set
//! nowhere has its default. The options themselves stand in `config/options.rs`, and nowhere else: defaults, checks
//! and the JSON Schema are all read from that table.

mod check;
mod combine;
mod import;
mod options;
mod presets;
mod schema;

pub use check::check;
pub use combine::check_combination;
pub use import::{Import, Imported, Outcome, import};
pub use options::Setting;
pub use presets::Environment;
pub use schema::{schema_of, schema_of_all};

use super::backoff::{Growth, Policy};
use super::concurrency::Pressure;
use super::context::ExecutionStatus;
use super::error::TaskerError;
use super::ids::TaskId;
use super::time::{Duration, Timestamp};
use super::wording::nearest;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;

/// A group of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// How long a failed step waits.
    Backoff,
    /// How much a process should run at once.
    Execution,
    /// What makes a step a bottleneck.
    DependencyGraph,
    /// How tasks go on.
    Engine,
    /// What is no longer healthy.
    Health,
    /// When a step that is in progress may be run by somebody else.
    Readiness,
    /// How far back figures go.
    Telemetry,
}

impl Section {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 7] = [
        Self::Backoff,
        Self::DependencyGraph,
        Self::Engine,
        Self::Execution,
        Self::Health,
        Self::Readiness,
        Self::Telemetry,
    ];

    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backoff => "backoff",
            Self::Engine => "engine",
            Self::Execution => "execution",
            Self::DependencyGraph => "dependency_graph",
            Self::Health => "health",
            Self::Readiness => "readiness",
            Self::Telemetry => "telemetry",
        }
    }

    /// The section of that name.
    pub fn parse(text: &str) -> Result<Self, TaskerError> {
        Self::ALL.into_iter().find(|section| section.as_str() == text).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str);
            let problem = match nearest(text, names.into_iter()) {
                Some(meant) => format!("must not be \"{text}\"; did you mean \"{meant}\"?"),
                None => format!("must be one of {}", names.join(", ")),
            };
            TaskerError::InvalidArgument { argument: "section", problem }
        })
    }

    /// Its options, in the order in which people read them.
    pub const fn settings(self) -> &'static [Setting] {
        match self {
            Self::Backoff => options::BACKOFF,
            Self::Engine => options::ENGINE,
            Self::Execution => options::EXECUTION,
            Self::DependencyGraph => options::DEPENDENCY_GRAPH,
            Self::Health => options::HEALTH,
            Self::Readiness => options::READINESS,
            Self::Telemetry => options::TELEMETRY,
        }
    }

    /// The value of every option that nobody has set.
    pub fn defaults(self) -> Map<String, Value> {
        options::defaults(self.settings())
    }

    /// Every option that has a value of its own, with its path: `mode`, or `severity_thresholds.high`.
    pub fn leaves(self) -> Vec<(String, &'static Setting)> {
        options::leaves("", self.settings())
    }
}

/// What a setting applies to; a later one wins over those before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Everything.
    Global,
    /// The tasks of a namespace.
    Namespace(String),
    /// The tasks of a name.
    TaskName(String),
    /// The steps of a name.
    StepName(String),
    /// One task.
    Task(TaskId),
}

impl Scope {
    /// Reads `global`, `namespace:payments`, `task_name:order`, `step_name:charge` or `task:42`.
    pub fn parse(text: &str) -> Result<Self, TaskerError> {
        let (kind, name) = text.split_once(':').unwrap_or((text, ""));
        let scope = match kind {
            "global" if name.is_empty() && kind == text => Some(Self::Global),
            "namespace" => Some(Self::Namespace(name.to_owned())),
            "task_name" => Some(Self::TaskName(name.to_owned())),
            "step_name" => Some(Self::StepName(name.to_owned())),
            "task" => name.parse().ok().map(|id| Self::Task(TaskId(id))),
            _ => None,
        };
        scope.filter(|scope| *scope == Self::Global || !name.is_empty()).ok_or_else(|| {
            TaskerError::InvalidArgument {
                argument: "scope",
                problem: "must be global, namespace:NAME, task_name:NAME, step_name:NAME or task:ID"
                    .to_owned(),
            }
        })
    }
}

impl fmt::Display for Scope {
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
pub struct Effective {
    options: Map<String, Value>,
    /// By path.
    origins: HashMap<String, String>,
}

impl Effective {
    /// Lays scopes over the defaults, the widest first.
    pub fn of<'a>(
        section: Section,
        layers: impl IntoIterator<Item = (&'a str, &'a Map<String, Value>)>,
    ) -> Self {
        let mut effective = Self { options: section.defaults(), origins: HashMap::new() };
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

    /// Which scope has set an option; `default` for none.
    pub fn origin(&self, path: &str) -> &str {
        self.origins.get(path).map_or("default", String::as_str)
    }

    /// The options as the type that a rule works with.
    pub(super) fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, TaskerError> {
        serde_json::from_value(Value::Object(self.options.clone()))
            .map_err(|error| TaskerError::StoredConfig { problem: error.to_string() })
    }
}

/// Puts options over others, group by group, telling the path of each.
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

/// Changes options as a merge patch does (RFC 7396): a value sets an option, `null` gives it up, a group is changed
/// option by option. A group of which nothing is left goes as well.
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

/// The section `backoff`.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackoffSettings {
    mode: Growth,
    base_seconds: f64,
    default_backoff_seconds: Vec<i32>,
    backoff_multiplier: f64,
    max_backoff_seconds: f64,
    jitter_enabled: bool,
    jitter_max_percentage: f64,
    max_retry_after_seconds: i32,
    reenqueue_delays: ReenqueueDelays,
    default_reenqueue_delay: i64,
    buffer_seconds: i64,
}

#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ReenqueueDelays {
    has_ready_steps: i64,
    waiting_for_dependencies: i64,
    processing: i64,
}

impl BackoffSettings {
    /// # Errors
    /// [`TaskerError::StoredConfig`] when somebody has stored something else than [`check`] lets pass.
    pub fn of(effective: &Effective) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// The rule for waits (R7).
    pub fn policy(&self) -> Result<Policy, TaskerError> {
        Policy::new(
            self.mode,
            self.base_seconds,
            self.backoff_multiplier,
            self.mode.capped(self.max_backoff_seconds),
            if self.jitter_enabled { self.jitter_max_percentage } else { 0.0 },
            self.default_backoff_seconds.clone(),
        )
    }

    /// How long to wait before a task of which nothing has a time is looked at again.
    pub fn reenqueue_delay(&self, status: ExecutionStatus) -> Duration {
        let delays = &self.reenqueue_delays;
        Duration::seconds(match status {
            ExecutionStatus::HasReadySteps => delays.has_ready_steps,
            ExecutionStatus::WaitingForDependencies => delays.waiting_for_dependencies,
            ExecutionStatus::Processing => delays.processing,
            ExecutionStatus::AllComplete | ExecutionStatus::BlockedByFailures | ExecutionStatus::Closed => {
                self.default_reenqueue_delay
            }
        })
    }

    /// The same until a step may run: a little longer, but never longer than a step may have to wait.
    pub fn reenqueue_delay_until(&self, until: Timestamp, now: Timestamp) -> Duration {
        let left = until.to_postgres().saturating_sub(now.to_postgres()).max(0);
        let buffered = left.saturating_add(Duration::seconds(self.buffer_seconds).to_microseconds());
        Duration::microseconds(buffered).min(Duration::from_seconds(self.max_backoff_seconds))
    }

    /// As long a wait as anybody outside may ask for.
    pub fn granted(&self, retry_after_seconds: i32) -> i32 {
        retry_after_seconds.min(self.max_retry_after_seconds)
    }
}

/// The section `engine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineSettings {
    finalize: Finalize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Finalize {
    Auto,
    Manual,
}

impl EngineSettings {
    /// # Errors
    /// As [`BackoffSettings::of`].
    pub fn of(effective: &Effective) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// Whether a task ends when its last step does, without being told.
    pub fn finalizes_by_itself(self) -> bool {
        self.finalize == Finalize::Auto
    }
}

/// The section `health`: shares beyond which something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthSettings {
    /// Of the connections that the server allows.
    pub max_connection_share: f64,
    /// Of the tasks that are in error.
    pub max_error_task_share: f64,
    /// Of the steps that are in error.
    pub max_error_step_share: f64,
}

impl HealthSettings {
    /// # Errors
    /// As [`BackoffSettings::of`].
    pub fn of(effective: &Effective) -> Result<Self, TaskerError> {
        effective.read()
    }
}

/// The section `telemetry`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySettings {
    metrics_retention_hours: i64,
}

impl TelemetrySettings {
    /// # Errors
    /// As [`BackoffSettings::of`].
    pub fn of(effective: &Effective) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// How far back figures go when nobody says.
    pub fn period(self) -> Duration {
        Duration::seconds(self.metrics_retention_hours * 3600)
    }
}

/// The section `readiness`. What nobody has set is for the setting of the session or the server to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadinessSettings {
    lease_seconds: Option<i64>,
    stale_after_seconds: Option<i64>,
}

impl ReadinessSettings {
    /// # Errors
    /// As [`BackoffSettings::of`].
    pub fn of(effective: &Effective) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// How long a claimed step belongs to its worker.
    pub fn lease(self, otherwise: Duration) -> Duration {
        self.lease_seconds.map_or(otherwise, Duration::seconds)
    }

    /// How long a step may be in progress without a lease; `None` for ever.
    pub fn stale_after(self, otherwise: Option<Duration>) -> Option<Duration> {
        match self.stale_after_seconds {
            None => otherwise,
            Some(0) => None,
            Some(seconds) => Some(Duration::seconds(seconds)),
        }
    }
}

/// The section `execution`.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionSettings {
    min_concurrent_steps: i64,
    max_concurrent_steps_limit: i64,
    connection_pressure_factors: PressureFactors,
}

#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PressureFactors {
    low: f64,
    moderate: f64,
    high: f64,
    critical: f64,
}

impl ExecutionSettings {
    /// # Errors
    /// As [`BackoffSettings::of`].
    pub fn of(effective: &Effective) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// The least and the most that is ever advised. Two scopes may have set them without knowing of each other: the
    /// most is never less than the least.
    pub fn bounds(&self) -> (i64, i64) {
        (self.min_concurrent_steps, self.max_concurrent_steps_limit.max(self.min_concurrent_steps))
    }

    /// Which share of the free connections may be used.
    pub fn factor(&self, pressure: Pressure) -> f64 {
        let factors = &self.connection_pressure_factors;
        match pressure {
            Pressure::Low => factors.low,
            Pressure::Moderate => factors.moderate,
            Pressure::High => factors.high,
            Pressure::Critical => factors.critical,
        }
    }
}
