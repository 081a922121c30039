//! The readiness of every step: `tasker_step_readiness`, and what the engine's own functions are replaced by.

use super::rows;
use crate::core::ids::{NamedStepId, TaskId};
use crate::core::readiness::{Assessment, Reason, Semantics, assess};
use crate::core::steps::Step;
use crate::core::time::Timestamp;
use crate::pg::installation::{Installation, STEP_TABLES, TASK_AND_STEP_TABLES};
use crate::pg::{clock, loader, settings};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::collections::{HashMap, HashSet};

/// Declares a function that returns the 16 columns of `get_step_readiness_status` (semantics 9), and more
/// columns where they are named.
macro_rules! readiness_function {
    (
        $(#[$attribute:meta])*
        $name:ident($($arguments:tt)*)
        $(, more columns ($($column:ident: $column_type:ty = $value:expr),*))?
        => $query:expr
    ) => {
        $(#[$attribute])*
        fn $name($($arguments)*) -> Result<
            TableIterator<
                'static,
                (
                    name!(workflow_step_id, i64),
                    name!(task_id, i64),
                    name!(named_step_id, i32),
                    name!(name, Option<String>),
                    name!(current_state, &'static str),
                    name!(dependencies_satisfied, bool),
                    name!(retry_eligible, bool),
                    name!(ready_for_execution, bool),
                    name!(last_failure_at, Option<pgrx::datum::Timestamp>),
                    name!(next_retry_at, Option<pgrx::datum::Timestamp>),
                    name!(total_parents, i32),
                    name!(completed_parents, i32),
                    name!(attempts, i32),
                    name!(retry_limit, i32),
                    name!(backoff_request_seconds, Option<i32>),
                    name!(last_attempted_at, Option<pgrx::datum::Timestamp>),
                    $($(name!($column, $column_type)),*)?
                ),
            >,
            ErrorReport,
        > {
            let answers: Answers = $query?;
            let rows = answers.rows.into_iter().map(|(step, assessment)| {
                (
                    step.id.0,
                    step.task_id.0,
                    step.named_step_id.0,
                    answers.names.get(&step.named_step_id).cloned(),
                    step.state.as_str(),
                    assessment.dependencies_satisfied,
                    assessment.retry_eligible,
                    assessment.verdict.is_ready(),
                    assessment.last_failure_at.and_then(rows::timestamp),
                    assessment.next_eligible_at.and_then(rows::timestamp),
                    assessment.total_parents as i32,
                    assessment.completed_parents as i32,
                    assessment.attempts,
                    assessment.retry_limit,
                    step.backoff_request_seconds,
                    step.last_attempted_at.and_then(rows::timestamp),
                    $($($value(&assessment)),*)?
                )
            });
            Ok(TableIterator::new(rows.collect::<Vec<_>>()))
        }
    };
}

readiness_function! {
    /// The readiness of one task's steps, or of some of them.
    #[pg_extern(name = "tasker_step_readiness", stable, parallel_restricted)]
    step_readiness_of_task(task_id: Option<i64>, step_ids: default!(Option<Array<'_, i64>>, "NULL")),
    more columns (
        blocking_reason: Option<&'static str> = blocking_reason,
        next_eligible_at: Option<pgrx::datum::Timestamp> = next_eligible_at
    )
    => corrected(&task_id.map(TaskId).into_iter().collect::<Vec<_>>(), step_ids)
}

readiness_function! {
    /// The readiness of several tasks' steps.
    #[pg_extern(name = "tasker_step_readiness", stable, parallel_restricted)]
    step_readiness_of_tasks(task_ids: Array<'_, i64>),
    more columns (
        blocking_reason: Option<&'static str> = blocking_reason,
        next_eligible_at: Option<pgrx::datum::Timestamp> = next_eligible_at
    )
    => corrected(&rows::task_ids(&task_ids), None)
}

readiness_function! {
    /// Stands in for `get_step_readiness_status`.
    #[pg_extern(name = "tasker_rails_get_step_readiness_status", stable, parallel_restricted)]
    rails_step_readiness(input_task_id: Option<i64>, step_ids: default!(Option<Array<'_, i64>>, "NULL"))
    => rails(&input_task_id.map(TaskId).into_iter().collect::<Vec<_>>(), step_ids)
}

readiness_function! {
    /// Stands in for `get_step_readiness_status_batch`.
    #[pg_extern(name = "tasker_rails_get_step_readiness_status_batch", stable, parallel_restricted)]
    rails_step_readiness_batch(input_task_ids: Array<'_, i64>)
    => rails(&rows::task_ids(&input_task_ids), None)
}

fn blocking_reason(assessment: &Assessment) -> Option<&'static str> {
    assessment.verdict.reason().map(Reason::as_str)
}

fn next_eligible_at(assessment: &Assessment) -> Option<pgrx::datum::Timestamp> {
    assessment.next_eligible_at.and_then(rows::timestamp)
}

struct Answers {
    rows: Vec<(Step, Assessment)>,
    names: HashMap<NamedStepId, String>,
}

fn corrected(tasks: &[TaskId], steps: Option<Array<'_, i64>>) -> Result<Answers, ErrorReport> {
    answer(tasks, steps, Semantics::Corrected, clock::statement_now())
}

fn rails(tasks: &[TaskId], steps: Option<Array<'_, i64>>) -> Result<Answers, ErrorReport> {
    answer(tasks, steps, settings::rails_semantics(), clock::transaction_now())
}

fn answer(
    tasks: &[TaskId],
    only: Option<Array<'_, i64>>,
    semantics: Semantics,
    now: Timestamp,
) -> Result<Answers, ErrorReport> {
    let installation = Installation::in_search_path()?;
    installation.require_select(match semantics {
        Semantics::V02 => STEP_TABLES,
        Semantics::Corrected => TASK_AND_STEP_TABLES,
    })?;
    let only: Option<HashSet<i64>> = only.map(|ids| ids.iter().flatten().collect());
    let workflows = loader::load(installation, tasks)?;
    let assessments = assess(&workflows.steps, |step| workflows.task_state(step), now, semantics);
    let asked =
        |step: &Step| workflows.shows(step) && only.as_ref().is_none_or(|only| only.contains(&step.id.0));
    let rows: Vec<_> = (workflows.steps.all().iter().zip(assessments))
        .filter(|(step, _)| asked(step))
        .map(|(step, assessment)| (step.clone(), assessment))
        .collect();
    let names = loader::names(installation, rows.iter().map(|(step, _)| step.named_step_id));
    Ok(Answers { rows, names })
}
