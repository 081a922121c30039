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

/// RFC 9110, 5.6.7: two digits mean the last such year that is not more than 50 years ahead.
#[test]
fn a_year_of_two_digits_is_the_nearest_that_may_be_meant() {
    let wait = |header, now| parse(header, Timestamp::parse_rfc3339(now).unwrap());
    let far = Ok(Some(i32::MAX));
    let headers = [
        ("Thursday, 01-Jan-71 00:00:00 GMT", "2070-12-31T23:59:00Z", Ok(Some(60))),
        ("Friday, 01-Jan-71 00:00:00 GMT", "1970-12-31T23:59:00Z", Ok(Some(60))),
        ("Thursday, 01-Jan-71 00:00:00 GMT", "2021-01-01T00:00:00Z", Ok(Some(1_577_836_800))),
        ("Friday, 01-Jan-71 00:00:00 GMT", "2020-12-31T23:59:59Z", Ok(Some(0))),
        ("Friday, 01-Jan-00 00:00:00 GMT", "2099-12-31T23:59:59Z", Ok(Some(1))),
        ("Tuesday, 29-Feb-00 00:00:00 GMT", "2080-01-01T00:00:00Z", Ok(Some(0))),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "-infinity", far.clone()),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "infinity", Ok(Some(0))),
    ];
    for (header, now, seconds) in headers {
        assert_eq!(wait(header, now), seconds, "{header} at {now}");
    }
    assert_eq!(wait("Fri, 31 Dec 9999 23:59:59 GMT", "-infinity"), far);
}

#[test]
fn a_leap_second_is_a_second() {
    let now = Timestamp::parse_rfc3339("2016-12-31T23:59:58Z").unwrap();
    assert_eq!(parse("Sat, 31 Dec 2016 23:59:60 GMT", now), Ok(Some(2)));
}

#[test]
fn blank_is_no_header() {
    assert_eq!(parse("", now()), Ok(None));
    assert_eq!(parse("  \t", now()), Ok(None));
}

#[test]
fn anything_else_is_refused() {
    let headers = [
        "1.5",
        "-1",
        "+1",
        "1 2",
        "soon",
        "06 Nov 1994",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sat, 06 Nov 94 08:49:37 GMT",
        "Sat Nov  6 08:49:37 94",
        "Sun, 06 Nov +11994 08:49:37 GMT",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Monday, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Thursday, 31-Feb-94 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        ", 06-Nov-94 08:49:37 GMT",
        "NaN",
        "1e3",
        "١٢",
    ];
    for header in headers {
        let error = parse(header, now()).expect_err(header).to_string();
        assert!(error.contains(&format!("\"{header}\"")), "{error}");
    }
}

#[test]
fn a_long_header_is_named_by_its_beginning() {
    let error = parse(&"é".repeat(10_000), now()).unwrap_err().to_string();
    assert!(error.len() < 250 && error.contains("ééé"), "{error}");
}

proptest! {
    #[test]
    fn nothing_makes_it_panic_and_no_answer_is_negative(header in ".{0,80}", at in any::<i64>()) {
        if let Ok(Some(seconds)) = parse(&header, Timestamp::from_postgres(at)) {
            prop_assert!(seconds >= 0);
        }
    }

    #[test]
    fn what_looks_like_a_date_does_not_make_it_panic_either(
        header in "(Sun|Monday|Friday),? [0-9]{1,3}[- ](Jan|Feb|Nov)[- ][-+]?[0-9]{1,19} [0-9]{1,2}:[0-9]{2}:[0-9]{2} GMT",
        at in any::<i64>(),
    ) {
        if let Ok(Some(seconds)) = parse(&header, Timestamp::from_postgres(at)) {
            prop_assert!(seconds >= 0);
        }
    }

    #[test]
    fn a_number_of_seconds_is_itself(seconds in 0..=i32::MAX, zeros in 0usize..40) {
        let header = format!("{}{seconds}", "0".repeat(zeros));
        prop_assert_eq!(parse(&header, now()), Ok(Some(seconds)));
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

/// RFC 9110, 5.3: a proxy joins the lines of a header that is there twice.
#[test]
fn of_a_list_the_longest_wait_counts() {
    for (header, seconds) in [
        ("120, 60", 120),
        ("60,120,", 120),
        (",0", 0),
        ("5, Sun, 06 Nov 1994 08:49:37 GMT", 37),
        ("Sun, 06 Nov 1994 08:49:37 GMT, Sunday, 06-Nov-94 08:49:50 GMT", 50),
        ("Sun Nov  6 08:49:37 1994, 38", 38),
    ] {
        assert_eq!(parse(header, now()), Ok(Some(seconds)), "{header}");
    }
    assert_eq!(parse(" , ,", now()), Ok(None));
    for header in ["120, soon", "soon, 120", "Sun, 120", "120, Sun", "Sat, 28 Nov 2026 12:02:00 UTC"] {
        assert!(parse(header, now()).is_err(), "{header}");
    }
}
