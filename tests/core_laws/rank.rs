//! In which order steps are claimed.

use crate::core::rank::rank;
use crate::core::time::{Duration, Timestamp};

const MINUTE: Duration = Duration::seconds(60);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_postgres(seconds * 1_000_000)
}

#[test]
fn what_was_hinted_earlier_comes_first() {
    assert!(rank(at(0), MINUTE, 0) < rank(at(1), MINUTE, 0));
}

#[test]
fn a_point_of_priority_is_worth_so_much_waiting_and_no_more() {
    assert_eq!(rank(at(600), MINUTE, 10), rank(at(0), MINUTE, 0));
    assert_eq!(rank(at(0), MINUTE, -1), at(60));
    assert!(rank(at(601), MINUTE, 10) > rank(at(0), MINUTE, 0));
}

#[test]
fn without_a_weight_priority_is_nothing() {
    assert_eq!(rank(at(7), Duration::seconds(0), i32::MAX), at(7));
}

#[test]
fn no_priority_leaves_the_range_of_times() {
    let day = Duration::seconds(86_400);
    assert_eq!(rank(at(0), day, i32::MAX), Timestamp::MINUS_INFINITY);
    assert_eq!(rank(at(0), day, i32::MIN), Timestamp::INFINITY);
}
