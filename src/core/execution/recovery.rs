//! Decides what to do with a step when its wait or its lease has ended, or when it has been in progress for
//! too long.

use crate::core::readiness::{Assessment, HoldTimes, Reason, Verdict, has_attempts_left};
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};

/// The action that a step needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The step failed, its waits are over, and it may be retried (R1).
    Promote,
    /// The lease of the step's worker has expired.
    TakeBack,
    /// The step has been in progress for too long without a lease (R21).
    Recover,
    /// The step may have become ready.
    Hint,
    /// There is nothing to do before that time.
    LookAgain(Timestamp),
    /// The step needs no action at any time.
    Nothing,
}

/// Returns whether a step needs a hint, a timer or a lease, because it will need an action: it is ready, it is running,
/// or it waits for a time.
pub fn needs_a_look(assessment: &Assessment) -> bool {
    match assessment.verdict {
        Verdict::Ready
        | Verdict::Blocked(
            Reason::WaitingForBackoff | Reason::InProgress | Reason::DecisionPending | Reason::WaitingForTime,
        ) => true,
        // Only if the wait for the signal has a time limit.
        Verdict::Blocked(Reason::WaitingForSignal) => assessment.next_eligible_at.is_some(),
        // Another change ends these, and its writer hints at the step.
        Verdict::Blocked(
            Reason::TaskClosed
            | Reason::TaskPaused
            | Reason::Finished
            | Reason::Cancelled
            | Reason::Processed
            | Reason::NotRetryable
            | Reason::RetriesExhausted
            | Reason::BlockedByCancellation
            | Reason::SkippedByCancellation
            | Reason::DependenciesNotSatisfied
            | Reason::InProcess
            | Reason::WaitingForTask,
        ) => false,
    }
}

/// Decides what to do about a step.
///
/// `leased_until` is the end of its worker's lease, `stale_after` how long a step may be in progress without one.
pub fn remedy(
    step: &Step,
    leased_until: Option<Timestamp>,
    stale_after: Option<Duration>,
    now: Timestamp,
) -> Remedy {
    let at_or = |due: Timestamp, then: Remedy| if due <= now { then } else { Remedy::LookAgain(due) };
    match step.state {
        StepState::InProgress => match (leased_until, stale_after, step.state_since) {
            (Some(until), _, _) => at_or(until, Remedy::TakeBack),
            (None, Some(limit), Some(since)) => at_or(since.plus(limit), Remedy::Recover),
            (None, _, _) => Remedy::Nothing,
        },
        StepState::Error if has_attempts_left(step) => match HoldTimes::of(step).latest() {
            Some(until) => at_or(until, Remedy::Promote),
            None => Remedy::Promote,
        },
        StepState::Pending => match HoldTimes::of(step).latest() {
            Some(until) => at_or(until, Remedy::Hint),
            None => Remedy::Hint,
        },
        StepState::Error | StepState::Complete | StepState::Cancelled | StepState::ResolvedManually => {
            Remedy::Nothing
        }
    }
}
