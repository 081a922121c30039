//! The `Retry-After` header: seconds, or a date in one of the three formats of HTTP (RFC 9110, 5.6.7 and 10.2.3).
//!
//! The engine lets a header that it cannot read replace the failure that it came with (semantics 4.6); here it is an
//! error of the argument, and nothing has been written yet.

use super::error::TaskerError;
use super::time::Timestamp;
use chrono::{Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};

/// The preferred format, and that of C's asctime.
const FORMATS: [&str; 2] = ["%a, %d %b %Y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
/// The obsolete format of RFC 850, after the day of the week.
const RFC_850: &str = "%d-%b-%y %H:%M:%S GMT";
const YEARS_AHEAD: u32 = 50;

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
    let date = with_full_year(header).or_else(|| with_short_year(header, now));
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

fn with_full_year(header: &str) -> Option<NaiveDateTime> {
    let date = FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(header, format).ok());
    // Two digits are not the first century, and no sign belongs there.
    date.filter(|date| (1000..=9999).contains(&date.year()))
}

/// A year of two digits is the last such year that is not more than 50 years ahead (RFC 9110, 5.6.7).
fn with_short_year(header: &str, now: Timestamp) -> Option<NaiveDateTime> {
    let (weekday, date) = header.split_once(", ")?;
    let weekday: Weekday = weekday.parse().ok()?;
    let date = NaiveDateTime::parse_from_str(date, RFC_850).ok()?;
    let date = match calendar(now).and_then(|now| now.checked_add_months(Months::new(YEARS_AHEAD * 12))) {
        Some(latest) => [0, 1].iter().find_map(|centuries_back| {
            let century = latest.year().div_euclid(100) - centuries_back;
            date.with_year(century * 100 + date.year().rem_euclid(100)).filter(|date| *date <= latest)
        })?,
        // Before or after every calendar date, no century makes a difference.
        None => date,
    };
    (date.weekday() == weekday).then_some(date)
}

fn calendar(time: Timestamp) -> Option<NaiveDateTime> {
    // PostgreSQL counts from here.
    let epoch = NaiveDate::from_ymd_opt(2000, 1, 1)?.and_time(NaiveTime::MIN);
    epoch.checked_add_signed(TimeDelta::microseconds(time.to_postgres()))
}

/// Enough of a header to recognise it by.
fn shortened(header: &str) -> String {
    header.chars().take(60).collect()
}
