//! Hints and timers: which steps are worth a look, and when (see docs/concurrency.md).
//!
//! A hint says that a step *may* have become ready; the claim checks it in its own snapshot. The transaction that
//! finishes a parent writes a hint at every child. With several parents, the last one to commit leaves a hint under
//! which all of them are visible: no wake-up is lost, and no session waits. A timer is a hint for a later time.

use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::readiness::{HoldTimes, has_attempts_left};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use crate::core::time::Duration;
use crate::pg::host::wakeups::{self, BroughtStep};
use crate::pg::host::{clock, settings};
use crate::pg::queue::children::Children;
use crate::pg::queue::shares;
use crate::pg::queue::slots::end_holds;
pub use crate::pg::queue::timers::{set_step_timer, set_task_timer, set_task_timer_now};
use crate::pg::queue::times;
use crate::pg::reading::config;
use crate::pg::spi::{self, LookUp, Session, Statement};
use std::collections::BTreeSet;

/// The delay until a missed end of a task is looked for.
pub const LOOK_AGAIN: Duration = Duration::seconds(5);

/// Writes hints at those of the steps that are pending or in error and not claimed, because something has happened to
/// them. Those that must be claimed in time get timers, also if they have a hint already: after a pause, they have as long
/// again.
pub fn hint_steps(session: &Session, steps: &[i64]) -> Result<(), TaskerError> {
    times::note_ready(session, steps)?;
    hint_again(session, steps)
}

/// Writes hints as [`hint_steps`] does, for steps whose timers have been looked at.
pub fn hint_again(session: &Session, steps: &[i64]) -> Result<(), TaskerError> {
    if steps.is_empty() {
        return Ok(());
    }
    let steps = shares::hint_own(session, steps)?;
    if steps.is_empty() {
        return Ok(());
    }
    let (now, weight) = (clock::statement_now(), settings::priority_interval());
    let arguments = [spi::bigint_array(&steps), spi::timestamp(now), spi::interval(weight)];
    let mut brought = Vec::new();
    session.write_returning(Statement::PutOwnHints, &arguments, |row| {
        brought.push(BroughtStep { step: row.i64(0), named_task: row.i32(1), named_step: row.i32(2) });
    })?;
    wakeups::note_steps(session.schema(), brought);
    Ok(())
}

/// Notes that something has happened to these steps, so that the rules of those that have one are evaluated again.
pub fn wake(session: &Session, steps: &[i64]) {
    session.write(Statement::WakeSteps, &[spi::bigint_array(steps)]);
}

/// Marks these steps, which the caller has locked, for evaluation, unless they are marked already: a call that comes in
/// vain leaves no more marks than it has found.
pub fn wake_unmarked(session: &Session, steps: &[i64]) {
    session.write(Statement::WakeUnmarked, &[spi::bigint_array(steps)]);
}

/// Notes that steps have ended without success, so that the rules of their children are evaluated again.
fn wake_children(session: &Session, steps: &[i64]) {
    if !steps.is_empty() {
        session.write(Statement::WakeChildren, &[spi::bigint_array(steps)]);
    }
}

/// Takes the hints back at those of the steps that have an unfinished parent.
pub fn forget_waiting_children(session: &Session, steps: &[i64]) -> Result<(), TaskerError> {
    let mut forgotten = Vec::new();
    session.write_returning(Statement::ForgetWaitingChildren, &[spi::bigint_array(steps)], |row| {
        forgotten.push(row.i64(0));
    })?;
    forgotten.extend(shares::forget_waiting_children(session, steps)?);
    wakeups::note_taken(session.schema(), forgotten);
    Ok(())
}

/// Takes back the hints at steps.
pub fn forget_hints(session: &Session, steps: &[i64]) {
    shares::forget(session, steps);
    if session.tables().delete_rows(LookUp::Hints, steps).is_none() {
        session.write(Statement::ForgetHints, &[spi::bigint_array(steps)]);
    }
}

/// Takes back whatever the queues say of steps.
pub fn forget(session: &Session, steps: &[i64]) {
    shares::forget(session, steps);
    session.write(Statement::ForgetSteps, &[spi::bigint_array(steps)]);
}

/// Takes back whatever the timers say of a task.
pub fn forget_task(session: &Session, task: TaskId) {
    session.write(Statement::ForgetTask, &[spi::bigint(task.0)]);
}

/// A task is over that is not to be finalized by itself: schedulers shall know.
pub fn note_end(session: &Session, task: TaskId) {
    session.write(Statement::NoteEnding, &[spi::bigint(task.0), spi::timestamp(clock::statement_now())]);
}

/// Updates the queues for a task that has just entered this state, in whichever way it was moved.
pub fn follow_task(session: &Session, task: TaskId, state: TaskState) -> Result<(), TaskerError> {
    match state {
        TaskState::Pending | TaskState::InProgress => Ok(()),
        TaskState::Complete | TaskState::Error | TaskState::Cancelled | TaskState::ResolvedManually => {
            leave_task(session, task)
        }
    }
}

