//! Lets a long computation or a wait be cancelled.

use pgrx::pg_sys;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

/// Ends the query or the session if a cancellation or termination has been requested.
pub fn check() {
    pgrx::check_for_interrupts!();
}

/// Fails if the client has closed its connection. PostgreSQL itself asks only if `client_connection_check_interval` is
/// set.
///
/// # Errors
/// 08006 if it has.
pub fn require_client() -> Result<(), ErrorReport> {
    #[cfg(target_os = "linux")]
    {
        unsafe extern "C-unwind" {
            /// Asks the operating system whether the connection stands; pgrx does not declare it. Other systems may not be
            /// able to tell.
            fn pq_check_connection() -> bool;
        }
        // SAFETY: a background worker has no client. It reads the socket of this backend, without waiting; the guard
        // catches an error of PostgreSQL.
        #[allow(ffi_unwind_calls, reason = "guarded")]
        let has_gone = unsafe {
            !pg_sys::MyProcPort.is_null() && !pg_sys::ffi::pg_guard_ffi_boundary(|| pq_check_connection())
        };
        if has_gone {
            return Err(ErrorReport::new(
                PgSqlErrorCode::ERRCODE_CONNECTION_FAILURE,
                "connection to client lost",
                "tasker_core",
            ));
        }
    }
    Ok(())
}
