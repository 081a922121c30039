//! Every branch of the plan for a task, and the paths by which a task comes into the state that it needs.

use super::workflow::at;
use crate::core::config::{BackoffSettings, EffectiveOptions, Section};
use crate::core::context::{Context, Counts, ExecutionStatus, HealthStatus};
use crate::core::plan::{Action, delay, path, plan as decide};
use crate::core::readiness::Gate;
use crate::core::state::TaskState;
use serde_json::{Value, json};

fn plan(task: TaskState, context: &Context) -> crate::core::plan::FinalizationPlan {
    decide(task, Gate::Open, context)
}

fn context(execution_status: ExecutionStatus, counts: Counts) -> Context {
    Context {
        counts,
        execution_status,
        completion: None,
        health_status: HealthStatus::Healthy,
        next_eligible_at: None,
    }
}

#[test]
fn every_status_has_its_action_and_reason() {
    let expected = [
        (ExecutionStatus::AllComplete, Action::Complete, "all_steps_complete"),
        (ExecutionStatus::BlockedByFailures, Action::Fail, "steps_in_error_state"),
        (ExecutionStatus::Processing, Action::Wait, "steps_in_progress"),
        (ExecutionStatus::WaitingForDependencies, Action::Reenqueue, "awaiting_dependencies"),
        (ExecutionStatus::HasReadySteps, Action::Reenqueue, "ready_steps_available"),
    ];
    for (status, action, reason) in expected {
        let decided = plan(TaskState::InProgress, &context(status, Counts::default()));
        assert_eq!((decided.action, decided.reason), (action, reason));
    }
}

#[test]
fn a_closed_task_is_left_alone_whatever_its_steps_say() {
    for state in TaskState::ALL.into_iter().filter(|state| state.is_closed()) {
        let decided = plan(state, &context(ExecutionStatus::AllComplete, Counts::default()));
        assert_eq!(decided.action, Action::None);
    }
}

#[test]
fn a_task_in_error_does_not_fail_again_but_may_be_completed() {
    let of = |status| plan(TaskState::Error, &context(status, Counts::default())).action;
    assert_eq!(of(ExecutionStatus::BlockedByFailures), Action::None);
    assert_eq!(of(ExecutionStatus::AllComplete), Action::Complete);
}

#[test]
fn the_tail_is_where_nobody_will_come_by_again() {
    let is_tail = |pending, blocked, cut_off| {
        let counts = Counts { in_progress: 2, pending, blocked, cut_off, ..Counts::default() };
        plan(TaskState::InProgress, &context(ExecutionStatus::Processing, counts)).is_tail
    };
    assert!(is_tail(0, 0, 0), "only running steps are left");
    assert!(!is_tail(1, 0, 0), "a later call that ends a pending step will look");
    assert!(is_tail(1, 1, 0), "it may never run: something has failed for good");
    assert!(is_tail(1, 0, 1), "it never runs: it is cut off");
}

#[test]
fn paths_are_legal_step_by_step_and_lead_to_their_end() {
    for from in TaskState::ALL {
        for to in TaskState::ALL {
            let mut at = from;
            for next in path(from, to) {
                assert!(at.permits(*next), "{from} -> {to}: {at} -> {next}");
                at = *next;
            }
            assert!(at == to || path(from, to).is_empty());
        }
    }
    let complete_from = |from| path(from, TaskState::Complete).len();
    assert_eq!([TaskState::InProgress, TaskState::Pending, TaskState::Error].map(complete_from), [1, 2, 3]);
}

#[test]
fn a_paused_task_waits_for_a_person() {
    let of = |status| {
        let plan = decide(TaskState::InProgress, Gate::Paused, &context(status, Counts::default()));
        (plan.action, plan.reason)
    };
    assert_eq!(of(ExecutionStatus::WaitingForDependencies), (Action::Wait, "workflow_paused"));
    assert_eq!(of(ExecutionStatus::AllComplete).0, Action::Complete);
    assert_eq!(of(ExecutionStatus::Processing), (Action::Wait, "steps_in_progress"));
}

/// Seconds after which a task of this status, whose first step may run after `until` seconds, is looked at again.
fn seconds(options: Value, status: ExecutionStatus, until: Option<i64>) -> Option<f64> {
    let options = options.as_object().unwrap().clone();
    let settings =
        BackoffSettings::of(&EffectiveOptions::of(Section::Backoff, [("global", &options)])).unwrap();
    let context = Context { next_eligible_at: until.map(at), ..context(status, Counts::default()) };
    let plan = plan(TaskState::InProgress, &context);
    delay(&plan, &context, &settings, at(0)).map(|delay| delay.to_seconds())
}

#[test]
fn delays_are_the_engines_where_nothing_has_a_time() {
    let delay = |status| seconds(json!({}), status, None);
    assert_eq!(delay(ExecutionStatus::HasReadySteps), Some(0.0));
    assert_eq!(delay(ExecutionStatus::WaitingForDependencies), Some(45.0));
    assert_eq!(delay(ExecutionStatus::Processing), Some(10.0));
    assert_eq!(delay(ExecutionStatus::AllComplete), None);
    assert_eq!(delay(ExecutionStatus::BlockedByFailures), None);
    let set = json!({ "reenqueue_delays": { "processing": 7 } });
    assert_eq!(seconds(set.clone(), ExecutionStatus::Processing, None), Some(7.0));
    assert_eq!(seconds(set, ExecutionStatus::WaitingForDependencies, None), Some(45.0));
}

/// The engine waits for the last of them (R24), and its own specs expect 120..130 for a wait of 120 seconds.
#[test]
fn a_wait_is_waited_for_and_a_little_longer_but_not_for_ever() {
    let delay = |until| seconds(json!({}), ExecutionStatus::WaitingForDependencies, Some(until));
    assert_eq!(delay(120), Some(125.0));
    assert_eq!(delay(-30), Some(5.0), "over already");
    assert_eq!(delay(100_000), Some(300.0));
    assert_eq!(seconds(json!({}), ExecutionStatus::HasReadySteps, Some(120)), Some(0.0));
    let set = json!({ "buffer_seconds": 0, "max_backoff_seconds": 60 });
    assert_eq!(seconds(set.clone(), ExecutionStatus::WaitingForDependencies, Some(20)), Some(20.0));
    assert_eq!(seconds(set, ExecutionStatus::WaitingForDependencies, Some(90)), Some(60.0));
}

#[test]
fn a_paused_task_has_no_delay() {
    let settings = BackoffSettings::of(&EffectiveOptions::of(Section::Backoff, [])).unwrap();
    let context = context(ExecutionStatus::WaitingForDependencies, Counts::default());
    let plan = decide(TaskState::InProgress, Gate::Paused, &context);
    assert_eq!(delay(&plan, &context, &settings, at(0)), None);
}
