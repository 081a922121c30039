//! Limits: how many executions may run at once, or start in a period.

use crate::core::time::{Duration, Timestamp};

/// The bounds of a limit in each of its buckets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The number of steps that may run at the same time.
    pub max_running: Option<i32>,
    /// The rate at which steps may start.
    pub rate: Option<Rate>,
    /// Whether nothing may start for the time being.
    pub is_paused: bool,
}

/// A token bucket: `max_starts` starts in the time `per`, refilled evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// The number of tokens in a full bucket.
    pub max_starts: i32,
    /// The time in which an empty bucket is filled.
    pub per: Duration,
}

/// The used part of a bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bucket {
    /// The slots that executions have taken.
    pub taken: Places,
    /// Tokens that were in it at `refilled_at`; a bucket that was never used is full.
    pub tokens: f64,
    /// The time at which the tokens were counted; `None`: never.
    pub refilled_at: Option<Timestamp>,
}

/// A slot in a bucket, from 0. It is below `max_running`, unless the limit was higher when the slot was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub i32);

/// The taken slots of a bucket. There may be thousands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(Vec<Slot>);

impl Places {
    /// Adds a slot; returns whether it was free.
    pub fn insert(&mut self, place: Slot) -> bool {
        let at = self.0.binary_search(&place);
        at.map_err(|at| self.0.insert(at, place)).is_err()
    }

    /// The slots in ascending order.
    pub fn as_slice(&self) -> &[Slot] {
        &self.0
    }
}

impl FromIterator<Slot> for Places {
    fn from_iter<I: IntoIterator<Item = Slot>>(places: I) -> Self {
        let mut places: Vec<Slot> = places.into_iter().collect();
        places.sort_unstable();
        places.dedup();
        Self(places)
    }
}

/// A part of the slots of a bucket. A claim locks the part of each slot that it takes until its transaction ends, so
/// that two claims that do not see each other never take the same slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part(pub i32);

/// The number of parts, and so of claims that can take slots in a bucket at once. It does not depend on the limit,
/// because the locks must also work between sessions that have seen different limits.
const PARTS: i32 = 16;

impl Slot {
    /// The part of the slot.
    pub fn part(self) -> Part {
        Part(self.0 % PARTS)
    }
}

impl Limit {
    /// The number of parts that the slots of the limit are in.
    pub fn parts(&self) -> i32 {
        self.max_running.map_or(PARTS, |max| max.clamp(1, PARTS))
    }

    /// The number of parts that are enough for so many executions, if no other claim is in them.
    pub fn parts_for(&self, executions: usize) -> i32 {
        let in_each = usize::try_from(self.max_running.unwrap_or(i32::MAX) / PARTS).unwrap_or(0).max(1);
        i32::try_from(executions.div_ceil(in_each)).unwrap_or(PARTS).min(self.parts())
    }

    /// The time until there may be capacity again, whatever ends.
    pub fn interval(&self) -> Option<Duration> {
        let rate = self.rate.filter(|_| !self.is_paused)?;
        Some(Duration::microseconds(rate.per.to_microseconds() / i64::from(rate.max_starts).max(1)))
    }
}

/// The decision whether one more step may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The step may start.
    Granted,
    /// The step must not start before that time.
    NotBefore(Timestamp),
    /// The step must not start before another has ended, or an operator changes the limit.
    NotYet,
}

/// Asks for one more start, without taking it.
pub fn ask(limit: &Limit, bucket: &Bucket, now: Timestamp) -> Admission {
    if limit.is_paused || limit.max_running.is_some_and(|max| running(bucket) >= i64::from(max)) {
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

/// The slot that a further execution may take among those in parts that the claim has locked.
///
/// While executions have slots beyond a limit that was lowered, there are more free slots than may be taken. Then all
/// claims try the first one, so that they take turns.
pub fn free_place(limit: &Limit, bucket: &Bucket, is_ours: impl Fn(Part) -> bool) -> Option<Slot> {
    let mut taken = bucket.taken.as_slice().iter().peekable();
    // Without `max_running` there are always more slots. An execution takes one all the same, because the limit may be set later.
    let max = limit.max_running.unwrap_or(i32::MAX);
    let mut free = (0..max).map(Slot).filter(|place| taken.next_if_eq(&place).is_none());
    if bucket.taken.as_slice().last().is_some_and(|last| last.0 >= max) {
        free.next().filter(|first| is_ours(first.part()))
    } else {
        free.find(|place| is_ours(place.part()))
    }
}

/// Records a start in that slot.
pub fn take(limit: &Limit, bucket: &mut Bucket, place: Slot, now: Timestamp) {
    if let Some(rate) = limit.rate {
        bucket.tokens = refilled(rate, bucket, now) - 1.0;
        bucket.refilled_at = Some(now);
    }
    bucket.taken.insert(place);
}

/// The number of steps that may start now.
pub fn room(limit: &Limit, bucket: &Bucket, now: Timestamp) -> i32 {
    if limit.is_paused {
        return 0;
    }
    let places = limit.max_running.map_or(i64::MAX, |max| i64::from(max) - running(bucket));
    let starts = limit.rate.map_or(i64::MAX, |rate| refilled(rate, bucket, now) as i64);
    i32::try_from(places.min(starts).max(0)).unwrap_or(i32::MAX)
}

fn running(bucket: &Bucket) -> i64 {
    bucket.taken.as_slice().len() as i64
}

/// The number of tokens in a bucket at a time. A clock that goes back adds none.
fn refilled(rate: Rate, bucket: &Bucket, now: Timestamp) -> f64 {
    let full = f64::from(rate.max_starts);
    let Some(since) = bucket.refilled_at else { return full };
    let passed = now.to_postgres().saturating_sub(since.to_postgres()).max(0);
    (bucket.tokens + full * passed as f64 / rate.per.to_microseconds() as f64).min(full)
}

/// What keeps a ready step from being claimed: a limit, or other shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitWait {
    /// The limit of this name is paused.
    Paused(String),
    /// The bucket of this name is full.
    Full(String),
    /// The step waits for the turn of its share in a fair queue.
    Turn,
}
