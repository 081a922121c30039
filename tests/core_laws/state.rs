//! The transition tables and events, written a second time, independently of src/core.

use crate::core::state::{StepState, TaskState};

const STEP: [(&str, &[&str]); 6] = [
    ("pending", &["in_progress", "error", "cancelled", "resolved_manually"]),
    ("in_progress", &["complete", "error", "cancelled"]),
    ("error", &["pending", "resolved_manually"]),
    ("complete", &[]),
    ("resolved_manually", &[]),
    ("cancelled", &[]),
];

const TASK: [(&str, &[&str]); 6] = [
    ("pending", &["in_progress", "cancelled", "error"]),
    ("in_progress", &["complete", "error", "cancelled", "pending"]),
    ("error", &["pending", "resolved_manually"]),
    ("complete", &["cancelled"]),
    ("resolved_manually", &["cancelled"]),
    ("cancelled", &[]),
];

#[test]
fn the_step_table_is_that_of_the_semantics() {
    for (from, targets) in STEP {
        let from = StepState::parse(from).unwrap();
        for to in StepState::ALL {
            assert_eq!(from.permits(to), targets.contains(&to.as_str()), "{from} -> {to}");
        }
        assert_eq!(from.is_final(), targets.is_empty());
    }
}

#[test]
fn the_task_table_is_that_of_the_semantics() {
    for (from, targets) in TASK {
        let from = TaskState::parse(from).unwrap();
        for to in TaskState::ALL {
            assert_eq!(from.permits(to), targets.contains(&to.as_str()), "{from} -> {to}");
        }
    }
}

#[test]
fn nothing_goes_to_where_it_is() {
    assert!(StepState::ALL.iter().all(|state| !state.permits(*state)));
    assert!(TaskState::ALL.iter().all(|state| !state.permits(*state)));
}

#[test]
fn a_retry_is_a_retry_and_not_an_initialization() {
    assert_eq!(StepState::event(Some(StepState::Error), StepState::Pending), "step.retry_requested");
    assert_eq!(StepState::event(None, StepState::Pending), "step.initialize_requested");
    assert_eq!(TaskState::event(Some(TaskState::Error), TaskState::Pending), "task.retry_requested");
    assert_eq!(
        TaskState::event(Some(TaskState::InProgress), TaskState::Pending),
        "task.initialize_requested"
    );
}

#[test]
fn other_events_follow_from_the_target_alone() {
    let step = [
        (StepState::InProgress, "step.execution_requested"),
        (StepState::Complete, "step.completed"),
        (StepState::Error, "step.failed"),
        (StepState::Cancelled, "step.cancelled"),
        (StepState::ResolvedManually, "step.resolved_manually"),
    ];
    for (to, event) in step {
        for from in [None].into_iter().chain(StepState::ALL.map(Some)) {
            assert_eq!(StepState::event(from, to), event);
        }
    }
    assert_eq!(TaskState::event(Some(TaskState::Pending), TaskState::InProgress), "task.start_requested");
    assert_eq!(TaskState::event(Some(TaskState::Complete), TaskState::Cancelled), "task.cancelled");
}

#[test]
fn hints_name_every_target() {
    assert_eq!(
        StepState::InProgress.describe_targets(),
        "From \"in_progress\" it may go to complete, error, cancelled."
    );
    assert_eq!(StepState::Complete.describe_targets(), "\"complete\" is final.");
}
