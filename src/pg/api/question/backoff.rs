//! `tasker_backoff_seconds`, `tasker_parse_retry_after`: computing waits.

use crate::core::backoff::{Growth, PROGRESSION, Policy};
use crate::core::error::TaskerError;
use crate::core::time::Timestamp;
use crate::pg::api::values;
use crate::pg::datum::export::{Call, export};
use crate::pg::spi;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_backoff_seconds(…)`
    tasker_backoff_seconds, pg_finfo_tasker_backoff_seconds => backoff_seconds;
    /// `tasker_parse_retry_after(text, timestamptz)`
    tasker_parse_retry_after, pg_finfo_tasker_parse_retry_after => parse_retry_after;
}

fn backoff_seconds(call: &Call) -> Result<Datum, ErrorReport> {
    let attempt = call.integer(0).ok_or(TaskerError::NullArgument("attempt"))?;
    let growth = Growth::parse(&call.text(1).ok_or(TaskerError::NullArgument("mode"))?)?;
    let number = |at, name| call.double(at).ok_or(TaskerError::NullArgument(name));
    let policy = Policy::new(
        growth,
        number(2, "base")?,
        number(3, "multiplier")?,
        call.double(4).unwrap_or_else(|| growth.default_cap()),
        number(5, "jitter")?,
        call.integers(7).unwrap_or_else(|| PROGRESSION.to_vec()),
    )?;
    let seed = call.bigint(6).ok_or(TaskerError::NullArgument("seed"))?;
    Ok(spi::float8(policy.delay(attempt, seed).to_microseconds() as f64 / 1e6))
}

fn parse_retry_after(call: &Call) -> Result<Datum, ErrorReport> {
    let Some(header) = call.text(0) else { return Ok(call.null()) };
    let now = call.datum(1).ok_or(TaskerError::NullArgument("now"))?;
    // A timestamptz is microseconds since 2000 in UTC.
    let now = Timestamp::from_postgres(now.value() as i64);
    match values::retry_after(Some(&header), now)? {
        Some(seconds) => Ok(seconds.into()),
        None => Ok(call.null()),
    }
}
