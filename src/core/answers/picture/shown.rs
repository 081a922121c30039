//! The states that pictures distinguish.

use crate::core::readiness::{Reason, Verdict};
use crate::core::state::StepState;

/// The state of a step in a picture: its stored state combined with the answer of the readiness rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PictureState {
    /// The step waits for its parents.
    Pending,
    /// A worker may take it now.
    Ready,
    /// A worker holds the step.
    Running,
    /// The step waits for a time.
    Waiting,
    /// The task of the step is paused.
    Paused,
    /// The step is done.
    Complete,
    /// An operator has resolved the step.
    Resolved,
    /// The step failed and will be retried.
    Error,
    /// The step failed, and its task is closed.
    Failed,
    /// The step cannot run without an operator: its attempts are used up, it is not retryable, or its flags forbid it.
    Blocked,
    /// The step will not run, because a step above it was cancelled.
    CutOff,
    /// The step was cancelled.
    Cancelled,
    /// The step will not run, and is skippable or its task is closed.
    Skipped,
    /// The step was copied from another task with its end.
    Copied,
}

impl PictureState {
    /// All variants, in their order.
    pub const ALL: [Self; 14] = [
        Self::Pending,
        Self::Ready,
        Self::Running,
        Self::Waiting,
        Self::Paused,
        Self::Complete,
        Self::Resolved,
        Self::Error,
        Self::Failed,
        Self::Blocked,
        Self::CutOff,
        Self::Cancelled,
        Self::Skipped,
        Self::Copied,
    ];

    /// Selects how to show a step in a state with the readiness verdict `verdict`.
    ///
    /// The state decides if the rule has nothing to add. A step in `error` that may run at once is shown as
    /// [`Self::Error`], so that a failure stays visible until the step runs again.
    pub const fn of(state: StepState, verdict: Verdict) -> Self {
        let failed = matches!(state, StepState::Error);
        match state {
            StepState::InProgress => Self::Running,
            StepState::Complete => Self::Complete,
            StepState::ResolvedManually => Self::Resolved,
            StepState::Cancelled => Self::Cancelled,
            StepState::Pending | StepState::Error => match verdict {
                Verdict::Ready if failed => Self::Error,
                Verdict::Ready => Self::Ready,
                Verdict::Blocked(reason) => match reason {
                    Reason::TaskClosed if failed => Self::Failed,
                    Reason::TaskClosed | Reason::SkippedByCancellation => Self::Skipped,
                    Reason::TaskPaused => Self::Paused,
                    Reason::InProgress | Reason::InProcess => Self::Running,
                    Reason::Finished => Self::Complete,
                    Reason::Cancelled => Self::Cancelled,
                    Reason::NotRetryable | Reason::RetriesExhausted | Reason::Processed => Self::Blocked,
                    Reason::BlockedByCancellation => Self::CutOff,
                    Reason::DependenciesNotSatisfied if failed => Self::Error,
                    Reason::DependenciesNotSatisfied => Self::Pending,
                    Reason::DecisionPending => Self::Pending,
                    Reason::WaitingForBackoff
                    | Reason::WaitingForSignal
                    | Reason::WaitingForTime
                    | Reason::WaitingForTask => Self::Waiting,
                },
            },
        }
    }

    /// The name in the source of a picture: one lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Complete => "complete",
            Self::Resolved => "resolved",
            Self::Error => "error",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::CutOff => "cutoff",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Copied => "copied",
        }
    }

    /// The text of the label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Resolved => "resolved manually",
            Self::Error => "error, will retry",
            Self::CutOff => "cut off",
            Self::Pending
            | Self::Ready
            | Self::Running
            | Self::Waiting
            | Self::Paused
            | Self::Complete
            | Self::Failed
            | Self::Blocked
            | Self::Cancelled
            | Self::Skipped
            | Self::Copied => self.as_str(),
        }
    }

    /// Returns whether time passes for the step: it runs, or it may still run.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::Ready | Self::Running | Self::Waiting | Self::Paused | Self::Error => true,
            Self::Complete
            | Self::Resolved
            | Self::Failed
            | Self::Blocked
            | Self::CutOff
            | Self::Cancelled
            | Self::Skipped
            | Self::Copied => false,
        }
    }
}
