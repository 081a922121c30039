//! What a look at a step asks for.

use super::workflow::*;
use crate::core::readiness::{Gate, Semantics, assess};
use crate::core::recovery::{Remedy, needs_a_look, remedy};
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};

const HOUR: Duration = Duration::seconds(3600);

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_postgres(seconds * 1_000_000)
}

#[test]
fn a_lease_is_taken_back_when_it_is_over_and_not_before() {
    let mut step = in_state(1, StepState::InProgress);
    step.state_since = Some(at(0));
    assert_eq!(remedy(&step, Some(at(300)), Some(HOUR), at(299)), Remedy::LookAgain(at(300)));
    assert_eq!(remedy(&step, Some(at(300)), Some(HOUR), at(300)), Remedy::TakeBack);
}

#[test]
fn a_lease_that_lives_protects_from_being_stale() {
    let mut step = in_state(1, StepState::InProgress);
    step.state_since = Some(at(0));
    assert_eq!(remedy(&step, Some(at(9_000)), Some(HOUR), at(8_000)), Remedy::LookAgain(at(9_000)));
}

#[test]
fn without_a_lease_the_limit_decides_and_none_means_never() {
    let mut step = in_state(1, StepState::InProgress);
    step.state_since = Some(at(0));
    assert_eq!(remedy(&step, None, Some(HOUR), at(3_599)), Remedy::LookAgain(at(3_600)));
    assert_eq!(remedy(&step, None, Some(HOUR), at(3_600)), Remedy::Recover);
    assert_eq!(remedy(&step, None, None, at(1_000_000)), Remedy::Nothing);
}

#[test]
fn a_failed_step_is_promoted_when_all_its_waits_are_over() {
    let mut step = in_state(1, StepState::Error);
    step.state_since = Some(at(0));
    step.attempts = Some(1);
    assert_eq!(remedy(&step, None, None, at(1)), Remedy::LookAgain(at(2)));
    assert_eq!(remedy(&step, None, None, at(2)), Remedy::Promote);
    step.backoff_request_seconds = Some(60);
    step.last_attempted_at = Some(at(0));
    assert_eq!(remedy(&step, None, None, at(2)), Remedy::LookAgain(at(60)));
}

#[test]
fn what_must_not_be_retried_is_left_alone() {
    let mut exhausted = in_state(1, StepState::Error);
    exhausted.state_since = Some(at(0));
    exhausted.attempts = Some(3);
    let mut permanent = exhausted.clone();
    permanent.attempts = Some(1);
    permanent.retryable = false;
    for step in [exhausted, permanent] {
        assert_eq!(remedy(&step, None, Some(HOUR), at(1_000_000)), Remedy::Nothing);
    }
}

#[test]
fn final_states_ask_for_nothing() {
    for state in StepState::ALL.into_iter().filter(|state| state.is_final()) {
        assert_eq!(remedy(&in_state(1, state), None, Some(HOUR), at(1_000_000)), Remedy::Nothing);
    }
}

#[test]
fn somebody_has_to_look_at_what_runs_or_will_run_by_itself() {
    let is_looked_at = |step: Step, gate: Gate| {
        let steps = workflow(vec![step], &[]);
        needs_a_look(&assess(&steps, |_| gate, NOW, Semantics::Corrected)[0])
    };
    let waiting = || Step { state_since: Some(ago(1)), ..failed(1, 2) };
    assert!(is_looked_at(step(1), Gate::Open));
    assert!(is_looked_at(waiting(), Gate::Open));
    assert!(is_looked_at(in_state(1, StepState::InProgress), Gate::Open));
    for state in [StepState::Complete, StepState::Cancelled, StepState::ResolvedManually] {
        assert!(!is_looked_at(in_state(1, state), Gate::Open));
    }
    assert!(!is_looked_at(failed(1, 3), Gate::Open));
    assert!(!is_looked_at(Step { retryable: false, ..waiting() }, Gate::Open));
    assert!(!is_looked_at(step(1), Gate::Paused));
}
