//! Computes how long a failed step waits before it may run again.

use crate::core::error::TaskerError;
use crate::core::time::Duration;
use crate::core::wording::parse_name;

/// The longest wait after a failure, in seconds.
const CAP_SECONDS: i64 = 30;

/// The engine's wait after a failure: 2 to the power of `attempts` seconds, at most 30.
///
/// A step without a count (`None`) waits as after one attempt. Any count gives an answer (R8).
/// A negative count, which only a foreign writer can store, gives the fraction of a second that the
/// engine's floating-point power gives, rounded to the microsecond.
pub fn after_failure(attempts: Option<i32>) -> Duration {
    match attempts.unwrap_or(1) {
        exponent if exponent >= 5 => Duration::seconds(CAP_SECONDS),
        exponent @ 0..=4 => Duration::seconds(1 << exponent),
        exponent => {
            let microseconds = (2f64.powi(exponent) * 1e6).round_ties_even();
            Duration::microseconds(microseconds as i64)
        }
    }
}

/// The way in which the wait grows with the attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub enum Growth {
    /// 2 to the power of the attempt: the engine's functions.
    V02,
    /// A list of seconds, then a power of the attempt: the engine's Ruby.
    Progression,
    /// `base * multiplier ^ (attempt - 1)`
    Exponential,
    /// `base * attempt ^ multiplier`
    Polynomial,
    /// `base * attempt`
    Linear,
    /// `base`, `base`, then `base` times 2, 3, 5, 8 …
    Fibonacci,
    /// `base`
    Constant,
    /// There is no wait.
    None,
}

impl Growth {
    const ALL: [(&'static str, Self); 8] = [
        ("v02", Self::V02),
        ("progression", Self::Progression),
        ("exponential", Self::Exponential),
        ("polynomial", Self::Polynomial),
        ("linear", Self::Linear),
        ("fibonacci", Self::Fibonacci),
        ("constant", Self::Constant),
        ("none", Self::None),
    ];

    /// The growth that a text names.
    pub fn parse(text: &str) -> Result<Self, TaskerError> {
        parse_name("mode", text, &Self::ALL, |(name, _)| name).map(|(_, growth)| growth)
    }

    /// The longest wait by default, in seconds.
    pub const fn default_cap(self) -> f64 {
        match self {
            Self::V02 => CAP_SECONDS as f64,
            _ => 300.0,
        }
    }

    /// The longest wait if it must not be more than so many seconds: the engine's rule has a cap of its own.
    pub const fn capped(self, seconds: f64) -> f64 {
        match self {
            Self::V02 => self.default_cap().min(seconds),
            _ => seconds,
        }
    }
}

impl TryFrom<String> for Growth {
    type Error = TaskerError;

    fn try_from(text: String) -> Result<Self, TaskerError> {
        Self::parse(&text)
    }
}

/// A policy for waits, with checked numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    growth: Growth,
    base: f64,
    multiplier: f64,
    cap: f64,
    jitter: f64,
    progression: Vec<i32>,
}

/// The first waits of the engine's Ruby code, in seconds.
pub const PROGRESSION: [i32; 6] = [1, 2, 4, 8, 16, 32];

impl Policy {
    /// Creates a policy. Times are in seconds; `jitter` is the share of a wait by which it may be shorter or longer.
    ///
    /// # Errors
    /// [`TaskerError::InvalidArgument`] for numbers that are negative, infinite or none, a jitter above 1, and a
    /// progression that is empty.
    pub fn new(
        growth: Growth,
        base: f64,
        multiplier: f64,
        cap: f64,
        jitter: f64,
        progression: Vec<i32>,
    ) -> Result<Self, TaskerError> {
        for (argument, value) in
            [("base", base), ("multiplier", multiplier), ("cap", cap), ("jitter", jitter)]
        {
            if !value.is_finite() || value < 0.0 {
                return Err(TaskerError::invalid(argument, "must be a finite number that is not negative"));
            }
        }
        if jitter > 1.0 {
            return Err(TaskerError::invalid("jitter", "must not be greater than 1"));
        }
        if progression.is_empty() || progression.iter().any(|seconds| *seconds < 0) {
            return Err(TaskerError::invalid("progression", "must have elements, none of them negative"));
        }
        Ok(Self { growth, base, multiplier, cap, jitter, progression })
    }

    /// The wait after an attempt, counted from 1; zero before the first. Rounded to the microsecond. The same seed
    /// gives the same wait.
    pub fn delay(&self, attempt: i32, seed: i64) -> Duration {
        if attempt < 1 {
            return Duration::seconds(0);
        }
        let seconds = self.seconds(attempt).min(self.cap);
        // Spread the wait below the cap instead of cutting it off: otherwise half of all steps would wait equally long (R7).
        let shortest = seconds * (1.0 - self.jitter);
        let longest = (seconds * (1.0 + self.jitter)).min(self.cap);
        let seconds = shortest + (longest - shortest) * unit(seed, attempt);
        Duration::microseconds((seconds.min(self.cap) * 1e6).round() as i64)
    }

    fn seconds(&self, attempt: i32) -> f64 {
        let n = f64::from(attempt);
        match self.growth {
            Growth::V02 => 2f64.powi(attempt),
            Growth::Progression => {
                let listed = usize::try_from(attempt - 1).ok().and_then(|at| self.progression.get(at));
                listed.map_or_else(|| n.powf(self.multiplier).trunc(), |seconds| f64::from(*seconds))
            }
            Growth::Exponential => self.times(self.multiplier.powi(attempt - 1)),
            Growth::Polynomial => self.times(n.powf(self.multiplier)),
            Growth::Linear => self.base * n,
            Growth::Fibonacci => self.times((GOLDEN_RATIO.powi(attempt) / 5f64.sqrt()).round()),
            Growth::Constant => self.base,
            Growth::None => 0.0,
        }
    }

    /// The base multiplied by a factor; a base of zero stays zero, even if the factor has grown to infinity.
    fn times(&self, factor: f64) -> f64 {
        if self.base == 0.0 { 0.0 } else { self.base * factor }
    }
}

const GOLDEN_RATIO: f64 = 1.618_033_988_749_895;

/// Returns a pseudo-random number from 0 to below 1, from the seed and the attempt (the finalizer of SplitMix64).
fn unit(seed: i64, attempt: i32) -> f64 {
    let mut bits = (seed as u64).wrapping_add((attempt as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1u64 << 53) as f64
}
