//! The time limits of steps and tasks: how long an execution may last, how long a worker may be silent, how long a ready
//! step may wait for a worker, and when a task must have ended.

use crate::core::time::{Duration, Timestamp};
use serde::Serialize;
use serde_json::Value;

/// The fields of a step that limit its time, in seconds.
pub const FIELDS: [&str; 3] = ["timeout_seconds", "heartbeat_seconds", "start_within_seconds"];

/// The longest limit, in seconds: about 31 years, so that no sum overflows.
pub const LONGEST_SECONDS: i64 = 1_000_000_000;

/// The `error_class` of a step whose time was over.
pub const TIMEOUT: &str = "Timeout";

/// The limits of a step. What is not set has no limit of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StepTimes {
    /// How long one execution may last, whatever its heartbeats say.
    pub timeout_seconds: Option<i32>,
    /// The length of the lease: how long its worker may be silent.
    pub heartbeat_seconds: Option<i32>,
    /// How long the step may be ready before a worker claims it.
    pub start_within_seconds: Option<i32>,
}

impl StepTimes {
    /// Returns whether there is any limit.
    pub fn is_limited(&self) -> bool {
        *self != Self::default()
    }

    /// Reads the fields of a step by `read`, which returns the number of a field.
    pub fn read(mut read: impl FnMut(&'static str) -> Option<i32>) -> Self {
        let [timeout_seconds, heartbeat_seconds, start_within_seconds] = FIELDS.map(&mut read);
        Self { timeout_seconds, heartbeat_seconds, start_within_seconds }
    }

    /// How long one execution may last, if the step says it.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout_seconds.map(|seconds| Duration::seconds(seconds.into()))
    }

    /// The length of the lease, if the step says it.
    pub fn lease(&self) -> Option<Duration> {
        self.heartbeat_seconds.map(|seconds| Duration::seconds(seconds.into()))
    }

    /// The time until which a step that has been ready since a time must be claimed.
    pub fn start_by(&self, ready_since: Timestamp) -> Option<Timestamp> {
        self.start_within_seconds.map(|seconds| ready_since.plus(Duration::seconds(seconds.into())))
    }
}

/// Reads the number of a field; `None` if it is not a whole number of seconds that may be a limit.
pub fn seconds(value: &Value) -> Option<i32> {
    let seconds = value.as_i64().filter(|seconds| (1..=LONGEST_SECONDS).contains(seconds))?;
    i32::try_from(seconds).ok()
}

/// The terms on which a worker holds a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeaseTerms {
    /// By how much a heartbeat extends the lease.
    pub length: Duration,
    /// How long the execution may last.
    pub timeout: Option<Duration>,
}

impl LeaseTerms {
    /// The end of a lease that begins now: not after the end of the execution.
    pub fn lease_until(&self, now: Timestamp) -> Timestamp {
        let until = now.plus(self.length);
        self.ends_at(now).map_or(until, |end| end.min(until))
    }

    /// The time at which an execution that begins now must have ended.
    pub fn ends_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.timeout.map(|timeout| now.plus(timeout))
    }
}

/// What happens to a task whose deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDeadline {
    /// Its open steps fail for good, and the task with them.
    Fail,
    /// The task and its open steps are cancelled.
    Cancel,
}

impl OnDeadline {
    /// All words, as in a template.
    pub const WORDS: [&'static str; 2] = ["fail", "cancel"];

    /// The word in a template.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Cancel => "cancel",
        }
    }

    /// Reads the word; one that was changed by hand fails the task.
    pub fn of(word: &str) -> Self {
        if word == "cancel" { Self::Cancel } else { Self::Fail }
    }
}

/// The time at which a task must have ended, and what happens then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DueTime {
    /// The time of the deadline.
    pub at: Timestamp,
    /// What happens if the task has not ended.
    pub then: OnDeadline,
}

/// The deadline of a new task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The seconds from the creation of the task, or from its `start_at`.
    pub seconds: i32,
    /// What happens then.
    pub then: OnDeadline,
}

impl Deadline {
    /// Combines what a request and its template say: each field by itself.
    pub fn of(seconds: [Option<i32>; 2], on_deadline: [Option<&str>; 2]) -> Option<Self> {
        let seconds = seconds.into_iter().flatten().next()?;
        let then = on_deadline.into_iter().flatten().next().map_or(OnDeadline::Fail, OnDeadline::of);
        Some(Self { seconds, then })
    }

    /// The time of the deadline of a task that may begin at a time.
    pub fn at(&self, begin: Timestamp) -> Timestamp {
        begin.plus(Duration::seconds(self.seconds.into()))
    }
}
