//! `tasker_due_tasks`, `tasker_release_due_task`: the tasks that a framework's scheduler polls.

use crate::core::error::TaskerError;
use crate::core::time::Duration;
use crate::pg::api::values;
use crate::pg::api::work::waiting::{self, wait_of};
use crate::pg::datum::export;
use crate::pg::datum::export::{Call, export};
use crate::pg::execution::due::{DueTasks, Poll};
use crate::pg::execution::recovery::Recovery;
use crate::pg::host::installation::{RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::host::wakeups::Audience;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::{Writer, write};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::HashMap;

/// The number of due items that a call handles before it hands out tasks.
const DUE_AT_ONCE: i32 = 100;

export! {
    /// `tasker_due_tasks(text, integer, interval, interval)`
    tasker_due_tasks_or_wait, pg_finfo_tasker_due_tasks_or_wait => due_tasks_or_wait;
    /// `tasker_due_tasks(text, integer, interval)` of 0.1.0, without `wait`
    tasker_due_tasks, pg_finfo_tasker_due_tasks => due_tasks;
    /// `tasker_release_due_task(bigint, text)`
    tasker_release_due_task, pg_finfo_tasker_release_due_task => release_due_task;
}

fn due_tasks_or_wait(call: &Call) -> Result<Datum, ErrorReport> {
    due_tasks_within(call, wait_of(call, 3)?)
}

fn due_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    due_tasks_within(call, None)
}

fn due_tasks_within(call: &Call, wait: Option<Duration>) -> Result<Datum, ErrorReport> {
    let scheduler = call.text(0).ok_or(TaskerError::NullArgument("scheduler"))?;
    let max_tasks = call.integer(1).ok_or(TaskerError::NullArgument("max_rows"))?;
    let max_tasks =
        usize::try_from(max_tasks).map_err(|_| TaskerError::invalid("max_rows", "must not be negative"))?;
    let lease = call.interval(2).ok_or(TaskerError::NullArgument("lease"))?;
    if lease <= Duration::microseconds(0) {
        return Err(TaskerError::invalid("lease", "must be greater than zero").into());
    }
    let mut rows = call.rows()?;
    // Tasks are handed out by other rules than steps: each of several ready steps brings the same task.
    let audience = |_: &Writer| Ok(Audience::Something);
    waiting::look(wait.filter(|_| max_tasks > 0), &mut rows, audience, |writer, rows| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        writer.installation.require_write(&[RailsTable::Tasks])?;
        Recovery::of(writer).recover_first(DUE_AT_ONCE)?;
        let due = DueTasks::of(writer).due_tasks(&Poll { scheduler: &scheduler, max_tasks, lease })?;
        let ids: Vec<i64> = due.iter().map(|due| due.task.0).collect();
        let mut names = HashMap::new();
        writer.session.write_returning(Statement::FullNamesOfTasks, &[spi::bigint_array(&ids)], |row| {
            let name = |column| row.value(column).map(|_| row.text(column, str::to_owned));
            names.insert(row.i64(0), [name(1), name(2)]);
        })?;
        for due in &due {
            let name = |at: usize| names.get(&due.task.0)?[at].as_deref().map(export::text);
            rows.push([
                due.task.0.into_datum(),
                name(0),
                name(1),
                Some(export::text(due.reason)),
                values::integer(due.ready_steps as usize),
                values::timestamp(Some(writer.now.plus(lease))),
            ])?;
        }
        Ok(())
    })?;
    rows.done()
}

fn release_due_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let scheduler = call.text(1).ok_or(TaskerError::NullArgument("scheduler"))?;
    write(|writer| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        writer.installation.require_write(&[RailsTable::Tasks])?;
        let is_visible = writer.rails_ids(Statement::VisibleTasks, &[task.0])?.contains(&task.0);
        if !is_visible {
            return Err(TaskerError::TaskNotFound(task).into());
        }
        Ok(DueTasks::of(writer).release_due_task(task, &scheduler).into())
    })
}
