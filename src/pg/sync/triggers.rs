//! Runs the triggers that keep the side rows equal to the Rails tables, whichever program writes those.
//!
//! A trigger takes the id of the row, and reads the rest from the Rails tables if the row alone is not enough. It works
//! as the owner of the side tables, so that writers need no right on these. Order of locks, the same for every writer:
//! the step's row, its current transition, its side row, its next transition (see docs/concurrency.md).

use crate::core::dag::guard::{Dependency, GuardedStep, GuardedSteps};
use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::pg::datum::export::{Call, export};
use crate::pg::queue::{hints, shares, times};
use crate::pg::reading::loader;
use crate::pg::spi::{self, LookUp, Row, Session, Statement};
use crate::pg::sync::fresh_snapshot::require_fresh_snapshot;
use crate::pg::sync::transition_check::{self, Machine};
use crate::pg::sync::trigger_calls::{Event, RowVersion, TriggerCall, run};
use crate::pg::sync::{edge_guard, event_log, forks, noted_transitions};
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum};
use std::ffi::CStr;

export! {
    /// Follows `tasker_workflow_steps`.
    tasker_sync_steps, pg_finfo_tasker_sync_steps => follow_steps;
    /// Follows `tasker_workflow_step_edges`.
    tasker_sync_step_edges, pg_finfo_tasker_sync_step_edges => follow_step_edges;
    /// Follows `tasker_workflow_step_transitions`.
    tasker_sync_step_transitions, pg_finfo_tasker_sync_step_transitions => follow_step_transitions;
    /// Follows `tasker_tasks`.
    tasker_sync_tasks, pg_finfo_tasker_sync_tasks => follow_tasks;
    /// Follows `tasker_task_transitions`.
    tasker_sync_task_transitions, pg_finfo_tasker_sync_task_transitions => follow_task_transitions;
}

/// The columns that side rows repeat.
const COLUMNS_OF_STEPS: &[&CStr] = &[
    c"workflow_step_id",
    c"task_id",
    c"created_at",
    c"last_attempted_at",
    c"named_step_id",
    c"attempts",
    c"retry_limit",
    c"backoff_request_seconds",
    c"retryable",
    c"in_process",
    c"processed",
    c"skippable",
];
const COLUMNS_OF_STEP_TRANSITIONS: &[&CStr] =
    &[c"workflow_step_id", c"most_recent", c"to_state", c"created_at"];
const COLUMNS_OF_TASKS: &[&CStr] = &[c"task_id", c"named_task_id", c"created_at"];
const COLUMNS_OF_TASK_TRANSITIONS: &[&CStr] = &[c"task_id", c"most_recent", c"to_state", c"created_at"];

fn follow_steps(call: &Call) -> Result<Datum, ErrorReport> {
    run(call, c"tasker_workflow_steps", steps)
}

fn follow_step_edges(call: &Call) -> Result<Datum, ErrorReport> {
    run(call, c"tasker_workflow_step_edges", step_edges)
}

fn follow_step_transitions(call: &Call) -> Result<Datum, ErrorReport> {
    run(call, c"tasker_workflow_step_transitions", step_transitions)
}

fn follow_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    run(call, c"tasker_tasks", tasks)
}

fn follow_task_transitions(call: &Call) -> Result<Datum, ErrorReport> {
    run(call, c"tasker_task_transitions", task_transitions)
}

