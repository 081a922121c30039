//! Decides when a schedule creates its next task, what happens to times that were missed, and whether a run waits for the
//! one before it.

use crate::core::cron::CronPattern;
use crate::core::error::TaskerError;
use crate::core::local_time::{self, Zone};
use crate::core::time::{Duration, Timestamp};
use crate::core::wording::none_of;

/// The longest name of a schedule, in characters: that of `tasker_tasks.reason`, where its tasks have it.
const LONGEST_NAME: usize = 128;

/// A run that is later than this was missed. Maintenance by `pg_cron` comes once a minute.
pub const ON_TIME: Duration = Duration::seconds(120);

/// The shortest and the longest interval.
const SHORTEST: Duration = Duration::seconds(1);
const LONGEST: Duration = Duration::seconds(36_500 * 86_400);

/// The highest number of missed runs that are counted at once: to count them takes time.
const MOST_COUNTED: i64 = 1_000;

/// Reads the name of a schedule.
pub fn name_of(name: Option<String>) -> Result<String, TaskerError> {
    let name = name.ok_or(TaskerError::NullArgument("name"))?;
    match name.chars().count() {
        1..=LONGEST_NAME => Ok(name),
        _ => Err(TaskerError::invalid("name", format!("must be text of 1 to {LONGEST_NAME} characters"))),
    }
}

/// What happens to a run that is due while the last task of the schedule has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// It begins.
    Allow,
    /// It is left out.
    Skip,
    /// It waits.
    Queue,
}

impl Overlap {
    /// Reads the argument `overlap`.
    pub fn parse(text: &str) -> Result<Self, TaskerError> {
        match text {
            "allow" => Ok(Self::Allow),
            "skip" => Ok(Self::Skip),
            "queue" => Ok(Self::Queue),
            other => Err(TaskerError::invalid("overlap", none_of(other, &["allow", "skip", "queue"]))),
        }
    }
}

/// What happens to runs that were missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatchUp {
    /// They are left out.
    None,
    /// The latest one takes place, unless a later one is due by now.
    Latest,
    /// All take place, in their order.
    All,
}

impl CatchUp {
    /// Reads the argument `catch_up`.
    pub fn parse(text: &str) -> Result<Self, TaskerError> {
        match text {
            "none" => Ok(Self::None),
            "latest" => Ok(Self::Latest),
            "all" => Ok(Self::All),
            other => Err(TaskerError::invalid("catch_up", none_of(other, &["none", "latest", "all"]))),
        }
    }
}

/// The rhythm of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// By a pattern, in the time zone of the schedule.
    Cron(CronPattern),
    /// After each interval, from a first time on.
    Every {
        /// The first time.
        first: Timestamp,
        /// The interval.
        length: Duration,
    },
}

/// Reads the argument `every`, with the number of its months.
pub fn interval_of(length: Duration, months: i32) -> Result<Duration, TaskerError> {
    if months != 0 {
        let problem = "must not have months or years, which have no fixed length; use cron";
        return Err(TaskerError::invalid("every", problem));
    }
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(TaskerError::invalid("every", "must be from one second to 36500 days"));
    }
    Ok(length)
}

/// The plan of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The number of the schedule.
    pub id: i64,
    /// Its rhythm.
    pub rhythm: Rhythm,
    /// What happens to missed runs.
    pub catch_up: CatchUp,
    /// The first time at which it may be due.
    pub starts_at: Option<Timestamp>,
    /// The last time at which it may be due.
    pub ends_at: Option<Timestamp>,
    /// By how much a run may be later than planned.
    pub jitter_seconds: i32,
}

/// What is to be done about a planned run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The planned time of the next run; `None`: there is none any more.
    pub planned_at: Option<Timestamp>,
    /// Whether it is due.
    pub is_due: bool,
    /// The number of planned runs before it that are left out because they were missed.
    pub missed: i64,
}

