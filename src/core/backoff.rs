//! How long a failed step waits before it may run again.

use super::time::Duration;

/// The longest wait after a failure, in seconds.
const CAP_SECONDS: i64 = 30;

/// The engine's wait after a failure: 2 to the power of `attempts` seconds, at most 30 (semantics 3.1).
///
/// A step without a count (`None`) waits as after one attempt. Any count gives an answer (semantics R8).
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
