//! Reads where forks come from, and which of their steps are copies. An installation of layout 1 has no table for them: it
//! has no forks. While there is none, a question costs a look at an empty table.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::time::Timestamp;
use crate::pg::spi::{self, LookUp, Session, Statement};
use pgrx::pg_sys;
use std::collections::HashSet;
use std::ffi::CStr;

const TABLE: &CStr = c"tasker_core_forks";

/// The origin of a fork.
#[derive(Clone, Debug)]
pub struct Origin {
    pub task: TaskId,
    /// The step of that task from which it runs again; `None`: what had not ended well.
    pub from_step: Option<StepId>,
    pub at: Option<Timestamp>,
    pub by: String,
}

/// Returns whether the installation has the table of forks.
pub fn has_table(session: &Session) -> bool {
    session.has_table(TABLE)
}

/// Returns whether there may be forks.
pub fn have_any(session: &Session) -> bool {
    session.may_have_rows(LookUp::Forks)
}

/// Refuses an installation without the table.
pub fn require_table(session: &Session) -> Result<(), TaskerError> {
    session.require_table(TABLE, "fork a task")
}

/// Returns the origin of a task; `None` if it is no fork.
pub fn origin(session: &Session, task: TaskId) -> Result<Option<Origin>, TaskerError> {
    let mut origin = None;
    if have_any(session) {
        session.read(Statement::ForkOfTask, &[spi::bigint(task.0)], |row| {
            origin = Some(Origin {
                task: TaskId(row.i64(0)),
                from_step: row.value(1).map(|_| StepId(row.i64(1))),
                at: row.optional_timestamp(2),
                by: row.text(3, str::to_owned),
            });
            Ok(())
        })?;
    }
    Ok(origin)
}

/// Returns the forks of a task, in their order.
pub fn forks_of(session: &Session, task: TaskId) -> Result<Vec<i64>, TaskerError> {
    let mut forks = Vec::new();
    if have_any(session) {
        session.read(Statement::ForksOfTask, &[spi::bigint(task.0)], |row| {
            forks.push(row.i64(0));
            Ok(())
        })?;
    }
    Ok(forks)
}

/// Returns the steps of a task that are copies.
pub fn copied_steps(session: &Session, task: TaskId) -> Result<HashSet<StepId>, TaskerError> {
    copies(session, Statement::CopiedSteps, spi::bigint(task.0))
}

/// Returns the copies that were made after a time.
pub fn copied_after(session: &Session, time: Timestamp) -> Result<HashSet<StepId>, TaskerError> {
    copies(session, Statement::CopiedStepsAfter, spi::timestamp(time))
}

fn copies(
    session: &Session,
    statement: Statement,
    argument: pg_sys::Datum,
) -> Result<HashSet<StepId>, TaskerError> {
    let mut copies = HashSet::new();
    if have_any(session) {
        session.read(statement, &[argument], |row| {
            row.i64_array(0, |steps| copies.extend(steps.iter().copied().map(StepId)));
            Ok(())
        })?;
    }
    Ok(copies)
}
