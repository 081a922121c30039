//! The stored facts about a step, a parent and a task.

use crate::core::ids::{NamedStepId, NamedTaskId, StepId, TaskId};
use crate::core::state::{StepState, TaskState};
use crate::core::time::{Duration, Timestamp};

/// The stored facts of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The id of the step.
    pub id: StepId,
    /// The task that it belongs to.
    pub task_id: TaskId,
    /// The id of its name.
    pub named_step_id: NamedStepId,
    /// The current state.
    pub state: StepState,
    /// The time of creation.
    pub created_at: Timestamp,
    /// The time of the current transition; `None` if there is none.
    pub state_since: Option<Timestamp>,
    /// The time at which the last execution ended.
    pub last_attempted_at: Option<Timestamp>,
    /// Executions that have ended, failed or not; `None` reads as 0.
    pub attempts: Option<i32>,
    /// The number of allowed executions; `None` reads as 3.
    pub retry_limit: Option<i32>,
    /// An explicit wait, counted from `last_attempted_at`.
    pub backoff_request_seconds: Option<i32>,
    /// The wait after its failure that its current transition names; `None`: as the engine lets it wait.
    pub backoff: Option<Duration>,
    /// Whether a failure may be retried.
    pub retryable: bool,
    /// Whether a worker holds the step.
    pub in_process: bool,
    /// Whether its work is done.
    pub processed: bool,
    /// Whether it may be skipped.
    pub skippable: bool,
    /// Whether it has a rule.
    pub has_rule: bool,
}

impl Step {
    /// The number of the current or next execution, from 1.
    pub fn next_attempt(&self) -> i32 {
        self.attempts.unwrap_or(0).saturating_add(1)
    }
}

/// A parent as its children see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The id of the step.
    pub id: StepId,
    /// The current state.
    pub state: StepState,
    /// The time at which it entered that state; `None` without a transition.
    pub state_since: Option<Timestamp>,
    /// The index among the steps of the same task; `None` for a step of another task.
    pub index: Option<usize>,
}

/// The stored facts of one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// The id of the task.
    pub id: TaskId,
    /// The id of its name.
    pub named_task_id: NamedTaskId,
    /// The current state.
    pub state: TaskState,
    /// The priority; steps of tasks with a higher one are claimed first.
    pub priority: i32,
    /// Whether it is paused.
    pub is_paused: bool,
}
