//! Computes how many executions a step may have, and until when it waits for the next one.

use crate::core::backoff;
use crate::core::state::StepState;
use crate::core::step::Step;
use crate::core::time::{Duration, Timestamp};

/// The number of executions for a step without a limit.
pub(in crate::core) const DEFAULT_RETRY_LIMIT: i32 = 3;

/// The number of executions that a step may have. R3: a limit counts executions, so 0 cannot mean "never".
pub fn retry_limit(stored: Option<i32>) -> i32 {
    stored.unwrap_or(DEFAULT_RETRY_LIMIT).max(1)
}

/// Returns whether a step may be executed once more, at whatever time. R2: not retryable means that the first attempt
/// is the last.
pub fn has_attempts_left(step: &Step) -> bool {
    let retries = step.retryable || step.state != StepState::Error;
    retries && step.attempts.unwrap_or(0) < if step.retryable { retry_limit(step.retry_limit) } else { 1 }
}

/// The waits of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldTimes {
    /// The end of a requested wait. It applies only when both of its columns are set.
    pub requested_until: Option<Timestamp>,
    /// The end of the wait after a failure.
    pub after_failure_until: Option<Timestamp>,
}

impl HoldTimes {
    /// Returns the waits of a step. The wait after a failure is the one that was computed when the step failed (R7).
    /// Failures that the engine has written store none; they wait as in the engine's functions.
    pub fn of(step: &Step) -> Self {
        Self::after(step, step.backoff.unwrap_or_else(|| backoff::after_failure(step.attempts)))
    }

    /// The waits that the engine's functions see.
    pub(in crate::core) fn of_engine(step: &Step) -> Self {
        Self::after(step, backoff::after_failure(step.attempts))
    }

    fn after(step: &Step, failure: Duration) -> Self {
        let requested = || {
            let seconds = step.backoff_request_seconds?;
            Some(step.last_attempted_at?.plus(Duration::seconds(seconds.into())))
        };
        Self {
            requested_until: requested(),
            after_failure_until: failed_at(step).map(|since| since.plus(failure)),
        }
    }

    /// The end of the last wait (R6: all waits apply).
    pub fn latest(self) -> Option<Timestamp> {
        self.requested_until.max(self.after_failure_until)
    }
}

/// The time at which the step failed, if it is in `error` now.
pub(in crate::core) fn failed_at(step: &Step) -> Option<Timestamp> {
    step.state_since.filter(|_| step.state == StepState::Error)
}
