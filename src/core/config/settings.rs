//! The sections as the types that rules work with.

use super::Effective;
use crate::core::backoff::{Growth, Policy};
use crate::core::concurrency::Pressure;
use crate::core::context::ExecutionStatus;
use crate::core::error::TaskerError;
use crate::core::time::{Duration, Timestamp};

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
