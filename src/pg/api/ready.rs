//! `tasker_ready_steps`: which steps may run now.

use super::values::{self, States};
use crate::core::ids::TaskId;
use crate::core::readiness::eligible_since;
use crate::pg::clock;
use crate::pg::export::{Call, export};
use crate::pg::installation::TASK_AND_STEP_TABLES;
use crate::pg::loader;
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
    answer(call, &values::task(call.bigint(0)))
}

fn of_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    answer(call, &values::distinct_tasks(call.bigints(0)))
}

fn answer(call: &Call, tasks: &[TaskId]) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let workflows = reader.open_workflows(tasks)?;
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
