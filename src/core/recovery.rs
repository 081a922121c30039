//! What to do about a step at which somebody has to look again: its wait, its lease or its worker's time is over.

use super::readiness::{Assessment, Reason, Verdict, Waits, has_attempts_left};
use super::state::StepState;
use super::steps::Step;
use super::time::{Duration, Timestamp};

/// What a look at a step asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// It failed, its waits are over, and it may be retried (semantics R1).
    Promote,
    /// Its worker's lease has run out.
    TakeBack,
    /// It has been in progress for too long, and nobody holds a lease (semantics R21).
    Recover,
    /// It may have become ready.
    Hint,
    /// There is nothing to do before that time.
    LookAgain(Timestamp),
    /// Nothing, whatever the time.
    Nothing,
}

/// Whether somebody has to look at a step sooner or later, so that the queues must not have lost it: it may run, will
/// be able to or have waited in vain when its time is over, or is running.
pub fn needs_a_look(assessment: &Assessment) -> bool {
    match assessment.verdict {
        Verdict::Ready
        | Verdict::Blocked(
            Reason::WaitingForBackoff | Reason::InProgress | Reason::DecisionPending | Reason::WaitingForTime,
        ) => true,
        // For so long at most.
        Verdict::Blocked(Reason::WaitingForSignal) => assessment.next_eligible_at.is_some(),
        // What ends these is a change of something else, which leads to the step by itself.
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
        StepState::Error if has_attempts_left(step) => match Waits::of(step).latest() {
            Some(until) => at_or(until, Remedy::Promote),
            None => Remedy::Promote,
        },
        StepState::Pending => match Waits::of(step).latest() {
            Some(until) => at_or(until, Remedy::Hint),
            None => Remedy::Hint,
        },
        StepState::Error | StepState::Complete | StepState::Cancelled | StepState::ResolvedManually => {
            Remedy::Nothing
        }
    }
}
