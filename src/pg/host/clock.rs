//! The one place that reads the clock.

use crate::core::time::Timestamp;
use crate::pg::host::settings;
use pgrx::pg_sys;

/// Now, for the `tasker_*` functions: the start of the statement, so that time passes within a transaction
/// (semantics R22) but not within a query.
pub fn statement_now() -> Timestamp {
    // SAFETY: reads a backend-local variable.
    fake().unwrap_or_else(|| Timestamp::from_postgres(unsafe { pg_sys::GetCurrentStatementStartTimestamp() }))
}

/// Now, for the replaced Rails functions: the start of the transaction, as `NOW()` has it.
pub fn transaction_now() -> Timestamp {
    // SAFETY: reads a backend-local variable.
    fake()
        .unwrap_or_else(|| Timestamp::from_postgres(unsafe { pg_sys::GetCurrentTransactionStartTimestamp() }))
}

/// A timestamptz is microseconds since 2000 in UTC, which is just what the naive columns hold.
fn fake() -> Option<Timestamp> {
    let text = settings::fake_now()?;
    // SAFETY: timestamptz_in takes a C string, a type oid that it ignores, and a type modifier (-1: none). It
    // returns by value, or raises 22007 for a text that is no time. `text` outlives the call.
    let datum = unsafe {
        pgrx::direct_function_call_as_datum(
            pg_sys::timestamptz_in,
            &[
                Some(pg_sys::Datum::from(text.as_ptr())),
                Some(pg_sys::Datum::from(pg_sys::InvalidOid)),
                Some(pg_sys::Datum::from(-1i32)),
            ],
        )
    };
    datum.map(|datum| Timestamp::from_postgres(datum.value() as i64))
}
