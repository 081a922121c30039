//! Backoff by policy: growth, cap, jitter.

use crate::core::backoff::{Growth, PROGRESSION, Policy, after_failure};
use crate::core::time::Duration;
use proptest::prelude::*;

const MODES: [&str; 7] = ["v02", "progression", "exponential", "polynomial", "linear", "constant", "none"];

fn policy(mode: &str, jitter: f64) -> Policy {
    let growth = Growth::parse(mode).unwrap();
    Policy::new(growth, 1.0, 2.0, growth.default_cap(), jitter, PROGRESSION.to_vec()).unwrap()
}

fn seconds(delay: Duration) -> f64 {
    delay.to_microseconds() as f64 / 1e6
}

#[test]
fn the_numbers_of_the_semantics() {
    // Attempts, the engine's functions, the engine's Ruby before jitter.
    let table = [
        (1, 2.0, 1.0),
        (2, 4.0, 2.0),
        (3, 8.0, 4.0),
        (4, 16.0, 8.0),
        (5, 30.0, 16.0),
        (6, 30.0, 32.0),
        (7, 30.0, 49.0),
        (8, 30.0, 64.0),
        (18, 30.0, 300.0),
    ];
    for (attempt, functions, ruby) in table {
        assert_eq!(seconds(policy("v02", 0.0).delay(attempt, 0)), functions, "v02, {attempt}");
        assert_eq!(seconds(policy("progression", 0.0).delay(attempt, 0)), ruby, "progression, {attempt}");
    }
}

#[test]
fn each_growth_is_what_it_says() {
    let of = |mode: &str, attempt| {
        let growth = Growth::parse(mode).unwrap();
        let policy = Policy::new(growth, 3.0, 2.0, 1e6, 0.0, PROGRESSION.to_vec()).unwrap();
        seconds(policy.delay(attempt, 0))
    };
    assert_eq!([of("exponential", 1), of("exponential", 2), of("exponential", 5)], [3.0, 6.0, 48.0]);
    assert_eq!([of("polynomial", 1), of("polynomial", 2), of("polynomial", 5)], [3.0, 12.0, 75.0]);
    assert_eq!([of("linear", 1), of("linear", 2), of("linear", 5)], [3.0, 6.0, 15.0]);
    assert_eq!([of("constant", 1), of("constant", 9)], [3.0, 3.0]);
    assert_eq!(of("none", 9), 0.0);
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let with = |base, multiplier, cap, jitter, progression: &[i32]| {
        Policy::new(Growth::Exponential, base, multiplier, cap, jitter, progression.to_vec())
    };
    assert!(with(1.0, 2.0, 300.0, 1.0, &[1]).is_ok());
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(with(bad, 2.0, 300.0, 0.0, &[1]).is_err());
        assert!(with(1.0, bad, 300.0, 0.0, &[1]).is_err());
        assert!(with(1.0, 2.0, bad, 0.0, &[1]).is_err());
        assert!(with(1.0, 2.0, 300.0, bad, &[1]).is_err());
    }
    assert!(with(1.0, 2.0, 300.0, 1.01, &[1]).is_err());
    assert!(with(1.0, 2.0, 300.0, 0.0, &[]).is_err());
    assert!(with(1.0, 2.0, 300.0, 0.0, &[1, -1]).is_err());
    assert!(Growth::parse("random").is_err());
}

#[test]
fn jitter_is_spread_over_its_whole_range_below_a_second_too() {
    let policy = policy("progression", 0.5);
    let delays: Vec<f64> = (0..1_000).map(|seed| seconds(policy.delay(1, seed))).collect();
    let below = |limit: f64| delays.iter().filter(|delay| **delay < limit).count();
    assert!(delays.iter().all(|delay| (0.5..=1.5).contains(delay)));
    assert!((400..600).contains(&below(1.0)) && below(0.6) > 50 && below(1.4) < 950);
}

proptest! {
    #[test]
    fn no_wait_is_negative_or_above_the_cap(
        mode in proptest::sample::select(&MODES[..]),
        attempt in any::<i32>(),
        base in 0.0..1e12,
        multiplier in 0.0..1e6,
        cap in 0.0..1e9,
        jitter in 0.0..=1.0,
        seed in any::<i64>(),
    ) {
        let growth = Growth::parse(mode).unwrap();
        let policy = Policy::new(growth, base, multiplier, cap, jitter, PROGRESSION.to_vec()).unwrap();
        let delay = seconds(policy.delay(attempt, seed));
        // A wait is a whole number of microseconds.
        prop_assert!((0.0..=cap + 1e-6).contains(&delay));
        prop_assert_eq!(policy.delay(attempt, seed), policy.delay(attempt, seed));
    }

    #[test]
    fn without_jitter_it_never_shrinks(mode in proptest::sample::select(&MODES[..]), attempt in 1i32..1_000_000) {
        let policy = policy(mode, 0.0);
        prop_assert!(policy.delay(attempt, 0) <= policy.delay(attempt + 1, 0));
    }

    #[test]
    fn v02_is_the_rule_of_readiness(attempt in 1i32..=i32::MAX) {
        prop_assert_eq!(policy("v02", 0.0).delay(attempt, 0), after_failure(Some(attempt)));
    }
}
