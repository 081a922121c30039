//! Figures over a whole installation: the engine's reading and ours, and shares.

use crate::core::config::{EffectiveOptions, HealthSettings, Section};
use crate::core::insight::{EngineCounts, StepCounts, TaskCounts, engine_health, health_problems, share};
use crate::core::readiness::Semantics;
use proptest::prelude::*;

const TASKS: TaskCounts = TaskCounts {
    total: 21,
    pending: 1,
    in_progress: 2,
    complete: 3,
    error: 4,
    cancelled: 5,
    resolved_manually: 6,
    noted_pending: 0,
};
const STEPS: StepCounts = StepCounts {
    total: 150,
    pending: 10,
    in_progress: 20,
    complete: 30,
    error: 40,
    cancelled: 25,
    resolved_manually: 25,
    retryable_error: 7,
    permanent_error: 8,
    engine: EngineCounts { noted_pending: 9, retryable: 6, exhausted: 5, in_backoff: 4 },
};

#[test]
fn the_engine_counts_what_transitions_say() {
    let counts = engine_health(&TASKS, &STEPS, 3, Semantics::V02);
    assert_eq!(counts, [21, 0, 2, 3, 4, 5, 150, 9, 20, 30, 40, 6, 5, 4]);
}

#[test]
fn ours_counts_fresh_ones_and_every_failure_once() {
    let counts = engine_health(&TASKS, &STEPS, 3, Semantics::Corrected);
    assert_eq!(counts, [21, 1, 2, 3, 4, 5, 150, 10, 20, 30, 40, 7, 33, 3]);
    assert_eq!(STEPS.exhausted_error(), 40 - 7 - 8);
}

#[test]
fn what_is_beyond_its_share_is_a_problem() {
    let settings = HealthSettings::of(&EffectiveOptions::of(Section::Health, [])).unwrap();
    let counts = |error, total| (TaskCounts { total, error, ..TASKS }, StepCounts { total, error, ..STEPS });
    let problems = |(tasks, steps): (TaskCounts, StepCounts), open| {
        health_problems(&tasks, &steps, (open, 100), &settings)
    };
    assert_eq!(problems(counts(5, 10), 90), [""; 0]);
    assert_eq!(problems(counts(0, 0), 0), [""; 0]);
    assert_eq!(
        problems(counts(6, 10), 91),
        [
            "91 of 100 connections are open, more than 90 %",
            "6 of 10 tasks are in error, more than 50 %",
            "6 of 10 steps are in error, more than 50 %",
        ]
    );
}

#[test]
fn shares_are_rounded_half_up() {
    assert_eq!(share(2, 3, 100, 2).as_deref(), Some("66.67"));
    assert_eq!(share(1, 3, 1, 3).as_deref(), Some("0.333"));
    assert_eq!(share(1, 8, 100, 0).as_deref(), Some("13"));
    assert_eq!(share(5, 5, 100, 2).as_deref(), Some("100.00"));
    assert_eq!(share(0, 5, 1, 3).as_deref(), Some("0.000"));
    assert_eq!(share(0, 0, 1, 3), None);
}

proptest! {
    #[test]
    fn a_share_of_any_counts_is_a_number_within_its_bounds(part in 0_i64.., whole in 1_i64.., decimals in 0_u32..20) {
        let part = part.min(whole);
        let percent: f64 = share(part, whole, 100, decimals).unwrap().parse().unwrap();
        prop_assert!((0.0..=100.0).contains(&percent));
        prop_assert!((percent - part as f64 / whole as f64 * 100.0).abs() <= 0.51);
    }
}
