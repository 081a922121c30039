//! Computes the order in which ready steps are claimed.

use crate::core::time::{Duration, Timestamp};

/// Computes the rank of a hint: the time at which it was written, made earlier by the priority of its task. The hint
/// with the smallest rank is claimed first, so no step waits without end behind steps of higher priority.
///
/// `weight` is what one point of priority is worth.
pub fn rank(hinted_at: Timestamp, weight: Duration, priority: i32) -> Timestamp {
    let head_start = weight.to_microseconds().saturating_mul(priority.into());
    hinted_at.plus(Duration::microseconds(head_start.saturating_neg()))
}
