//! How many steps to run at once: the engine's numbers, and bounds that always hold.

use crate::core::concurrency::{Load, Pool, Pressure, recommend};
use crate::core::config::{EffectiveOptions, ExecutionSettings, Section};
use proptest::prelude::*;
use serde_json::{Value, json};

fn settings(options: Value) -> ExecutionSettings {
    let options = options.as_object().unwrap().clone();
    ExecutionSettings::of(&EffectiveOptions::of(Section::Execution, [("global", &options)])).unwrap()
}

/// A load of so many percent.
fn load(percent: i64) -> Load {
    Load { active_tasks: percent, total_tasks: 100, active_steps: percent, total_steps: 100 }
}

#[test]
fn the_busier_the_system_the_fewer() {
    let advice = |percent| recommend(load(percent), None, &settings(json!({})));
    assert_eq!([0, 30, 31, 60, 61, 100].map(advice), [12, 12, 8, 8, 4, 4]);
    // Steps weigh more than tasks; a system without anything in it is as busy as can be.
    let steps_alone = Load { active_steps: 90, active_tasks: 0, ..load(0) };
    assert_eq!(recommend(steps_alone, None, &settings(json!({}))), 4);
    assert_eq!(recommend(Load::default(), None, &settings(json!({}))), 4);
}

#[test]
fn the_scarcer_connections_are_the_fewer() {
    let pressures =
        [(50, Pressure::Low), (51, Pressure::Moderate), (70, Pressure::Moderate), (71, Pressure::High)];
    for (busy, pressure) in pressures.into_iter().chain([(85, Pressure::High), (86, Pressure::Critical)]) {
        assert_eq!(Pool { size: 100, busy }.pressure(), pressure, "{busy} of 100");
    }
    let advice = |size, busy| recommend(load(0), Some(Pool { size, busy }), &settings(json!({})));
    assert_eq!(advice(10, 0), 8, "80 % of ten");
    assert_eq!(advice(20, 12), 4, "60 % of eight");
    assert_eq!(advice(100, 80), 5, "40 % of twenty, and 70 % of that");
    assert_eq!(advice(100, 95), 3);
    assert_eq!(advice(0, 0), 3);
    assert_eq!(advice(5, 9), 3, "more in use than there are");
}

#[test]
fn settings_bound_the_advice_even_when_they_contradict_each_other() {
    let bounded = settings(json!({ "min_concurrent_steps": 5, "max_concurrent_steps_limit": 50 }));
    assert_eq!(recommend(load(0), None, &bounded), 50);
    assert_eq!(recommend(load(100), None, &bounded), 6);
    let contradicting = settings(json!({ "min_concurrent_steps": 20 }));
    assert_eq!(contradicting.bounds(), (20, 20));
    assert_eq!(recommend(load(100), None, &contradicting), 20);
}

proptest! {
    #[test]
    fn whatever_is_counted_the_advice_is_within_its_bounds(
        counts in any::<[i64; 4]>(),
        pool in proptest::option::of(any::<(i64, i64)>()),
        least in 1..100i64,
        most in 1..100i64,
    ) {
        let [active_tasks, total_tasks, active_steps, total_steps] = counts;
        let load = Load { active_tasks, total_tasks, active_steps, total_steps };
        let settings = settings(json!({ "min_concurrent_steps": least, "max_concurrent_steps_limit": most }));
        let advice = recommend(load, pool.map(|(size, busy)| Pool { size, busy }), &settings);
        prop_assert!((least..=most.max(least)).contains(&advice.into()), "{}", advice);
    }
}
