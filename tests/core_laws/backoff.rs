//! The engine's wait after a failure, and what a policy does at its edges; its laws are in `policy.rs`.

use crate::core::backoff::{Growth, PROGRESSION, Policy, after_failure};
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

fn policy(growth: Growth, base: f64, multiplier: f64, cap: f64, jitter: f64) -> Policy {
    Policy::new(growth, base, multiplier, cap, jitter, PROGRESSION.to_vec()).unwrap()
}

fn delays(policy: &Policy, attempt: i32) -> Vec<i64> {
    let mut delays: Vec<i64> = (0..1000).map(|seed| policy.delay(attempt, seed).to_microseconds()).collect();
    delays.sort_unstable();
    delays
}

#[test]
fn fibonacci_adds_the_two_waits_before() {
    let policy = policy(Growth::Fibonacci, 1.5, 2.0, 1e15, 0.0);
    let (mut before, mut wait) = (0, 1_500_000);
    for attempt in 1..=40 {
        assert_eq!(policy.delay(attempt, 0), Duration::microseconds(wait), "attempt {attempt}");
        (before, wait) = (wait, before + wait);
    }
}

#[test]
fn ruby_s_powers_lose_their_fractions() {
    let policy = policy(Growth::Progression, 1.0, 1.9, 300.0, 0.0);
    assert_eq!(policy.delay(7, 0), Duration::seconds(40), "7 ^ 1.9 is 40.3");
}

#[test]
fn ruby_s_numbers_reach_the_cap_at_the_18th_attempt() {
    let policy = policy(Growth::Progression, 1.0, 2.0, 300.0, 0.0);
    assert_eq!(policy.delay(17, 0), Duration::seconds(289));
    assert_eq!(policy.delay(18, 0), Duration::seconds(300));
}

#[test]
fn a_wait_is_rounded_to_the_microsecond() {
    for (base, microseconds) in [(8.2, 8_200_000), (1.1, 1_100_000), (0.000_001_9, 2), (0.000_000_4, 0)] {
        let policy = policy(Growth::Constant, base, 2.0, 300.0, 0.0);
        assert_eq!(policy.delay(1, 0), Duration::microseconds(microseconds), "{base}");
    }
    assert_eq!(policy(Growth::Linear, 0.7, 2.0, 8.2, 0.0).delay(3, 0), Duration::microseconds(2_100_000));
}

#[test]
fn nothing_grows_into_nothing() {
    for growth in [Growth::Exponential, Growth::Polynomial, Growth::Linear, Growth::Fibonacci] {
        let policy = policy(growth, 0.0, 1000.0, 300.0, 0.5);
        assert_eq!(policy.delay(i32::MAX, 0), Duration::seconds(0), "{growth:?}");
    }
}

#[test]
fn the_longest_wait_fits() {
    let policy = policy(Growth::Exponential, f64::MAX, f64::MAX, f64::MAX, 1.0);
    assert!(delays(&policy, i32::MAX).iter().all(|delay| *delay > 0));
}

#[test]
fn jitter_reaches_both_ends_of_its_share() {
    let delays = delays(&policy(Growth::V02, 1.0, 2.0, 30.0, 0.25), 4);
    assert!((12_000_000..12_100_000).contains(&delays[0]), "{}", delays[0]);
    assert!((19_900_000..=20_000_000).contains(&delays[999]), "{}", delays[999]);
}

/// Steps that wait as long as they can would else start all at once.
#[test]
fn jitter_is_not_piled_up_on_the_cap() {
    let mut delays = delays(&policy(Growth::V02, 1.0, 2.0, 30.0, 0.25), 9);
    assert!((22_500_000..22_600_000).contains(&delays[0]), "{}", delays[0]);
    assert!((29_900_000..=30_000_000).contains(&delays[999]), "{}", delays[999]);
    delays.dedup();
    assert!(delays.len() > 990, "{} of 1000 seeds differ", delays.len());
}

#[test]
fn jitter_differs_from_attempt_to_attempt() {
    let policy = policy(Growth::Constant, 100.0, 2.0, 300.0, 0.5);
    assert_ne!(policy.delay(1, 7), policy.delay(2, 7));
}

/// Every mode that may grow without a list.
const GROWTHS: [Growth; 6] = [
    Growth::V02,
    Growth::Exponential,
    Growth::Polynomial,
    Growth::Linear,
    Growth::Fibonacci,
    Growth::Constant,
];

fn any_growth() -> impl Strategy<Value = Growth> {
    proptest::sample::select(&GROWTHS[..])
}

/// Numbers of any size that make sense.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        0.0..1e3,
        proptest::num::f64::POSITIVE | proptest::num::f64::ZERO | proptest::num::f64::NORMAL
    ]
    .prop_map(f64::abs)
    .prop_filter("finite", |number| number.is_finite())
}

proptest! {
    #[test]
    fn more_attempts_never_wait_less(attempts in i32::MIN..i32::MAX) {
        prop_assert!(after_failure(Some(attempts)) <= after_failure(Some(attempts + 1)));
    }

    #[test]
    fn more_attempts_never_wait_less_by_policy(
        growth in any_growth(),
        base in 0.0..1e6,
        multiplier in 1.0..10.0,
        cap in 0.0..1e12,
        attempt in prop_oneof![-2..100, i32::MIN..i32::MAX],
    ) {
        let policy = policy(growth, base, multiplier, cap, 0.0);
        prop_assert!(policy.delay(attempt, 0) <= policy.delay(attempt + 1, 0));
    }

    #[test]
    fn jitter_stays_within_its_share_and_below_the_cap(
        growth in any_growth(),
        base in any_number(),
        multiplier in any_number(),
        cap in any_number(),
        jitter in 0.0..=1.0,
        attempt in prop_oneof![1..100, any::<i32>()],
        seed: i64,
    ) {
        let without = policy(growth, base, multiplier, cap, 0.0).delay(attempt, seed).to_microseconds();
        let with = policy(growth, base, multiplier, cap, jitter).delay(attempt, seed).to_microseconds();
        prop_assert!(with >= 0);
        prop_assert!(with <= (cap * 1e6).round() as i64);
        // What rounding may lose.
        let slack = 2.0 + with as f64 * 1e-12;
        prop_assert!((with as f64 - without as f64).abs() <= without as f64 * jitter + slack);
    }

    #[test]
    fn any_number_is_accepted_or_refused(
        growth in any_growth(),
        base: f64,
        multiplier: f64,
        cap: f64,
        jitter in prop_oneof![any::<f64>(), 0.0..=1.0],
        attempt: i32,
        seed: i64,
    ) {
        let sensible = [base, multiplier, cap].iter().all(|number| (0.0..f64::INFINITY).contains(number))
            && (0.0..=1.0).contains(&jitter);
        let policy = Policy::new(growth, base, multiplier, cap, jitter, PROGRESSION.to_vec());
        prop_assert_eq!(policy.is_ok(), sensible);
        prop_assert!(policy.is_err() || policy.is_ok_and(|policy| policy.delay(attempt, seed) >= Duration::seconds(0)));
    }

    #[test]
    fn nothing_waits_before_the_first_attempt(growth in any_growth(), jitter in 0.0..=1.0, attempt in i32::MIN..=0, seed: i64) {
        prop_assert_eq!(policy(growth, 7.0, 2.0, 300.0, jitter).delay(attempt, seed), Duration::seconds(0));
    }
}
