//! When ended tasks may be deleted.

use crate::core::config::{EffectiveOptions, RetentionSettings, Section};
use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::retention::{EndedTask, Obstacle, TaskTies, obstacle, second_look, states};
use crate::core::state::TaskState;
use crate::core::time::{Duration, Timestamp};
use proptest::prelude::*;
use serde_json::json;

const HOUR: i64 = 3600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_postgres(seconds * 1_000_000)
}

fn settings(options: serde_json::Value) -> RetentionSettings {
    let options = options.as_object().unwrap().clone();
    RetentionSettings::of(&EffectiveOptions::of(Section::Retention, [("global", &options)])).unwrap()
}

#[test]
fn a_task_in_error_is_deleted_only_if_it_is_named() {
    assert!(states(None).unwrap().iter().all(|state| state.is_closed()));
    assert_eq!(states(None).unwrap().len(), TaskState::ALL.iter().filter(|state| state.is_closed()).count());
    assert_eq!(states(Some(&["error".to_owned()])).unwrap(), [TaskState::Error]);
    for name in ["pending", "in_progress", "done", ""] {
        let refused = states(Some(&["complete".to_owned(), name.to_owned()]));
        assert!(matches!(refused, Err(TaskerError::InvalidArgument { .. })), "{name}");
    }
}

#[test]
fn off_nothing_is_over() {
    let off = settings(json!({ "failed_after_hours": 0 }));
    for state in TaskState::ALL {
        assert!(!off.is_over(state, Timestamp::MINUS_INFINITY, at(0)));
    }
}

#[test]
fn each_state_has_a_time_of_its_own() {
    let on = settings(json!({ "enabled": true, "complete_after_hours": 1, "cancelled_after_hours": 2 }));
    let is_over = |state, age: i64| on.is_over(state, at(0), at(age));
    assert!(!is_over(TaskState::Complete, HOUR) && is_over(TaskState::Complete, HOUR + 1));
    assert!(!is_over(TaskState::ResolvedManually, HOUR) && is_over(TaskState::ResolvedManually, HOUR + 1));
    assert!(!is_over(TaskState::Cancelled, 2 * HOUR) && is_over(TaskState::Cancelled, 2 * HOUR + 1));
    for state in [TaskState::Error, TaskState::Pending, TaskState::InProgress] {
        assert!(!is_over(state, 1_000_000 * HOUR));
    }
    let failed = settings(json!({ "enabled": true, "failed_after_hours": 0 }));
    assert!(
        failed.is_over(TaskState::Error, at(0), at(1)) && !failed.is_over(TaskState::Error, at(0), at(0))
    );
}

#[test]
fn whatever_needs_a_task_keeps_it() {
    let task = EndedTask { id: TaskId(1), state: TaskState::Complete, since: at(5) };
    let free = TaskTies {
        state: Some((task.state, task.since)),
        open_parent: None,
        open_subtask: None,
        waiting_step: None,
        live_step: None,
    };
    assert_eq!(obstacle(&task, &free), None);
    for state in [None, Some((TaskState::Cancelled, at(5))), Some((TaskState::Complete, at(6)))] {
        assert_eq!(obstacle(&task, &TaskTies { state, ..free }), Some(Obstacle::Changed));
    }
    let kept = [
        (TaskTies { open_parent: Some(TaskId(7)), ..free }, "its parent task 7 is not closed"),
        (TaskTies { open_subtask: Some(TaskId(7)), ..free }, "its subtask 7 has not ended"),
        (TaskTies { waiting_step: Some(StepId(7)), ..free }, "step 7 of another task waits for it"),
        (TaskTies { live_step: Some(StepId(7)), ..free }, "its step 7 runs or will be retried"),
    ];
    for (ties, reason) in kept {
        let found = obstacle(&task, &ties).unwrap();
        assert_eq!(found.to_string(), reason);
        assert!(!found.without_ids().to_string().contains('7'));
    }
}

proptest! {
    #[test]
    fn the_second_look_begins_between_the_two_times(from in -1_000_000_i64..1_000_000, length in 0_i64..1_000_000, now in any::<i32>()) {
        let (from, until) = (at(from), at(from + length));
        let place = second_look(from, until, Timestamp::from_postgres(now.into()));
        prop_assert!(place >= from && (place < until || length == 0));
    }
}

#[test]
fn the_second_look_begins_everywhere_in_turn() {
    let (from, until) = (at(0), at(997));
    let mut places: Vec<Timestamp> =
        (0..997).map(|now| second_look(from, until, Timestamp::from_postgres(now))).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 997);
    assert!(places.windows(2).all(|two| two[0].until(two[1]) == Duration::seconds(1)));
}
