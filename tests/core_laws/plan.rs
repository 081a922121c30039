//! Every branch of semantics 4.8, and the paths by which a task gets where it has to be.

use crate::core::context::{Context, Counts, ExecutionStatus, HealthStatus};
use crate::core::plan::{Action, path, plan};
use crate::core::state::TaskState;

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
        (ExecutionStatus::WaitingForDependencies, Action::Wait, "awaiting_dependencies"),
        (ExecutionStatus::HasReadySteps, Action::None, "ready_steps_available"),
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
    assert!(!is_tail(1, 0, 0), "a pending step will be ended by somebody who looks");
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
