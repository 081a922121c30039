//! `tasker_dead_letters`, `tasker_retry_many`, `tasker_annotate_task`: actions for steps that have failed for good.

use crate::core::error::TaskerError;
use crate::core::explain_task::LastError;
use crate::core::find::StepCondition;
use crate::core::ids::{StepId, TaskId};
use crate::core::readiness::has_attempts_left;
use crate::core::time::Timestamp;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::execution::operator_actions::OperatorActions;
use crate::pg::execution::operator_actions::locks::Locks;
use crate::pg::host::clock;
use crate::pg::host::installation::{RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::host::installed_columns::ColumnUse;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::reading::search::{Hit, Search};
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::{Writer, write};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_dead_letters(…)`
    tasker_dead_letters, pg_finfo_tasker_dead_letters => dead_letters;
    /// `tasker_retry_many(…)`
    tasker_retry_many, pg_finfo_tasker_retry_many => retry_many;
    /// `tasker_annotate_task(bigint, text, jsonb)`
    tasker_annotate_task, pg_finfo_tasker_annotate_task => annotate_task;
}

/// The filters for failures.
pub(super) struct FailureFilter {
    pub search: Search,
    pub error_class: Option<String>,
}

impl FailureFilter {
    /// Reads five arguments from `first` on: namespace, task name, step name, error class, and since when.
    fn of(call: &Call, first: usize, condition: StepCondition, after: Option<i64>, max_rows: i32) -> Self {
        let [namespace, task_name, name, since] =
            [first, first + 1, first + 2, first + 4].map(|at| call.datum(at));
        let filters = [None, None, namespace, task_name, None, name, None, None, since];
        let search = Search { condition: Some(condition), filters, among: None, after, max_rows };
        Self { search, error_class: call.text(first + 3) }
    }

    /// Passes each matching step with its last error to `each`.
    pub fn each(
        &self,
        reader: &Reader,
        now: Timestamp,
        mut each: impl FnMut(&Hit, LastError) -> Result<(), ErrorReport>,
    ) -> Result<(), ErrorReport> {
        reader.search(&self.search, now, |hit| {
            let id = hit.stored.id;
            let error = reader.last_errors(&[id.0])?.remove(&id).unwrap_or_default();
            if self.error_class.is_some() && self.error_class != error.class {
                return Ok(false);
            }
            each(hit, error)?;
            Ok(true)
        })
    }
}

fn dead_letters(call: &Call) -> Result<Datum, ErrorReport> {
    let max_rows = values::max_rows(call.integer(6))?;
    let wanted = FailureFilter::of(call, 0, StepCondition::Exhausted, call.bigint(5), max_rows);
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        wanted.each(reader, clock::statement_now(), |hit, error| {
            let stored = hit.stored;
            let known = hit.known;
            rows.push([
                stored.id.0.into_datum(),
                stored.task.0.into_datum(),
                Some(export::text(&stored.namespace)),
                Some(export::text(&stored.task_name)),
                Some(export::text(&stored.version)),
                Some(export::text(&stored.name)),
                values::timestamp(stored.state_since),
                stored.attempts.unwrap_or(0).into_datum(),
                known.and_then(|(_, assessment)| {
                    assessment.verdict.reason().map(|reason| export::text(reason.as_str()))
                }),
                error.class.as_deref().map(export::text),
                error.message.as_deref().map(export::text),
            ])
        })
    })?;
    rows.done()
}

/// A step to be executed again.
struct RetryCandidate {
    id: StepId,
    task: i64,
    texts: [String; 2],
    error: LastError,
    /// True if the step still has attempts left.
    has_attempts_left: bool,
}

fn retry_many(call: &Call) -> Result<Datum, ErrorReport> {
    let condition = condition(call)?;
    let reason = call.text(6);
    let is_dry_run = call.boolean(7).ok_or(TaskerError::NullArgument("dry_run"))?;
    let max_rows = values::max_rows(call.integer(8))?;
    let wanted = FailureFilter::of(call, 1, condition, None, max_rows);
    let mut rows = call.rows()?;
    let mut answer = |chosen: &RetryCandidate, is_done: bool, refusal: Option<&str>| {
        let [task_name, name] = chosen.texts.each_ref().map(|text| Some(export::text(text)));
        rows.push([
            chosen.id.0.into_datum(),
            chosen.task.into_datum(),
            task_name,
            name,
            chosen.error.class.as_deref().map(export::text),
            chosen.error.message.as_deref().map(export::text),
            Some(export::text(if chosen.has_attempts_left { "retry" } else { "reset" })),
            is_done.into_datum(),
            refusal.map(export::text),
        ])
    };
    // A dry run neither locks nor writes, so that it needs no right to.
    if is_dry_run {
        loader::read(TASK_AND_STEP_TABLES, |reader| {
            let chosen = choose(&wanted, reader, clock::statement_now())?;
            chosen.iter().try_for_each(|chosen| answer(chosen, false, None))
        })?;
    } else {
        write(|writer| {
            writer.installation.require_select(TASK_AND_STEP_TABLES)?;
            writer.installation.require_write(&[RailsTable::WorkflowSteps])?;
            let chosen = choose(&wanted, &writer.reader(), writer.now)?;
            // Each verb locks its step and then its task: without these locks the next step would come after a task.
            let steps: Vec<(StepId, TaskId)> =
                chosen.iter().map(|chosen| (chosen.id, TaskId(chosen.task))).collect();
            Locks::of_steps(writer, &steps)?;
            for chosen in &chosen {
                let refusal = run_again(writer, chosen, reason.as_deref())?;
                answer(chosen, refusal.is_none(), refusal.as_deref())?;
            }
            Ok(())
        })?;
    }
    rows.done()
}

/// Reads the condition of failed steps, the first argument.
pub(super) fn condition(call: &Call) -> Result<StepCondition, TaskerError> {
    let text = call.text(0).ok_or(TaskerError::NullArgument("condition"))?;
    match StepCondition::parse(&text)? {
        condition @ (StepCondition::Exhausted | StepCondition::Retryable) => Ok(condition),
        _ => Err(TaskerError::invalid("condition", "must be exhausted or retryable")),
    }
}

fn choose(
    wanted: &FailureFilter,
    reader: &Reader,
    now: Timestamp,
) -> Result<Vec<RetryCandidate>, ErrorReport> {
    let mut chosen = Vec::new();
    wanted.each(reader, now, |hit, error| {
        let stored = hit.stored;
        chosen.push(RetryCandidate {
            id: stored.id,
            task: stored.task.0,
            texts: [stored.task_name.clone(), stored.name.clone()],
            error,
            has_attempts_left: hit.known.is_some_and(|(step, _)| has_attempts_left(step)),
        });
        Ok(())
    })?;
    // Tasks are locked in the order of their ids too.
    chosen.sort_unstable_by_key(|chosen| (chosen.task, chosen.id));
    Ok(chosen)
}

/// Lets a step run again. A change since it was read may forbid that, before anything is written.
fn run_again(
    writer: &Writer,
    chosen: &RetryCandidate,
    reason: Option<&str>,
) -> Result<Option<String>, TaskerError> {
    let done = if chosen.has_attempts_left {
        OperatorActions::of(writer).retry_step(chosen.id, reason)
    } else {
        OperatorActions::of(writer).reset_step(chosen.id, reason)
    };
    match done {
        Ok(_) => Ok(None),
        Err(
            refusal @ (TaskerError::NotPermitted { .. }
            | TaskerError::IllegalStepTransition { .. }
            | TaskerError::StepNotFound(_)),
        ) => Ok(Some(refusal.to_string())),
        Err(error) => Err(error),
    }
}

fn annotate_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = values::task_argument(call)?;
    let kind = call.text(1).ok_or(TaskerError::NullArgument("annotation_type"))?;
    let annotation = call.datum(2).ok_or(TaskerError::NullArgument("annotation"))?;
    write(|writer| {
        writer.installation.require_columns(ColumnUse::Annotate)?;
        // A foreign key would find a task that row-level security hides.
        if writer.rails_ids(Statement::VisibleTasks, &[task.0])?.is_empty() {
            return Err(TaskerError::TaskNotFound(task).into());
        }
        let mut id = None;
        // The second look sees a type that another session has added meanwhile.
        for _ in 0..2 {
            let arguments =
                [spi::bigint(task.0), export::text(&kind), annotation, spi::timestamp(writer.now)];
            writer.rails(Statement::AnnotateTask, &arguments, |row| id = Some(row.i64(0)))?;
            if let Some(id) = id {
                return Ok(spi::bigint(id));
            }
        }
        Err(TaskerError::StateChanged { subject: format!("annotation type \"{kind}\"") }.into())
    })
}
