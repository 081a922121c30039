//! `tasker_ready_steps`: which steps may run now.

use super::rows;
use crate::core::ids::TaskId;
use crate::core::readiness::{Semantics, assess, eligible_since};
use crate::pg::installation::{Installation, TASK_AND_STEP_TABLES};
use crate::pg::{clock, loader};
use pgrx::datum::Timestamp;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

macro_rules! ready_function {
    ($(#[$attribute:meta])* $name:ident($argument:ident: $type:ty) => $tasks:expr) => {
        $(#[$attribute])*
        fn $name(
            $argument: $type,
        ) -> Result<
            TableIterator<
                'static,
                (
                    name!(workflow_step_id, i64),
                    name!(task_id, i64),
                    name!(named_step_id, i32),
                    name!(name, Option<String>),
                    name!(current_state, &'static str),
                    name!(attempts, i32),
                    name!(retry_limit, i32),
                    name!(priority, i32),
                    name!(eligible_since, Option<Timestamp>),
                ),
            >,
            ErrorReport,
        > {
            ready(&$tasks)
        }
    };
}

type Row = (i64, i64, i32, Option<String>, &'static str, i32, i32, i32, Option<Timestamp>);

ready_function! {
    /// The steps of one task that may run now.
    #[pg_extern(name = "tasker_ready_steps", stable, parallel_restricted)]
    ready_steps_of_task(task_id: i64) => [TaskId(task_id)]
}

ready_function! {
    /// The steps of several tasks that may run now.
    #[pg_extern(name = "tasker_ready_steps", stable, parallel_restricted)]
    ready_steps_of_tasks(task_ids: Array<'_, i64>) => rows::task_ids(&task_ids)
}

fn ready(tasks: &[TaskId]) -> Result<TableIterator<'static, Row>, ErrorReport> {
    let installation = Installation::in_search_path()?;
    installation.require_select(TASK_AND_STEP_TABLES)?;
    let workflows = loader::load(installation, tasks)?;
    let steps = &workflows.steps;
    let assessments =
        assess(steps, |step| workflows.task_state(step), clock::statement_now(), Semantics::Corrected);
    let ready: Vec<usize> = (0..assessments.len())
        .filter(|&at| assessments[at].verdict.is_ready() && workflows.shows(&steps.all()[at]))
        .collect();
    let names = loader::names(installation, ready.iter().map(|&at| steps.all()[at].named_step_id));
    let rows: Vec<Row> = ready
        .into_iter()
        .map(|at| {
            let (step, assessment) = (&steps.all()[at], &assessments[at]);
            (
                step.id.0,
                step.task_id.0,
                step.named_step_id.0,
                names.get(&step.named_step_id).cloned(),
                step.state.as_str(),
                assessment.attempts,
                assessment.retry_limit,
                workflows.task(step.task_id).map_or(0, |task| task.priority),
                rows::timestamp(eligible_since(step, steps.parents(at))),
            )
        })
        .collect();
    Ok(TableIterator::new(rows))
}
