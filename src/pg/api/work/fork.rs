//! `tasker_fork_task`: running a task again from one of its steps, as a new task.

use crate::core::error::TaskerError;
use crate::core::fork::ForkOptions;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::definition::forks::{Forks, UnfinishedFork};
use crate::pg::execution::finalization::Finalization;
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::writing::writer::write;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_fork_task(bigint, text, jsonb)`
    tasker_fork_task, pg_finfo_tasker_fork_task => fork_task;
}

fn fork_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let from = call.text(1);
    let options = call.json(2)?.ok_or(TaskerError::NullArgument("options"))?;
    let options = ForkOptions::parse(&options).map_err(TaskerError::InvalidRequest)?;
    let document = call.datum(2).ok_or(TaskerError::NullArgument("options"))?;
    let mut rows = call.rows()?;
    write(|writer| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        let unfinished = Forks::of(writer).fork(task, from.as_deref(), &options, document)?;
        let UnfinishedFork { fork, ruled, ended } = unfinished;
        for subtask in ended {
            Finalization::of(writer).review(subtask, false)?;
        }
        Finalization::of(writer).decide(&ruled)?;
        rows.push([
            fork.task.0.into_datum(),
            fork.is_new.into_datum(),
            Some(export::text(&fork.identity_hash)),
            fork.copied.into_datum(),
            fork.run.into_datum(),
        ])?;
        rows.done()
    })
}
