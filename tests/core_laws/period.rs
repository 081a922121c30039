//! What became of the tasks of a period, against figures made naively of the same rows.

use crate::core::ids::{NamedTaskId, StepId, TaskId};
use crate::core::period::{Longest, Outcomes, Period, StepTimes, TaskTally, mean_seconds};
use crate::core::state::{StepState, TaskState};
use crate::core::time::Timestamp;
use proptest::prelude::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_postgres(second * 1_000_000)
}

fn task(id: i64, created: i64, state: TaskState, since: Option<i64>) -> TaskTally {
    TaskTally::new(TaskId(id), at(created), NamedTaskId(1), state, since.map(at))
}

fn step(id: i64, task: i64, created: i64, state: StepState, since: Option<i64>) -> StepTimes {
    let (step, task) = (StepId(id), TaskId(task));
    StepTimes { step, task, created_at: at(created), state_since: since.map(at), state, is_copied: false }
}

fn period(tasks: Vec<TaskTally>, steps: &[StepTimes]) -> Period {
    let mut period = Period::new(tasks);
    steps.iter().for_each(|step| period.count(step));
    period
}

#[test]
fn a_task_is_completed_or_failed_by_its_own_state_and_by_its_steps_for_the_engine() {
    let tasks = vec![
        task(3, 10, TaskState::Complete, Some(40)),
        task(1, 20, TaskState::Error, Some(30)),
        task(2, 30, TaskState::ResolvedManually, Some(31)),
        task(4, 40, TaskState::Pending, None),
    ];
    let steps = [
        step(10, 1, 20, StepState::Complete, Some(25)),
        step(11, 1, 20, StepState::Error, Some(29)),
        step(12, 3, 11, StepState::Complete, Some(40)),
        step(13, 9, 11, StepState::Complete, Some(99)),
        step(14, 4, 41, StepState::Pending, None),
        step(15, 2, 30, StepState::Cancelled, Some(31)),
    ];
    let period = period(tasks, &steps);
    assert_eq!(period.outcomes(), Outcomes { tasks: 4, completed: 2, failed: 1 });
    assert_eq!(period.outcomes_v02(at(0)), Outcomes { tasks: 4, completed: 2, failed: 1 });
    assert_eq!(period.outcomes_v02(at(10)), Outcomes { tasks: 3, completed: 1, failed: 1 });
    assert_eq!(period.steps(at(0)), 5);
    // (30 + 1) / 2; (5 + 29) / 2; (5 + 30) / 2.
    assert_eq!(period.task_seconds().as_deref(), Some("15.500"));
    assert_eq!(period.step_seconds(at(0)).as_deref(), Some("17.000"));
    assert_eq!(period.task_seconds_v02(at(0)).as_deref(), Some("17.500"));
    assert_eq!(period.step_seconds(at(20)), None);
    let ended: Vec<_> = period.tallies().iter().map(|tally| (tally.task.0, tally.taken())).collect();
    assert_eq!(ended, [(1, Some(9_000_000)), (2, None), (3, Some(30_000_000)), (4, None)]);
    let active: Vec<_> = steps.iter().filter(|step| step.is_active_v02()).map(|step| step.step.0).collect();
    assert_eq!(active, [15]);
}

#[test]
fn a_step_has_taken_time_once_it_is_complete() {
    assert_eq!(step(1, 1, 5, StepState::Complete, Some(7)).taken(), Some(2_000_000));
    assert_eq!(step(1, 1, 5, StepState::Complete, Some(5)).taken(), None);
    assert_eq!(step(1, 1, 5, StepState::Complete, None).taken(), None);
    assert_eq!(step(1, 1, 5, StepState::Error, Some(7)).taken(), None);
}

#[test]
fn means_are_rounded_as_postgresql_rounds_numbers() {
    let cases = [
        ((0, 1), Some("0.000")),
        ((1, 0), None),
        ((1_500, 1), Some("0.002")),
        ((-1_500, 1), Some("-0.002")),
        ((-400, 1), Some("0.000")),
        ((1_499, 1), Some("0.001")),
        ((10_000_000, 3), Some("3.333")),
        ((3_600_000_000, 1), Some("3600.000")),
    ];
    for ((sum, count), expected) in cases {
        assert_eq!(mean_seconds(sum, count).as_deref(), expected, "{sum} / {count}");
    }
}

const STATES: [StepState; 4] =
    [StepState::Pending, StepState::Complete, StepState::Error, StepState::ResolvedManually];

proptest! {
    #[test]
    fn the_order_of_steps_does_not_matter(
        rows in prop::collection::vec((1..20_i64, 0..50_i64, 0..4_usize, prop::option::of(0..100_i64)), 0..60),
        shift in 0..60_usize,
    ) {
        let steps: Vec<_> = rows.iter().enumerate().map(|(id, (of, created, state, since))| {
            step(id as i64, *of, *created, STATES[*state], *since)
        }).collect();
        let tasks = || (1..15).rev().map(|id| task(id, id, TaskState::InProgress, None)).collect();
        let mut turned = steps.clone();
        turned.rotate_left(shift.min(steps.len()));
        let (one, other) = (period(tasks(), &steps), period(tasks(), &turned));
        prop_assert_eq!(one.tallies(), other.tallies());
        for tally in one.tallies() {
            let own: Vec<_> = steps.iter().filter(|step| step.task == tally.task).collect();
            let of = |state| own.iter().filter(|step| step.state == state).count();
            prop_assert_eq!(tally.steps as usize, own.len());
            prop_assert_eq!(tally.completed as usize, of(StepState::Complete));
            prop_assert_eq!(tally.failed as usize, of(StepState::Error));
            let ended = own.iter().filter(|step| [StepState::Complete, StepState::Error].contains(&step.state));
            prop_assert_eq!(tally.ended_at, ended.filter_map(|step| step.state_since).max());
        }
    }

    #[test]
    fn the_longest_are_those_that_a_sort_puts_first(
        lengths in prop::collection::vec(0..30_i64, 0..300),
        limit in 0..80_usize,
    ) {
        let mut longest = Longest::new(limit);
        for (id, length) in lengths.iter().enumerate() {
            longest.offer(*length, id as i64, (*length, id));
        }
        let mut sorted: Vec<_> = lengths.iter().copied().zip(0..).collect();
        sorted.sort_by_key(|(length, id): &(i64, usize)| (-length, *id));
        sorted.truncate(limit);
        prop_assert_eq!(longest.into_longest(), sorted);
    }
}
