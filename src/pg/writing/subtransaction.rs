//! Work that may be refused without its call: done in a subtransaction, as PL/pgSQL does for a block with handlers.

use crate::core::error::TaskerError;
use crate::core::trouble::RefusalScope;
use crate::pg::host::actor::Actor;
use crate::pg::host::error;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys;
use pgrx::pg_sys::panic::{CaughtError, ErrorReportWithLevel};
use pgrx::prelude::*;
use std::ffi::CStr;
use std::panic::AssertUnwindSafe;

/// Why work was refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub sqlstate: String,
    pub message: String,
    /// What it means for the work.
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

/// How work has ended.
enum WorkEnd<R> {
    Done(R),
    /// It failed with an error of ours, which is passed on.
    Failed(TaskerError),
    /// With an error of PostgreSQL's, and a copy of it that has all its fields.
    Raised(Refusal, *mut pg_sys::ErrorData),
    /// With an error or a panic that Rust raised.
    Thrown(Refusal, CaughtError),
}

/// Runs `work` in a subtransaction; what is refused is undone, and the reason returned. An error that says nothing of
/// the work, such as a cancellation or that the caller lacks a privilege, is raised again.
///
/// What is deferred to the end of the transaction is part of the work, and run at its end.
///
/// What the session opens meanwhile is the session's own (`memory::In`); counts are kept by level (`counts.rs`);
/// suppressed triggers (`suppression.rs`) come back by unwinding; the end of the subtransaction restores the user.
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
    in_subtransaction(work, |refusal| {
        refusal.scope == RefusalScope::Call
            || (writer.actor == Actor::Caller && refusal.sqlstate == PRIVILEGE)
    })
}

/// Runs `work` in a subtransaction. What PostgreSQL refuses for want of a right (42501) is undone and returned; every other
/// error leaves as it is. A session must have closed its tables before: `work` opens a session of its own.
pub fn unless_forbidden<R>(
    work: impl FnOnce() -> Result<R, TaskerError>,
) -> Result<Result<R, Refusal>, TaskerError> {
    in_subtransaction(work, |refusal| refusal.sqlstate != PRIVILEGE)
}

fn in_subtransaction<R>(
    work: impl FnOnce() -> Result<R, TaskerError>,
    ends_call: impl Fn(&Refusal) -> bool,
) -> Result<Result<R, Refusal>, TaskerError> {
    // SAFETY: backend-local variables. As in pl_exec.c: the work goes on in the memory in which it began, and what ends the
    // subtransaction is followed by the way back to that memory and to that owner of resources.
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
    // SAFETY: ends the subtransaction that began above; then as above.
    unsafe {
        match ended {
            WorkEnd::Done(_) => pg_sys::ReleaseCurrentSubTransaction(),
            _ => pg_sys::RollbackAndReleaseCurrentSubTransaction(),
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
