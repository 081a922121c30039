//! In which order steps are claimed that may start.

use crate::core::time::{Duration, Timestamp};

/// The rank of a hint: when it was made, earlier by the priority of its task. The smallest is claimed first, so that what
/// waits is passed over for a while and never for good.
///
/// `weight` is what one point of priority is worth.
pub fn rank(hinted_at: Timestamp, weight: Duration, priority: i32) -> Timestamp {
    let head_start = weight.to_microseconds().saturating_mul(priority.into());
    hinted_at.plus(Duration::microseconds(head_start.saturating_neg()))
}
