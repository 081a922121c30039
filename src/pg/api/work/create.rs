//! `tasker_create_task`, `tasker_create_tasks`: creating tasks from templates.

use crate::core::error::TaskerError;
use crate::core::template::{Problem, TaskRequest};
use crate::core::wording::described;
use crate::pg::datum::export::{self, Call, Rows, export};
use crate::pg::definition::new_tasks::{NewTask, RequestSource};
use crate::pg::execution::task_creation::TaskCreation;
use crate::pg::spi;
use crate::pg::writing::writer::write;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_create_task(text, jsonb, text, text, jsonb)`
    tasker_create_task, pg_finfo_tasker_create_task => create_task;
    /// `tasker_create_tasks(jsonb)`
    tasker_create_tasks, pg_finfo_tasker_create_tasks => create_tasks;
}

fn create_task(call: &Call) -> Result<Datum, ErrorReport> {
    let context = call.json(1)?.ok_or(TaskerError::NullArgument("context"))?;
    let options = call.json(4)?.ok_or(TaskerError::NullArgument("options"))?;
    if !context.is_object() {
        let message = format!("must be a json object, not {}", described(&context));
        return Err(TaskerError::InvalidRequest(vec![Problem::new("context", message)]).into());
    }
    let request = TaskRequest {
        name: call.text(0).ok_or(TaskerError::NullArgument("task_name"))?,
        namespace: call.text(2).ok_or(TaskerError::NullArgument("namespace"))?,
        version: call.text(3),
        context,
        options: TaskRequest::parse_options("options", &options).map_err(TaskerError::InvalidRequest)?,
    };
    let contexts: Vec<Datum> = call.datum(1).into_iter().collect();
    let mut rows = call.rows()?;
    write(|writer| {
        for created in TaskCreation::of(writer).create(&[request], &contexts, RequestSource::Arguments)? {
            let [task, is_new, named_task, identity] = columns(&created);
            rows.push([task, is_new, named_task, identity])?;
        }
        rows.done()
    })
}

fn create_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    // An aggregate over no rows is NULL: a list without elements.
    let (Some(list), Some(array)) = (call.json(0)?, call.datum(0)) else { return call.rows()?.done() };
    let requests = TaskRequest::parse_list(&list).map_err(TaskerError::InvalidRequest)?;
    let places = 0..i32::try_from(requests.len()).unwrap_or(i32::MAX);
    let empty = spi::json(&serde_json::json!({}));
    let context = |at| spi::json_member(array, at, "context").unwrap_or(empty);
    let contexts: Vec<Datum> = places.map(context).collect();
    let mut rows: Rows = call.rows()?;
    write(|writer| {
        let created = TaskCreation::of(writer).create(&requests, &contexts, RequestSource::List)?;
        for (number, created) in (1i64..).zip(&created) {
            let [task, is_new, named_task, identity] = columns(created);
            rows.push([number.into_datum(), task, is_new, named_task, identity])?;
        }
        rows.done()
    })
}

fn columns(created: &NewTask) -> [Option<Datum>; 4] {
    [
        created.task.0.into_datum(),
        created.is_new.into_datum(),
        created.named_task.0.into_datum(),
        Some(export::text(&created.identity_hash)),
    ]
}