/// Notes that a task has ended or is gone: no scheduler has to finalize it, and the rules of the steps that wait for it
/// must be evaluated again.
pub fn leave_task(session: &Session, task: TaskId) -> Result<(), TaskerError> {
    // A session that holds such a row deletes it itself.
    if session.tables().delete_rows(LookUp::Endings, &[task.0]).is_none() {
        session.write(Statement::ForgetEndings, &[spi::bigint(task.0)]);
    }
    if !waiters(session, task)?.is_empty() {
        session.write(Statement::WakeWaiters, &[spi::bigint(task.0)]);
    }
    Ok(())
}

/// The steps that wait for a task.
pub fn waiters(session: &Session, task: TaskId) -> Result<Vec<i64>, TaskerError> {
    let mut waiters = Vec::new();
    session.look_up_fresh(LookUp::Waiters, &[task.0], |row| {
        waiters.push(row.i64(0));
        Ok(())
    })?;
    Ok(waiters)
}

/// Ends the leases of the steps, and returns how many there were.
pub fn end_leases(session: &Session, steps: &[i64]) -> Result<u64, TaskerError> {
    let ended = match session.tables().delete_rows(LookUp::Leases, steps) {
        Some(written) if written.busy == 0 => written.done,
        written => {
            // The statement waits for leases that other sessions hold.
            let others = session.write(Statement::EndLeases, &[spi::bigint_array(steps)]);
            written.map_or(0, |written| written.done) + others
        }
    };
    if ended > 0 {
        end_holds(session, steps)?;
    }
    Ok(ended)
}

/// Updates the queues for steps that are no longer in progress. A leased step has no entries in the queues, because the
/// claim removed them. A hint written since then costs the next claim one look.
pub fn end_executions(session: &Session, steps: &[i64]) -> Result<(), TaskerError> {
    if end_leases(session, steps)? < steps.len() as u64 {
        forget(session, steps);
    }
    Ok(())
}

/// Lets claims find a step that may run now. A failed step that still waits and has attempts left gets a timer instead of
/// a hint.
pub fn offer(session: &Session, step: &Step) -> Result<(), TaskerError> {
    if !step.state.can_start() || step.in_process || step.processed {
        return Ok(());
    }
    let wait = HoldTimes::of(step).latest().filter(|until| *until > clock::statement_now());
    match wait {
        Some(until) if step.state == StepState::Error && has_attempts_left(step) => {
            set_step_timer(session, step.id, until);
            Ok(())
        }
        Some(_) | None => hint_or_wake(session, step),
    }
}

/// Writes a hint at a step that may run by now; if the step has a rule, the rule is evaluated too.
fn hint_or_wake(session: &Session, step: &Step) -> Result<(), TaskerError> {
    hint_steps(session, &[step.id.0])?;
    if step.has_rule {
        wake(session, &[step.id.0]);
    }
    Ok(())
}

/// Updates the queues for steps that have all just entered this state.
pub fn follow(session: &Session, state: StepState, steps: &[Step]) -> Result<(), TaskerError> {
    let ids: Vec<i64> = steps.iter().map(|step| step.id.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    match state {
        StepState::Pending => {
            hint_steps(session, &ids)?;
            if steps.iter().any(|step| step.has_rule) {
                wake(session, &ids);
            }
        }
        StepState::InProgress => {
            forget(session, &ids);
            let kept = times::of_steps(session, &ids)?;
            for step in steps {
                let own = kept.get(&step.id).and_then(|kept| kept.times.timeout());
                let limit = config::unleased_limit(session, step, own)?.map(|(limit, _)| limit);
                if let Some((limit, since)) = limit.zip(step.state_since) {
                    session.write(
                        Statement::PutStaleTimer,
                        &[spi::bigint(step.id.0), spi::timestamp(since.plus(limit))],
                    );
                }
            }
        }
        StepState::Complete | StepState::ResolvedManually => {
            end_executions(session, &ids)?;
            Children::of(session, &ids)?.hint(session)?;
        }
        StepState::Error => {
            end_executions(session, &ids)?;
            for step in steps.iter().filter(|step| has_attempts_left(step)) {
                let due_at = HoldTimes::of(step).latest().unwrap_or_else(clock::statement_now);
                set_step_timer(session, step.id, due_at);
            }
            let failed = steps.iter().filter(|step| !has_attempts_left(step)).map(|step| step.id.0);
            wake_children(session, &failed.collect::<Vec<_>>());
        }
        StepState::Cancelled => {
            forget(session, &ids);
            wake_children(session, &ids);
            // The engine ends no task for it (semantics R17), nor does a session that has counted on the step.
            let tasks: BTreeSet<TaskId> = steps.iter().map(|step| step.task_id).collect();
            for task in tasks {
                set_task_timer(session, task, clock::statement_now().plus(LOOK_AGAIN));
            }
            if session.write(Statement::CancelLeases, &[spi::bigint_array(&ids)]) > 0 {
                end_holds(session, &ids)?;
            }
        }
    }
    Ok(())
}
