//! What an operator wants to tell apart at a glance.

use crate::core::readiness::{Reason, Verdict};
use crate::core::state::StepState;

/// How a step stands: its state (semantics 2.1) together with what the readiness rule says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shown {
    /// It waits for its parents.
    Pending,
    /// A worker may take it now.
    Ready,
    /// Somebody holds it.
    Running,
    /// It waits for a point in time.
    Waiting,
    /// Its task has been paused.
    Paused,
    /// It is done.
    Complete,
    /// A person has settled it.
    Resolved,
    /// It failed and will be tried again.
    Error,
    /// It failed, and its task is over.
    Failed,
    /// It cannot run without a person: its attempts are used up, it must not be retried, or its flags forbid it.
    Blocked,
    /// It will not run, because a step above it was cancelled.
    CutOff,
    /// It was given up.
    Cancelled,
    /// It will not run, and the task can do without it or is over.
    Skipped,
}

impl Shown {
    /// Every one, in the order of the variants.
    pub const ALL: [Self; 13] = [
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
    ];

    /// How to show a step in a state of which the readiness rule says `verdict`.
    ///
    /// The state decides where the rule has nothing to add. A step in `error` that may run at once is shown as
    /// [`Self::Error`], so that a failure stays in sight until the step is taken up again.
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
        }
    }

    /// What a label says.
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
            | Self::Skipped => self.as_str(),
        }
    }

    /// Whether time passes for the step: it runs, or it may still run.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Pending | Self::Ready | Self::Running | Self::Waiting | Self::Paused | Self::Error => true,
            Self::Complete
            | Self::Resolved
            | Self::Failed
            | Self::Blocked
            | Self::CutOff
            | Self::Cancelled
            | Self::Skipped => false,
        }
    }
}
