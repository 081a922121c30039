//! How many executions may run or start at once.

use super::time::{Duration, Timestamp};

/// What a limit allows in each of its buckets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// How many may run at the same time.
    pub max_running: Option<i32>,
    /// How fast they may start.
    pub rate: Option<Rate>,
    /// Whether nothing may start for the time being.
    pub is_paused: bool,
}

/// So many starts in that time: a bucket of that many tokens, refilled evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// How many tokens a full bucket has.
    pub max_starts: i32,
    /// How long it takes to fill an empty one.
    pub per: Duration,
}

/// What has been used of a bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Executions that hold a place in it.
    pub running: i64,
    /// Tokens that were in it at `refilled_at`; a bucket that was never used is full.
    pub tokens: f64,
    /// When they were counted; `None`: never.
    pub refilled_at: Option<Timestamp>,
}

/// Whether one more may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Granted,
    /// Not before that time.
    NotBefore(Timestamp),
    /// Not before another has ended, or a person says so.
    NotYet,
}

/// Asks for one more start, without taking it.
pub fn ask(limit: &Limit, bucket: &Bucket, now: Timestamp) -> Admission {
    if limit.is_paused || limit.max_running.is_some_and(|max| bucket.running >= i64::from(max)) {
        return Admission::NotYet;
    }
    let Some(rate) = limit.rate else { return Admission::Granted };
    let tokens = refilled(rate, bucket, now);
    if tokens >= 1.0 {
        return Admission::Granted;
    }
    let missing = (1.0 - tokens) * rate.per.to_microseconds() as f64 / f64::from(rate.max_starts);
    Admission::NotBefore(now.plus(Duration::microseconds(missing.ceil() as i64)))
}

/// The bucket after one more has started.
pub fn take(limit: &Limit, bucket: &Bucket, now: Timestamp) -> Bucket {
    let tokens = limit.rate.map_or(bucket.tokens, |rate| refilled(rate, bucket, now) - 1.0);
    Bucket { running: bucket.running + 1, tokens, refilled_at: Some(now) }
}

/// How many tokens are in a bucket by now. A clock that goes back adds none.
fn refilled(rate: Rate, bucket: &Bucket, now: Timestamp) -> f64 {
    let full = f64::from(rate.max_starts);
    let Some(since) = bucket.refilled_at else { return full };
    let passed = now.to_postgres().saturating_sub(since.to_postgres()).max(0);
    (bucket.tokens + full * passed as f64 / rate.per.to_microseconds() as f64).min(full)
}
