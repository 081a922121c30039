//! Work that may be refused, and then has left nothing behind.

use crate::core::error::TaskerError;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::prelude::*;
use std::panic::AssertUnwindSafe;

/// Runs `work` in a subtransaction. What PostgreSQL refuses for want of a right (42501) undoes it and becomes the message;
/// every other error leaves as it is. Tables that a session has open must be closed before: `work` opens its own session.
pub fn unless_forbidden<R>(
    work: impl FnOnce() -> Result<R, TaskerError>,
) -> Result<Result<R, String>, TaskerError> {
    // SAFETY: as PL/pgSQL does for a block with EXCEPTION (pl_exec.c): memory and resources are those of before again, whether
    // the subtransaction is released or rolled back.
    let (memory, resources) = unsafe {
        let before = (pg_sys::CurrentMemoryContext, pg_sys::CurrentResourceOwner);
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(before.0);
        before
    };
    // SAFETY: backend-local variables, set to what they were.
    let restore = || unsafe {
        pg_sys::MemoryContextSwitchTo(memory);
        pg_sys::CurrentResourceOwner = resources;
    };
    PgTryBuilder::new(AssertUnwindSafe(|| {
        let done = work();
        // SAFETY: ends what was begun above; an error of ours that is handed on aborts the whole transaction.
        unsafe { pg_sys::ReleaseCurrentSubTransaction() };
        restore();
        done.map(Ok)
    }))
    .catch_when(PgSqlErrorCode::ERRCODE_INSUFFICIENT_PRIVILEGE, |error| {
        // SAFETY: ends what was begun above.
        unsafe { pg_sys::RollbackAndReleaseCurrentSubTransaction() };
        restore();
        Ok(Err(match &error {
            CaughtError::PostgresError(report) | CaughtError::ErrorReport(report) => {
                report.message().to_owned()
            }
            CaughtError::RustPanic { ereport, .. } => ereport.message().to_owned(),
        }))
    })
    .execute()
}
