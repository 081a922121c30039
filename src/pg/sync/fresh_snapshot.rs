//! Checks the snapshot of a transaction for triggers.

use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::pg::spi::{self, Session, Statement};
use pgrx::pg_sys;

/// Refuses steps that the snapshot does not show yet (40001). A transaction at REPEATABLE READ may write a transition
/// or an edge of such a step; the side row, which is invisible too, would not be updated.
///
/// Replication applies rows at READ COMMITTED, and in any order. A missing step there only means that it has not
/// arrived yet, or is gone.
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