fn steps(fired: &TriggerCall) -> Result<(), TaskerError> {
    const ID: &CStr = c"workflow_step_id";
    let session = fired.session;
    match fired.event() {
        Event::BeforeInsert => {}
        Event::Insert => {
            // The facts, not the row alone: a writer without foreign keys may have stored edges before their step.
            let mut steps = Vec::new();
            fired
                .with_transition_tables()
                .write_returning(Statement::NewSteps, &[], |row| steps.push(row.i64(0)))?;
            put_steps(session, &steps);
            hints::hint_steps(session, &steps)?;
        }
        Event::Update if !fired.has_changed(COLUMNS_OF_STEPS) => {}
        Event::Update => match fired.ids(ID)?[..] {
            [step] => {
                session.write(Statement::LockCurrentTransition, &[spi::bigint(step)]);
                let mut seen = None;
                session.write_returning(Statement::SetStepColumns, &[spi::bigint(step)], |row| {
                    seen = Some(loader::step(row));
                })?;
                match seen {
                    None => put_steps(session, &[step]),
                    Some(Ok(step)) => hints::offer(session, &step)?,
                    // A state that does not exist is the doctor's to report.
                    Some(Err(_)) => {}
                }
            }
            _ => {
                session.write(Statement::DeleteStep, &[spi::bigint(fired.id(RowVersion::Old, ID)?)]);
                put_steps(session, &[fired.id(RowVersion::New, ID)?]);
                hints::hint_steps(session, &[fired.id(RowVersion::New, ID)?])?;
            }
        },
        Event::Delete => {
            let step = StepId(fired.id(RowVersion::Old, ID)?);
            session.write(Statement::DeleteStep, &[spi::bigint(step.0)]);
            hints::forget(session, &[step.0]);
            hints::end_leases(session, &[step.0])?;
            session.write(Statement::DeleteRule, &[spi::bigint(step.0)]);
            times::forget_steps(session, &[step.0]);
            // It may have been the last one that was open.
            hints::set_task_timer_now(session, TaskId(fired.id(RowVersion::Old, c"task_id")?));
        }
        Event::Truncate => {
            session.write(Statement::TruncateSteps, &[]);
            times::truncate_steps(session);
            shares::truncate(session);
        }
    }
    Ok(())
}

fn step_transitions(fired: &TriggerCall) -> Result<(), TaskerError> {
    const ID: &CStr = c"workflow_step_id";
    match fired.event() {
        Event::BeforeInsert => {
            let step = fired.id(RowVersion::New, ID)?;
            if fired.flag(RowVersion::New, c"most_recent")? {
                // Before the row enters the unique index of current transitions: a writer that holds the side row
                // and waits for the index must not be waited for here.
                fired.session.write(Statement::LockStep, &[spi::bigint(step)]);
            }
            check(fired, Machine::Step(StepId(step)))
        }
        Event::Insert | Event::Update | Event::Delete
            if !concerns_current(fired, COLUMNS_OF_STEP_TRANSITIONS)? =>
        {
            Ok(())
        }
        Event::Insert => {
            let step = fired.id(RowVersion::New, ID)?;
            let state = fired.value(RowVersion::New, c"to_state", &[pg_sys::VARCHAROID, pg_sys::TEXTOID])?;
            let since = fired.value(RowVersion::New, c"created_at", &[pg_sys::TIMESTAMPOID])?;
            let metadata = fired.optional_value(RowVersion::New, c"metadata", &[pg_sys::JSONBOID])?;
            let arguments = [Some(spi::bigint(step)), Some(state), Some(since), metadata];
            enter_step_state(fired.session, StepId(step), &arguments)?;
            noted_transitions::note_of_step(fired, step, metadata)
        }
        Event::Update => match fired.ids(ID)?[..] {
            // What every transition of the engine begins with.
            [step] if !fired.flag(RowVersion::New, c"most_recent")? => {
                followed(fired.session, step, Statement::LeaveStepState, &[spi::bigint(step)])
            }
            ref steps => steps.iter().try_for_each(|step| set_step_state(fired.session, *step)),
        },
        Event::Delete => {
            let step = fired.id(RowVersion::Old, ID)?;
            set_step_state(fired.session, step)?;
            // The step may be in a final state again, and the last one that was open.
            fired.session.look_up_fresh(LookUp::TasksOfSteps, &[step], |row| {
                hints::set_task_timer_now(fired.session, TaskId(row.i64(0)));
                Ok(())
            })
        }
        Event::Truncate => Ok(_ = fired.session.write(Statement::ForgetStepStates, &[])),
    }
}

fn step_edges(fired: &TriggerCall) -> Result<(), TaskerError> {
    let written = match fired.event() {
        Event::BeforeInsert => return Ok(()),
        Event::Insert => Statement::NewEdges,
        Event::Update => Statement::ChangedEdges,
        Event::Delete => Statement::OldEdges,
        Event::Truncate => {
            let mut children = Vec::new();
            fired
                .session
                .write_returning(Statement::ForgetStepParents, &[], |row| children.push(row.i64(0)))?;
            return lost_parents(fired.session, &children);
        }
    };
    let session = fired.with_transition_tables();
    let mut new = Vec::new();
    let mut children = Vec::new();
    session.write_returning(written, &[], |row| {
        children.push(row.i64(1));
        if row.bool(2) {
            new.push(Dependency { from: StepId(row.i64(0)), to: StepId(row.i64(1)) });
        }
    })?;
    if children.is_empty() {
        return Ok(());
    }
    children.sort_unstable();
    children.dedup();
    let ends = follow_edges(session, &children, &new)?;
    edge_guard::check(session, &new, &ends)?;
    match fired.event() {
        Event::Insert => hints::forget_waiting_children(session, &children)?,
        _ => lost_parents(session, &children)?,
    }
    Ok(())
}

