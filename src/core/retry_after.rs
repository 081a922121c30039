//! The `Retry-After` header: seconds, or a date in one of the three formats of HTTP (RFC 9110, 5.6.7 and 10.2.3).
//!
//! The engine lets a header that it cannot read replace the failure that it came with (semantics 4.6); here it is an
//! error of the argument, and nothing has been written yet.

use super::error::TaskerError;
use super::time::Timestamp;
use chrono::NaiveDateTime;

/// The preferred format, the obsolete one of RFC 850, and that of C's asctime.
const FORMATS: [&str; 3] = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

const MICROSECONDS_PER_SECOND: i64 = 1_000_000;

/// How many seconds a header asks to wait, counted from `now`: 0 for a date that has passed, `i32::MAX` for what is
/// more than that; `None` for a header that is blank.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] for anything else.
pub fn parse(header: &str, now: Timestamp) -> Result<Option<i32>, TaskerError> {
    let header = header.trim();
    if header.is_empty() {
        return Ok(None);
    }
    if header.bytes().all(|byte| byte.is_ascii_digit()) {
        // What is too long for any number is too long to wait for.
        return Ok(Some(header.parse().unwrap_or(i32::MAX)));
    }
    let date = FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(header, format).ok());
    let date = date.ok_or_else(|| TaskerError::InvalidArgument {
        argument: "retry_after",
        problem: format!("is neither a number of seconds nor an HTTP date: \"{}\"", shortened(header)),
    })?;
    let until = Timestamp::from_unix_microseconds(date.and_utc().timestamp_micros());
    let wait = until.to_postgres().saturating_sub(now.to_postgres()).max(0);
    // Rounded up: after so many seconds the date has come.
    let seconds = wait / MICROSECONDS_PER_SECOND + i64::from(wait % MICROSECONDS_PER_SECOND > 0);
    Ok(Some(i32::try_from(seconds).unwrap_or(i32::MAX)))
}

/// Enough of a header to recognise it by.
fn shortened(header: &str) -> String {
    header.chars().take(60).collect()
}
