//! Runs work in a subtransaction, as PL/pgSQL does for a block with handlers. If the work is refused, its call
//! continues.

use crate::core::error::TaskerError;
use crate::core::trouble::RefusalScope;
use crate::pg::host::actor::Actor;
use crate::pg::host::error;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::{CaughtError, ErrorReport, ErrorReportWithLevel};
use pgrx::prelude::*;
use std::ffi::CStr;
use std::panic::AssertUnwindSafe;

/// The reason for which work was refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub sqlstate: String,
    pub message: String,
    /// The extent of the refusal: the call, this attempt, or every attempt.
    pub scope: RefusalScope,
}

impl Refusal {
    fn new(code: PgSqlErrorCode, message: &str) -> Self {
        // SAFETY: returns a C string in a buffer of its own, which is copied.
        let sqlstate = unsafe { CStr::from_ptr(pg_sys::unpack_sql_state(code as i32)) };
        let sqlstate = sqlstate.to_string_lossy().into_owned();
        let scope = RefusalScope::of(&sqlstate);
        Self { sqlstate, message: message.to_owned(), scope }
    }

    fn of(report: &ErrorReportWithLevel) -> Self {
        Self::new(report.sql_error_code(), report.message())
    }
}

/// insufficient_privilege
const PRIVILEGE: &str = "42501";

/// The end of work.
enum WorkEnd<R> {
    Done(R),
    /// The work failed with an error of tasker_core, which is passed on.
    Failed(TaskerError),
    /// The work failed with an error of PostgreSQL. The pointer is a copy of it with all fields.
    Raised(Refusal, *mut pg_sys::ErrorData),
    /// The work failed with an error or a panic that Rust raised.
    Thrown(Refusal, CaughtError),
}

/// Runs `work` in a subtransaction. If the work is refused, its changes are undone and the reason is returned. An error
/// that does not depend on the work, such as a cancellation or a missing privilege of the caller, is raised again.
///
/// Deferred triggers and constraints are part of the work, and run at its end.
///
/// Resources that the session opens meanwhile belong to the session (`memory::In`); counts are kept by level
/// (`counts.rs`); unwinding restores suppressed triggers (`suppression.rs`); the end of the subtransaction restores the
/// user.
pub fn attempt<R>(
    writer: &Writer,
    work: impl FnOnce() -> Result<R, TaskerError>,
) -> Result<Result<R, Refusal>, TaskerError> {
    // A connection that began within would end within.
    writer.session.connect();
    let work = || {
        let done = work()?;
        writer.run_deferred();
        Ok(done)
    };
    let ends_call = |refusal: &Refusal| {
        refusal.scope == RefusalScope::Call
            || (writer.actor == Actor::Caller && refusal.sqlstate == PRIVILEGE)
    };
    in_subtransaction(work, |_| true, ends_call)
}

/// Runs `work` in a subtransaction. If a privilege is missing (42501), the changes are undone and the error is
/// returned. Every other error passes unchanged. A session must have closed its tables before, because `work` opens a
/// session of its own.
pub fn unless_forbidden<R>(
    work: impl FnOnce() -> Result<R, TaskerError>,
) -> Result<Result<R, Refusal>, TaskerError> {
    in_subtransaction(work, |_| true, |refusal| refusal.sqlstate != PRIVILEGE)
}

/// Runs `work` in a subtransaction, and undoes it unless it is to be kept; undone, it leaves no lock. Errors pass
/// unchanged. `work` opens a session of its own.
pub fn unless_in_vain<R>(
    work: impl FnOnce() -> Result<R, ErrorReport>,
    is_kept: impl FnOnce(&R) -> bool,
) -> Result<R, ErrorReport> {
    let ended = in_subtransaction(|| Ok(work()), |done| done.as_ref().is_ok_and(is_kept), |_| true)?;
    // Every refusal ends the call above.
    ended.unwrap_or_else(|refusal| Err(TaskerError::invalid("wait", refusal.message).into()))
}

/// Runs `work` in a subtransaction, and undoes it unless it is to be kept; undone, it leaves no lock. Errors pass
/// unchanged.
pub fn keep_if<R>(
    writer: &Writer,
    work: impl FnOnce() -> Result<R, TaskerError>,
    is_kept: impl FnOnce(&R) -> bool,
) -> Result<R, TaskerError> {
    // A connection that began within would end within.
    writer.session.connect();
    let ended = in_subtransaction(work, is_kept, |_| true)?;
    // Every refusal ends the call above.
    ended.map_err(|refusal| TaskerError::TriggerProtocol(refusal.message))
}

fn in_subtransaction<R>(
    work: impl FnOnce() -> Result<R, TaskerError>,
    is_kept: impl FnOnce(&R) -> bool,
    ends_call: impl Fn(&Refusal) -> bool,
) -> Result<Result<R, Refusal>, TaskerError> {
    // SAFETY: backend-local variables. As in pl_exec.c, the work continues in the memory context in which it began, and
    // after the end of the subtransaction the code returns to that context and that resource owner.
    let (memory, owner) = unsafe {
        let before = (pg_sys::CurrentMemoryContext, pg_sys::CurrentResourceOwner);
        pg_sys::BeginInternalSubTransaction(std::ptr::null());
        pg_sys::MemoryContextSwitchTo(before.0);
        before
    };
    let ended = PgTryBuilder::new(AssertUnwindSafe(|| match work() {
        Ok(done) => WorkEnd::Done(done),
        Err(error) => WorkEnd::Failed(error),
    }))
    .catch_others(|error| match error {
        CaughtError::PostgresError(report) => {
            // SAFETY: PostgreSQL keeps the error until this handler ends; the copy outlives the subtransaction.
            let copy = unsafe {
                pg_sys::MemoryContextSwitchTo(memory);
                pg_sys::CopyErrorData()
            };
            WorkEnd::Raised(Refusal::of(&report), copy)
        }
        CaughtError::ErrorReport(report) => {
            WorkEnd::Thrown(Refusal::of(&report), CaughtError::ErrorReport(report))
        }
        CaughtError::RustPanic { ereport, payload } => {
            WorkEnd::Thrown(Refusal::of(&ereport), CaughtError::RustPanic { ereport, payload })
        }
    })
    .execute();
    let is_kept = matches!(&ended, WorkEnd::Done(done) if is_kept(done));
    // SAFETY: ends the subtransaction that began above; then as above.
    unsafe {
        if is_kept {
            pg_sys::ReleaseCurrentSubTransaction();
        } else {
            pg_sys::RollbackAndReleaseCurrentSubTransaction();
        }
        pg_sys::MemoryContextSwitchTo(memory);
        pg_sys::CurrentResourceOwner = owner;
    }
    match ended {
        WorkEnd::Done(done) => Ok(Ok(done)),
        WorkEnd::Failed(error) => {
            let refusal = Refusal::new(error::sqlstate(&error), &error.to_string());
            if ends_call(&refusal) || error.concerns_all() { Err(error) } else { Ok(Err(refusal)) }
        }
        WorkEnd::Raised(refusal, copy) => {
            // SAFETY: a copy of an error that PostgreSQL has raised.
            unsafe {
                if ends_call(&refusal) {
                    pg_sys::ReThrowError(copy);
                }
                pg_sys::FreeErrorData(copy);
            }
            Ok(Err(refusal))
        }
        WorkEnd::Thrown(refusal, error) if ends_call(&refusal) => error.rethrow(),
        WorkEnd::Thrown(refusal, _) => Ok(Err(refusal)),
    }
}
