//! Reads the `Retry-After` header: seconds, or a date in one of the three formats of HTTP (RFC 9110, 5.6.7
//! and 10.2.3).
//!
//! If the engine cannot read a header, it reports that instead of the failure itself. Here, the header is an
//! error that the caller ignores and stores with the failure.

use crate::core::error::TaskerError;
use crate::core::time::Timestamp;
use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};

/// The preferred format, and that of C's asctime.
const FORMATS: [&str; 2] = ["%a, %d %b %Y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
/// The obsolete format of RFC 850, after the day of the week.
const RFC_850: &str = "%d-%b-%y %H:%M:%S GMT";
const YEARS_AHEAD: u32 = 50;

const MICROSECONDS_PER_SECOND: i64 = 1_000_000;

/// The number of seconds that a header asks to wait, counted from `now`: 0 for a date that has passed, `i32::MAX` for
/// longer waits; `None` for a blank header. A proxy joins repeated headers with a comma (RFC 9110, 5.3): the longest
/// wait satisfies all of them.
///
/// # Errors
/// [`TaskerError::InvalidArgument`] for anything else.
pub fn parse(header: &str, now: Timestamp) -> Result<Option<i32>, TaskerError> {
    let mut longest = None;
    let mut parts = header.split(',').map(str::trim);
    while let Some(part) = parts.next() {
        if part.is_empty() {
            continue;
        }
        // The comma after a day of the week separates nothing.
        let seconds = match seconds_of(part, now) {
            Some(seconds) => Some(seconds),
            None => parts.next().and_then(|rest| seconds_of(&format!("{part}, {rest}"), now)),
        };
        let seconds = seconds.ok_or_else(|| {
            let problem = "is neither a number of seconds nor an HTTP date";
            TaskerError::invalid("retry_after", format!("{problem}: \"{}\"", shortened(header)))
        })?;
        longest = longest.max(Some(seconds));
    }
    Ok(longest)
}

/// The number of seconds that one number or date asks to wait.
fn seconds_of(value: &str, now: Timestamp) -> Option<i32> {
    if value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with too many digits is too long to wait for.
        return Some(value.parse().unwrap_or(i32::MAX));
    }
    let date = with_full_year(value).or_else(|| with_short_year(value, now))?;
    let until = Timestamp::from_unix_microseconds(date.and_utc().timestamp_micros());
    let wait = until.to_postgres().saturating_sub(now.to_postgres()).max(0);
    // Rounded up: after so many seconds the date has come.
    let seconds = wait / MICROSECONDS_PER_SECOND + i64::from(wait % MICROSECONDS_PER_SECOND > 0);
    Some(i32::try_from(seconds).unwrap_or(i32::MAX))
}

fn with_full_year(header: &str) -> Option<NaiveDateTime> {
    let date = FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(header, format).ok());
    // Two digits are not the first century, and no sign belongs there.
    date.filter(|date| (1000..=9999).contains(&date.year()))
}

/// Reads a date whose year has two digits: it is the latest year with these digits that is at most 50 years ahead (RFC
/// 9110, 5.6.7).
fn with_short_year(header: &str, now: Timestamp) -> Option<NaiveDateTime> {
    let (weekday, date) = header.split_once(", ")?;
    let weekday: Weekday = weekday.parse().ok()?;
    let date = NaiveDateTime::parse_from_str(date, RFC_850).ok()?;
    let date = match calendar(now).and_then(|now| now.checked_add_months(Months::new(YEARS_AHEAD * 12))) {
        Some(latest) => [0, 1].iter().find_map(|centuries_back| {
            let century = latest.year().div_euclid(100) - centuries_back;
            date.with_year(century * 100 + date.year().rem_euclid(100)).filter(|date| *date <= latest)
        })?,
        // Outside the calendar, the century makes no difference.
        None => date,
    };
    (date.weekday() == weekday).then_some(date)
}

fn calendar(time: Timestamp) -> Option<NaiveDateTime> {
    // PostgreSQL's epoch.
    let epoch = NaiveDate::from_ymd_opt(2000, 1, 1)?.and_time(NaiveTime::MIN);
    epoch.checked_add_signed(TimeDelta::microseconds(time.to_postgres()))
}

/// Shortens a header for a message.
pub fn shortened(header: &str) -> String {
    header.trim().chars().take(60).collect()
}
