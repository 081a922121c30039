//! `tasker_cancel_many`, `tasker_pause_many`, `tasker_resume_many`, `tasker_resolve_many`: operator actions on all tasks
//! or steps that match filters.
//!
//! A call finds what matches, locks it with everything that the action may change, and looks again: what another
//! session has changed meanwhile is refused, each in its row.

use crate::core::error::TaskerError;
use crate::core::explain_task::LastError;
use crate::core::ids::{StepId, TaskId};
use crate::core::state::TaskState;
use crate::pg::api::operation::triage::{FailureFilter, condition};
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::execution::operator_actions::OperatorActions;
use crate::pg::execution::operator_actions::locks::Locks;
use crate::pg::host::clock;
use crate::pg::host::installation::{RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::reading::loader::{self, Reader};
use crate::pg::reading::search::Search;
use crate::pg::reading::task_search::{FoundTask, TaskSearch};
use crate::pg::writing::subtransaction;
use crate::pg::writing::writer::{Writer, write};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::HashSet;

export! {
    /// `tasker_cancel_many(…)`
    tasker_cancel_many, pg_finfo_tasker_cancel_many => cancel_many;
    /// `tasker_pause_many(…)`
    tasker_pause_many, pg_finfo_tasker_pause_many => pause_many;
    /// `tasker_resume_many(…)`
    tasker_resume_many, pg_finfo_tasker_resume_many => resume_many;
    /// `tasker_resolve_many(…)`
    tasker_resolve_many, pg_finfo_tasker_resolve_many => resolve_many;
}

/// An action on tasks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TaskAction {
    Cancel,
    Pause,
    Resume,
}

impl TaskAction {
    const fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Pause => "pause",
            Self::Resume => "resume",
        }
    }

    /// Returns the table that the caller must be able to write, as for the action on one task.
    const fn written(self) -> RailsTable {
        match self {
            Self::Cancel => RailsTable::WorkflowSteps,
            Self::Pause | Self::Resume => RailsTable::Tasks,
        }
    }

    fn lock<'a>(self, writer: &'a Writer<'a>, tasks: &[TaskId]) -> Result<Locks<'a>, TaskerError> {
        match self {
            Self::Cancel => Locks::for_cancellation(writer, tasks),
            Self::Pause => Locks::for_pause(writer, tasks),
            Self::Resume => Locks::for_resumption(writer, tasks),
        }
    }

    fn run(
        self,
        writer: &Writer,
        task: TaskId,
        locks: &Locks,
        reason: Option<&str>,
    ) -> Result<(), TaskerError> {
        let actions = OperatorActions::of(writer);
        match self {
            Self::Cancel => actions.cancel_locked_task(task, locks, reason).map(drop),
            Self::Pause => actions.pause_task(task, reason),
            Self::Resume => actions.resume_locked_task(task, reason),
        }
    }
}

fn cancel_many(call: &Call) -> Result<Datum, ErrorReport> {
    // A cancellation cannot be undone.
    require_filter(call, 0..14, 16)?;
    on_tasks(call, TaskAction::Cancel)
}

fn pause_many(call: &Call) -> Result<Datum, ErrorReport> {
    on_tasks(call, TaskAction::Pause)
}

fn resume_many(call: &Call) -> Result<Datum, ErrorReport> {
    on_tasks(call, TaskAction::Resume)
}

/// Refuses to act for good on everything because an argument was forgotten.
fn require_filter(
    call: &Call,
    mut filters: std::ops::Range<usize>,
    dry_run: usize,
) -> Result<(), TaskerError> {
    if call.boolean(dry_run) == Some(false) && filters.all(|filter| call.datum(filter).is_none()) {
        return Err(TaskerError::invalid("dry_run", "must be true in a call without a filter"));
    }
    Ok(())
}

