//! The context of tasks: `tasker_task_context`, and the functions that replace the engine's own.

use crate::core::context::{Context, summarize};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::readiness::{Assessment, Semantics, assess};
use crate::core::steps::Task;
use crate::core::time::Timestamp;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, Rows, export};
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::host::{clock, settings};
use crate::pg::reading::loader::{self, Workflows};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{AnyNumeric, IntoDatum};
use std::ops::Range;

export! {
    /// `tasker_task_context(bigint)`
    tasker_task_context_of_task, pg_finfo_tasker_task_context_of_task => of_task;
    /// `tasker_task_context_of_tasks(bigint[])`
    tasker_task_context_of_tasks, pg_finfo_tasker_task_context_of_tasks => of_tasks;
    /// Stands in for `get_task_execution_context`.
    tasker_rails_task_context, pg_finfo_tasker_rails_task_context => rails_of_task;
    /// Stands in for `get_task_execution_contexts_batch`.
    tasker_rails_task_contexts, pg_finfo_tasker_rails_task_contexts => rails_of_tasks;
}

fn of_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let rows = corrected(call, &[task])?;
    if rows.is_empty() {
        return Err(TaskerError::TaskNotFound(task).into());
    }
    rows.done()
}

fn of_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    corrected(call, &values::distinct_tasks(call.bigints(0)))?.done()
}

fn rails_of_task(call: &Call) -> Result<Datum, ErrorReport> {
    rails(call, &values::task(call.bigint(0)))
}

/// The engine joins with the list that it is given: a task that comes twice is answered twice.
fn rails_of_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    rails(call, &values::tasks(call.bigints(0)))
}

fn corrected(call: &Call, tasks: &[TaskId]) -> Result<Rows, ErrorReport> {
    let mut rows = call.rows()?;
    each_task(tasks, Semantics::Corrected, clock::statement_now(), |task, context| {
        let context = context.of_task(task.state);
        let counts = context.counts;
        rows.push([
            task.id.0.into_datum(),
            task.named_task_id.0.into_datum(),
            text(task.state.as_str()),
            count(counts.total),
            count(counts.pending),
            count(counts.in_progress),
            count(counts.completed),
            count(counts.failed),
            count(counts.cancelled),
            count(counts.ready),
            count(counts.blocked),
            text(context.execution_status.as_str()),
            text(context.execution_status.recommended_action()),
            percentage(context.completion),
            text(context.health_status.as_str()),
            values::timestamp(context.next_eligible_at),
        ])
    })?;
    Ok(rows)
}

fn rails(call: &Call, tasks: &[TaskId]) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    each_task(tasks, settings::rails_semantics(), clock::transaction_now(), |task, context| {
        let counts = context.counts;
        rows.push([
            task.id.0.into_datum(),
            task.named_task_id.0.into_datum(),
            text(task.state.as_str()),
            count(counts.total),
            count(counts.pending),
            count(counts.in_progress),
            count(counts.completed),
            count(counts.failed),
            count(counts.ready),
            text(context.execution_status.as_str()),
            text(context.execution_status.recommended_action()),
            percentage(context.completion),
            text(context.health_status.as_str()),
        ])
    })?;
    rows.done()
}

/// Hands over the context of each of these tasks, which are in order, that exists and that the caller may see.
fn each_task(
    tasks: &[TaskId],
    semantics: Semantics,
    now: Timestamp,
    mut each: impl FnMut(&Task, Context) -> Result<(), ErrorReport>,
) -> Result<(), ErrorReport> {
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let workflows = reader.workflows(tasks)?;
        let assessments = assess(&workflows.steps, |step| workflows.gate(step), now, semantics);
        let places: Vec<(TaskId, Range<usize>)> = workflows.steps.by_task().collect();
        for task in tasks.iter().filter_map(|id| workflows.task(*id)) {
            let place = places.binary_search_by_key(&task.id, |(id, _)| *id);
            let place = place.map_or(0..0, |at| places[at].1.clone());
            each(task, summarize_visible(&workflows, &assessments, place, semantics))?;
        }
        Ok(())
    })
}

/// Sums up the steps that the caller may see.
fn summarize_visible(
    workflows: &Workflows,
    assessments: &[Assessment],
    place: Range<usize>,
    semantics: Semantics,
) -> Context {
    let (steps, assessments) = (&workflows.steps.all()[place.clone()], &assessments[place]);
    if workflows.shows_all() {
        return summarize(steps, assessments, semantics);
    }
    let shown = steps.iter().zip(assessments).filter(|(step, _)| workflows.shows(step));
    let (steps, assessments): (Vec<_>, Vec<_>) =
        shown.map(|(step, assessment)| (step.clone(), *assessment)).unzip();
    summarize(&steps, &assessments, semantics)
}

fn text(text: &'static str) -> Option<Datum> {
    Some(export::text(text))
}

fn count(count: u32) -> Option<Datum> {
    i64::from(count).into_datum()
}

/// Hundredths of a percent as a numeric of two decimals. The engine shows a task without steps as `0.0`.
fn percentage(hundredths: Option<u32>) -> Option<Datum> {
    let text = match hundredths {
        Some(hundredths) => format!("{}.{:02}", hundredths / 100, hundredths % 100),
        None => "0.0".to_owned(),
    };
    AnyNumeric::try_from(text.as_str()).ok().into_datum()
}
