//! The sections of the configuration as types that the rules use.

use super::EffectiveOptions;
use crate::core::backoff::{Growth, Policy};
use crate::core::concurrency::Pressure;
use crate::core::context::ExecutionStatus;
use crate::core::error::TaskerError;
use crate::core::state::TaskState;
use crate::core::time::{Duration, Timestamp};
use crate::core::time_limits::StepTimes;

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
    /// [`TaskerError::StoredConfig`] if a stored value does not pass [`check`].
    pub fn of(effective: &EffectiveOptions) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// Returns the policy for waits after failures (R7).
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

    /// The delay before a task without a timed wait is looked at again.
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

    /// The delay until a step may run, plus a buffer, but never longer than the longest wait of a step.
    pub fn reenqueue_delay_until(&self, until: Timestamp, now: Timestamp) -> Duration {
        let left = until.to_postgres().saturating_sub(now.to_postgres()).max(0);
        let buffered = left.saturating_add(Duration::seconds(self.buffer_seconds).to_microseconds());
        Duration::microseconds(buffered).min(Duration::from_seconds(self.max_backoff_seconds))
    }

    /// The wait that a `Retry-After` header gets: at most the configured maximum.
    pub fn granted(&self, retry_after_seconds: i32) -> i32 {
        retry_after_seconds.min(self.max_retry_after_seconds)
    }
}

/// The section `engine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineSettings {
    finalize: FinalizationMode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum FinalizationMode {
    Auto,
    Manual,
}

impl EngineSettings {
    /// # Errors
    /// As [`BackoffSettings::of`].
    pub fn of(effective: &EffectiveOptions) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// Returns whether a task ends in the call that ends its last step.
    pub fn finalizes_by_itself(self) -> bool {
        self.finalize == FinalizationMode::Auto
    }
}

/// The section `health`: shares beyond which something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HealthSettings {
    /// The share of the server's connections that may be open.
    pub max_connection_share: f64,
    /// The share of tasks that may be in error.
    pub max_error_task_share: f64,
    /// The share of steps that may be in error.
    pub max_error_step_share: f64,
}

impl HealthSettings {
    /// # Errors
    /// As [`BackoffSettings::of`].
    pub fn of(effective: &EffectiveOptions) -> Result<Self, TaskerError> {
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
    pub fn of(effective: &EffectiveOptions) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// The default period of figures.
    pub fn period(self) -> Duration {
        Duration::seconds(self.metrics_retention_hours * 3600)
    }
}

/// The section `events`.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSettings {
    retention_hours: i64,
    /// Parts of the names of members that are masked.
    pub filter_parameters: Vec<String>,
    /// The text that replaces a masked member.
    pub filter_mask: String,
    /// The longest payload, in bytes.
    pub max_payload_bytes: i64,
    /// The share of the tasks whose events are delivered.
    pub sampling_rate: f64,
    /// Patterns of events that are not delivered.
    pub filtered_events: Vec<String>,
}

impl EventSettings {
    /// # Errors
    /// As [`BackoffSettings::of`].
    pub fn of(effective: &EffectiveOptions) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// How long an event is kept.
    pub fn retention(&self) -> Duration {
        Duration::seconds(self.retention_hours * 3600)
    }
}

/// The section `retention`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionSettings {
    enabled: bool,
    complete_after_hours: i32,
    cancelled_after_hours: i32,
    failed_after_hours: i32,
    /// The number of tasks that are deleted in one round.
    pub tasks_per_round: i32,
}

impl RetentionSettings {
    /// # Errors
    /// As [`BackoffSettings::of`].
    pub fn of(effective: &EffectiveOptions) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// Returns for how many hours a task is kept after it has entered a state; `None`: it is not deleted.
    pub fn hours(&self, state: TaskState) -> Option<i32> {
        let hours = match state {
            TaskState::Complete | TaskState::ResolvedManually => self.complete_after_hours,
            TaskState::Cancelled => self.cancelled_after_hours,
            TaskState::Error => self.failed_after_hours,
            TaskState::Pending | TaskState::InProgress => -1,
        };
        (self.enabled && hours >= 0).then_some(hours)
    }

    /// Returns whether a task that has been in a state since this time is to be deleted.
    pub fn is_over(&self, state: TaskState, since: Timestamp, now: Timestamp) -> bool {
        self.hours(state).is_some_and(|hours| since < before(now, hours))
    }
}

/// The time this number of hours before the present.
pub fn before(now: Timestamp, hours: i32) -> Timestamp {
    now.plus(Duration::seconds(-i64::from(hours) * 3600))
}

/// The section `readiness`. For an option that is not set, the setting of the session or the server applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadinessSettings {
    lease_seconds: Option<i64>,
    timeout_seconds: i64,
    start_within_seconds: i64,
    stale_after_seconds: Option<i64>,
}

impl ReadinessSettings {
    /// # Errors
    /// As [`BackoffSettings::of`].
    pub fn of(effective: &EffectiveOptions) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// The length of the lease of a claimed step.
    pub fn lease(self, otherwise: Duration) -> Duration {
        self.lease_seconds.map_or(otherwise, Duration::seconds)
    }

    /// The time that an execution may last; `None`: without a limit.
    pub fn timeout(self) -> Option<Duration> {
        (self.timeout_seconds > 0).then(|| Duration::seconds(self.timeout_seconds))
    }

    /// Completes the limits of a step: what it does not say itself, the configuration says.
    pub fn complete(self, own: StepTimes) -> StepTimes {
        let limit = |seconds: i64| i32::try_from(seconds).ok().filter(|seconds| *seconds > 0);
        StepTimes {
            timeout_seconds: own.timeout_seconds.or(limit(self.timeout_seconds)),
            start_within_seconds: own.start_within_seconds.or(limit(self.start_within_seconds)),
            ..own
        }
    }

    /// The time that a step may be in progress without a lease; `None`: without a limit.
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
    fair_by: Vec<String>,
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
    pub fn of(effective: &EffectiveOptions) -> Result<Self, TaskerError> {
        effective.read()
    }

    /// The least and the most that is ever advised. Two scopes may have set them without knowing of each other: the
    /// most is never less than the least.
    pub fn bounds(&self) -> (i64, i64) {
        (self.min_concurrent_steps, self.max_concurrent_steps_limit.max(self.min_concurrent_steps))
    }

    /// The path of the key of the context by which tasks take turns; empty: they do not.
    pub fn fair_by(&self) -> &[String] {
        &self.fair_by
    }

    /// The share of the free connections that may be used.
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
