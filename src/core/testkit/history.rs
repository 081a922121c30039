//! Writes a history by which a step or a task comes into a state.

use crate::core::error::TaskerError;
use crate::core::state::{StepState, TaskState};

/// The highest number of executions in a history; each takes three transitions.
pub const MOST_ATTEMPTS: i32 = 1_000;

/// The least number of ended executions of a step in this state.
pub const fn default_attempts(state: StepState) -> i32 {
    match state {
        StepState::Complete | StepState::Error => 1,
        StepState::Pending | StepState::InProgress | StepState::Cancelled | StepState::ResolvedManually => 0,
    }
}

/// Returns the states through which a step came into this state after a number of executions. The last of them is the
/// state; the list is empty for a step that is as it was created. The first follows from `pending`, and each other one
/// from the state before it, by the table of states. All executions failed except the one that completed the step. After
/// each failure except the last, the step was retried.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] for fewer than [`default_attempts`], or more than [`MOST_ATTEMPTS`].
pub fn step_history(state: StepState, attempts: i32) -> Result<Vec<StepState>, TaskerError> {
    use StepState::{Cancelled, Complete, Error, InProgress, Pending, ResolvedManually};
    let least = default_attempts(state);
    if !(least..=MOST_ATTEMPTS).contains(&attempts) {
        let problem = format!("must be between {least} and {MOST_ATTEMPTS} for a step in \"{state}\"");
        return Err(TaskerError::invalid("attempts", problem));
    }
    let failures = |count: i32| (0..count).flat_map(|_| [InProgress, Error, Pending]);
    Ok(match state {
        Pending => failures(attempts).collect(),
        InProgress => failures(attempts).chain([InProgress]).collect(),
        Complete => failures(attempts - 1).chain([InProgress, Complete]).collect(),
        Error => failures(attempts - 1).chain([InProgress, Error]).collect(),
        // The table of states has no transition from `error` to this state.
        Cancelled => failures(attempts).chain([Cancelled]).collect(),
        ResolvedManually if attempts == 0 => vec![ResolvedManually],
        ResolvedManually => failures(attempts - 1).chain([InProgress, Error, ResolvedManually]).collect(),
    })
}

/// The states through which a task came into this one, as [`step_history`].
pub const fn task_history(state: TaskState) -> &'static [TaskState] {
    use TaskState::{Cancelled, Complete, Error, InProgress, ResolvedManually};
    match state {
        TaskState::Pending => &[],
        InProgress => &[InProgress],
        Complete => &[InProgress, Complete],
        Error => &[InProgress, Error],
        Cancelled => &[Cancelled],
        ResolvedManually => &[InProgress, Error, ResolvedManually],
    }
}