/// Wakes steps that have fewer parents now: they may be able to run. Without the edge, a step may no longer be cut off,
/// or may wait only for parents that have failed.
fn lost_parents(session: &Session, children: &[i64]) -> Result<(), TaskerError> {
    hints::hint_steps(session, children)?;
    hints::wake(session, children);
    session.look_up_fresh(LookUp::TasksOfSteps, children, |row| {
        hints::set_task_timer_now(session, TaskId(row.i64(0)));
        Ok(())
    })
}

/// Updates the side rows of these children for their edges. It returns the current side rows at both ends of the new
/// edges.
///
/// The new parents are locked too: one that is just finishing does not see its new children, and would hint at none.
fn follow_edges(
    session: &Session,
    children: &[i64],
    new: &[Dependency],
) -> Result<GuardedSteps, TaskerError> {
    let mut family: Vec<i64> = new.iter().map(|edge| edge.from.0).chain(children.iter().copied()).collect();
    family.sort_unstable();
    family.dedup();
    let mut ends = GuardedSteps::new();
    let mut note = |row: &Row| {
        let parents = row.i64_array(2, |parents| parents.iter().copied().map(StepId).collect());
        ends.insert(StepId(row.i64(0)), GuardedStep { task: TaskId(row.i64(1)), parents });
    };
    session.write_returning(Statement::LockSteps, &[spi::bigint_array(&family)], &mut note)?;
    let mut followed = 0;
    session.write_returning(Statement::SetStepParents, &[spi::bigint_array(children)], |row| {
        followed += 1;
        note(row);
    })?;
    if followed < children.len() {
        put_steps(session, children);
        require_fresh_snapshot(session, children)?;
        session.write_returning(Statement::LockSteps, &[spi::bigint_array(&family)], &mut note)?;
    }
    Ok(ends)
}

fn tasks(fired: &TriggerCall) -> Result<(), TaskerError> {
    const ID: &CStr = c"task_id";
    let session = fired.session;
    match fired.event() {
        Event::BeforeInsert => {}
        Event::Insert => {
            let task = fired.id(RowVersion::New, ID)?;
            put_tasks(session, &[task]);
            event_log::note_task(session.schema(), "task.created", task, None, None);
        }
        Event::Update if !fired.has_changed(COLUMNS_OF_TASKS) => {}
        Event::Update => {
            let (old, new) = (fired.id(RowVersion::Old, ID)?, fired.id(RowVersion::New, ID)?);
            if old != new {
                delete_task(session, TaskId(old))?;
            }
            put_tasks(session, &[new]);
        }
        Event::Delete => delete_task(session, TaskId(fired.id(RowVersion::Old, ID)?))?,
        Event::Truncate => {
            session.write(Statement::TruncateTasks, &[]);
            times::truncate_deadlines(session);
            forks::truncate(session);
        }
    }
    Ok(())
}

fn task_transitions(fired: &TriggerCall) -> Result<(), TaskerError> {
    const ID: &CStr = c"task_id";
    match fired.event() {
        Event::BeforeInsert => {
            let task = fired.id(RowVersion::New, ID)?;
            if fired.flag(RowVersion::New, c"most_recent")? {
                // As for steps: before the unique index can make another session wait.
                fired.session.write(Statement::LockTaskFacts, &[spi::bigint(task)]);
            }
            return check(fired, Machine::Task(TaskId(task)));
        }
        Event::Insert | Event::Update | Event::Delete
            if !concerns_current(fired, COLUMNS_OF_TASK_TRANSITIONS)? => {}
        Event::Insert => {
            let task = fired.id(RowVersion::New, ID)?;
            put_tasks(fired.session, &[task]);
            if let Some(state) = fired.text(c"to_state")?.as_deref().and_then(TaskState::parse) {
                hints::follow_task(fired.session, TaskId(task), state)?;
                noted_transitions::note_of_task(fired, task, state)?;
            }
        }
        Event::Update => put_tasks(fired.session, &fired.ids(ID)?),
        Event::Delete => put_tasks(fired.session, &[fired.id(RowVersion::Old, ID)?]),
        Event::Truncate => {
            fired.session.write(Statement::ForgetTaskStates, &[]);
        }
    }
    Ok(())
}

