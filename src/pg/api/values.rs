//! Arguments and values that several functions share.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::retry_after;
use crate::core::state::StepState;
use crate::core::time::Timestamp;
use crate::pg::datum::export::{self, Call};
use pgrx::pg_sys::Datum;
use pgrx::{AnyNumeric, IntoDatum};

/// The step that the first argument names.
pub fn step_argument(call: &Call) -> Result<StepId, TaskerError> {
    call.bigint(0).map(StepId).ok_or(TaskerError::NullArgument("workflow_step_id"))
}

/// The task that the first argument names.
pub fn task_argument(call: &Call) -> Result<TaskId, TaskerError> {
    call.bigint(0).map(TaskId).ok_or(TaskerError::NullArgument("task_id"))
}

/// The task of a `bigint` argument; none for NULL.
pub fn task(id: Option<i64>) -> Vec<TaskId> {
    id.map(TaskId).into_iter().collect()
}

/// The tasks of a `bigint[]` argument, each once, in order; none for NULL.
pub fn distinct_tasks(ids: Option<Vec<i64>>) -> Vec<TaskId> {
    let mut tasks = tasks(ids);
    tasks.dedup();
    tasks
}

/// The tasks of a `bigint[]` argument in order, as often as it names them; none for NULL.
pub fn tasks(ids: Option<Vec<i64>>) -> Vec<TaskId> {
    let mut tasks: Vec<TaskId> = ids.unwrap_or_default().into_iter().map(TaskId).collect();
    tasks.sort_unstable();
    tasks
}

/// The highest number of rows in a list; all for NULL.
pub fn max_rows(argument: Option<i32>) -> Result<i32, TaskerError> {
    match argument {
        Some(rows) if rows < 0 => Err(TaskerError::invalid("max_rows", "must not be negative")),
        rows => Ok(rows.unwrap_or(i32::MAX)),
    }
}

/// A `timestamp`.
pub fn timestamp(time: Option<Timestamp>) -> Option<Datum> {
    time?.to_postgres().into_datum()
}

/// Reads a `timestamptz` argument as naive UTC, which is stored the same; `None` for NULL.
pub fn instant(call: &Call, argument: usize) -> Option<Timestamp> {
    call.datum(argument).map(|datum| Timestamp::from_postgres(datum.value() as i64))
}

/// A count, as the `integer` that the engine declares.
pub fn integer(count: usize) -> Option<Datum> {
    (count as i32).into_datum()
}

/// The texts of the states, made once for a result.
pub struct States([Datum; StepState::ALL.len()]);

impl States {
    /// Makes the texts in the current memory context.
    pub fn new() -> Self {
        Self(StepState::ALL.map(|state| export::text(state.as_str())))
    }

    /// The text of a state.
    pub fn get(&self, state: StepState) -> Option<Datum> {
        self.0.get(state as usize).copied()
    }
}

/// The wait that a `Retry-After` header asks for, in seconds.
pub fn retry_after(header: Option<&str>, now: Timestamp) -> Result<Option<i32>, TaskerError> {
    header.map_or(Ok(None), |header| retry_after::parse(header, now))
}

/// A number in decimal notation.
pub fn decimal(number: &str) -> Option<Datum> {
    AnyNumeric::try_from(number).ok().into_datum()
}
