//! What a trigger asks of the snapshot of its transaction.

use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::pg::spi::{self, Session, Statement};
use pgrx::pg_sys;

/// Under REPEATABLE READ a transaction may write a transition or an edge of a step that its snapshot does not
/// show yet; the side row, invisible too, would go unchanged. PostgreSQL's answer to that is 40001.
///
/// Replication applies rows in READ COMMITTED, and in whatever order; there a missing step means only that it
/// is still to come, or gone.
pub fn require_fresh_snapshot(session: &Session, steps: &[i64]) -> Result<(), TaskerError> {
    // SAFETY: a backend-local variable.
    if unsafe { pg_sys::XactIsoLevel } < pg_sys::XACT_REPEATABLE_READ as i32 {
        return Ok(());
    }
    let mut seen = Vec::new();
    session
        .write_returning(Statement::LockSteps, &[spi::bigint_array(steps)], |row| seen.push(row.i64(0)))?;
    match steps.iter().find(|step| !seen.contains(step)) {
        Some(step) => Err(TaskerError::StaleSnapshot(StepId(*step))),
        None => Ok(()),
    }
}
