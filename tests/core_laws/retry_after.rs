use crate::core::retry_after::parse;
use crate::core::time::Timestamp;
use proptest::prelude::*;

/// 1994-11-06 08:49:00, 37 seconds before the date that RFC 9110 uses in its examples.
fn now() -> Timestamp {
    Timestamp::parse_rfc3339("1994-11-06T08:49:00Z").unwrap()
}

#[test]
fn seconds_are_seconds() {
    for (header, seconds) in [("0", 0), ("120", 120), (" 3600 ", 3600), ("007", 7), ("2147483647", i32::MAX)]
    {
        assert_eq!(parse(header, now()), Ok(Some(seconds)), "{header}");
    }
    assert_eq!(parse("99999999999999999999999999", now()), Ok(Some(i32::MAX)));
}

#[test]
fn every_format_of_http_is_understood() {
    for header in
        ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
    {
        assert_eq!(parse(header, now()), Ok(Some(37)), "{header}");
    }
}

#[test]
fn what_has_passed_is_no_wait_and_what_is_far_off_is_the_longest() {
    assert_eq!(parse("Sat, 05 Nov 1994 08:49:37 GMT", now()), Ok(Some(0)));
    assert_eq!(parse("Fri, 31 Dec 9999 23:59:59 GMT", now()), Ok(Some(i32::MAX)));
}

#[test]
fn a_part_of_a_second_counts_as_a_whole_one() {
    let now = Timestamp::parse_rfc3339("1994-11-06T08:49:36.999999Z").unwrap();
    assert_eq!(parse("Sun, 06 Nov 1994 08:49:37 GMT", now), Ok(Some(1)));
}

#[test]
fn blank_is_no_header() {
    assert_eq!(parse("", now()), Ok(None));
    assert_eq!(parse("  \t", now()), Ok(None));
}

#[test]
fn anything_else_is_refused() {
    for header in ["1.5", "-1", "soon", "06 Nov 1994", "Sun, 06 Nov 1994 08:49:37 CET", "NaN", "1e3", "١٢"]
    {
        assert!(parse(header, now()).is_err(), "{header}");
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic_and_no_answer_is_negative(header in ".{0,80}", at in any::<i64>()) {
        if let Ok(Some(seconds)) = parse(&header, Timestamp::from_postgres(at)) {
            prop_assert!(seconds >= 0);
        }
    }

    #[test]
    fn a_date_is_never_reached_early(offset in 0i64..2_000_000_000_000) {
        let now = Timestamp::from_postgres(now().to_postgres() - offset);
        let seconds = i64::from(parse("Sun, 06 Nov 1994 08:49:37 GMT", now).unwrap().unwrap());
        let until = Timestamp::parse_rfc3339("1994-11-06T08:49:37Z").unwrap().to_postgres();
        prop_assert!(now.to_postgres() + seconds * 1_000_000 >= until);
        prop_assert!(now.to_postgres() + (seconds - 1) * 1_000_000 < until);
    }
}
