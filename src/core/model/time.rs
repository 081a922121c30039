//! Points in time as PostgreSQL stores them: microseconds since 2000-01-01, in UTC without a time zone.
//!
//! Arithmetic saturates at `infinity`, so that no stored value makes a rule fail (R8).

use chrono::{DateTime, SecondsFormat};

const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
/// The microseconds from 1970-01-01 (chrono's epoch) to 2000-01-01 (PostgreSQL's).
const EPOCH_OFFSET_MICROSECONDS: i64 = 946_684_800 * MICROSECONDS_PER_SECOND;
/// PostgreSQL's first instant after the end of its range; what reaches it reads as `infinity`.
const END_OF_RANGE: i64 = 9_223_371_331_200_000_000;

/// PostgreSQL's first instant; what is before it reads as `-infinity`.
const START_OF_RANGE: i64 = -211_813_488_000_000_000;

/// A `timestamp without time zone` that holds UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// PostgreSQL's `-infinity`.
    pub const MINUS_INFINITY: Self = Self(i64::MIN);
    /// PostgreSQL's `infinity`.
    pub const INFINITY: Self = Self(i64::MAX);

    /// Converts PostgreSQL's representation.
    pub const fn from_postgres(microseconds: i64) -> Self {
        Self(microseconds)
    }

    /// PostgreSQL's representation.
    pub const fn to_postgres(self) -> i64 {
        self.0
    }

    /// Returns whether it is one of PostgreSQL's infinities.
    pub fn is_infinite(self) -> bool {
        matches!(self, Self::MINUS_INFINITY | Self::INFINITY)
    }

    /// Adds a duration; infinities stay, and a sum out of range becomes infinite.
    pub fn plus(self, duration: Duration) -> Self {
        if self.is_infinite() {
            return self;
        }
        match self.0.saturating_add(duration.0) {
            moved if moved >= END_OF_RANGE => Self::INFINITY,
            moved if moved < START_OF_RANGE => Self::MINUS_INFINITY,
            moved => Self(moved),
        }
    }

    /// The time from this one until a later one; negative for an earlier one.
    pub fn until(self, later: Self) -> Duration {
        Duration::microseconds(later.0.saturating_sub(self.0))
    }

    /// Converts microseconds since 1970.
    pub const fn from_unix_microseconds(microseconds: i64) -> Self {
        Self(microseconds.saturating_sub(EPOCH_OFFSET_MICROSECONDS))
    }

    /// The instant that [`Self::to_rfc3339`] has written.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        match text {
            "infinity" => Some(Self::INFINITY),
            "-infinity" => Some(Self::MINUS_INFINITY),
            _ => {
                let instant = DateTime::parse_from_rfc3339(text).ok()?;
                Some(Self::from_unix_microseconds(instant.timestamp_micros()))
            }
        }
    }

    /// RFC 3339 in UTC with microseconds; `infinity` and `-infinity` for what no calendar date expresses.
    pub fn to_rfc3339(self) -> String {
        self.0.checked_add(EPOCH_OFFSET_MICROSECONDS).and_then(DateTime::from_timestamp_micros).map_or_else(
            || if self.0 < 0 { "-infinity".to_owned() } else { "infinity".to_owned() },
            |instant| instant.to_rfc3339_opts(SecondsFormat::Micros, true),
        )
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

/// A length of time in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(i64);

impl Duration {
    /// Whole seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROSECONDS_PER_SECOND))
    }

    /// A number of seconds, to the microsecond.
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * MICROSECONDS_PER_SECOND as f64).round() as i64)
    }

    /// Milliseconds.
    pub const fn milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds.saturating_mul(1_000))
    }

    /// Microseconds.
    pub const fn microseconds(microseconds: i64) -> Self {
        Self(microseconds)
    }

    /// The duration in seconds.
    pub fn to_seconds(self) -> f64 {
        self.0 as f64 / MICROSECONDS_PER_SECOND as f64
    }

    /// The duration in whole seconds, rounded up.
    pub const fn whole_seconds_up(self) -> i64 {
        let microseconds = self.to_microseconds();
        microseconds.div_euclid(1_000_000) + (microseconds.rem_euclid(1_000_000) > 0) as i64
    }

    /// The duration in milliseconds, rounded up.
    pub const fn whole_milliseconds_up(self) -> i64 {
        self.0.div_euclid(1_000) + (self.0.rem_euclid(1_000) > 0) as i64
    }

    /// The duration in microseconds.
    pub const fn to_microseconds(self) -> i64 {
        self.0
    }
}
