//! Steps for the tests, made in one line each, and random ones.

use crate::core::ids::{NamedStepId, StepId, TaskId};
use crate::core::state::StepState;
use crate::core::steps::{Step, Steps, StepsBuilder};
use crate::core::time::{Duration, Timestamp};
use proptest::prelude::*;
use std::collections::HashMap;

/// The tests' present: an hour into PostgreSQL's time.
pub const NOW: Timestamp = Timestamp::from_postgres(3_600_000_000);

/// So many seconds after the present.
pub fn at(seconds: i64) -> Timestamp {
    NOW.plus(Duration::seconds(seconds))
}

pub fn ago(seconds: i64) -> Timestamp {
    NOW.plus(Duration::seconds(-seconds))
}

/// A pending step of task 1 that has never run.
pub fn step(id: i64) -> Step {
    Step {
        id: StepId(id),
        task_id: TaskId(1),
        named_step_id: NamedStepId(id as i32),
        state: StepState::Pending,
        created_at: ago(3_600),
        state_since: None,
        last_attempted_at: None,
        attempts: Some(0),
        retry_limit: Some(3),
        backoff_request_seconds: None,
        backoff: None,
        retryable: true,
        in_process: false,
        processed: false,
        skippable: false,
        has_rule: false,
    }
}

/// A step in a state that it entered a minute ago.
pub fn in_state(id: i64, state: StepState) -> Step {
    Step { state, state_since: Some(ago(60)), ..step(id) }
}

/// A step that failed a minute ago, for the `attempts`th time.
pub fn failed(id: i64, attempts: i32) -> Step {
    Step { attempts: Some(attempts), ..in_state(id, StepState::Error) }
}

pub fn workflow(steps: Vec<Step>, edges: &[(i64, i64)]) -> Steps {
    let mut builder = StepsBuilder::default();
    for step in steps {
        let id = step.id.0;
        builder.push(step, edges.iter().filter(|(_, to)| *to == id).map(|(from, _)| StepId(*from)));
    }
    builder.link().resolve(&HashMap::new())
}

pub fn any_state() -> impl Strategy<Value = StepState> {
    proptest::sample::select(&StepState::ALL[..])
}

fn any_step(id: i64) -> impl Strategy<Value = Step> {
    let attempts = prop_oneof![Just(None), (-3..6i32).prop_map(Some), Just(Some(44)), Just(Some(i32::MAX))];
    let limit = prop_oneof![Just(None), (-1..6i32).prop_map(Some)];
    let times = (proptest::option::of(-100..100i64), proptest::option::of(-100..100i64));
    let backoff = proptest::option::of(0..90i32);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (any_state(), attempts, limit, times, backoff, flags).prop_map(
        move |(state, attempts, retry_limit, (since, attempted), backoff_request_seconds, flags)| Step {
            state,
            attempts,
            retry_limit,
            state_since: since.map(ago),
            last_attempted_at: attempted.map(ago),
            backoff_request_seconds,
            backoff: None,
            retryable: flags.0,
            in_process: flags.1 && flags.2,
            processed: flags.1 && flags.3,
            skippable: flags.2 && flags.3,
            ..step(id)
        },
    )
}

/// Any steps of one task with any edges between them: cycles, self edges and duplicates included.
pub fn any_workflow() -> impl Strategy<Value = (Vec<Step>, Vec<(i64, i64)>)> {
    (1..12i64).prop_flat_map(|size| {
        let steps: Vec<_> = (1..=size).map(any_step).collect();
        (steps, proptest::collection::vec((1..=size, 1..=size), 0..20))
    })
}
