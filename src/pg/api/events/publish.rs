//! `tasker_publish_event`: an event of a client, or one of an application's own.

use crate::core::error::TaskerError;
use crate::core::event_types::check_published;
use crate::core::ids::{StepId, TaskId};
use crate::pg::api::events::consumer;
use crate::pg::datum::export::{Call, export};
use crate::pg::host::installation::RailsTable;
use crate::pg::spi::Statement;
use crate::pg::sync::event_log::{self, NotedEvent};
use crate::pg::writing::writer::{Writer, write};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum};
use serde_json::{Value, json};

export! {
    /// `tasker_publish_event(bigint, bigint, text, jsonb)`
    tasker_publish_event, pg_finfo_tasker_publish_event => publish_event;
}

fn publish_event(call: &Call) -> Result<Datum, ErrorReport> {
    let (task, step) = (call.bigint(0).map(TaskId), call.bigint(1).map(StepId));
    let name = call.text(2).ok_or(TaskerError::NullArgument("name"))?;
    check_published(&name).map_err(|problem| TaskerError::invalid("name", problem))?;
    let payload = match call.json(3)? {
        None => json!({}),
        Some(object @ Value::Object(_)) => object,
        Some(other) => json!({ "value": other }),
    };
    // SAFETY: raises the error of PostgreSQL (25006), or returns; the name is a C string constant.
    unsafe { pg_sys::PreventCommandIfReadOnly(c"tasker_publish_event()".as_ptr()) };
    write(|writer| {
        consumer::require(writer.installation)?;
        writer.installation.require_write(&[RailsTable::WorkflowSteps])?;
        let task = subject(writer, task, step)?;
        let schema = writer.session.schema();
        let is_wanted = event_log::is_wanted(schema);
        if is_wanted {
            let (task, step) = (task.map(|task| task.0), step.map(|step| step.0));
            event_log::note(
                schema,
                NotedEvent { event: name.into(), task, step, transition: None, payload: Some(payload) },
            );
        }
        Ok(is_wanted.into())
    })
}

/// Returns the task of an event, which the caller must be allowed to see, as its step.
fn subject(
    writer: &Writer,
    task: Option<TaskId>,
    step: Option<StepId>,
) -> Result<Option<TaskId>, TaskerError> {
    let reader = writer.reader();
    let mut task = task;
    if let Some(step) = step {
        let of_step = reader.task_of_step(step)?.filter(|of_step| task.is_none_or(|task| task == *of_step));
        task = Some(of_step.ok_or(TaskerError::StepNotFound(step))?);
        if writer.rails_ids(Statement::VisibleAmongSteps, &[step.0])?.is_empty() {
            return Err(TaskerError::StepNotFound(step));
        }
    }
    if let Some(task) = task
        && writer.rails_ids(Statement::VisibleTasks, &[task.0])?.is_empty()
    {
        return Err(TaskerError::TaskNotFound(task));
    }
    Ok(task)
}
