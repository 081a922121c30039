//! Reads the clock. No other module does.

use crate::core::time::Timestamp;
use crate::pg::host::settings;
use pgrx::pg_sys;
use std::cell::Cell;

/// Returns the time that the `tasker_*` functions use: the start of the statement, or of the look of a call that waits
/// for work. Time passes within a transaction (R22), but not within a query or a look.
pub fn statement_now() -> Timestamp {
    fake().or_else(|| look().map(|look| look.now)).unwrap_or_else(|| {
        // SAFETY: reads a backend-local variable.
        Timestamp::from_postgres(unsafe { pg_sys::GetCurrentStatementStartTimestamp() })
    })
}

/// Returns the time of the operating system, even if `tasker_core.fake_now` is set: for how long a call waits.
pub fn real_now() -> Timestamp {
    // SAFETY: reads the clock.
    Timestamp::from_postgres(unsafe { pg_sys::GetCurrentTimestamp() })
}

/// Returns the time that the replaced Rails functions use: the start of the transaction, as for `NOW()`.
pub fn transaction_now() -> Timestamp {
    // SAFETY: reads a backend-local variable.
    fake()
        .unwrap_or_else(|| Timestamp::from_postgres(unsafe { pg_sys::GetCurrentTransactionStartTimestamp() }))
}

/// Returns the time of `tasker_core.fake_now`, if it is set. A timestamptz is microseconds since 2000 in UTC, and the
/// engine's columns without a time zone hold the same number.
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

/// A look of a call that waits for work: it has a time of its own, though the statement began before.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub now: Timestamp,
    /// True if the caller has begun a transaction that continues after the call. The subtransaction of the look hides it.
    pub is_in_block: bool,
}

thread_local! {
    static LOOK: Cell<Option<Look>> = const { Cell::new(None) };
}

/// Returns the look that this session is having, if any.
pub fn look() -> Option<Look> {
    LOOK.get()
}

/// Has a look: what `work` does takes place at its time.
pub fn have_look<R>(look: Look, work: impl FnOnce() -> R) -> R {
    /// Ends the look also when an error unwinds.
    struct End(Option<Look>);
    impl Drop for End {
        fn drop(&mut self) {
            LOOK.set(self.0);
        }
    }
    let _end = End(LOOK.replace(Some(look)));
    work()
}
