//! Operator actions: `tasker_cancel_step` to `tasker_set_task_priority`.

use crate::core::error::TaskerError;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::execution::operator_actions::{OperatorActions, StepChange};
use crate::pg::host::installation::{RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::writing::writer::{Writer, write};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

/// A task is so urgent at most, one way or the other.
const HIGHEST_PRIORITY: i32 = 100;

export! {
    /// `tasker_cancel_step(bigint, text, boolean)`
    tasker_cancel_step, pg_finfo_tasker_cancel_step => cancel_step;
    /// `tasker_cancel_task(bigint, text)`
    tasker_cancel_task, pg_finfo_tasker_cancel_task => cancel_task;
    /// `tasker_skip_step(bigint, text, boolean)`
    tasker_skip_step, pg_finfo_tasker_skip_step => skip_step;
    /// `tasker_resolve_step(bigint, jsonb, text, text)`
    tasker_resolve_step, pg_finfo_tasker_resolve_step => resolve_step;
    /// `tasker_retry_step(bigint, text)`
    tasker_retry_step, pg_finfo_tasker_retry_step => retry_step;
    /// `tasker_reset_step(bigint, text)`
    tasker_reset_step, pg_finfo_tasker_reset_step => reset_step;
    /// `tasker_delete_task(bigint, boolean)`
    tasker_delete_task, pg_finfo_tasker_delete_task => delete_task;
    /// `tasker_pause_task(bigint, text)`
    tasker_pause_task, pg_finfo_tasker_pause_task => pause_task;
    /// `tasker_resume_task(bigint)`
    tasker_resume_task, pg_finfo_tasker_resume_task => resume_task;
    /// `tasker_set_retry_limit(bigint, integer)`
    tasker_set_retry_limit, pg_finfo_tasker_set_retry_limit => set_retry_limit;
    /// `tasker_set_task_priority(bigint, integer)`
    tasker_set_task_priority, pg_finfo_tasker_set_task_priority => set_task_priority;
}

fn cancel_step(call: &Call) -> Result<Datum, ErrorReport> {
    let (step, reason) = (values::step_argument(call)?, call.text(1));
    let descendants = call.boolean(2).ok_or(TaskerError::NullArgument("descendants"))?;
    changes(call, RailsTable::WorkflowSteps, |writer| {
        OperatorActions::of(writer).cancel_step(step, reason.as_deref(), descendants)
    })
}

fn cancel_task(call: &Call) -> Result<Datum, ErrorReport> {
    let (task, reason) = (values::task_argument(call)?, call.text(1));
    changes(call, RailsTable::WorkflowSteps, |writer| {
        OperatorActions::of(writer).cancel_task(task, reason.as_deref())
    })
}

fn skip_step(call: &Call) -> Result<Datum, ErrorReport> {
    let (step, reason) = (values::step_argument(call)?, call.text(1));
    let force = call.boolean(2).ok_or(TaskerError::NullArgument("force"))?;
    changes(call, RailsTable::WorkflowSteps, |writer| {
        OperatorActions::of(writer).skip_step(step, reason.as_deref(), force)
    })
}

fn resolve_step(call: &Call) -> Result<Datum, ErrorReport> {
    let (step, results, resolved_by, reason) =
        (values::step_argument(call)?, call.datum(1), call.text(2), call.text(3));
    changes(call, RailsTable::WorkflowSteps, |writer| {
        OperatorActions::of(writer).resolve_step(step, results, resolved_by.as_deref(), reason.as_deref())
    })
}

fn retry_step(call: &Call) -> Result<Datum, ErrorReport> {
    let (step, reason) = (values::step_argument(call)?, call.text(1));
    changes(call, RailsTable::WorkflowSteps, |writer| {
        OperatorActions::of(writer).retry_step(step, reason.as_deref())
    })
}

fn reset_step(call: &Call) -> Result<Datum, ErrorReport> {
    let (step, reason) = (values::step_argument(call)?, call.text(1));
    changes(call, RailsTable::WorkflowSteps, |writer| {
        OperatorActions::of(writer).reset_step(step, reason.as_deref())
    })
}

fn delete_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let force = call.boolean(1).ok_or(TaskerError::NullArgument("force"))?;
    let mut rows = call.rows()?;
    write(|writer| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        writer.installation.require_write(&[RailsTable::Tasks])?;
        let deleted = OperatorActions::of(writer).delete_task(task, force)?;
        rows.push([(deleted.steps as i64).into_datum(), (deleted.transitions as i64).into_datum()])?;
        rows.done()
    })
}

fn pause_task(call: &Call) -> Result<Datum, ErrorReport> {
    let (task, reason) = (values::task_argument(call)?, call.text(1));
    change(RailsTable::Tasks, |writer| OperatorActions::of(writer).pause_task(task, reason.as_deref()))
}

fn resume_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    change(RailsTable::Tasks, |writer| OperatorActions::of(writer).resume_task(task))
}

fn set_retry_limit(call: &Call) -> Result<Datum, ErrorReport> {
    let (step, limit) = (values::step_argument(call)?, call.integer(1));
    if limit.is_some_and(|limit| limit < 0) {
        return Err(TaskerError::invalid("retry_limit", "must not be negative").into());
    }
    change(RailsTable::WorkflowSteps, |writer| OperatorActions::of(writer).set_retry_limit(step, limit))
}

fn set_task_priority(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let priority = call.integer(1).ok_or(TaskerError::NullArgument("priority"))?;
    if !(-HIGHEST_PRIORITY..=HIGHEST_PRIORITY).contains(&priority) {
        let problem = format!("must be between {} and {HIGHEST_PRIORITY}", -HIGHEST_PRIORITY);
        return Err(TaskerError::invalid("priority", problem).into());
    }
    change(RailsTable::Tasks, |writer| OperatorActions::of(writer).set_task_priority(task, priority))
}

/// Runs a verb that answers with nothing, for those who may write that table.
fn change(
    written: RailsTable,
    action: impl FnOnce(&Writer) -> Result<(), TaskerError>,
) -> Result<Datum, ErrorReport> {
    write(|writer| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        writer.installation.require_write(&[written])?;
        action(writer)?;
        Ok(Datum::from(0))
    })
}

/// Runs a verb that answers with a row for each step changed, for those who may write that table.
fn changes(
    call: &Call,
    written: RailsTable,
    action: impl FnOnce(&Writer) -> Result<Vec<StepChange>, TaskerError>,
) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    write(|writer| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        writer.installation.require_write(&[written])?;
        for StepChange { step, from, to } in action(writer)? {
            let (from, to) = (export::text(from.as_str()), export::text(to.as_str()));
            rows.push([step.0.into_datum(), Some(from), Some(to)])?;
        }
        rows.done()
    })
}
