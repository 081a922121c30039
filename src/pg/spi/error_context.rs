//! Names the statement in the CONTEXT of the errors that our statements raise.
//!
//! SPI puts the text of a statement into the CONTEXT of its errors: dozens of lines that do not help a user. This
//! module replaces the text by the name of the statement when an error passes by. Without an error this costs only a
//! landing pad, and no `setjmp`.

use crate::pg::spi::statements::Statement;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::pg_sys::{self, ErrorData};
use pgrx::prelude::*;
use std::ffi::{CStr, CString, c_char};
use std::panic::AssertUnwindSafe;

/// Runs a statement, and puts its name into its errors. `text` is called only if there is an error.
pub(crate) fn naming<R>(statement: Statement, text: impl FnOnce() -> String, run: impl FnOnce() -> R) -> R {
    let ended = PgTryBuilder::new(AssertUnwindSafe(|| Ok(run())))
        .catch_others(|error| match error {
            // SAFETY: PostgreSQL keeps the error until this handler ends; the copy is in the memory of the caller.
            CaughtError::PostgresError(_) => Err(unsafe { pg_sys::CopyErrorData() }),
            other => other.rethrow(),
        })
        .execute();
    ended.unwrap_or_else(|error| {
        // SAFETY: a copy of an error that PostgreSQL has raised and that has been flushed since; it is raised again.
        unsafe {
            name_statement(&mut *error, &statement.name(), &text());
            raise_again(error)
        }
    })
}

/// Raises an error again.
///
/// # Safety
/// The error must be a copy of one that PostgreSQL has raised, and PostgreSQL's own state must have been flushed since.
unsafe fn raise_again(error: *mut ErrorData) -> ! {
    // SAFETY: as promised.
    unsafe { pg_sys::ReThrowError(error) };
    // The bindings of 18 do not say that the function never returns.
    #[allow(unreachable_code)]
    std::process::abort()
}

/// Replaces the text of a statement by its name.
///
/// # Safety
/// The texts of `error` must be NULL or C strings.
unsafe fn name_statement(error: &mut ErrorData, name: &str, text: &str) {
    // SAFETY: as for this function; the new texts are copied by `ReThrowError`.
    unsafe {
        let in_context = string(error.context).map(|context| context.replace(text, name));
        error.context = match string(error.internalquery) {
            // An error at a place in the text, which SPI names in a field of its own. That field is not needed then.
            Some(query) if query == text => {
                error.internalquery = std::ptr::null_mut();
                error.internalpos = 0;
                let named = format!("SQL statement \"{name}\"");
                copied(&in_context.map_or(named.clone(), |context| format!("{named}\n{context}")))
            }
            _ => in_context.map_or(std::ptr::null_mut(), |context| copied(&context)),
        };
    }
}

/// Copies a text that may be missing.
///
/// # Safety
/// The text must be NULL or a C string.
unsafe fn string(text: *const c_char) -> Option<String> {
    // SAFETY: as for this function.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// Copies a text into the current memory.
fn copied(text: &str) -> *mut c_char {
    let text = CString::new(text).unwrap_or_default();
    // SAFETY: copies a C string.
    unsafe { pg_sys::pstrdup(text.as_ptr()) }
}
