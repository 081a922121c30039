use crate::core::time::{Duration, Timestamp};
use proptest::prelude::*;

#[test]
fn infinities_stay_where_they_are() {
    for infinity in [Timestamp::INFINITY, Timestamp::MINUS_INFINITY] {
        assert_eq!(infinity.plus(Duration::seconds(60)), infinity);
        assert_eq!(infinity.plus(Duration::seconds(-60)), infinity);
    }
}

#[test]
fn what_leaves_the_range_becomes_infinity() {
    let last = Timestamp::from_postgres(9_223_371_331_199_999_999);
    assert_eq!(last.plus(Duration::microseconds(1)), Timestamp::INFINITY);
    assert_eq!(Timestamp::from_postgres(0).plus(Duration::seconds(i64::MAX)), Timestamp::INFINITY);
}

#[test]
fn reads_as_rfc_3339_in_utc() {
    assert_eq!(Timestamp::from_postgres(0).to_rfc3339(), "2000-01-01T00:00:00.000000Z");
    assert_eq!(Timestamp::from_postgres(-1).to_rfc3339(), "1999-12-31T23:59:59.999999Z");
    assert_eq!(Timestamp::INFINITY.to_rfc3339(), "infinity");
    assert_eq!(Timestamp::MINUS_INFINITY.to_rfc3339(), "-infinity");
}

proptest! {
    #[test]
    fn any_stored_time_moves_and_prints(microseconds: i64, seconds: i64) {
        let moved = Timestamp::from_postgres(microseconds).plus(Duration::seconds(seconds));
        prop_assert!(!moved.to_rfc3339().is_empty());
        prop_assert!(seconds < 0 || moved >= Timestamp::from_postgres(microseconds));
    }
}