impl Plan {
    /// Returns the first planned time after another one.
    ///
    /// # Complexity
    /// O(changes of the clock between the two).
    pub fn next(&self, zone: &impl Zone, after: Timestamp) -> Option<Timestamp> {
        let just_before = self.starts_at.map(|start| start.plus(Duration::microseconds(-1)));
        let after = just_before.map_or(after, |start| start.max(after));
        let next = match &self.rhythm {
            Rhythm::Cron(pattern) => local_time::next(pattern, zone, after)?,
            Rhythm::Every { first, .. } if after < *first => *first,
            Rhythm::Every { first, length } => {
                let (passed, length) = (first.until(after).to_microseconds(), length.to_microseconds());
                let number = passed.div_euclid(length).checked_add(1)?;
                first.plus(Duration::microseconds(number.checked_mul(length)?))
            }
        };
        (!next.is_infinite() && self.ends_at.is_none_or(|end| next <= end)).then_some(next)
    }

    /// Returns when a planned run is due: later by a part of the jitter that depends on the schedule and the time.
    pub fn due_at(&self, planned_at: Timestamp) -> Timestamp {
        let number = (self.id as u64) ^ (planned_at.to_postgres() as u64);
        // The finalizer of SplitMix64 spreads neighbouring numbers.
        let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let places = u64::from(self.jitter_seconds.max(0).unsigned_abs()) + 1;
        planned_at.plus(Duration::seconds(((number ^ (number >> 31)) % places).cast_signed()))
    }

    /// Decides about a planned run. `seen_at` is when it was first found to be due, if it has waited since then.
    ///
    /// # Complexity
    /// That of [`Self::next`], some fifty times if runs were missed, and a thousand times to count them.
    pub fn choose(
        &self,
        zone: &impl Zone,
        planned_at: Timestamp,
        seen_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Choice {
        let this = |missed| Choice { planned_at: Some(planned_at), is_due: true, missed };
        if self.due_at(planned_at) > now {
            return Choice { is_due: false, ..this(0) };
        }
        let is_on_time = seen_at.unwrap_or(now) <= self.due_at(planned_at).plus(ON_TIME);
        if is_on_time || self.catch_up == CatchUp::All {
            return this(0);
        }
        let tolerance =
            ON_TIME.to_microseconds() + Duration::seconds(self.jitter_seconds.into()).to_microseconds();
        let recent = self.next(zone, now.plus(Duration::microseconds(-tolerance)));
        let chosen = match (self.catch_up, recent) {
            (CatchUp::Latest, recent) if recent.is_none_or(|recent| recent > now) => {
                Some(self.latest(zone, planned_at, now))
            }
            (_, recent) => recent,
        };
        // A clock that was set back must not bring back what was done.
        let chosen = chosen.map(|chosen| chosen.max(planned_at));
        Choice {
            planned_at: chosen,
            is_due: chosen.is_some_and(|chosen| self.due_at(chosen) <= now),
            missed: self.count(zone, planned_at, chosen.unwrap_or(Timestamp::INFINITY)),
        }
    }

    /// Returns the last planned time up to now; the first one is known.
    fn latest(&self, zone: &impl Zone, first: Timestamp, now: Timestamp) -> Timestamp {
        // `low` has a planned time after it, up to now; `high` has none.
        let (mut low, mut high) = (first.to_postgres() - 1, now.to_postgres());
        let mut latest = first;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match self.next(zone, Timestamp::from_postgres(middle)).filter(|next| *next <= now) {
                Some(next) => {
                    latest = next;
                    low = middle.max(next.to_postgres() - 1);
                }
                None => high = middle,
            }
        }
        latest
    }

    /// Counts the planned times from one to before another.
    fn count(&self, zone: &impl Zone, from: Timestamp, before: Timestamp) -> i64 {
        let (mut number, mut next) = (0, Some(from));
        while number < MOST_COUNTED
            && let Some(planned_at) = next.filter(|planned_at| *planned_at < before)
        {
            number += 1;
            next = self.next(zone, planned_at);
        }
        number
    }
}

/// Returns when to look again for the end of the task that a run waits for: the later, the longer it has waited.
pub fn look_again(seen_at: Timestamp, now: Timestamp) -> Timestamp {
    const LONGEST_WAIT: Duration = Duration::seconds(30);
    let waited = Duration::microseconds(seen_at.until(now).to_microseconds() / 8);
    now.plus(waited.clamp(Duration::seconds(1), LONGEST_WAIT))
}
