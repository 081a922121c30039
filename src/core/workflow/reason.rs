//! The reasons why a step may not run.

/// Why a step may not run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The task is complete, cancelled or resolved.
    TaskClosed,
    /// The task is paused.
    TaskPaused,
    /// The step is running.
    InProgress,
    /// The step is done.
    Finished,
    /// The step was cancelled.
    Cancelled,
    /// The `processed` flag is set, whatever the state says.
    Processed,
    /// The step failed and is not retryable.
    NotRetryable,
    /// The step has used all its attempts.
    RetriesExhausted,
    /// A step that it depends on was cancelled.
    BlockedByCancellation,
    /// A step above it was cancelled, and the step is skippable.
    SkippedByCancellation,
    /// A step that it depends on has not finished.
    DependenciesNotSatisfied,
    /// The `in_process` flag is set: a worker holds the step.
    InProcess,
    /// The step must wait until `next_eligible_at`.
    WaitingForBackoff,
    /// The rule of the step can be evaluated; the next claim or maintenance does so.
    DecisionPending,
    /// The step waits for a signal.
    WaitingForSignal,
    /// The step only waits for a time.
    WaitingForTime,
    /// The step waits for another task.
    WaitingForTask,
}

impl Reason {
    /// The text that the SQL functions show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TaskClosed => "task_closed",
            Self::TaskPaused => "task_paused",
            Self::InProgress => "in_progress",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Processed => "processed",
            Self::NotRetryable => "not_retryable",
            Self::RetriesExhausted => "retries_exhausted",
            Self::BlockedByCancellation => "blocked_by_cancellation",
            Self::SkippedByCancellation => "skipped_by_cancellation",
            Self::DependenciesNotSatisfied => "dependencies_not_satisfied",
            Self::InProcess => "in_process",
            Self::WaitingForBackoff => "waiting_for_backoff",
            Self::DecisionPending => "decision_pending",
            Self::WaitingForSignal => "waiting_for_signal",
            Self::WaitingForTime => "waiting_for_time",
            Self::WaitingForTask => "waiting_for_task",
        }
    }
}