pub fn put_steps(session: &Session, steps: &[i64]) {
    session.write(Statement::PutSteps, &[spi::bigint_array(steps)]);
}

pub fn put_tasks(session: &Session, tasks: &[i64]) {
    session.write(Statement::PutTasks, &[spi::bigint_array(tasks)]);
}

fn delete_task(session: &Session, task: TaskId) -> Result<(), TaskerError> {
    session.write(Statement::DeleteTask, &[spi::bigint(task.0)]);
    hints::forget_task(session, task);
    hints::leave_task(session, task)?;
    session.write(Statement::DeleteSignals, &[spi::bigint(task.0)]);
    times::forget_deadlines(session, &[task.0]);
    forks::forget(session, &[task.0]);
    Ok(())
}

fn set_step_state(session: &Session, step: i64) -> Result<(), TaskerError> {
    followed(session, step, Statement::SetStepState, &[spi::bigint(step)])?;
    hints::hint_steps(session, &[step])?;
    hints::wake(session, &[step]);
    Ok(())
}

/// Returns whether a change of a transition concerns one that is or was current.
fn concerns_current(fired: &TriggerCall, columns: &[&CStr]) -> Result<bool, TaskerError> {
    let is_current = |version| fired.flag(version, c"most_recent");
    Ok(match fired.event() {
        Event::Insert => is_current(RowVersion::New)?,
        Event::Update => {
            (is_current(RowVersion::Old)? || is_current(RowVersion::New)?)
                && (fired.has_changed(columns) || may_wait_otherwise(fired)?)
        }
        Event::Delete => is_current(RowVersion::Old)?,
        Event::BeforeInsert | Event::Truncate => true,
    })
}

/// Returns whether a step that has failed may have a new wait, which its transition holds in its metadata.
fn may_wait_otherwise(fired: &TriggerCall) -> Result<bool, TaskerError> {
    Ok(fired.text(c"to_state")?.as_deref() == Some(StepState::Error.as_str())
        && fired.has_changed(&[c"metadata"]))
}

/// Checks a transition that is about to be inserted, and fills its `from_state` if the writer left it out.
fn check(fired: &TriggerCall, machine: Machine) -> Result<(), TaskerError> {
    let sort_key = fired.value(RowVersion::New, c"sort_key", &[pg_sys::INT4OID])?.value() as i32;
    let to_state = fired.text(c"to_state")?.unwrap_or_default();
    let is_given = fired.text(c"from_state")?.is_some();
    if let Some(from) = transition_check::from_state(fired.session, machine, sort_key, &to_state, is_given)? {
        fired.fill(c"from_state", from.as_str());
    }
    Ok(())
}

/// Updates a step's side row for its new state, and then the queues.
fn enter_step_state(session: &Session, id: StepId, arguments: &[Option<Datum>]) -> Result<(), TaskerError> {
    let mut entered: Option<Result<Step, TaskerError>> = None;
    session.write_optional(Statement::EnterStepState, arguments, |row| entered = Some(loader::step(row)))?;
    match entered {
        None => {
            put_steps(session, &[id.0]);
            require_fresh_snapshot(session, &[id.0])?;
            hints::hint_steps(session, &[id.0])?;
        }
        Some(Ok(step)) => hints::follow(session, step.state, &[step])?,
        // A state that does not exist is the doctor's to report, not this writer's.
        Some(Err(_)) => hints::forget(session, &[id.0]),
    }
    Ok(())
}

/// Runs a statement that writes a step's side row, and creates the row if it does not exist.
fn followed(
    session: &Session,
    step: i64,
    statement: Statement,
    arguments: &[Datum],
) -> Result<(), TaskerError> {
    if session.write(statement, arguments) == 0 {
        put_steps(session, &[step]);
        require_fresh_snapshot(session, &[step])?;
    }
    Ok(())
}
