//! Decodes steps and states from the rows of statements and look-ups.

use crate::core::error::TaskerError;
use crate::core::ids::{NamedStepId, StepId, TaskId};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, StepsBuilder};
use crate::core::time::{Duration, Timestamp};
use crate::pg::spi::Row;

/// Adds a step from a row of a look-up.
pub fn push(builder: &mut StepsBuilder, row: &Row) -> Result<(), TaskerError> {
    let step = step(row)?;
    row.i64_array(14, |parents| builder.push(step, parents.iter().copied().map(StepId)));
    Ok(())
}

/// Decodes all columns of a step except its parents.
pub fn step(row: &Row) -> Result<Step, TaskerError> {
    let id = StepId(row.i64(0));
    Ok(Step {
        id,
        task_id: TaskId(row.i64(1)),
        created_at: row.optional_timestamp(2).unwrap_or(Timestamp::MINUS_INFINITY),
        state_since: row.optional_timestamp(3),
        last_attempted_at: row.optional_timestamp(4),
        named_step_id: NamedStepId(row.i32(5)),
        attempts: row.optional_i32(6),
        retry_limit: row.optional_i32(7),
        backoff_request_seconds: row.optional_i32(8),
        retryable: row.bool(9),
        in_process: row.bool(10),
        processed: row.bool(11),
        skippable: row.bool(12),
        state: step_state(row, 13, id)?,
        backoff: row.value(15).map(|_| Duration::from_seconds(row.f64(15))),
        has_rule: row.bool(16),
    })
}

pub fn step_state(row: &Row, column: usize, step: StepId) -> Result<StepState, TaskerError> {
    row.text(column, |text| {
        StepState::parse(text).ok_or_else(|| TaskerError::UnknownStepState { step, state: text.to_owned() })
    })
}

/// Decodes the state of a task from a column.
pub fn task_state(row: &Row, column: usize, task: TaskId) -> Result<TaskState, TaskerError> {
    row.text(column, |text| {
        TaskState::parse(text).ok_or_else(|| TaskerError::UnknownTaskState { task, state: text.to_owned() })
    })
}
