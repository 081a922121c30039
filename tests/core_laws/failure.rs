//! What becomes of a step whose execution has failed.

use super::workflow::{at, step};
use crate::core::config::{BackoffSettings, EffectiveOptions, Section};
use crate::core::failure::fail;
use crate::core::readiness::{Assessment, Semantics, assess};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, StepsBuilder};
use crate::core::time::{Duration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;

fn settings(options: Value) -> BackoffSettings {
    let options = options.as_object().unwrap().clone();
    BackoffSettings::of(&EffectiveOptions::of(Section::Backoff, [("global", &options)])).unwrap()
}

fn running(attempts: i32) -> Step {
    Step {
        state: StepState::InProgress,
        state_since: Some(at(0)),
        attempts: Some(attempts),
        retry_limit: Some(100),
        in_process: true,
        ..step(1)
    }
}

fn assessed(step: &Step, now: Timestamp, semantics: Semantics) -> Assessment {
    let mut builder = StepsBuilder::default();
    builder.push(step.clone(), []);
    let steps = builder.link().resolve(&HashMap::new());
    assess(&steps, |_| TaskState::InProgress, now, semantics).remove(0)
}

/// When a step may run, as the rule for readers says; the engine's tells of one of two waits (R6).
fn ready_at(step: &Step, semantics: Semantics) -> Option<Timestamp> {
    assessed(step, at(0), semantics).next_eligible_at
}

/// Whether the engine runs a step at that time: both waits count.
fn engine_runs(step: &Step, now: Timestamp) -> bool {
    assessed(step, now, Semantics::V02).verdict.is_ready()
}

#[test]
fn a_policy_shorter_than_the_engines_wait_replaces_it() {
    let failed = fail(&running(4), true, None, &settings(json!({ "mode": "none" })), at(100)).unwrap();
    assert_eq!(failed.next_eligible_at, Some(at(100)));
    assert_eq!(failed.step.backoff_request_seconds, None);
    assert_eq!(ready_at(&failed.step, Semantics::Corrected), Some(at(100)));
    // An unchanged engine goes on as it always has.
    assert_eq!(ready_at(&failed.step, Semantics::V02), Some(at(130)));
}

#[test]
fn a_longer_one_is_requested_of_the_engine_too() {
    let options = json!({ "mode": "constant", "base_seconds": 90.5 });
    let failed = fail(&running(0), true, None, &settings(options), at(100)).unwrap();
    assert_eq!(failed.next_eligible_at, Some(at(190).plus(Duration::microseconds(500_000))));
    assert_eq!(failed.step.backoff_request_seconds, Some(90));
    assert_eq!(ready_at(&failed.step, Semantics::Corrected), failed.next_eligible_at);
    assert_eq!(ready_at(&failed.step, Semantics::V02), Some(at(190)));
}

#[test]
fn a_short_request_does_not_shorten_the_engines_wait() {
    let options = json!({ "mode": "constant", "base_seconds": 10.6 });
    let failed = fail(&running(3), true, Some(0), &settings(options), at(100)).unwrap();
    assert_eq!(failed.step.backoff_request_seconds, Some(0));
    assert_eq!(ready_at(&failed.step, Semantics::V02), Some(at(100)));
    assert!(!engine_runs(&failed.step, at(115)));
    assert!(engine_runs(&failed.step, at(116)));
}

#[test]
fn what_a_server_asks_for_is_kept_up_to_the_bound() {
    let after = |header, options: Value| {
        fail(&running(0), true, Some(header), &settings(options), at(0)).unwrap().next_eligible_at
    };
    assert_eq!(after(60, json!({})), Some(at(60)));
    assert_eq!(after(1, json!({})), Some(at(2)));
    assert_eq!(after(1, json!({ "mode": "none" })), Some(at(1)));
    assert_eq!(after(86_400, json!({})), Some(at(3_600)));
    assert_eq!(after(86_400, json!({ "max_retry_after_seconds": 86_400 })), Some(at(86_400)));
}

#[test]
fn the_last_failure_has_no_wait() {
    let last = Step { retry_limit: Some(3), ..running(2) };
    assert!(fail(&last, true, Some(60), &settings(json!({})), at(0)).unwrap().is_exhausted());
    assert!(fail(&running(0), false, None, &settings(json!({})), at(0)).unwrap().is_exhausted());
    assert!(!fail(&running(0), true, None, &settings(json!({})), at(0)).unwrap().is_exhausted());
}

proptest! {
    #[test]
    fn what_the_worker_is_told_is_what_readers_will_see(
        attempts in 0..90,
        header in proptest::option::of(0..10_000),
        mode in proptest::sample::select(vec![
            "v02", "progression", "exponential", "polynomial", "linear", "fibonacci", "constant", "none",
        ]),
        base in 0.0..100.0,
        jitter in any::<bool>(),
    ) {
        let options = json!({ "mode": mode, "base_seconds": base, "jitter_enabled": jitter });
        let failed = fail(&running(attempts), true, header, &settings(options), at(1_000)).unwrap();
        prop_assert_eq!(failed.step.attempts, Some(attempts + 1));
        prop_assert!(failed.next_eligible_at >= Some(at(1_000)));
        prop_assert_eq!(ready_at(&failed.step, Semantics::Corrected), failed.next_eligible_at);
        // A step is ready for the engine at most a fraction of a second before it is ready for tasker_core.
        let early = failed.next_eligible_at.unwrap().plus(Duration::seconds(-1));
        prop_assert!(early < at(1_000) || !engine_runs(&failed.step, early));
    }
}
