//! Notes the events of transitions that other programs insert.

use crate::core::error::TaskerError;
use crate::core::event_types;
use crate::core::state::{StepState, TaskState};
use crate::pg::spi::JsonObject;
use crate::pg::sync::event_log;
use crate::pg::sync::trigger_calls::{RowVersion, TriggerCall};
use pgrx::pg_sys::Datum;

/// Notes the event of a new transition of a step. A state that does not exist has none.
pub fn note_of_step(fired: &TriggerCall, step: i64, metadata: Option<Datum>) -> Result<(), TaskerError> {
    let Some(to) = fired.text(c"to_state")?.as_deref().and_then(StepState::parse) else { return Ok(()) };
    let from = fired.text(c"from_state")?.as_deref().and_then(StepState::parse);
    let cause = metadata.and_then(JsonObject::of);
    let is_release = cause.and_then(|it| it.text("triggered_by", |cause| cause == event_types::RELEASE));
    let event = event_types::of_step(from, to, is_release.unwrap_or(false));
    let transition = fired.id(RowVersion::New, c"id")?;
    event_log::note_steps(fired.session.schema(), event, [(step, transition)].into_iter());
    Ok(())
}

/// Notes the event of a new transition of a task.
pub fn note_of_task(fired: &TriggerCall, task: i64, to: TaskState) -> Result<(), TaskerError> {
    let from = fired.text(c"from_state")?.as_deref().and_then(TaskState::parse);
    let transition = Some(fired.id(RowVersion::New, c"id")?);
    event_log::note_task(fired.session.schema(), TaskState::event(from, to), task, transition, None);
    Ok(())
}
