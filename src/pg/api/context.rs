//! The state of tasks as a whole: `tasker_task_context`, and what the engine's own functions are replaced by.

use super::rows;
use crate::core::context::{Context, summarize};
use crate::core::ids::TaskId;
use crate::core::readiness::{Semantics, assess};
use crate::core::steps::Task;
use crate::core::time::Timestamp;
use crate::pg::installation::{Installation, TASK_AND_STEP_TABLES};
use crate::pg::loader::{self, Workflows};
use crate::pg::{clock, settings};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::collections::HashMap;

macro_rules! context_function {
    ($(#[$attribute:meta])* $name:ident($argument:ident: $type:ty) => $tasks:expr) => {
        $(#[$attribute])*
        fn $name(
            $argument: $type,
        ) -> Result<
            TableIterator<
                'static,
                (
                    name!(task_id, i64),
                    name!(named_task_id, i32),
                    name!(status, &'static str),
                    name!(total_steps, i64),
                    name!(pending_steps, i64),
                    name!(in_progress_steps, i64),
                    name!(completed_steps, i64),
                    name!(failed_steps, i64),
                    name!(cancelled_steps, i64),
                    name!(ready_steps, i64),
                    name!(blocked_steps, i64),
                    name!(execution_status, &'static str),
                    name!(recommended_action, &'static str),
                    name!(completion_percentage, Option<AnyNumeric>),
                    name!(health_status, &'static str),
                    name!(next_eligible_at, Option<pgrx::datum::Timestamp>),
                ),
            >,
            ErrorReport,
        > {
            let contexts = contexts(&$tasks, Semantics::Corrected, clock::statement_now())?;
            let rows = contexts.into_iter().map(|(task, context)| {
                let context = context.of_task(task.state);
                let counts = context.counts;
                (
                    task.id.0,
                    task.named_task_id.0,
                    task.state.as_str(),
                    counts.total.into(),
                    counts.pending.into(),
                    counts.in_progress.into(),
                    counts.completed.into(),
                    counts.failed.into(),
                    counts.cancelled.into(),
                    counts.ready.into(),
                    counts.blocked.into(),
                    context.execution_status.as_str(),
                    context.execution_status.recommended_action(),
                    percentage(context.completion),
                    context.health_status.as_str(),
                    context.next_eligible_at.and_then(rows::timestamp),
                )
            });
            Ok(TableIterator::new(rows.collect::<Vec<_>>()))
        }
    };
}

context_function! {
    /// What one task is doing.
    #[pg_extern(name = "tasker_task_context", stable, parallel_restricted)]
    task_context(task_id: i64) => [TaskId(task_id)]
}

context_function! {
    /// What several tasks are doing.
    #[pg_extern(name = "tasker_task_context", stable, parallel_restricted)]
    task_contexts(task_ids: Array<'_, i64>) => rows::task_ids(&task_ids)
}

macro_rules! rails_context_function {
    ($(#[$attribute:meta])* $name:ident($argument:ident: $type:ty) => $tasks:expr) => {
        $(#[$attribute])*
        fn $name(
            $argument: $type,
        ) -> Result<
            TableIterator<
                'static,
                (
                    name!(task_id, i64),
                    name!(named_task_id, i32),
                    name!(status, &'static str),
                    name!(total_steps, i64),
                    name!(pending_steps, i64),
                    name!(in_progress_steps, i64),
                    name!(completed_steps, i64),
                    name!(failed_steps, i64),
                    name!(ready_steps, i64),
                    name!(execution_status, &'static str),
                    name!(recommended_action, &'static str),
                    name!(completion_percentage, Option<AnyNumeric>),
                    name!(health_status, &'static str),
                ),
            >,
            ErrorReport,
        > {
            let mut tasks: Vec<TaskId> = $tasks;
            tasks.sort_unstable();
            let contexts = contexts(&tasks, settings::rails_semantics(), clock::transaction_now())?;
            let contexts: HashMap<TaskId, _> =
                contexts.into_iter().map(|(task, context)| (task.id, (task, context))).collect();
            // The engine joins with the list that it was given: an id that comes twice is answered twice.
            let rows = tasks.iter().filter_map(|id| contexts.get(id)).map(|(task, context)| {
                let counts = context.counts;
                (
                    task.id.0,
                    task.named_task_id.0,
                    task.state.as_str(),
                    counts.total.into(),
                    counts.pending.into(),
                    counts.in_progress.into(),
                    counts.completed.into(),
                    counts.failed.into(),
                    counts.ready.into(),
                    context.execution_status.as_str(),
                    context.execution_status.recommended_action(),
                    percentage(context.completion),
                    context.health_status.as_str(),
                )
            });
            Ok(TableIterator::new(rows.collect::<Vec<_>>()))
        }
    };
}

rails_context_function! {
    /// Stands in for `get_task_execution_context`.
    #[pg_extern(name = "tasker_rails_get_task_execution_context", stable, parallel_restricted)]
    rails_task_context(input_task_id: i64) => vec![TaskId(input_task_id)]
}

rails_context_function! {
    /// Stands in for `get_task_execution_contexts_batch`.
    #[pg_extern(name = "tasker_rails_get_task_execution_contexts_batch", stable, parallel_restricted)]
    rails_task_contexts(input_task_ids: Array<'_, i64>) => input_task_ids.iter().flatten().map(TaskId).collect()
}

fn contexts(
    tasks: &[TaskId],
    semantics: Semantics,
    now: Timestamp,
) -> Result<Vec<(Task, Context)>, ErrorReport> {
    let installation = Installation::in_search_path()?;
    installation.require_select(TASK_AND_STEP_TABLES)?;
    let workflows = loader::load(installation, tasks)?;
    let assessments = assess(&workflows.steps, |step| workflows.task_state(step), now, semantics);
    let places: HashMap<TaskId, std::ops::Range<usize>> = workflows.steps.by_task().collect();
    let context_of = |task: &Task| {
        let place = places.get(&task.id).cloned().unwrap_or(0..0);
        summarize_visible(&workflows, &assessments, place, semantics)
    };
    Ok(workflows.tasks().map(|task| (*task, context_of(task))).collect())
}

/// Sums up the steps that the caller may see.
fn summarize_visible(
    workflows: &Workflows,
    assessments: &[crate::core::readiness::Assessment],
    place: std::ops::Range<usize>,
    semantics: Semantics,
) -> Context {
    let (steps, assessments) = (&workflows.steps.all()[place.clone()], &assessments[place]);
    if workflows.shows_all() {
        return summarize(steps, assessments, semantics);
    }
    let (steps, assessments): (Vec<_>, Vec<_>) = steps
        .iter()
        .cloned()
        .zip(assessments.iter().copied())
        .filter(|(step, _)| workflows.shows(step))
        .unzip();
    summarize(&steps, &assessments, semantics)
}

/// Hundredths of a percent as a numeric of two decimals. The engine shows a task without steps as `0.0`.
fn percentage(hundredths: Option<u32>) -> Option<AnyNumeric> {
    let text = match hundredths {
        Some(hundredths) => format!("{}.{:02}", hundredths / 100, hundredths % 100),
        None => "0.0".to_owned(),
    };
    AnyNumeric::try_from(text.as_str()).ok()
}
