//! `tasker_ready_steps`: the steps that may run now.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::readiness::eligible_since;
use crate::pg::api::values::{self, States};
use crate::pg::datum::export::{Call, export};
use crate::pg::host::clock;
use crate::pg::host::installation::{RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::reading::loader::{self, Reader, Workflows};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_ready_steps(bigint)`
    tasker_ready_steps_of_task, pg_finfo_tasker_ready_steps_of_task => of_task;
    /// `tasker_ready_steps_of_tasks(bigint[])`
    tasker_ready_steps_of_tasks, pg_finfo_tasker_ready_steps_of_tasks => of_tasks;
}

fn of_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    answer(call, &[task], |reader, workflows| match workflows.task(task) {
        Some(_) => Ok(()),
        // It is closed, or there is none.
        None => reader.require(RailsTable::TaskTransitions, task.0),
    })
}

fn of_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    answer(call, &values::distinct_tasks(call.bigints(0)), |_, _| Ok(()))
}

/// `check` may refuse what was read.
fn answer(
    call: &Call,
    tasks: &[TaskId],
    check: impl FnOnce(&Reader, &Workflows) -> Result<(), TaskerError>,
) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let workflows = reader.open_workflows(tasks)?;
        check(reader, &workflows)?;
        let steps = &workflows.steps;
        let assessments = workflows.assess(clock::statement_now());
        let ready: Vec<usize> = (0..assessments.len())
            .filter(|&at| assessments[at].verdict.is_ready() && workflows.shows(&steps.all()[at]))
            .collect();
        let names = reader.names(ready.iter().map(|&at| steps.all()[at].named_step_id))?;
        let states = States::new();
        for at in ready {
            let (step, assessment) = (&steps.all()[at], &assessments[at]);
            rows.push([
                step.id.0.into_datum(),
                step.task_id.0.into_datum(),
                step.named_step_id.0.into_datum(),
                names.get(step.named_step_id),
                states.get(step.state),
                assessment.attempts.into_datum(),
                assessment.retry_limit.into_datum(),
                workflows.task(step.task_id).map_or(0, |task| task.priority).into_datum(),
                values::timestamp(Some(eligible_since(step, steps.parents(at)))),
            ])?;
        }
        rows.done()
    })
}
