//! Computes what follows from a failed execution: whether the step is retried, and when.

use crate::core::backoff;
use crate::core::config::BackoffSettings;
use crate::core::error::TaskerError;
use crate::core::readiness::{HoldTimes, has_attempts_left};
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};

/// The state of a step after a failed execution.
#[derive(Clone, Debug, PartialEq)]
pub struct Aftermath {
    /// The step as it is from now on.
    pub step: Step,
    /// The time of the next attempt; `None` if there is none.
    pub next_eligible_at: Option<Timestamp>,
}

impl Aftermath {
    /// Returns whether this was the last attempt.
    pub fn is_exhausted(&self) -> bool {
        self.next_eligible_at.is_none()
    }
}

/// Fails a running step.
///
/// `retry_after_seconds` is the wait that another system has asked for. The step waits for both: this and the wait of the
/// policy (R6). A wait longer than the engine's own is also stored as a request, in whole seconds, so that the engine waits
/// as long.
pub fn fail(
    running: &Step,
    is_retryable: bool,
    retry_after_seconds: Option<i32>,
    settings: &BackoffSettings,
    now: Timestamp,
) -> Result<Aftermath, TaskerError> {
    let attempts = running.next_attempt();
    // The step id is the seed of the jitter, so that the same failure has the same wait if it is reported twice.
    let wait = settings.policy()?.delay(attempts, running.id.0);
    let asked = retry_after_seconds.map(|seconds| settings.granted(seconds));
    let unknown_to_engine = (wait > backoff::after_failure(Some(attempts))).then(|| whole_seconds(wait));
    let step = Step {
        attempts: Some(attempts),
        state: StepState::Error,
        state_since: Some(now),
        last_attempted_at: Some(now),
        backoff_request_seconds: asked.max(unknown_to_engine),
        backoff: Some(wait),
        retryable: running.retryable && is_retryable,
        in_process: false,
        processed: false,
        ..running.clone()
    };
    let next_eligible_at = HoldTimes::of(&step).latest().filter(|_| has_attempts_left(&step));
    Ok(Aftermath { step, next_eligible_at })
}

/// Rounds a wait down to whole seconds, so that the requested wait never exceeds that of the policy.
fn whole_seconds(wait: Duration) -> i32 {
    i32::try_from(wait.to_microseconds() / Duration::seconds(1).to_microseconds()).unwrap_or(i32::MAX)
}