fn on_tasks(call: &Call, action: TaskAction) -> Result<Datum, ErrorReport> {
    let argument = |at| call.datum(at);
    let [task_id, active, namespace, name, version, initiator, tag, kind, key, value] =
        [0, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(argument);
    let [created_since, failed_since] = [11, 12].map(argument);
    let search = TaskSearch {
        states: call.texts(1),
        filters: [
            task_id,
            None,
            active,
            namespace,
            name,
            version,
            initiator,
            tag,
            kind,
            key,
            value,
            created_since,
            None,
            failed_since,
        ],
        parent: call.bigint(13).map(TaskId),
        is_paused: match action {
            TaskAction::Cancel => None,
            TaskAction::Pause => Some(false),
            TaskAction::Resume => Some(true),
        },
        after: call.bigint(14),
        max_rows: values::max_rows(call.integer(17))?,
    };
    let reason = call.text(15);
    let is_dry_run = call.boolean(16).ok_or(TaskerError::NullArgument("dry_run"))?;
    let mut rows = call.rows()?;
    let mut answer = |task: &FoundTask, is_done: bool, refusal: Option<&str>| {
        let [namespace, name, version, state] =
            [&task.namespace, &task.name, &task.version, &task.state].map(|text| Some(export::text(text)));
        rows.push([
            task.id.0.into_datum(),
            namespace,
            name,
            version,
            state,
            Some(export::text(action.name())),
            is_done.into_datum(),
            refusal.map(export::text),
        ])
    };
    // A dry run neither locks nor writes, so that it needs no right to.
    if is_dry_run {
        loader::read(TASK_AND_STEP_TABLES, |reader| {
            let found = reader.search_tasks(&search, None)?;
            found.iter().try_for_each(|task| answer(task, false, None))
        })?;
    } else {
        write(|writer| {
            writer.installation.require_select(TASK_AND_STEP_TABLES)?;
            writer.installation.require_write(&[action.written()])?;
            let found = writer.reader().search_tasks(&search, None)?;
            let tasks: Vec<TaskId> = found.iter().map(|task| task.id).collect();
            let locks = action.lock(writer, &tasks)?;
            let ids: Vec<i64> = tasks.iter().map(|task| task.0).collect();
            let still = writer.reader().search_tasks(&search, Some(&ids))?;
            let still: HashSet<TaskId> = still.into_iter().map(|task| task.id).collect();
            let act = |task: &FoundTask| {
                let state = match locks.state(task.id) {
                    Ok(state) => state,
                    Err(refusal) => return Ok(Some(refusal.to_string())),
                };
                if !still.contains(&task.id) {
                    let reason = match state.is_closed() {
                        true => format!("it is in state \"{state}\""),
                        false => NO_MATCH.to_owned(),
                    };
                    return Ok(Some(format!("cannot {} task {}: {reason}", action.name(), task.id)));
                }
                // This call may have cancelled it with the task for which it was created.
                if action != TaskAction::Cancel || writer.task_state(task.id)? != TaskState::Cancelled {
                    action.run(writer, task.id, &locks, reason.as_deref())?;
                }
                Ok(None)
            };
            for (task, refusal) in found.iter().zip(on_each(writer, &found, act)?) {
                answer(task, refusal.is_none(), refusal.as_deref())?;
            }
            Ok(())
        })?;
    }
    rows.done()
}

/// The reason why nothing happens to what another session has changed.
const NO_MATCH: &str = "it does not match the filters any more";

/// A failed step that is to be resolved.
struct FailedStep {
    id: StepId,
    task: TaskId,
    texts: [String; 2],
    error: LastError,
}

fn resolve_many(call: &Call) -> Result<Datum, ErrorReport> {
    let condition = condition(call)?;
    // The steps after a resolved one may run: that cannot be undone.
    require_filter(call, 1..9, 13)?;
    let argument = |at| call.datum(at);
    let [task_id, namespace, task_name, version, name] = [1, 2, 3, 4, 5].map(argument);
    let [created_since, failed_since] = [7, 8].map(argument);
    let mut wanted = FailureFilter {
        search: Search {
            condition: Some(condition),
            filters: [task_id, None, namespace, task_name, version, name, created_since, None, failed_since],
            among: None,
            after: call.bigint(9),
            max_rows: values::max_rows(call.integer(14))?,
        },
        error_class: call.text(6),
    };
    let (results, resolved_by, reason) = (call.datum(10), call.text(11), call.text(12));
    let is_dry_run = call.boolean(13).ok_or(TaskerError::NullArgument("dry_run"))?;
    let mut rows = call.rows()?;
    let mut answer = |step: &FailedStep, is_done: bool, refusal: Option<&str>| {
        let [task_name, name] = step.texts.each_ref().map(|text| Some(export::text(text)));
        rows.push([
            step.id.0.into_datum(),
            step.task.0.into_datum(),
            task_name,
            name,
            step.error.class.as_deref().map(export::text),
            step.error.message.as_deref().map(export::text),
            Some(export::text("resolve")),
            is_done.into_datum(),
            refusal.map(export::text),
        ])
    };
    if is_dry_run {
        loader::read(TASK_AND_STEP_TABLES, |reader| {
            let found = failed_steps(&wanted, reader, clock::statement_now())?;
            found.iter().try_for_each(|step| answer(step, false, None))
        })?;
    } else {
        write(|writer| {
            writer.installation.require_select(TASK_AND_STEP_TABLES)?;
            writer.installation.require_write(&[RailsTable::WorkflowSteps])?;
            let found = failed_steps(&wanted, &writer.reader(), writer.now)?;
            let steps: Vec<(StepId, TaskId)> = found.iter().map(|step| (step.id, step.task)).collect();
            Locks::of_steps(writer, &steps)?;
            let mut ids: Vec<i64> = steps.iter().map(|(step, _)| step.0).collect();
            ids.sort_unstable();
            wanted.search.among = Some(ids);
            let still = failed_steps(&wanted, &writer.reader(), writer.now)?;
            let still: HashSet<StepId> = still.into_iter().map(|step| step.id).collect();
            let act = |step: &FailedStep| {
                if !still.contains(&step.id) {
                    return Ok(Some(format!("cannot resolve step {}: {NO_MATCH}", step.id)));
                }
                let (resolved_by, reason) = (resolved_by.as_deref(), reason.as_deref());
                OperatorActions::of(writer).resolve_step(step.id, results, resolved_by, reason)?;
                Ok(None)
            };
            for (step, refusal) in found.iter().zip(on_each(writer, &found, act)?) {
                answer(step, refusal.is_none(), refusal.as_deref())?;
            }
            Ok(())
        })?;
    }
    rows.done()
}

fn failed_steps(
    wanted: &FailureFilter,
    reader: &Reader,
    now: crate::core::time::Timestamp,
) -> Result<Vec<FailedStep>, ErrorReport> {
    let mut found = Vec::new();
    wanted.each(reader, now, |hit, error| {
        let stored = hit.stored;
        let texts = [stored.task_name.clone(), stored.name.clone()];
        found.push(FailedStep { id: stored.id, task: stored.task, texts, error });
        Ok(())
    })?;
    found.sort_unstable_by_key(|step| (step.task, step.id));
    Ok(found)
}

/// Does `act` for each subject, and returns the refusals. `act` returns a refusal before it writes anything. If it fails,
/// for example because a trigger of the application refuses a subject, each subject gets a subtransaction of its own:
/// the others are done all the same.
///
/// # Complexity
/// One subtransaction; one more for each subject after a failure.
fn on_each<T>(
    writer: &Writer,
    subjects: &[T],
    act: impl Fn(&T) -> Result<Option<String>, TaskerError>,
) -> Result<Vec<Option<String>>, TaskerError> {
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    if let Ok(refusals) = subtransaction::attempt(writer, || subjects.iter().map(&act).collect())? {
        return Ok(refusals);
    }
    let each = subjects.iter().map(|subject| {
        let done = subtransaction::attempt(writer, || act(subject))?;
        Ok(done.unwrap_or_else(|refusal| Some(refusal.message)))
    });
    each.collect()
}
