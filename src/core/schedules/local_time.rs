//! Finds when a pattern of cron is due in a time zone whose clocks are set forward and back.
//!
//! A pattern that names times of day, such as `30 2 * * *`, is due when the local clock first reaches or passes each of
//! them: once if the hour comes twice, and at the moment of the shift if the time is left out. Any other pattern, such as
//! `*/10 * * * *`, is a rhythm: it is due whenever the local clock shows one of its times.

use crate::core::cron::CronPattern;
use crate::core::time::{Duration, Timestamp};

/// A time zone: a function from time to the shift of the local clock.
pub trait Zone {
    /// Returns the shift at a time, in seconds since 1970.
    fn shift_at(&self, seconds: i64) -> Shift;
}

/// The shift of the local clock for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The seconds by which the local clock is ahead of UTC.
    pub seconds: i64,
    /// When another shift begins, in seconds since 1970; `None`: never.
    pub until: Option<i64>,
}

/// For how long a clock that was set back may show times that it has shown before: a few places have moved the date
/// line, which is a day. Two days, so that two shifts in a row are seen.
const LONGEST_REPETITION: i64 = 2 * 86_400;

/// Returns the first time after another one at which a pattern is due; `None`: there is none any more.
pub fn next(cron: &CronPattern, zone: &impl Zone, after: Timestamp) -> Option<Timestamp> {
    let after = unix_seconds(after)?;
    let next = match cron.names_times_of_day() {
        true => first_reach(zone, after, cron.next_local(latest_local(zone, after))?),
        false => next_shown(cron, zone, after)?,
    };
    next.checked_mul(1_000_000).map(Timestamp::from_unix_microseconds)
}

/// Returns the latest local time that the clock has shown until a time.
fn latest_local(zone: &impl Zone, until: i64) -> i64 {
    let mut from = until.saturating_sub(LONGEST_REPETITION);
    let mut latest = i64::MIN;
    loop {
        let shift = zone.shift_at(from);
        match shift.until.filter(|end| *end <= until && *end > from) {
            Some(end) => {
                latest = latest.max(end - 1 + shift.seconds);
                from = end;
            }
            None => return latest.max(until + shift.seconds),
        }
    }
}

/// Returns when the clock first shows a local time or a later one; it has not shown one until `after`.
fn first_reach(zone: &impl Zone, after: i64, local: i64) -> i64 {
    let mut from = after;
    loop {
        let shift = zone.shift_at(from);
        let reached = (local - shift.seconds).max(from);
        match shift.until.filter(|end| *end <= reached && *end > from) {
            Some(end) => from = end,
            None => return reached,
        }
    }
}

/// Returns when the clock next shows a local time that the pattern names.
fn next_shown(cron: &CronPattern, zone: &impl Zone, after: i64) -> Option<i64> {
    let (mut from, mut before) = (after, after);
    loop {
        let shift = zone.shift_at(from);
        let shown = cron.next_local(before + shift.seconds)? - shift.seconds;
        match shift.until.filter(|end| *end <= shown && *end > from) {
            // The first second of the new shift counts.
            Some(end) => (from, before) = (end, end - 1),
            None => return Some(shown),
        }
    }
}

/// Returns whole seconds since 1970.
fn unix_seconds(time: Timestamp) -> Option<i64> {
    let since_1970 = Timestamp::from_unix_microseconds(0).until(time);
    (!time.is_infinite())
        .then(|| since_1970.to_microseconds().div_euclid(Duration::seconds(1).to_microseconds()))
}
