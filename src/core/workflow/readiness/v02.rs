//! The engine's readiness rule (`get_step_readiness_status`), with the defects that an unchanged engine
//! relies on.

use super::{Assessment, HoldTimes, Reason, Verdict, failed_at, satisfied};
use crate::core::attempts::DEFAULT_RETRY_LIMIT;
use crate::core::state::StepState;
use crate::core::steps::{Parent, Step};
use crate::core::time::Timestamp;

pub(super) fn assess(step: &Step, parents: &[Parent], now: Timestamp) -> Assessment {
    let completed_parents = satisfied(parents);
    let dependencies_satisfied = completed_parents == parents.len();
    let attempts = step.attempts.unwrap_or(0);
    let retry_limit = step.retry_limit.unwrap_or(DEFAULT_RETRY_LIMIT);
    let budget_left = attempts < retry_limit;
    let waits = HoldTimes::of_engine(step);
    let reason = match step.state {
        StepState::InProgress => Some(Reason::InProgress),
        StepState::Complete | StepState::ResolvedManually => Some(Reason::Finished),
        StepState::Cancelled => Some(Reason::Cancelled),
        StepState::Pending | StepState::Error => unfinished(
            step,
            dependencies_satisfied,
            budget_left,
            waits.latest().is_none_or(|until| until <= now),
        ),
    };
    Assessment {
        verdict: Verdict::from(reason),
        own_obstacle: reason,
        dependencies_satisfied,
        retry_eligible: budget_left,
        last_failure_at: failed_at(step),
        // R6: one wait hides the other, and is reported even when the step will never run.
        next_eligible_at: waits.requested_until.or(waits.after_failure_until),
        total_parents: parents.len(),
        completed_parents,
        attempts,
        retry_limit,
    }
}

/// R2, R3: a step that is not retryable, or has a limit of 0, never runs at all.
fn unfinished(step: &Step, dependencies_satisfied: bool, budget_left: bool, waited: bool) -> Option<Reason> {
    if step.processed {
        Some(Reason::Processed)
    } else if !budget_left {
        Some(Reason::RetriesExhausted)
    } else if !step.retryable {
        Some(Reason::NotRetryable)
    } else if !dependencies_satisfied {
        Some(Reason::DependenciesNotSatisfied)
    } else if step.in_process {
        Some(Reason::InProcess)
    } else if !waited {
        Some(Reason::WaitingForBackoff)
    } else {
        None
    }
}
