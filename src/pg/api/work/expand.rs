//! `tasker_add_steps`: adding steps to a running task.

use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::execution::expansion::TaskExpansion;
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::writing::writer::write;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use serde_json::Value;

export! {
    /// `tasker_add_steps(bigint, jsonb)`
    tasker_add_steps, pg_finfo_tasker_add_steps => add_steps;
}

fn add_steps(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    // An aggregate over no rows is NULL: a list without elements.
    let steps = call.json(1)?.unwrap_or(Value::Array(Vec::new()));
    let mut rows = call.rows()?;
    write(|writer| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        for added in TaskExpansion::of(writer).add_steps(task, &steps)? {
            rows.push([Some(export::text(&added.name)), added.id.0.into_datum(), added.is_new.into_datum()])?;
        }
        rows.done()
    })
}
