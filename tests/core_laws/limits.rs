use crate::core::limits::{Admission, Bucket, Limit, Rate, ask, take};
use crate::core::time::{Duration, Timestamp};
use proptest::prelude::*;

const NEVER_USED: Bucket = Bucket { running: 0, tokens: 0.0, refilled_at: None };

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_postgres(milliseconds * 1_000)
}

fn rate(max_starts: i32, seconds: i64) -> Limit {
    let rate = Some(Rate { max_starts, per: Duration::seconds(seconds) });
    Limit { max_running: None, rate, is_paused: false }
}

#[test]
fn so_many_run_and_no_more() {
    let limit = Limit { max_running: Some(2), rate: None, is_paused: false };
    let one = take(&limit, &NEVER_USED, at(0));
    assert_eq!(ask(&limit, &one, at(0)), Admission::Granted);
    let two = take(&limit, &one, at(0));
    assert_eq!(ask(&limit, &two, at(0)), Admission::NotYet);
    assert_eq!(ask(&limit, &Bucket { running: 1, ..two }, at(0)), Admission::Granted);
}

#[test]
fn zero_and_a_pause_let_nothing_through() {
    let none = Limit { max_running: Some(0), rate: None, is_paused: false };
    assert_eq!(ask(&none, &NEVER_USED, at(0)), Admission::NotYet);
    let paused = Limit { is_paused: true, ..rate(5, 1) };
    assert_eq!(ask(&paused, &NEVER_USED, at(0)), Admission::NotYet);
}

#[test]
fn a_spent_bucket_says_when_the_next_token_comes() {
    let limit = rate(2, 10);
    let spent = take(&limit, &take(&limit, &NEVER_USED, at(0)), at(0));
    assert_eq!(ask(&limit, &spent, at(0)), Admission::NotBefore(at(5_000)));
    assert_eq!(ask(&limit, &spent, at(4_999)), Admission::NotBefore(at(5_000)));
    assert_eq!(ask(&limit, &spent, at(5_000)), Admission::Granted);
}

proptest! {
    #[test]
    fn no_window_sees_more_than_a_full_bucket_and_its_refill(
        max_starts in 1i32..20,
        seconds in 1i64..60,
        steps in proptest::collection::vec(0i64..3_000, 1..200),
    ) {
        let limit = rate(max_starts, seconds);
        let (mut bucket, mut now, mut starts) = (NEVER_USED, 0, Vec::new());
        for step in steps {
            now += step;
            if ask(&limit, &bucket, at(now)) == Admission::Granted {
                bucket = take(&limit, &bucket, at(now));
                starts.push(now);
            }
        }
        for (from, first) in starts.iter().enumerate() {
            for (to, last) in starts.iter().enumerate().skip(from) {
                let allowed = f64::from(max_starts) * (1.0 + (last - first) as f64 / (seconds as f64 * 1e3));
                prop_assert!((to - from + 1) as f64 <= allowed + 1e-6);
            }
        }
    }

    #[test]
    fn what_it_promises_it_keeps(max_starts in 1i32..1_000, seconds in 1i64..100_000, used in 1usize..50) {
        let limit = rate(max_starts, seconds);
        let mut bucket = NEVER_USED;
        for _ in 0..used {
            match ask(&limit, &bucket, at(0)) {
                Admission::Granted => bucket = take(&limit, &bucket, at(0)),
                Admission::NotBefore(time) => {
                    prop_assert_eq!(ask(&limit, &bucket, time), Admission::Granted);
                    break;
                }
                Admission::NotYet => prop_assert!(false),
            }
        }
    }

    #[test]
    fn a_clock_that_goes_back_grants_nothing(back in 0i64..1_000_000) {
        let limit = rate(1, 10);
        let spent = take(&limit, &NEVER_USED, at(2_000_000));
        prop_assert_ne!(ask(&limit, &spent, at(2_000_000 - back)), Admission::Granted);
    }
}
