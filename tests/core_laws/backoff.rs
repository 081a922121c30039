use crate::core::backoff::after_failure;
use crate::core::time::Duration;
use proptest::prelude::*;

#[test]
fn doubles_from_one_second_up_to_the_cap() {
    let seconds =
        [(0, 1), (1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (6, 30), (44, 30), (1024, 30), (i32::MAX, 30)];
    for (attempts, wait) in seconds {
        assert_eq!(after_failure(Some(attempts)), Duration::seconds(wait), "after {attempts} attempts");
    }
}

#[test]
fn a_missing_count_waits_as_one_attempt() {
    assert_eq!(after_failure(None), after_failure(Some(1)));
}

#[test]
fn a_negative_count_waits_a_fraction_of_a_second() {
    assert_eq!(after_failure(Some(-1)), Duration::microseconds(500_000));
    assert_eq!(after_failure(Some(-7)), Duration::microseconds(7_812));
    assert_eq!(after_failure(Some(i32::MIN)), Duration::microseconds(0));
}

proptest! {
    #[test]
    fn more_attempts_never_wait_less(attempts in i32::MIN..i32::MAX) {
        prop_assert!(after_failure(Some(attempts)) <= after_failure(Some(attempts + 1)));
    }
}
