//! Sets timers: a step or a task is looked at again when its time has come.

use crate::core::ids::{StepId, TaskId};
use crate::core::time::{Duration, Timestamp};
use crate::core::waiting;
use crate::pg::datum::export;
use crate::pg::host::clock;
use crate::pg::host::wakeups::{self, OtherWork};
use crate::pg::spi::{self, Session, Statement};
use pgrx::pg_sys;

/// Asks for a look at a step at that time.
pub fn set_step_timer(session: &Session, step: StepId, due_at: Timestamp) {
    put_timer(session, "step", step.0, due_at);
}

/// Sets a timer to examine a task at about that time. Each backend writes a row of its own, so that none waits for
/// another that holds the row it wants next.
pub fn set_task_timer(session: &Session, task: TaskId, due_at: Timestamp) {
    put_timer(session, "task", task.0, due_at.plus(own_place()));
}

/// Returns a time that no other backend adds.
fn own_place() -> Duration {
    // SAFETY: a backend-local variable.
    Duration::microseconds(unsafe { pg_sys::MyProcPid }.into())
}

/// Sets the only timer of a task for that time.
pub fn set_deadline_timer(session: &Session, task: TaskId, due_at: Timestamp) {
    put_timer(session, "task", task.0, due_at);
}

/// Asks for a look at a schedule at that time. The session must hold the schedule.
pub fn set_schedule_timer(session: &Session, schedule: i64, due_at: Timestamp) {
    put_timer(session, "schedule", schedule, due_at);
}

/// Asks for a look, at about that time, at a schedule that another session holds. As for tasks, each backend writes a
/// row of its own.
pub fn set_busy_schedule_timer(session: &Session, schedule: i64, due_at: Timestamp) {
    put_timer(session, "schedule", schedule, due_at.plus(own_place()));
}

/// Asks for a look at a task at once, unless it is gone: the next claim or maintenance run takes it.
pub fn set_task_timer_now(session: &Session, task: TaskId) {
    let arguments = [spi::bigint(task.0), spi::timestamp(clock::statement_now())];
    if session.write(Statement::PutTaskTimer, &arguments) > 0 {
        wakeups::note_other(session.schema(), OtherWork::Due);
    }
}

fn put_timer(session: &Session, kind: &str, subject: i64, due_at: Timestamp) {
    session.write(Statement::PutTimer, &[export::text(kind), spi::bigint(subject), spi::timestamp(due_at)]);
    // A later one is seen before it is due.
    if due_at <= clock::statement_now().plus(waiting::LONGEST) {
        wakeups::note_other(session.schema(), OtherWork::Due);
    }
}
